// Tickets by distance from the user. The position never leaves the telephone.
"use strict";

const HERE = "loa-here";
const EARTH_M = 6_371_000;
const RADIANS = Math.PI / 180;

function metres([lat, lon], [otherLat, otherLon]) {
  const x = (otherLon - lon) * RADIANS * Math.cos(((lat + otherLat) / 2) * RADIANS);
  return EARTH_M * Math.hypot(x, (otherLat - lat) * RADIANS);
}

function told(length) {
  const many = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: length < 9_950 ? 1 : 0 });
  return length < 950 ? `${Math.round(length / 10) * 10} m` : `${many.format(length / 1000)} km`;
}

function order(here) {
  for (const list of document.querySelectorAll("[data-by-distance]")) {
    const rows = [...list.children].map((row) => {
      const length = row.dataset.lat ? metres(here, [Number(row.dataset.lat), Number(row.dataset.lon)]) : Infinity;
      row.querySelector("[data-distance]").textContent = length === Infinity ? "" : told(length);
      return [length, row];
    });
    // Tickets at the same distance keep their order: the most urgent first.
    rows.sort(([one], [other]) => (one === other ? 0 : one - other));
    list.append(...rows.map(([, row]) => row));
  }
}

document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("[data-nearest]");
  if (!place || !("geolocation" in navigator)) return;
  const known = JSON.parse(sessionStorage.getItem(HERE) || "null");
  if (known) order(known);
  document.addEventListener("loa:renewed", () => {
    const here = JSON.parse(sessionStorage.getItem(HERE) || "null");
    if (here) order(here);
  });
  place.querySelector("button").addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const here = [coords.latitude, coords.longitude];
        sessionStorage.setItem(HERE, JSON.stringify(here));
        place.querySelector("[role=status]").textContent = `± ${Math.round(coords.accuracy)} m`;
        order(here);
      },
      () => { place.querySelector("[role=status]").textContent = place.dataset.none; },
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
    );
  });
});
