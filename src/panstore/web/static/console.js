// The console's own behaviour: colours as the person's system has them, and the live feed's line.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
paint();
dark.addEventListener("change", paint);

// On a phone the pages' names are wider than the screen: the one that is open is in sight.
document.addEventListener("DOMContentLoaded", () => {
  const open = document.querySelector(".console-tabs a.active");
  if (open) open.parentElement.scrollLeft = open.offsetLeft - (open.parentElement.clientWidth - open.offsetWidth) / 2;
});

const MOST_ROWS = 200;
const say = (colour, words) => {
  const dot = document.getElementById("line-dot");
  if (!dot) return;
  dot.className = `status-dot status-${colour}`;
  document.getElementById("line-words").textContent = words;
};
document.addEventListener("htmx:sse:after:connection", () => say("green", "Every change as it is written, or not, and why."));
document.addEventListener("htmx:sse:error", () => say("yellow", "The line is cut; trying again."));
document.addEventListener("htmx:sse:close", () => say("red", "The line is closed. Load the page again."));
document.addEventListener("htmx:sse:after:message", () => {
  document.getElementById("feed-empty")?.remove();
  const rows = document.querySelectorAll("#feed > article");
  for (let i = MOST_ROWS; i < rows.length; i += 1) rows[i].remove();
});
