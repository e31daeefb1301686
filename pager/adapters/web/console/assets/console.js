// Only what a page without a script cannot do: count down, tell the reader's own time, stay current,
// copy, and ask before typed work is left.
"use strict";

const EVERY = 5000; // milliseconds
let skew = 0; // of this machine's clock against Pager's

function remaining(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (number) => String(number).padStart(2, "0");
  if (d) return `${d} d ${h} h`;
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-countdown]")) {
    const left = Date.parse(time.dateTime) - (Date.now() + skew);
    time.textContent = left > 0 ? `in ${remaining(left)}` : "now";
  }
}

function localise() {
  for (const time of document.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    if (!time.title) time.title = time.textContent;
    const today = at.toDateString() === new Date().toDateString();
    time.textContent = today ? at.toLocaleTimeString() : at.toLocaleString();
  }
  tick();
}

function shown(page) {
  skew = Date.parse(page.querySelector("[data-now]").dataset.now) - Date.now();
}

const last = {}; // what each live part was answered as
const moved = {}; // when the buttons of each became others

function buttons(live) {
  return [...live.querySelectorAll("button")].map((button) => button.id + button.textContent).join();
}

// What a part has in the place of an element that was there before: the same, and no other.
function again(element, live) {
  const same = (other) => other.textContent === element.textContent && other.getAttribute("href") === element.getAttribute("href");
  return document.getElementById(element.id) ?? [...live.querySelectorAll(element.tagName)].find(same);
}

// The server's own page again, of which only what it says of the world is taken over.
async function renew() {
  const status = document.getElementById("connection");
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(EVERY * 2) });
    if (answer.redirected) return location.reload();
    if (!answer.ok && answer.status !== 410) throw new Error(answer.statusText); // 410: it is over
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    shown(page);
    status.hidden = true;
    document.title = page.title;
    for (const live of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(live.id);
      // Whoever is just pressing something presses what they see.
      if (!fresh || fresh.innerHTML === last[live.id] || live.querySelector(":active")) continue;
      const focused = live.contains(document.activeElement) ? document.activeElement : null;
      last[live.id] = fresh.innerHTML;
      if (buttons(live) !== buttons(fresh)) moved[live.id] = Date.now();
      live.replaceChildren(...fresh.childNodes);
      if (focused) again(focused, live)?.focus({ preventScroll: true });
    }
    offerCopies();
    localise();
  } catch {
    if (status.hidden) status.textContent = `No connection to Pager since ${new Date().toLocaleTimeString()}: what you see is of then.`;
    status.hidden = false;
  }
}

// Whoever was just about to press a button may have another one under the finger.
document.addEventListener("submit", (event) => {
  const live = event.target.closest("[data-live]");
  if (live && Date.now() - (moved[live.id] ?? 0) < 1000) event.preventDefault();
});

function offerCopies() {
  // There is a clipboard over https and on loopback.
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

document.addEventListener("click", async ({ target }) => {
  if (!target.dataset.copy) return;
  await navigator.clipboard.writeText(document.getElementById(target.dataset.copy).textContent);
  target.textContent = "Copied";
});

if (document.querySelector("[data-now]")) {
  shown(document);
  for (const live of document.querySelectorAll("[data-live]")) last[live.id] = live.innerHTML;
  // Before anything is made of it here: what is the same next time stays, with what is typed there.
  offerCopies();
  localise();
  setInterval(tick, 1000);
  if (document.querySelector("[data-live]")) {
    setInterval(() => document.hidden || renew(), EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || renew());
  }
}

// A browser is content with the first line of what has the focus.
document.querySelector("fieldset:is([autofocus], :has([autofocus]))")?.scrollIntoView({ block: "center" });

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let sent = false;
  const draft = form.dataset.unsaved; // of the page before
  form.addEventListener("submit", (event) => {
    const areas = [...form.querySelectorAll("textarea")];
    if (areas.reduce((sum, area) => sum + area.value.length, 0) < (form.dataset.most ?? Infinity)) sent = true;
    else {
      // The server could only refuse it, and it would be gone.
      areas[0].setCustomValidity("This is more than can be edited on a page: make it shorter, or use the API.");
      areas[0].reportValidity();
      event.preventDefault();
    }
  });
  form.addEventListener("input", () => form.querySelectorAll("textarea").forEach((area) => area.setCustomValidity("")));
  addEventListener("beforeunload", (event) => {
    const typed = [...form.querySelectorAll("input, textarea")].some((field) => field.value !== field.defaultValue);
    if ((typed || draft) && !sent) event.preventDefault();
  });
}
