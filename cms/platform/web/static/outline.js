// The waveform of a sound, for its players and editors: fetches the levels, draws the bars, handles position by pointer and key.
"use strict";

const outline = {
  clock: (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`,

  fetched: (address) => fetch(address).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status))),

  // Position of a pointer along the waveform, from 0 to 1.
  pointed(place, event) {
    const box = place.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - box.left) / box.width));
  },

  // Keys as on every slider; ``more`` are additional keys of one use.
  pressed(event, { now, step, page, length, lead, more = {} }) {
    const to = {
      ArrowLeft: now - step, ArrowDown: now - step, ArrowRight: now + step, ArrowUp: now + step,
      PageDown: now - page, PageUp: now + page, Home: 0, End: length,
    };
    if (!(event.key in to || event.key in more) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    if (event.key in more) more[event.key]();
    else lead(to[event.key]);
  },

  // ``shade`` returns for each position from 0 to 1 the colour of its bar and the drawn share of its swing; ``head`` is the playhead.
  draw(canvas, peaks, head, shade) {
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const brush = canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    brush.clearRect(0, 0, width, height);
    for (let x = 0; x < width; x += 1) {
      const first = Math.floor((x / width) * peaks.length);
      const last = Math.max(first + 1, Math.floor(((x + 1) / width) * peaks.length));
      const { colour, part } = shade(x / width);
      const swing = (Math.max(0, ...peaks.slice(first, last)) / 100) * height * part;
      brush.fillStyle = style.getPropertyValue(colour);
      brush.fillRect(x, (height - swing) / 2, 1, Math.max(ratio, swing));
    }
    brush.fillStyle = style.getPropertyValue("--bad");
    brush.fillRect(Math.min(width - 2 * ratio, head * width), 0, 2 * ratio, height);
  },
};
