// Sends what is tapped without leaving the page. Each tap bears a key of its own, so that it counts once however often it is sent; what cannot be
// sent is kept, shown, and sent later. The page decides nothing: the service's answer is put in its place. Everything works without this, by forms.
// Comes after staff.js, which keeps the page live.
"use strict";

(function () {
  const DOUBLE_MS = 400;  // a second tap within this is a finger that trembles
  const TRY_MS = 8000;
  const OLD_MS = 60000;   // after this, what is true only now is asked about before it is sent
  const PAUSES_MS = [1000, 2000, 4000, 8000];
  const LONGEST_AGO = 30;
  const KEPT_IN = "taps " + location.pathname;

  const told = document.getElementById("told");
  const panel = document.getElementById("unsent");
  const list = document.getElementById("unsent-list");
  const text = panel.dataset;
  let taps = kept();
  let sending = false;
  let signedOut = false;
  let tries = 0;
  let timer = 0;
  let tappedAt = 0;

  // Taps

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") { return; }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (form.dataset.find !== undefined) { find(form); return; }
    if (form.dataset.sent) { return; }
    const fields = Array.from(new FormData(form));
    const button = event.submitter;
    if (button && button.name) { fields.push([button.name, button.value]); }
    const other = button && button.getAttribute("formaction"); // a form of many acts
    tap(form, fields, other ? button.textContent.trim() : said(form, fields, button), other);
  }, true);

  told.addEventListener("click", (event) => {
    if (event.target.closest("[data-shut]")) { event.preventDefault(); told.textContent = ""; }
  });

  // A finger that trembles hits what lies under a sheet that has just closed.
  window.addEventListener("click", (event) => {
    if (Date.now() - tappedAt < DOUBLE_MS) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);

  function tap(form, fields, label, other) {
    tappedAt = Date.now();
    taps.push({ url: other || form.getAttribute("action"), fields, label, at: tappedAt, now: form.dataset.now !== undefined, failed: 0, held: false });
    keep();
    if (navigator.vibrate) { navigator.vibrate(30); }
    const sheet = form.closest(".sheet");
    if (sheet || form.dataset.many !== undefined) { form.elements.key.value = freshId(); } else { form.dataset.sent = "1"; }
    if (sheet) { location.hash = "#main"; form.reset(); found(""); }
    send();
  }

  function said(form, fields, button) {
    const ticket = fields.find((field) => field[0] === "ticket" || field[0] === "present");
    const what = ticket ? ticket[1].slice(0, 14) : button && button.name ? button.textContent.trim() : "";
    return [form.dataset.label || "", what].filter((part, n, parts) => part && parts.indexOf(part) === n).join(" · ");
  }

  function freshId() { // randomUUID is missing on plain http
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  // In the order of the taps, one after the other

  async function send() {
    if (sending) { return; }
    sending = true;
    clearTimeout(timer);
    for (;;) {
      const next = taps.find((one) => !one.held);
      if (!next) { break; }
      if (next.now && Date.now() - next.at > OLD_MS && !next.sure) { next.held = true; keep(); continue; }
      const answer = await post(next);
      signedOut = Boolean(answer) && (answer.status === 401 || answer.status === 403);
      heard(Boolean(answer));
      if (!answer || signedOut || answer.status === 429 || answer.status === 503) {
        timer = setTimeout(send, PAUSES_MS[Math.min(tries, PAUSES_MS.length - 1)]);
        tries += 1;
        break;
      }
      tries = 0;
      if (answer.status >= 500) {
        next.failed += 1;
        next.held = next.failed >= 3;
        keep();
        continue;
      }
      taps = taps.filter((one) => one !== next);
      keep();
      show(answer.html);
    }
    sending = false;
    paint();
  }

  async function post(one) {
    const body = new URLSearchParams(one.fields);
    if (body.has("ago")) {
      // How long ago somebody came grows while the tap waits here.
      const ago = Number(body.get("ago")) + Math.floor((Date.now() - one.at) / 60000);
      body.set("ago", ago ? String(Math.min(ago, LONGEST_AGO)) : "");
    }
    const control = new AbortController();
    const limit = setTimeout(() => control.abort(), TRY_MS);
    try {
      const answer = await fetch(one.url, { method: "POST", body, headers: { "x-part": "1" }, signal: control.signal });
      return { status: answer.status, html: await answer.text() };
    } catch (error) {
      return null; // whether it arrived nobody knows: the same key goes again
    } finally {
      clearTimeout(limit);
    }
  }

  function show(html) {
    const parts = document.createElement("template");
    parts.innerHTML = html;
    const words = parts.content.getElementById("told");
    const state = parts.content.getElementById("live");
    const page = words || parts.content.querySelector("main"); // a page of its own tells of a fault
    if (page) { told.innerHTML = page.innerHTML; }
    if (state) { put(state.innerHTML); }
    const problem = told.querySelector(".problem");
    if (problem) { problem.focus(); }
    if (told.getBoundingClientRect().top < 0) { window.scrollTo(0, 0); }
  }

  // What is not sent yet is never out of sight

  function keep() {
    try { localStorage.setItem(KEPT_IN, JSON.stringify(taps)); } catch (error) { /* it is kept in memory */ }
    paint();
  }

  function kept() {
    try { return JSON.parse(localStorage.getItem(KEPT_IN)) || []; } catch (error) { return []; }
  }

  function paint() {
    const waiting = taps.filter((one) => one.held || tries > 0 || signedOut);
    panel.hidden = waiting.length === 0;
    document.getElementById("unsent-count").textContent = String(taps.length);
    list.textContent = "";
    if (signedOut) { list.appendChild(item(text.away)); }
    for (const one of waiting) {
      const line = item(one.label + " · " + new Date(one.at).toTimeString().slice(0, 5) + (one.held ? " · " + (one.failed ? text.failed : text.old) : ""));
      if (one.held) { line.appendChild(button(text.send, () => { one.held = false; one.sure = true; one.failed = 0; keep(); send(); })); }
      line.appendChild(button(text.drop, () => {
        if (confirm(text.ask + "\n" + one.label)) { taps = taps.filter((other) => other !== one); keep(); }
      }));
      list.appendChild(line);
    }
  }

  function item(words) {
    const line = document.createElement("li");
    line.appendChild(document.createElement("span")).textContent = words;
    return line;
  }

  function button(words, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button plain small";
    made.textContent = words;
    made.addEventListener("click", act);
    return made;
  }

  // Finding while typing

  let typed = 0;
  const search = document.querySelector("form[data-find]");

  function found(html) {
    const place = document.getElementById("found");
    if (place) { place.innerHTML = html; }
    if (search && !html) { search.reset(); search.elements.q.value = ""; }
  }

  async function find(form) {
    const mine = ++typed;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { "x-part": "1" } });
      const html = await answer.text();
      heard(true);
      if (answer.ok && mine === typed) { document.getElementById("found").innerHTML = html; }
    } catch (error) {
      heard(false);
    }
  }

  if (search) {
    search.elements.q.addEventListener("input", () => {
      const mine = ++typed;
      setTimeout(() => { if (mine === typed && search.elements.q.value.trim()) { find(search); } }, 250);
    });
  }

  // The camera, while a ticket is asked for

  const video = document.getElementById("video");
  const photo = document.getElementById("photo");
  const scans = document.getElementById("scan").dataset.scans;
  const hint = document.getElementById("camera-say");
  let camera = null;

  function aim() {
    const asked = location.hash === "#scan";
    if (asked && !camera && QrCamera.possible()) {
      video.hidden = false;
      camera = QrCamera.watch(video, scans, {
        found: seen,
        failed: (why) => { if (why !== "away") { video.hidden = true; } hint.textContent = hint.dataset[why] || ""; },
      });
    } else if (!asked && camera) {
      camera.stop();
      camera = null;
    }
    photo.hidden = QrCamera.possible() || !QrCamera.photos();
    if (asked) { hint.textContent = ""; }
  }

  // One code is a tap like any other; of two nobody knows which was meant.
  function seen(texts) {
    if (texts.length !== 1) { hint.textContent = texts.length ? hint.dataset.two : hint.dataset.nothing; return; }
    const form = document.querySelector("#scan form");
    form.elements.ticket.value = texts[0];
    form.requestSubmit();
  }

  document.getElementById("photo-file").addEventListener("change", (event) => {
    const file = event.target.files[0];
    event.target.value = "";
    if (file) { QrCamera.read(file, scans).then(seen, () => { hint.textContent = hint.dataset.nothing; }); }
  });
  window.addEventListener("hashchange", aim);
  aim();

  // Told once: a reload does not tell it again.
  if (location.search.includes("did=") || location.search.includes("decision=")) {
    const asked = new URLSearchParams(location.search);
    history.replaceState(null, "", location.pathname + (asked.get("area") ? "?area=" + encodeURIComponent(asked.get("area")) : ""));
  }
  document.body.classList.add("script");
  window.addEventListener("online", send);
  paint();
  send();
}());
