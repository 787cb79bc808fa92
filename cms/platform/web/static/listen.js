// Sound in place: a link with data-listen is played in the page's one player, which is out of the way until then.
"use strict";

const player = document.getElementById("player");

function listen(link) {
  const audio = player.querySelector("audio");
  player.querySelector("[data-title]").textContent = link.dataset.listen;
  if (audio.getAttribute("src") !== link.getAttribute("href")) audio.src = link.getAttribute("href");
  player.hidden = false;
  audio.play().catch(() => { /* The player shows that it cannot. */ });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-listen]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  listen(link);
});
player.querySelector("[data-close]").addEventListener("click", () => {
  player.querySelector("audio").pause();
  player.hidden = true;
});
