// The line of today: time left by the second, and sessions that stay as the reader left them.
"use strict";

const two = (number) => String(number).padStart(2, "0");

// The reader's clock may be wrong: only the time since the page was made is counted by it.
const line = { shownMs: 0, seconds: new Map() };

function counted(root) {
  line.shownMs = performance.now();
  line.seconds = new Map();
  const now = root.querySelector("#now time")?.dateTime;
  if (!now) return;
  root.querySelectorAll("[data-until]").forEach((part) => {
    line.seconds.set(part, (new Date(part.dataset.until) - new Date(now)) / 1000);
  });
}

function tick() {
  const passed = (performance.now() - line.shownMs) / 1000;
  line.seconds.forEach((seconds, part) => {
    const left = Math.max(0, Math.round(seconds - passed));
    // Hours need no seconds: they stay as the server wrote them.
    if (left >= 3600) return;
    part.textContent = part.dataset.sentence.replace("{left}", `${Math.floor(left / 60)}:${two(left % 60)}`);
  });
}

// The board is fetched again and again: what the reader opened or closed stays so.
const chosen = new Map();
document.addEventListener("click", (event) => {
  const session = event.target.closest(".line-session summary")?.parentElement;
  if (session) chosen.set(session.id, !session.open);
});
document.addEventListener("htmx:afterSwap", () => {
  const board = document.getElementById("board");
  chosen.forEach((isOpen, id) => {
    const session = document.getElementById(id);
    if (session) session.open = isOpen;
  });
  counted(board);
  tick();
});

counted(document);
tick();
window.setInterval(tick, 1000);
