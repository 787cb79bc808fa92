// The waveform of a sound, drawn from the server's levels: shows the playhead, and moves it by pointer or key.
"use strict";

const STEP_S = 5;
const PAGE_S = 30;
const clock = (s) => outline.clock(s * 1000);

class Waveform {
  constructor(box) {
    this.place = box.querySelector(".wave-place");
    this.canvas = box.querySelector("canvas");
    this.at = box.querySelector("[data-at]");
    this.player = box.parentElement.querySelector("audio");
    this.peaks = [];
    const { place, player } = this;
    for (const name of ["timeupdate", "seeked", "loadedmetadata"]) player.addEventListener(name, () => this.show());
    place.addEventListener("pointerdown", (event) => { place.setPointerCapture(event.pointerId); this.point(event); });
    place.addEventListener("pointermove", (event) => { if (place.hasPointerCapture(event.pointerId)) this.point(event); });
    place.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.draw()).observe(place);
    outline.fetched(box.dataset.wave)
      .then((told) => { this.peaks = told.after.peaks; this.show(); })
      // Without its waveform the player still works.
      .catch(() => this.show());
  }

  get length() { return this.player.duration || Number(this.place.getAttribute("aria-valuemax")); }

  seek(seconds) {
    this.player.currentTime = Math.max(0, Math.min(this.length, seconds));
    this.show();
  }

  point(event) { this.seek(outline.pointed(this.place, event) * this.length); }

  press(event) {
    const { player } = this;
    outline.pressed(event, {
      now: player.currentTime,
      step: STEP_S,
      page: PAGE_S,
      length: this.length,
      lead: (seconds) => this.seek(seconds),
      more: { " ": () => (player.paused ? player.play().catch(() => this.show()) : player.pause()) },
    });
  }

  show() {
    const { place } = this;
    const now = this.player.currentTime;
    this.at.textContent = clock(now);
    place.setAttribute("aria-valuenow", String(Math.round(now)));
    place.setAttribute("aria-valuetext",
      place.dataset.sentence.replace("{at}", clock(now)).replace("{whole}", clock(this.length)));
    this.draw();
  }

  draw() {
    const head = this.player.currentTime / this.length;
    outline.draw(this.canvas, this.peaks, head, (at) => ({ colour: at < head ? "--brand" : "--line-strong", part: 1 }));
  }
}

const drawn = new WeakSet();
document.addEventListener("htmx:load", (event) => {
  const found = [...event.target.querySelectorAll("[data-wave]")];
  if (event.target.matches("[data-wave]")) found.push(event.target);
  for (const box of found) if (!drawn.has(box)) { drawn.add(box); new Waveform(box); }
});
