// Player of a replayed flood: shows each draft when its time comes, at the chosen speed. Without it all are shown at once.
"use strict";

const player = document.getElementById("player");

if (player) {
  const [begin, end] = [Number(player.dataset.begin), Number(player.dataset.end)];
  const [speed, button, clock] = [player.querySelector("select"), player.querySelector("button"), player.querySelector("output")];
  const steps = [...document.querySelectorAll("#steps [data-at]")];
  const format = { timeZone: "Asia/Ho_Chi_Minh", day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  let turn = 0;
  const show = (at) => {
    clock.textContent = new Date(at * 1000).toLocaleString(document.documentElement.lang, format);
    // Rows keep their room: nothing below moves when one appears.
    document.getElementById("plots").dispatchEvent(new CustomEvent("moment", { detail: at }));
    for (const step of steps) step.style.visibility = Number(step.dataset.at) <= at ? "" : "hidden";
  };
  button.addEventListener("click", () => {
    const mine = (turn += 1);
    const from = performance.now();
    const frame = (now) => {
      if (mine !== turn) return;
      const at = Math.min(end, begin + ((now - from) / 1000) * Number(speed.value));
      show(at);
      if (at < end) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  player.hidden = false;
}
