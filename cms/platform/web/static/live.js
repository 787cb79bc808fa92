// Live address: microphone permission is asked for before any loudspeaker opens; then the speech is sent frame by frame, each
// on its own, and frames that cannot be sent at once are dropped. If this page dies, the loudspeakers fall silent by themselves.
"use strict";

const HZ = 48_000;
const BLOCK_MS = 20;
const BITS_PER_SECOND = 24_000;
const IN_FLIGHT = 8; // beyond this many unsent frames, new speech would arrive too late
const TAIL_MS = 600; // the last words are still on their way to the loudspeakers
const NEWS_MS = 1000;
const QUIET_DB = -60;
const FALL_DB = 1.2; // a peak meter, each 100 ms
const WANTED = { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
const filled = (sentence, figures) => sentence.replace(/\{(\w+)\}/g, (_all, name) => figures[name]);
const clock = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });
const isAble = () => Boolean(navigator.mediaDevices && window.AudioEncoder && window.AudioWorkletNode);

async function microphone() {
  if (!isAble()) return { trouble: "Old" };
  try {
    return { stream: await navigator.mediaDevices.getUserMedia({ audio: WANTED }) };
  } catch (error) {
    return { trouble: error.name === "NotFoundError" ? "None" : "Denied" };
  }
}

// Before the loudspeakers open: is there a microphone, and is its use permitted?
function askFirst(form) {
  let isAsked = false;
  form.addEventListener("submit", async (event) => {
    if (isAsked || event.submitter?.value === "record") return; // recording asks for the permission itself
    event.preventDefault();
    event.stopImmediatePropagation();
    const told = form.querySelector("[data-told]");
    const { stream, trouble } = await microphone();
    stream?.getTracks().forEach((track) => track.stop());
    told.hidden = !trouble;
    if (trouble) { told.textContent = form.dataset[`say${trouble}`]; return; }
    isAsked = true;
    form.requestSubmit(form.querySelector("button[value=live]"));
  }, true);
}

class Desk {
  constructor(box) {
    this.box = box;
    this.url = box.dataset.live;
    this.perFrame = Number(box.dataset.frameMs) / BLOCK_MS;
    this.aheadMs = Number(box.dataset.nowMs) - Date.now(); // the server's clock minus ours; corrected by each poll
    this.bestTripMs = Infinity;
    this.seq = 0;
    this.inFlight = 0;
    this.isOn = false;
    this.opened = 0;
    this.total = 0;
    this.meter = box.querySelector("meter");
    this.air = box.querySelector("[data-air]");
    this.shownDb = QUIET_DB;
    setInterval(() => this.tick(), 100);
    setInterval(() => this.news(), NEWS_MS);
    this.news();
    if ("speaks" in box.dataset) this.open();
    else this.say("Other");
    box.querySelector("[data-stops-live]")?.addEventListener("submit", (event) => this.stop(event));
  }

  say(name, figures = {}) {
    const sentence = filled(this.box.dataset[`say${name}`], figures);
    const said = this.box.querySelector("[data-said]");
    if (said.textContent !== sentence) said.textContent = sentence;
    this.box.dataset.stage = name.toLowerCase();
  }

  now() { return Date.now() + this.aheadMs; }

  async open() {
    if (!this.air) { this.say("Elsewhere"); return; }
    const { stream, trouble } = await microphone();
    if (trouble) { this.say(trouble); return; }
    this.stream = stream;
    this.audio = new AudioContext({ sampleRate: HZ, latencyHint: "interactive" });
    await this.audio.audioWorklet.addModule(this.box.dataset.worklet);
    const tap = new AudioWorkletNode(this.audio, "tap", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    this.audio.createMediaStreamSource(stream).connect(tap);
    tap.port.onmessage = ({ data }) => this.block(data);
    this.isReady = true;
    this.air.addEventListener("click", () => this.go());
    navigator.wakeLock?.request("screen").catch(() => {});
  }

  tick() {
    const leftMs = Math.max(0, Number(this.box.dataset.untilMs) - this.now());
    this.box.querySelector("[data-left]").textContent = clock(leftMs);
    if (this.meter) {
      this.shownDb = Math.max(QUIET_DB, this.shownDb - FALL_DB);
      this.meter.value = this.shownDb;
    }
    if (!this.isReady || this.isOn || this.isEnding) return;
    const waitMs = Number(this.box.dataset.readyMs) - this.now();
    this.air.disabled = waitMs > 0;
    if (waitMs > 0) this.say("Wait", { s: Math.ceil(waitMs / 1000) });
    else this.say("Ready");
  }

  async go() {
    await this.audio.resume();
    this.isGoing = true;
    const answer = await fetch(`${this.url}/air`, { method: "POST", headers: headers() });
    if (!answer.ok) { location.reload(); return; }
    this.encoder = new AudioEncoder({ output: (chunk) => this.encoded(chunk), error: () => this.say("Old") });
    this.encoder.configure({
      codec: "opus", sampleRate: HZ, numberOfChannels: 1, bitrate: BITS_PER_SECOND, opus: { frameDuration: BLOCK_MS * 1000 },
    });
    this.packets = [];
    this.blocks = 0;
    this.isOn = true;
    this.air.hidden = true;
    this.box.querySelector("[data-stops-live] button").focus();
    this.sayHeard();
  }

  // Heard means that an open loudspeaker plays it; that the server accepts the frames is not enough.
  sayHeard() { this.say(this.opened ? "On" : "Unheard", { open: this.opened, total: this.total }); }

  block(samples) {
    const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    this.shownDb = Math.max(this.shownDb, 20 * Math.log10(peak || 1e-3));
    if (!this.isOn) return;
    // The first sample of a block was spoken a block ago; later blocks follow it without a gap.
    this.beganMs ??= this.now() - BLOCK_MS;
    const timestamp = this.blocks * BLOCK_MS * 1000;
    this.blocks += 1;
    const data = new AudioData({
      format: "f32", sampleRate: HZ, numberOfFrames: samples.length, numberOfChannels: 1, timestamp, data: samples,
    });
    this.encoder.encode(data);
    data.close();
  }

  encoded(chunk) {
    const packet = new Uint8Array(chunk.byteLength);
    chunk.copyTo(packet);
    this.packets.push(packet);
    if (this.packets.length < this.perFrame) return;
    const sound = this.packets;
    this.packets = [];
    const seq = this.seq;
    this.seq += 1;
    this.send(seq, Math.round(this.beganMs + seq * this.perFrame * BLOCK_MS), sound);
  }

  async send(seq, at, packets) {
    if (this.inFlight >= IN_FLIGHT) { this.say("Lost"); return; }
    const body = new Uint8Array(packets.reduce((sum, packet) => sum + 2 + packet.length, 0));
    let place = 0;
    for (const packet of packets) {
      body[place] = packet.length >> 8;
      body[place + 1] = packet.length & 255;
      body.set(packet, place + 2);
      place += 2 + packet.length;
    }
    this.inFlight += 1;
    try {
      const answer = await fetch(`${this.url}/frames?seq=${seq}&at=${at}`, {
        method: "POST", body, headers: { ...headers(), "Content-Type": "application/octet-stream" },
      });
      if (answer.status === 409 || answer.status === 403) this.over();
      else if (!this.isEnding && answer.ok) this.sayHeard();
      else if (!this.isEnding) this.say("Lost");
    } catch {
      if (!this.isEnding) this.say("Lost");
    } finally {
      this.inFlight -= 1;
    }
  }

  async news() {
    const sentMs = Date.now();
    let told;
    try {
      const answer = await fetch(`${this.url}/news`);
      if (!answer.ok) return;
      told = await answer.json();
    } catch { return; }
    const tripMs = Date.now() - sentMs;
    if (tripMs < this.bestTripMs) { // the fastest answer gives the best estimate of the server's clock
      this.bestTripMs = tripMs;
      this.aheadMs = told.now_ms - sentMs - tripMs / 2;
    }
    if (told.state === "ended" || (told.state !== this.box.dataset.open && !this.isGoing)) { this.over(); return; }
    this.opened = told.open;
    this.total = told.total;
    const warned = this.box.querySelector("[data-warned]");
    warned.hidden = !told.warning;
    if (told.warning) warned.textContent = filled(this.box.dataset.sayWarned, told);
    this.box.querySelector("[data-far]").textContent = filled(this.box.dataset.sayFar, told);
    const { delay_ms: ms, p95_ms: p95 } = told;
    this.box.querySelector("[data-delay]").textContent = ms === null
      ? this.box.dataset.sayNodelay : filled(this.box.dataset.sayDelay, { ms, p95 });
  }

  async stop(event) {
    if (!this.isOn || this.isEnding) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.isEnding = true;
    this.isOn = false;
    this.say("Ending");
    await wait(TAIL_MS);
    event.target.submit();
  }

  over() {
    if (this.isEnding) return;
    this.isEnding = true;
    this.isOn = false;
    location.reload();
  }
}

document.querySelectorAll("[data-live-prepare]").forEach(askFirst);
document.querySelectorAll("[data-live]").forEach((box) => new Desk(box));
