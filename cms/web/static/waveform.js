// The outline of a sound, drawn from the server's figures: shows where the player is, and leads it elsewhere by pointer or key.
"use strict";

const STEP_S = 5;
const PAGE_S = 30;
const clock = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

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
    fetch(box.dataset.wave).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
      .then((told) => { this.peaks = told.after.peaks; this.show(); })
      // Without its outline the place still leads the player.
      .catch(() => this.show());
  }

  get length() { return this.player.duration || Number(this.place.getAttribute("aria-valuemax")); }

  seek(seconds) {
    this.player.currentTime = Math.max(0, Math.min(this.length, seconds));
    this.show();
  }

  point(event) {
    const box = this.place.getBoundingClientRect();
    this.seek(((event.clientX - box.left) / box.width) * this.length);
  }

  press(event) {
    const now = this.player.currentTime;
    const leads = {
      ArrowLeft: () => this.seek(now - STEP_S), ArrowDown: () => this.seek(now - STEP_S),
      ArrowRight: () => this.seek(now + STEP_S), ArrowUp: () => this.seek(now + STEP_S),
      PageDown: () => this.seek(now - PAGE_S), PageUp: () => this.seek(now + PAGE_S),
      Home: () => this.seek(0), End: () => this.seek(this.length),
      " ": () => (this.player.paused ? this.player.play().catch(() => this.show()) : this.player.pause()),
    };
    if (!leads[event.key] || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    leads[event.key]();
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
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * ratio);
    const height = Math.round(this.canvas.clientHeight * ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    const brush = this.canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    const head = (this.player.currentTime / this.length) * width;
    brush.clearRect(0, 0, width, height);
    for (let x = 0; x < width; x += 1) {
      const first = Math.floor((x / width) * this.peaks.length);
      const last = Math.max(first + 1, Math.floor(((x + 1) / width) * this.peaks.length));
      const swing = (Math.max(0, ...this.peaks.slice(first, last)) / 100) * height;
      brush.fillStyle = style.getPropertyValue(x < head ? "--brand" : "--line-strong");
      brush.fillRect(x, (height - swing) / 2, 1, Math.max(ratio, swing));
    }
    brush.fillStyle = style.getPropertyValue("--bad");
    brush.fillRect(Math.min(width - 2 * ratio, head), 0, 2 * ratio, height);
  }
}

const drawn = new WeakSet();
document.addEventListener("htmx:load", (event) => {
  const found = [...event.target.querySelectorAll("[data-wave]")];
  if (event.target.matches("[data-wave]")) found.push(event.target);
  for (const box of found) if (!drawn.has(box)) { drawn.add(box); new Waveform(box); }
});
