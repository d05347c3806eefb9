// Keeps the place in line fresh. The server makes the fragment; nothing is computed here.
"use strict";

const EVERY = 15000;
const EVERY_SOON = 4000; // for who is nearly called: a call has to be seen at once
const FLASH = 20000;
const SHAKES = [600, 300, 600, 300, 600, 300, 1200];
const live = document.getElementById("live");
const say = document.getElementById("say");
let shown = live.querySelector("#standing").dataset;
let timer = setTimeout(refresh, wait());
let calm = 0;
let awake = null;

function wait() {
  return shown.soon === "1" ? EVERY_SOON : EVERY;
}

function wanted(standing) {
  return standing.state === "invited" || standing.state === "called";
}

async function refresh() {
  clearTimeout(timer);
  timer = setTimeout(refresh, wait() + Math.random() * 1000);
  if (document.hidden) {
    return;
  }
  stayAwake();
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
    return;
  }
  if (shown.say !== before.say) {
    say.textContent = shown.say; // Read aloud only when it matters, never twice the same.
  }
  if (!wanted(shown)) {
    stopFlashing();
  } else if (shown.say !== before.say || shown.since !== before.since) {
    flash(); // Called, or called again.
  }
}

// Whoever does not hear has to see and feel it; once a second, which harms nobody.
function flash() {
  document.documentElement.classList.add("flash");
  clearTimeout(calm);
  calm = setTimeout(stopFlashing, FLASH);
  if (navigator.vibrate) {
    navigator.vibrate(SHAKES);
  }
}

function stopFlashing() {
  clearTimeout(calm);
  document.documentElement.classList.remove("flash");
}

// Shortly before the call the screen does not go dark, where the phone lets us ask for that.
async function stayAwake() {
  if (!navigator.wakeLock || shown.soon !== "1" || (awake && !awake.released)) {
    return;
  }
  try {
    awake = await navigator.wakeLock.request("screen");
  } catch (error) {
    awake = null; // The battery is low, or it is not allowed.
  }
}

document.documentElement.classList.add("script");
document.addEventListener("visibilitychange", refresh);
stayAwake();
