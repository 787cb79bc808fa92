// An alert waits for whoever looks at this page: its title says so, and a live one sounds until somebody has decided.
"use strict";

const ownTitle = document.title;
const NOTES_HZ = [880, 660, 880];
const NOTE_S = 0.25;

// A browser lets nothing sound on a page that nobody has touched.
function sound() {
  if (!navigator.userActivation?.hasBeenActive) return;
  const context = new AudioContext();
  NOTES_HZ.forEach((pitch, place) => {
    const tone = context.createOscillator();
    tone.frequency.value = pitch;
    tone.connect(context.destination);
    tone.start(context.currentTime + place * NOTE_S);
    tone.stop(context.currentTime + (place + 0.9) * NOTE_S);
  });
  setTimeout(() => context.close(), 1000 * NOTE_S * (NOTES_HZ.length + 1));
}

function heed() {
  const waiting = document.querySelector("[data-waits-for-you]");
  document.title = waiting ? `⏳ ${waiting.dataset.waitsForYou} · ${ownTitle}` : ownTitle;
  if (waiting && waiting.hasAttribute("data-is-live")) sound();
}

document.addEventListener("htmx:afterSwap", (event) => { if (event.target.id === "news") heed(); });
document.addEventListener("DOMContentLoaded", heed);
