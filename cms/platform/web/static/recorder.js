// Recording with the microphone: the room's noise is measured first, the level is shown while speaking, and nothing is sent
// before the person has listened to it and keeps it. Without a microphone, or permission, a file can be chosen instead.
"use strict";

const FORMATS = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4"];
const SUFFIXES = { "audio/webm": "webm", "audio/ogg": "ogg", "audio/mp4": "m4a" };
const BITS_PER_SECOND = 96_000;
const LISTEN_MS = 2000;
const NOISY_DB = -45; // a fan beside the microphone; a quiet room lies below -55
const LOW_DB = -38;
const CLIPPED = 0.99;
const RATTLES = 0.001; // maximum share of clipped samples: the server refuses more (media/use_cases/phrase_check.py)
const LOOK_MS = 100;
const FALL_DB_PER_S = 12; // a peak meter: quick up, 20 dB down in 1.7 s
const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

class Recorder {
  constructor(box) {
    this.box = box;
    this.part = box.closest("[data-sends]");
    this.limitMs = Number(this.part.dataset.minutes) * 60_000;
    this.panel = box.querySelector("[data-panel]");
    this.player = box.querySelector("audio");
    this.meter = box.querySelector("meter");
    this.time = box.querySelector("[data-time]"); // separate from the status text: a screen reader does not count along
  }

  say(name, figures = {}) {
    const sentence = this.box.dataset[`say${name}`].replace(/\{(\w+)\}/g, (_all, key) => figures[key]);
    const said = this.box.querySelector("[data-said]");
    if (said.textContent !== sentence) said.textContent = sentence;
  }

  offer(...names) {
    const isHere = this.box.contains(document.activeElement);
    this.box.querySelectorAll("[data-does]").forEach((button) => { button.hidden = !names.includes(button.dataset.does); });
    // Keyboard focus moves to the next step: the pressed button is gone.
    if (isHere) this.box.querySelector(`[data-does=${names[0]}]`)?.focus();
  }

  async open() {
    this.panel.hidden = false;
    this.say("Ask");
    this.offer("close");
    try {
      const wanted = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    } catch (error) {
      this.say(error.name === "NotFoundError" ? "None" : "Denied");
      this.offer("open");
      return;
    }
    if (this.panel.hidden) { this.close(); return; } // closed while the browser asked
    this.listen();
    const floorDb = await this.floor();
    if (!this.stream) return;
    this.say(floorDb > NOISY_DB ? "Noisy" : "Quiet");
    this.box.dataset.floorDb = floorDb.toFixed(1);
    this.offer("start", "close");
  }

  listen() {
    this.audio = new AudioContext();
    this.shownDb = -60;
    const analyser = this.audio.createAnalyser();
    analyser.fftSize = 4096;
    this.audio.createMediaStreamSource(this.stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.look = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
      this.levelDb = Math.max(-60, 10 * Math.log10(power || 1e-9));
      this.clippedSamples += samples.reduce((count, sample) => count + (Math.abs(sample) >= CLIPPED), 0);
      this.lookedAt += samples.length;
      this.peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
      this.shownDb = Math.max(this.levelDb, this.shownDb - (FALL_DB_PER_S * LOOK_MS) / 1000);
      this.meter.value = this.shownDb;
      this.tick?.();
    }, LOOK_MS);
  }

  // The median level of the room, in dB below full scale.
  floor() {
    this.say("Checking");
    const heard = [];
    return new Promise((resolve) => {
      this.tick = () => {
        heard.push(this.levelDb);
        if (heard.length < LISTEN_MS / LOOK_MS) return;
        this.tick = null;
        resolve(heard.sort((a, b) => a - b)[heard.length >> 1]);
      };
    });
  }

  start() {
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.recorder = new MediaRecorder(this.stream, { ...(mimeType && { mimeType }), audioBitsPerSecond: BITS_PER_SECOND });
    const chunks = [];
    let loudest = -60;
    this.recorder.ondataavailable = (event) => { if (event.data.size) chunks.push(event.data); };
    this.recorder.onstop = () => this.review(new Blob(chunks, { type: this.recorder.mimeType }));
    this.stream.getAudioTracks()[0].onended = () => { this.note = "Lost"; this.stop(); };
    this.recorder.start(1000);
    this.note = "";
    this.clippedSamples = 0;
    this.lookedAt = 0;
    this.clippedMs = -Infinity;
    this.startedMs = performance.now();
    this.box.dataset.unkept = "";
    this.shownDb = -60;
    this.time.textContent = `${clock(0)} / ${clock(this.limitMs)}`;
    this.time.hidden = false;
    this.offer("stop");
    this.tick = () => {
      const ms = performance.now() - this.startedMs;
      this.lengthMs = ms;
      loudest = Math.max(loudest, this.levelDb);
      if (this.peak >= CLIPPED) this.clippedMs = ms;
      if (ms - this.clippedMs < 3000) this.say("Clipped");
      else if (ms > 4000 && loudest < LOW_DB) this.say("Low");
      else this.say("Recording");
      this.time.textContent = `${clock(ms)} / ${clock(this.limitMs)}`;
      if (ms >= this.limitMs) { this.note = "Full"; this.stop(); }
    };
  }

  stop() {
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  review(blob) {
    this.quiet();
    this.blob = blob;
    this.player.src = URL.createObjectURL(blob);
    this.player.hidden = false;
    this.meter.hidden = true;
    this.time.hidden = true;
    if (this.clippedSamples > RATTLES * this.lookedAt) {
      delete this.box.dataset.unkept; // leaving loses nothing that could be kept
      this.say("Rattles");
      this.offer("again", "close");
      return;
    }
    this.say(this.note || "Review", { time: clock(this.lengthMs) });
    this.offer("keep", "again");
  }

  async keep() {
    this.offer();
    this.player.pause();
    const suffix = SUFFIXES[this.blob.type.split(";")[0]] || "webm";
    const now = new Date();
    const name = `${this.box.dataset.name} ${now.toLocaleDateString("vi-VN").replaceAll("/", "-")} ${clock(now.getHours() * 60_000 + now.getMinutes() * 1000).replace(":", ".")}.${suffix}`;
    const file = new File([this.blob], name, { lastModified: Date.now() });
    delete this.box.dataset.unkept;
    if (!await window.loaSend(this.part, file, name)) {
      this.box.dataset.unkept = "";
      this.offer("keep", "again");
    }
  }

  async again() {
    this.discard();
    await this.open();
  }

  discard() {
    delete this.box.dataset.unkept;
    if (this.player.src) URL.revokeObjectURL(this.player.src);
    this.player.removeAttribute("src");
    this.player.hidden = true;
    this.meter.hidden = false;
    this.blob = null;
  }

  // The microphone is released as soon as it is not needed: its light goes out.
  quiet() {
    clearInterval(this.look);
    this.tick = null;
    this.stream?.getTracks().forEach((track) => { track.onended = null; track.stop(); });
    this.stream = null;
    this.audio?.close();
    this.audio = null;
  }

  close() {
    this.quiet();
    this.discard();
    this.panel.hidden = true;
    this.offer("open");
  }
}

const recorders = new WeakMap();

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-recorder] [data-does]");
  if (!button) return;
  const box = button.closest("[data-recorder]");
  if (!recorders.has(box)) recorders.set(box, new Recorder(box));
  recorders.get(box)[button.dataset.does]();
});
