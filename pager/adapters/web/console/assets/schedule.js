// What the pages of schedules cannot do without a script: drag over the calendar to stand in for that
// time, and drag people into another order. Both only fill in a form.
"use strict";

const HOUR = 1 / 24; // of a day
const weeks = [...document.querySelectorAll(".week")];
const overrideForm = document.getElementById("override-form");
let dragged = null; // where the pointer went down, in days since the first Monday

const barsOf = (week) => week.querySelector(".result .bars");

// Where the pointer is, in days since the first Monday, to the hour.
function daysAt({ clientX, clientY }) {
  const below = weeks.findIndex((week) => clientY < week.getBoundingClientRect().bottom);
  const number = below < 0 ? weeks.length - 1 : below;
  const box = barsOf(weeks[number]).getBoundingClientRect();
  const across = Math.min(1, Math.max(0, (clientX - box.left) / box.width));
  return Math.round((number + across) * 7 / HOUR) * HOUR;
}

// As a field has it. Days and hours are those of the schedule's zone, whichever this browser is in.
function localTime(days) {
  const at = new Date(Date.parse(weeks[0].dataset.monday) + Math.round(days / HOUR) * 3600000);
  return at.toISOString().slice(0, 16);
}

function mark(from, until) {
  weeks.forEach((week, number) => {
    const [left, right] = [from, until].map((days) => Math.min(7, Math.max(0, days - number * 7)) / 7);
    const rect = week.querySelector(".chosen") ?? barsOf(week).appendChild(document.createElementNS("http://www.w3.org/2000/svg", "rect"));
    const of = { class: "chosen", x: `${left * 100}%`, width: `${(right - left) * 100}%`, height: "100%" };
    for (const [name, value] of Object.entries(of)) rect.setAttribute(name, value);
  });
}

if (overrideForm && weeks.length) {
  // Nobody drags with a finger: it scrolls the page.
  const onlyFingers = matchMedia("(any-pointer: coarse) and (not (any-pointer: fine))");
  document.querySelector(".drag-hint").hidden = onlyFingers.matches;
  for (const week of weeks) {
    week.classList.add("draggable");
    week.addEventListener("pointerdown", (event) => {
      if (event.button || event.pointerType === "touch") return;
      dragged = daysAt(event);
      event.preventDefault();
    });
  }
  document.addEventListener("pointermove", (event) => {
    if (dragged !== null) mark(Math.min(dragged, daysAt(event)), Math.max(dragged, daysAt(event)));
  });
  document.addEventListener("pointerup", (event) => {
    if (dragged === null) return;
    const [from, until] = [dragged, daysAt(event)].sort((one, other) => one - other);
    dragged = null;
    if (until - from < HOUR / 2) return;
    overrideForm.elements.starts.value = localTime(from);
    overrideForm.elements.ends.value = localTime(until);
    overrideForm.requestSubmit(overrideForm.querySelector("[value=look]"));
  });
}

// People of a rotation are dragged into another order: their fields go with them.
let moved = null;
for (const list of document.querySelectorAll(".participants")) {
  for (const item of list.children) item.draggable = true;
  list.addEventListener("dragstart", (event) => {
    // Text in a field is selected by dragging, too.
    if (event.target.nodeType !== Node.ELEMENT_NODE || !event.target.matches("li")) return;
    moved = event.target;
    moved.classList.add("moved");
  });
  list.addEventListener("dragover", (event) => {
    const over = event.target.closest("li");
    if (moved?.parentElement !== list || !over) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? "before" : "after"](moved);
  });
  list.addEventListener("dragend", () => {
    moved?.classList.remove("moved");
    moved = null;
    list.querySelector("input").dispatchEvent(new Event("input", { bubbles: true }));
  });
}
