// Brings what came in since, by itself. An answer that is being written stays as it is; everything works without it.
"use strict";

const EVERY = 10000;
const live = document.getElementById("live");
const say = document.getElementById("say");

function writing() {
  const areas = Array.from(live.querySelectorAll("textarea"));
  return live.contains(document.activeElement) || areas.some((area) => area.value.trim());
}

async function refresh() {
  if (document.hidden) { return; }
  try {
    const answer = await fetch(live.dataset.live, { cache: "no-store", headers: { "x-part": "1" } });
    if (answer.status === 401 || answer.status === 403) { location.reload(); }
    if (!answer.ok) { return; }
    const fresh = document.createElement("div");
    fresh.innerHTML = await answer.text();
    const heading = fresh.querySelector("h1");
    const before = live.querySelector("h1").textContent;
    if (writing()) { // the count and what is new; what is written on stays
      live.querySelector("h1").replaceWith(heading);
      const last = live.lastElementChild;
      for (const card of fresh.querySelectorAll("section")) {
        if (!document.getElementById(card.getAttribute("aria-labelledby"))) { last.after(card); }
      }
    } else {
      live.innerHTML = fresh.innerHTML;
    }
    if (heading.textContent !== before) { say.textContent = heading.textContent; }
  } catch (error) {
    // The network is away; the next try may find it again.
  }
}

setInterval(refresh, EVERY);
document.addEventListener("visibilitychange", refresh);
