// Samples of the microphone in blocks of 20 ms, for the encoder.
"use strict";

const BLOCK = 960; // 20 ms at 48 kHz

class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(BLOCK);
    this.at = 0;
  }

  process([input]) {
    const samples = input[0];
    if (!samples) return true; // the microphone is not there yet
    let from = 0;
    while (from < samples.length) {
      const count = Math.min(BLOCK - this.at, samples.length - from);
      this.block.set(samples.subarray(from, from + count), this.at);
      this.at += count;
      from += count;
      if (this.at === BLOCK) {
        this.port.postMessage(this.block, [this.block.buffer]);
        this.block = new Float32Array(BLOCK);
        this.at = 0;
      }
    }
    return true;
  }
}

registerProcessor("tap", Tap);
