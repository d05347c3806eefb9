// Makes forms kinder; everything works without it.
"use strict";

// A summary of problems is read out first.
const problem = document.querySelector(".problem");
if (problem) {
  problem.focus();
}

// One press is enough. The server would not book twice anyway; this only shows that it is at work.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", () => {
    setTimeout(() => { form.querySelector("button").disabled = true; }, 0);
  });
}
// Back shows the page as it was left: its button must work again.
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form[data-once] button")) {
    button.disabled = false;
  }
});

// Too many people at once: the same form goes again by itself, for some a little later than for others.
const again = document.querySelector("form[data-again]");
if (again) {
  setTimeout(() => again.submit(), 1000 * again.dataset.again + Math.random() * 2000);
}
