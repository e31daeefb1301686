// Only what a page without a script cannot do: count down, show local times, stay current, copy, and
// ask before unsaved work is left.
"use strict";

const REFRESH_INTERVAL = 5000; // milliseconds
let skew = 0; // milliseconds: Pager's clock minus the clock of this machine

function remaining(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  const pad = (number) => String(number).padStart(2, "0");
  if (d) return `${d} d ${h} h`;
  return h ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`;
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

function measureSkew(page) {
  skew = Date.parse(page.querySelector("[data-now]").dataset.now) - Date.now();
}

const lastHtml = {}; // of each live part, as the server sent it
const buttonsChangedAt = {}; // of each live part

function buttons(live) {
  return [...live.querySelectorAll("button")].map((button) => button.id + button.textContent).join();
}

// The element of a replaced part that is the same as `element` was, if there is one.
function counterpart(element, live) {
  const same = (other) => other.textContent === element.textContent && other.getAttribute("href") === element.getAttribute("href");
  return document.getElementById(element.id) ?? [...live.querySelectorAll(element.tagName)].find(same);
}

// Fetches the page again, and replaces its live parts.
async function refresh() {
  const status = document.getElementById("connection");
  try {
    const answer = await fetch(location.href, { signal: AbortSignal.timeout(REFRESH_INTERVAL * 2) });
    if (answer.redirected) return location.reload();
    if (!answer.ok && answer.status !== 410) throw new Error(answer.statusText); // 410: the incident is over
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    measureSkew(page);
    status.hidden = true;
    document.title = page.title;
    for (const live of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(live.id);
      // A part stays as it is while one of its buttons is pressed.
      if (!fresh || fresh.innerHTML === lastHtml[live.id] || live.querySelector(":active")) continue;
      const focused = live.contains(document.activeElement) ? document.activeElement : null;
      lastHtml[live.id] = fresh.innerHTML;
      if (buttons(live) !== buttons(fresh)) buttonsChangedAt[live.id] = Date.now();
      live.replaceChildren(...fresh.childNodes);
      if (focused) counterpart(focused, live)?.focus({ preventScroll: true });
    }
    offerCopies();
    localise();
  } catch {
    if (status.hidden) status.textContent = `No connection to Pager since ${new Date().toLocaleTimeString()}: what you see is of then.`;
    status.hidden = false;
  }
}

// Right after the buttons have changed, another one may be under the finger: ignore the press.
document.addEventListener("submit", (event) => {
  const live = event.target.closest("[data-live]");
  if (live && Date.now() - (buttonsChangedAt[live.id] ?? 0) < 1000) event.preventDefault();
});

function offerCopies() {
  // Browsers have a clipboard over https and on loopback only.
  for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
}

document.addEventListener("click", async ({ target }) => {
  if (!target.dataset.copy) return;
  await navigator.clipboard.writeText(document.getElementById(target.dataset.copy).textContent);
  target.textContent = "Copied";
});

if (document.querySelector("[data-now]")) {
  measureSkew(document);
  for (const live of document.querySelectorAll("[data-live]")) lastHtml[live.id] = live.innerHTML;
  // Noted before the script changes anything: a part that the server sends again unchanged is not
  // replaced, and keeps what is typed in it.
  offerCopies();
  localise();
  setInterval(tick, 1000);
  if (document.querySelector("[data-live]")) {
    setInterval(() => document.hidden || refresh(), REFRESH_INTERVAL);
    document.addEventListener("visibilitychange", () => document.hidden || refresh());
  }
}

// Browsers scroll only to the first line of what has the focus.
document.querySelector("fieldset:is([autofocus], :has([autofocus]))")?.scrollIntoView({ block: "center" });

for (const form of document.querySelectorAll("form[data-unsaved]")) {
  let sent = false;
  const draft = form.dataset.unsaved; // "draft" where the server has shown unsaved work
  form.addEventListener("submit", (event) => {
    const areas = [...form.querySelectorAll("textarea")];
    if (areas.reduce((sum, area) => sum + area.value.length, 0) < (form.dataset.most ?? Infinity)) sent = true;
    else {
      // The server would refuse it, and what was typed would be lost.
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
