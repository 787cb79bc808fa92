// Cues on the waveform of a recording: two handles and four fields kept in sync, and playback of the part between them.
"use strict";

const STEP_MS = 100;
const PAGE_MS = 1000;
const TASTE_MS = 3000;

class Cueing {
  constructor(form) {
    this.form = form;
    this.player = form.querySelector("audio");
    this.place = form.querySelector(".cue-place");
    this.canvas = form.querySelector("canvas");
    this.at = form.querySelector("[data-at]");
    this.peaks = [];
    this.head = 0;
    this.until = Infinity;
    this.length = Number(form.dataset.lengthMs) || 0;
    const { player, place } = this;
    player.addEventListener("loadedmetadata", () => { this.length = this.length || Math.round(player.duration * 1000); this.show(); });
    player.addEventListener("error", () => { form.querySelector("[data-unplayable]").hidden = false; });
    player.addEventListener("timeupdate", () => this.follow());
    for (const handle of form.querySelectorAll("[data-handle]")) this.lead(handle);
    place.addEventListener("pointerdown", (event) => { if (!event.target.dataset.handle) this.seek(this.point(event)); });
    for (const name of ["in_ms", "out_ms", "fade_in_ms", "fade_out_ms"]) form.elements[name].addEventListener("input", () => this.show());
    for (const button of form.querySelectorAll("[data-listen]")) button.addEventListener("click", () => this.listen(button.dataset.listen));
    new ResizeObserver(() => this.show()).observe(place);
    if (form.dataset.outline) {
      outline.fetched(form.dataset.outline)
        .then((told) => { const whole = told.before || told; this.peaks = whole.peaks; this.length = this.length || whole.duration_ms; this.show(); })
        // Without its waveform the fields and handles still work.
        .catch(() => this.show());
    }
    this.show();
  }

  value(name) {
    const found = /^(?:(\d{1,3}):)?(\d{1,5})(?:[.,](\d{1,3}))?$/.exec(this.form.elements[name].value.trim());
    if (!found) return name === "out_ms" ? this.length : 0;
    return (Number(found[1] || 0) * 60 + Number(found[2])) * 1000 + Number((found[3] || "0").padEnd(3, "0"));
  }

  write(name, ms) {
    const [low, high] = name === "in_ms" ? [0, this.value("out_ms") - 1000] : [this.value("in_ms") + 1000, this.length];
    const kept = Math.round(Math.max(low, Math.min(high, ms)));
    const whole = Math.floor(kept / 1000);
    const rest = String(kept % 1000).padStart(3, "0").replace(/0+$/, "");
    this.form.elements[name].value = rest ? `${whole}${this.form.dataset.mark}${rest}` : String(whole);
    this.show();
  }

  point(event) { return outline.pointed(this.place, event) * this.length; }

  lead(handle) {
    const name = handle.dataset.handle;
    handle.addEventListener("pointerdown", (event) => { handle.setPointerCapture(event.pointerId); });
    handle.addEventListener("pointermove", (event) => { if (handle.hasPointerCapture(event.pointerId)) this.write(name, this.point(event)); });
    handle.addEventListener("keydown", (event) => {
      const lead = (ms) => this.write(name, ms);
      outline.pressed(event, { now: this.value(name), step: STEP_MS, page: PAGE_MS, length: this.length, lead });
    });
  }

  seek(ms) {
    this.head = ms;
    this.player.currentTime = ms / 1000;
    this.show();
  }

  listen(what) {
    const [start, end] = [this.value("in_ms"), this.value("out_ms")];
    if (what === "stop") { this.player.pause(); return; }
    const from = { here: this.head, first: start, last: Math.max(start, end - TASTE_MS) }[what];
    this.until = what === "first" ? Math.min(end, start + TASTE_MS) : end;
    // Sound before the first or after the last cue can be played too: a cue is looked for there.
    if (what === "here" && (from < start || from >= end)) this.until = Infinity;
    this.seek(from);
    this.player.play().catch(() => this.show());
  }

  follow() {
    this.head = this.player.currentTime * 1000;
    if (!this.player.paused && this.head >= this.until) this.player.pause();
    const isInside = this.head >= this.value("in_ms") && this.head < this.value("out_ms");
    this.player.volume = isInside ? this.fading()(this.head) : 1;
    this.show();
  }

  show() {
    this.at.textContent = outline.clock(this.head);
    for (const handle of this.form.querySelectorAll("[data-handle]")) {
      const ms = this.value(handle.dataset.handle);
      handle.style.left = `${this.length ? Math.min(100, (ms / this.length) * 100) : handle.dataset.handle === "in_ms" ? 0 : 100}%`;
      handle.setAttribute("aria-valuemax", String(this.length));
      handle.setAttribute("aria-valuenow", String(ms));
      handle.setAttribute("aria-valuetext", `${(ms / 1000).toFixed(1).replace(".", this.form.dataset.mark)} s`);
    }
    this.draw();
  }

  draw() {
    const length = this.length || 1;
    const [start, end] = [this.value("in_ms"), this.value("out_ms")];
    const faded = this.fading();
    outline.draw(this.canvas, this.peaks, this.head / length, (at) => {
      const ms = at * length;
      return ms >= start && ms < end ? { colour: "--brand", part: faded(ms) } : { colour: "--line-strong", part: 1 };
    });
  }

  // Gain by the fades at each position between the cues, from 0 to 1.
  fading() {
    const [start, end] = [this.value("in_ms"), this.value("out_ms")];
    const [rise, fall] = [this.value("fade_in_ms"), this.value("fade_out_ms")];
    return (ms) => Math.max(0, Math.min(1, rise ? (ms - start) / rise : 1, fall ? (end - ms) / fall : 1));
  }
}

for (const form of document.querySelectorAll("[data-cues]")) new Cueing(form);
