// Only what a page without a script cannot do: count down, show local times, stay current, copy, close
// a menu, follow a draft, and ask before unsaved work is left.
"use strict";

const REFRESH_INTERVAL = 5000; // milliseconds
const TOAST_TIME = 10000; // milliseconds
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
    time.title = new Intl.DateTimeFormat([], EXACT).format(new Date(time.dateTime));
  }
  for (const time of document.querySelectorAll("time[data-age]")) {
    time.textContent = duration(Date.now() + skew - Date.parse(time.dateTime));
  }
}

// As people say it: the largest unit, or the two largest from an hour on.
function duration(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60000));
  const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
  if (d) return h ? `${d} d ${h} h` : `${d} d`;
  if (h) return m ? `${h} h ${m} min` : `${h} h`;
  return minutes ? `${minutes} min` : "now";
}

const EXACT = { dateStyle: "full", timeStyle: "long" };
const DAY = { day: "numeric", month: "short" };
const MINUTE = { hour: "2-digit", minute: "2-digit" };

// One style of time: the clock of the reader, the day where it is another one; all of it on hover.
function localise() {
  const now = new Date(Date.now() + skew);
  for (const time of document.querySelectorAll("time[data-local], time[data-age], time[data-titled]")) {
    const at = new Date(time.dateTime);
    time.title = new Intl.DateTimeFormat([], EXACT).format(at);
    if (!("local" in time.dataset)) continue;
    const isHandover = time.dataset.local === "week";
    // With the zone: the pages of schedules say the same handover in theirs.
    const clock = at.toLocaleTimeString([], isHandover ? { ...MINUTE, timeZoneName: "short" } : MINUTE);
    const isSoon = isHandover && (at - now) / 86400000 < 6;
    const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" };
    const day = at.toLocaleDateString([], isSoon ? { weekday: "short" } : { ...DAY, ...year });
    const isToday = at.toDateString() === now.toDateString();
    time.textContent = isToday ? clock : `${day}${isSoon ? " " : ", "}${clock}`;
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
    const icon = document.getElementById("icon");
    if (icon.href !== page.getElementById("icon").href) icon.href = page.getElementById("icon").href;
    for (const live of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(live.id);
      // A part stays as it is while one of its buttons is pressed.
      if (!fresh || fresh.innerHTML === lastHtml[live.id] || live.querySelector(":active")) continue;
      const focused = live.contains(document.activeElement) ? document.activeElement : null;
      lastHtml[live.id] = fresh.innerHTML;
      if (buttons(live) !== buttons(fresh)) buttonsChangedAt[live.id] = Date.now();
      const open = [...live.querySelectorAll("details[open][id]")].map((details) => details.id);
      live.replaceChildren(...fresh.childNodes);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
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

// A menu closes when the focus or the finger goes elsewhere, or with Escape.
function closeMenus(event) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (event.key === "Escape") menu.querySelector("summary").focus();
    if (event.key === "Escape" || (!event.key && !menu.contains(event.relatedTarget ?? event.target))) menu.open = false;
  }
}
document.addEventListener("click", closeMenus);
document.addEventListener("keydown", closeMenus);

// What a button has just done is said for a while, and not again when the page is opened later.
function showToast() {
  const toast = document.querySelector(".toast");
  if (!toast) return;
  const address = new URL(location.href);
  for (const name of ["done", "service", "result", "name"]) address.searchParams.delete(name);
  history.replaceState(null, "", address);
  // Rows have moved: another button may be under the finger.
  for (const live of document.querySelectorAll("[data-live]")) buttonsChangedAt[live.id] = Date.now();
  setInterval(() => (toast.hidden ||= !toast.matches(":focus-within:not(:focus), :hover")), TOAST_TIME);
}

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

showToast();

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

// The rehearsal, the checks and the count of changes follow the draft of a policy: after a pause the
// form is sent as by Rehearse, and what follows from it is replaced, never a field.
const REHEARSE_AFTER = 600; // milliseconds without a key
const draftForm = document.querySelector("form[data-rehearse]");

function draftOf(form) {
  const fields = new URLSearchParams(new FormData(form));
  fields.set("do", "rehearse");
  return fields;
}

function follow(page) {
  // Of a draft that is not valid (yet) there is no rehearsal: the one before stays.
  const waits = page.querySelector("[data-waits]") !== null;
  const has = document.querySelector("#rehearsed:not([data-waits])") !== null;
  document.getElementById("waits").hidden = !(waits && has);
  if (!waits) document.getElementById("rehearsed").removeAttribute("data-waits");
  for (const part of document.querySelectorAll("[data-follows]")) {
    const fresh = page.getElementById(part.id);
    if (waits && has && ["rehearsed", "running"].includes(part.id)) continue;
    // What is being read or pressed stays.
    if (!fresh || fresh.innerHTML === part.innerHTML || part.contains(document.activeElement)) continue;
    const open = [...part.querySelectorAll("details[open][id]")].map((details) => details.id);
    part.replaceChildren(...fresh.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  }
  localise();
}

if (draftForm) {
  const offline = document.getElementById("offline");
  let timer, running;
  let rehearsed = String(draftOf(draftForm));
  const rehearse = async () => {
    const fields = draftOf(draftForm);
    if (String(fields) === rehearsed) return;
    running?.abort();
    const mine = (running = new AbortController());
    try {
      const answer = await fetch(draftForm.action, { method: "POST", body: fields, signal: mine.signal });
      if (answer.redirected) throw new Error("You are not signed in any more: save in another tab what you need.");
      if (answer.status === 413) throw new Error("This is more than can be edited on a page.");
      if (!answer.ok && answer.status !== 422) throw new Error("The rehearsal is of what you had typed before.");
      follow(new DOMParser().parseFromString(await answer.text(), "text/html"));
      rehearsed = String(fields);
      offline.hidden = true;
    } catch (error) {
      if (mine.signal.aborted) return;
      offline.textContent = error instanceof TypeError ? "No connection to Pager: the rehearsal is of what you had typed before." : error.message;
      offline.hidden = false;
    }
  };
  document.addEventListener("input", ({ target }) => {
    if (target.form !== draftForm) return;
    clearTimeout(timer);
    timer = setTimeout(rehearse, REHEARSE_AFTER);
  });
  draftForm.addEventListener("submit", () => {
    clearTimeout(timer);
    running?.abort();
  });
}

// Much work is done in parts: what a person would press next is pressed.
document.querySelector("form[data-goes-on]")?.requestSubmit();

// A time is typed in the reader's zone.
for (const field of document.querySelectorAll("[data-zone]")) {
  field.value = Intl.DateTimeFormat().resolvedOptions().timeZone || field.value;
}
