// Telemetry of a device over time, drawn by uPlot from the page's own JSON. The table below the charts does not need it.
"use strict";

const plots = document.getElementById("plots");

function ink(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// The range between least and most is filled first: the mean is drawn after it, or it would be hidden.
function lines(figure) {
  const colour = ink("--brand");
  const edge = { stroke: colour, width: 0.5, points: { show: false } };
  const mean = { label: figure.label, stroke: colour, width: 2 };
  return figure.least ? [{}, edge, { ...edge }, mean] : [{}, mean];
}

function draw(place, figure, told) {
  const clock = new Intl.DateTimeFormat(told.language, { timeZone: "Asia/Ho_Chi_Minh", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const day = new Intl.DateTimeFormat(told.language, { timeZone: "Asia/Ho_Chi_Minh", day: "2-digit", month: "2-digit" });
  const isLong = told.times[told.times.length - 1] - told.times[0] > 2 * 86400;
  const axis = { stroke: ink("--ink-soft"), grid: { stroke: ink("--line"), width: 1 }, ticks: { show: false } };
  const name = isLong ? day : clock;
  const options = {
    width: place.clientWidth,
    height: place.clientHeight,
    legend: { show: false },
    cursor: { y: false },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Asia/Ho_Chi_Minh"),
    series: lines(figure),
    scales: figure.unit === "%" ? { y: { range: [0, 100] } } : {},
    bands: figure.least ? [{ series: [2, 1], fill: ink("--brand-tint") }] : [],
    axes: [{ ...axis, space: 64, values: (_, seconds) => seconds.map((each) => name.format(each * 1000)) }, { ...axis, size: 56 }],
  };
  const data = [told.times, ...(figure.least ? [figure.least, figure.most] : []), figure.mean];
  return new uPlot(options, data, place);
}

if (plots) {
  const told = JSON.parse(plots.dataset.plots);
  const drawn = [...plots.querySelectorAll("[data-figure]")].map((place) => [place, draw(place, told.plots[place.dataset.figure], told)]);
  new ResizeObserver(() => {
    for (const [place, plot] of drawn) plot.setSize({ width: place.clientWidth, height: place.clientHeight });
  }).observe(plots);
}
