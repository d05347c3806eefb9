// Keeps the place in line fresh. The server makes the fragment; nothing is computed here.
"use strict";

const EVERY = 15000;
const live = document.getElementById("live");
const say = document.getElementById("say");
let shown = live.querySelector("#standing").dataset;
let timer = setTimeout(refresh, EVERY);

async function refresh() {
  clearTimeout(timer);
  timer = setTimeout(refresh, EVERY + Math.random() * 2000);
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(live.dataset.live, { cache: "no-store" });
    if (answer.ok) {
      show(await answer.text());
    }
  } catch (error) {
    // The network is away; the next try may find it again.
  }
}

function show(text) {
  const opened = live.querySelector("details[open]") !== null;
  live.innerHTML = text;
  const details = live.querySelector("details");
  if (details) {
    details.open = opened;
  }
  const before = shown;
  shown = live.querySelector("#standing").dataset;
  if (shown.state !== before.state && (shown.over === "1" || before.state === "booked")) {
    location.reload(); // What the page offers below has changed too.
  } else if (shown.say !== before.say) {
    say.textContent = shown.say; // Read aloud only when it matters, never twice the same.
    if (navigator.vibrate && (shown.state === "invited" || shown.state === "called")) {
      navigator.vibrate([300, 150, 300]);
    }
  }
}

document.addEventListener("visibilitychange", refresh);
