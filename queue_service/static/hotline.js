// Shows the caller while the number is typed and copies the result; everything works without it.
"use strict";

// The caller's number stays in no history and no bar.
if (location.search) { history.replaceState(null, "", "/hotline"); }

const desk = document.getElementById("desk");
const problem = document.querySelector(".problem");
const first = document.querySelector("#times .pick");
if (problem && !first) { problem.focus(); } else if (first) { first.focus(); }
else { document.getElementById(desk.elements.phone.value ? "name" : "phone").focus(); }

let typed = 0;
desk.elements.phone.addEventListener("input", () => {
  const mine = ++typed;
  setTimeout(async () => {
    if (mine !== typed) { return; }
    try {
      const body = new URLSearchParams({ phone: desk.elements.phone.value });
      const answer = await fetch("/hotline/caller", { method: "POST", body });
      const text = await answer.text();
      if (answer.ok && mine === typed) { document.getElementById("caller").innerHTML = text; }
    } catch (error) {
      // The network is away; the next step says so.
    }
  }, 250);
});

const copy = document.getElementById("copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", () => navigator.clipboard.writeText(document.getElementById("line").textContent));
}
