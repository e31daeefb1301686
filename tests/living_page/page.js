"use strict";
// Shows only what holds every word that was typed; without script, everything is there anyway.
const plain = (text) => text.toLowerCase().replaceAll("’", "'"); // the brief has both
const search = document.querySelector("#search");
const found = document.querySelector("#found");
const entries = [...document.querySelectorAll("[data-search]")].map((element) => ({
  element,
  text: plain(element.textContent),
}));
const sections = [...document.querySelectorAll("main > section")];

function filter() {
  const words = plain(search.value).split(/\s+/).filter(Boolean);
  for (const { element, text } of entries) {
    element.hidden = !words.every((word) => text.includes(word));
  }
  for (const section of sections) {
    const within = section.querySelectorAll("[data-search]");
    const shown = section.querySelectorAll("[data-search]:not([hidden])");
    section.hidden = words.length > 0 && (within.length === 0 || shown.length === 0);
  }
  const scenarios = document.querySelectorAll("article:not([hidden])").length;
  const steps = document.querySelectorAll(".catalogue > :not([hidden])").length;
  found.textContent = words.length === 0 ? "" : `${scenarios} scenarios, ${steps} steps and nouns`;
}

document.querySelector(".search").hidden = false;
search.addEventListener("input", filter);
filter();
