"use strict";
const frames = Array.from(document.querySelectorAll(".frame"));
const previous = document.getElementById("previous");
const next = document.getElementById("next");
const place = document.getElementById("place");
let at = 0;

function show(number) {
  at = Math.max(0, Math.min(frames.length - 1, number));
  frames.forEach((frame, index) => frame.classList.toggle("shown", index === at));
  previous.disabled = at === 0;
  next.disabled = at === frames.length - 1;
  place.textContent = `${at + 1} of ${frames.length}: ${frames[at].querySelector("h2").textContent}`;
  history.replaceState(null, "", `#${frames[at].id}`);
}

function asked() {
  const found = frames.findIndex((frame) => `#${frame.id}` === location.hash);
  return found === -1 ? 0 : found;
}

if (frames.length > 0) {
  document.body.classList.add("stepped");
  document.querySelector("nav").hidden = false;
  previous.addEventListener("click", () => show(at - 1));
  next.addEventListener("click", () => show(at + 1));
  window.addEventListener("hashchange", () => show(asked()));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: frames.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(to);
  });
  show(asked());
}
