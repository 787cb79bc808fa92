// Figures of a device or a gauge over time, drawn by uPlot from the page's own JSON, with faults, airings and rises behind.
// One cursor goes through all charts; each shows its value there. The tables below the charts need none of it.
"use strict";

const plots = document.getElementById("plots");
const ZONE = "Asia/Ho_Chi_Minh";
const LEAST_PX = 2;
const AIRED_SHARE = 0.06;
const NEAR_PX = 6;

function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// The range between least and most is filled first: the mean is drawn after it, or it would be hidden.
function lines(figure) {
  const colour = ink("--brand");
  const edge = { stroke: colour, width: 0.5, points: { show: false } };
  const mean = { label: figure.label, stroke: colour, width: 2 };
  const limits = (figure.limits || []).map(({ label }) => ({ label, stroke: ink("--bad"), width: 1, dash: [6, 4], points: { show: false } }));
  return figure.least ? [{}, edge, { ...edge }, mean, ...limits] : [{}, mean, ...limits];
}

// Faults and rises fill the height; airings stand at the foot, so that neither hides the other.
function shade(plot, marks) {
  const { ctx, bbox } = plot;
  const tone = { fault: ink("--bad-tint"), rise: ink("--bad-tint"), done: ink("--good"), cut: ink("--wait"), missed: ink("--bad") };
  ctx.save();
  for (const [from, to, , kind] of marks) {
    const left = Math.max(bbox.left, plot.valToPos(from, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, "x", true));
    if (right < bbox.left || left > bbox.left + bbox.width) continue;
    const height = kind === "fault" || kind === "rise" ? bbox.height : bbox.height * AIRED_SHARE;
    ctx.fillStyle = tone[kind] || tone.done;
    ctx.fillRect(left, bbox.top + bbox.height - height, Math.max(LEAST_PX, right - left), height);
  }
  ctx.restore();
}

function written(value, figure, told) {
  if (value === null || value === undefined) return "";
  return `${new Intl.NumberFormat(told.language, { maximumFractionDigits: figure.digits || 1 }).format(value)} ${figure.unit}`.trim();
}

// Names what was at the cursor, once for all charts: the moment, and each fault or airing then.
function tell(plot, told, now) {
  const at = plot.cursor.idx === null || plot.cursor.idx === undefined ? null : told.times[plot.cursor.idx];
  if (at === null) {
    now.textContent = now.dataset.hint;
    return;
  }
  const format = { timeZone: ZONE, day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const moment = new Date(at * 1000).toLocaleString(told.language === "en" ? "en-GB" : told.language, format);
  const near = (plot.posToVal(NEAR_PX, "x") - plot.posToVal(0, "x")) || 0;
  const there = told.marks.filter(([from, to]) => from - near <= at && at <= to + near).map(([, , words]) => words);
  now.textContent = [moment, ...new Set(there)].join(" · ");
}

function draw(place, figure, told, now) {
  const clock = new Intl.DateTimeFormat(told.language, { timeZone: ZONE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(told.language, { timeZone: ZONE, day: "numeric", month: "numeric" });
  const isLong = told.times[told.times.length - 1] - told.times[0] > 2 * 86400;
  const axis = { stroke: ink("--ink-soft"), grid: { stroke: ink("--line"), width: 1 }, ticks: { show: false } };
  const label = isLong ? day : clock;
  const value = place.parentElement.querySelector("[data-value]");
  const options = {
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    cursor: { y: false, sync: { key: "device" } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), ZONE),
    series: lines(figure),
    scales: figure.unit === "%" ? { y: { range: [0, 100] } } : {},
    bands: figure.least ? [{ series: [2, 1], fill: ink("--brand-tint") }] : [],
    axes: [{ ...axis, space: 64, values: (_, seconds) => seconds.map((each) => label.format(each * 1000)) }, { ...axis, size: 56 }],
    hooks: {
      drawClear: [(plot) => shade(plot, told.marks)],
      setCursor: [(plot) => {
        const at = plot.cursor.idx;
        value.textContent = at === null || at === undefined ? "" : written(figure.mean[at], figure, told);
        if (plot.cursor.event) tell(plot, told, now);
      }],
    },
  };
  const limits = (figure.limits || []).map(({ value }) => told.times.map(() => value));
  const data = [told.times, ...(figure.least ? [figure.least, figure.most] : []), figure.mean, ...limits];
  return new uPlot(options, data, place);
}

if (plots) {
  const told = JSON.parse(plots.dataset.plots);
  const now = document.getElementById("chart-now");
  const drawn = [];
  // A group is drawn when it is opened: 21 charts in a column are for nobody.
  const fill = (group) => {
    if (!group.open || group.dataset.drawn) return;
    group.dataset.drawn = "yes";
    for (const place of group.querySelectorAll("[data-figure]")) drawn.push([place, draw(place, told.plots[place.dataset.figure], told, now)]);
  };
  for (const group of plots.querySelectorAll("details")) {
    fill(group);
    group.addEventListener("toggle", () => fill(group));
  }
  // A player moves the cursor to its moment.
  plots.addEventListener("moment", ({ detail }) => {
    for (const [, plot] of drawn) plot.setCursor({ left: plot.valToPos(detail, "x"), top: 1 });
  });
  new ResizeObserver(() => {
    for (const [place, plot] of drawn.filter(([each]) => each.clientWidth)) plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }).observe(plots);
}
