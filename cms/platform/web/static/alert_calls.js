// Calls attention to an alert that waits for approval, by the page title and, if it is live, by sound, until the decision.
"use strict";

const ownTitle = document.title;
const NOTES_HZ = [880, 660, 880];
const NOTE_S = 0.25;

// A browser plays no sound on a page before the first user gesture.
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
