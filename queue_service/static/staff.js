// Keeps a staff page fresh and gives it its one key; everything works without it.
"use strict";

const live = document.getElementById("live");
const say = document.getElementById("say");
const problem = document.querySelector(".problem");
if (problem) { problem.focus(); }

// One press is enough; the server takes a second one for the same.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) { delete form.dataset.sent; }
});

// F2 anywhere; Space or Enter where nothing else has the focus, and the signs of a number pad where nobody types.
document.addEventListener("keydown", (event) => {
  const step = document.getElementById("step");
  const typing = document.activeElement.matches("input:not([type=checkbox]):not([type=radio]), select, textarea");
  // As this screen has chosen: single keys as they are, only with Alt, or none but F2.
  const how = live.dataset.keys || "plain";
  const heard = how !== "off" && event.altKey === (how === "alt") && !event.ctrlKey && !event.metaKey && !event.repeat;
  if (!typing && heard && "0./*-+,".includes(event.key)) {
    // A pad of some keyboards writes a comma for its point.
    const pressed = live.querySelector(`[data-key="${event.key === "," ? "." : event.key}"]`);
    if (pressed) { event.preventDefault(); pressed.click(); return; }
  }
  const free = document.activeElement === document.body || document.activeElement === problem
    || document.activeElement.id === "main";
  const next = event.key === "Enter" || (event.key === " " && how === "plain"); // Alt and Space belong to the window
  if (step && !event.repeat && (event.key === "F2" || (free && heard && next))) {
    event.preventDefault();
    step.click();
  }
});

// The server makes the fragment. What the clerk is typing or has opened is left as it is.
let asking = false;
let again = false;
let fresh = Date.now();
let lost = false; // the last request was not answered

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  const control = new AbortController();
  const timer = setTimeout(() => control.abort(), 8000); // a network that swallows packets never answers
  try {
    const asked = { cache: "no-store", headers: { "x-part": "1" }, signal: control.signal };
    const answer = await fetch(live.dataset.live, asked);
    if (answer.ok) { put(await answer.text()); heard(true); }
    else if (answer.status === 401 || answer.status === 403) { location.reload(); }
    else { heard(false); }
  } catch (error) {
    heard(false);
  }
  clearTimeout(timer);
  asking = false;
  if (again) { again = false; refresh(); }
}

function put(text) {
  const chosen = {};
  for (const field of live.querySelectorAll("select[id], input[id]")) { chosen[field.id] = field.value; }
  const opened = Array.from(live.querySelectorAll("details[open][id]"), (part) => part.id);
  const focus = document.activeElement && live.contains(document.activeElement) ? document.activeElement : null;
  if (focus && focus.matches("select, input:not([type=hidden])") && (focus.value || !focus.id)) { return; }
  const field = focus && focus.matches("input") ? focus.id : "";
  const place = focus ? Array.from(live.querySelectorAll("button, a, summary")).indexOf(focus) : -1;
  const was = focus ? focus.textContent : "";
  const before = live.querySelector("#standing").dataset.say;
  const scrolled = Array.from(live.querySelectorAll("[data-scroll]"), (part) => [part.scrollLeft, part.scrollTop]);
  live.innerHTML = text;
  live.querySelectorAll("[data-scroll]").forEach((part, n) => { if (scrolled[n]) { [part.scrollLeft, part.scrollTop] = scrolled[n]; } });
  for (const id of Object.keys(chosen)) {
    const field = document.getElementById(id);
    if (field && (field.tagName !== "SELECT" || field.querySelector(`option[value="${CSS.escape(chosen[id])}"]`))) { field.value = chosen[id]; }
  }
  for (const id of opened) { const part = document.getElementById(id); if (part) { part.open = true; } }
  if (field && document.getElementById(field)) { document.getElementById(field).focus(); }
  const same = place >= 0 && live.querySelectorAll("button, a, summary")[place];
  if (same && same.textContent === was) { same.focus(); }
  const standing = live.querySelector("#standing");
  const tools = document.querySelector(".tools");
  if (tools) { tools.hidden = "whose" in standing.dataset; }
  const now = standing.dataset.say;
  if (now !== before) { say.textContent = now; }
}

window.refreshStaff = refresh;
const stream = new EventSource(live.dataset.stream);
let first = true;
stream.onmessage = () => { if (!first || lost) { refresh(); } first = false; };
stream.onerror = refresh;
window.addEventListener("offline", () => heard(false));
window.addEventListener("online", refresh);
setInterval(refresh, 20000);
setInterval(showWhetherLive, 2000);

// Whether the service has just answered. A page that may be behind says so, and stops saying so by itself.
function heard(answered) {
  lost = !answered;
  if (answered) { fresh = Date.now(); }
  showWhetherLive();
}

function showWhetherLive() {
  const live = !lost && Date.now() - fresh < 45000;
  document.body.classList.toggle("cut", !live);
  const bar = document.getElementById("not-live");
  if (bar) { bar.hidden = live; }
}
