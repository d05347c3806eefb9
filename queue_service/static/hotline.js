// Shows the caller while the number is typed, takes away what others took, copies the result; everything works without it.
"use strict";

const desk = document.getElementById("desk");

async function ask(path, body) {
  try {
    const answer = await fetch(path, { method: "POST", body });
    return answer.ok ? answer : null;
  } catch (error) {
    return null; // The network is away; the next step says so.
  }
}

let typed = 0;
desk.elements.phone.addEventListener("input", () => {
  const mine = ++typed;
  setTimeout(async () => {
    if (mine !== typed) { return; }
    const answer = await ask("/hotline/caller", new URLSearchParams({ phone: desk.elements.phone.value }));
    const text = answer && await answer.text();
    if (text !== null && mine === typed) { document.getElementById("caller").innerHTML = text; }
  }, 250);
});

// What another took disappears. The numbers of the others stay, and so does the focus.
async function look() {
  const body = new URLSearchParams();
  for (const field of desk.querySelectorAll("input[name]")) {
    if (/^(t\d+|moving|phone)$/.test(field.name)) { body.append(field.name, field.value); }
  }
  const answer = await ask("/hotline/taken", body);
  if (!answer) { return; }
  const { gone, said } = await answer.json();
  const there = gone.map((number) => document.getElementById(`li${number}`)).filter(Boolean);
  for (const item of there) {
    if (item.contains(document.activeElement)) { desk.elements.choice.focus(); }
    item.remove();
  }
  if (there.length) { document.getElementById("say").textContent = said; }
}

if (desk.dataset.changes) {
  let soon = 0;
  new EventSource(desk.dataset.changes).onmessage = () => { clearTimeout(soon); soon = setTimeout(look, 100); };
  setInterval(look, 30000);
}

const copy = document.getElementById("copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("line").textContent);
    copy.textContent = copy.dataset.done;
  });
}
