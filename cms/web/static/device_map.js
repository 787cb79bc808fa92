// Devices where they stand, gathered by the server for each zoom. Our own data only: no tiles, nothing from elsewhere.
"use strict";

const NAMES_MOST = 60;

const box = document.getElementById("device-map");
// Of one place alone. Where all that is shown has a fault, those that can speak all the same are in doubt.
const MARKS = { "": "✓", away: "✕", doubtful: "!" };

function label([, , count, away, , name]) {
  return name || (away ? `${away}/${count}` : String(count));
}

function circle(cluster) {
  const [lat, lon, , away, id] = cluster;
  const side = id ? 28 : 44;
  const state = away ? "away" : box.dataset.rest || "";
  const icon = L.divIcon({ className: `post ${state}`.trim(), html: "", iconSize: [side, side] });
  const marker = L.marker([lat, lon], { icon, title: label(cluster), alt: label(cluster) });
  marker.on("add", () => {
    const mark = marker.getElement();
    mark.textContent = id ? MARKS[state] : label(cluster);
    mark.setAttribute("aria-label", label(cluster));
  });
  return marker;
}

if (box) {
  const map = L.map(box, { attributionControl: false, minZoom: 5, maxZoom: 18, zoomAnimation: false });
  const drawn = L.layerGroup().addTo(map);
  const names = L.layerGroup().addTo(map);
  let [turns, places] = [0, []];
  const ground = () => writeNames(map, names, places, NAMES_MOST);
  const draw = async () => {
    const turn = (turns += 1);
    const address = new URL(box.dataset.clusters, location.href);
    address.searchParams.set("zoom", map.getZoom());
    const answer = await fetch(address);
    if (!answer.ok || turn !== turns) return;
    const clusters = await answer.json();
    drawn.clearLayers();
    for (const cluster of clusters) {
      const [marker, id] = [circle(cluster), cluster[4]];
      marker.on("click keypress", () => {
        if (id) location.assign(box.dataset.device.replace(/-$/, id));
        else map.setView(marker.getLatLng(), map.getZoom() + 2);
      });
      marker.addTo(drawn);
    }
  };
  L.control.scale({ imperial: false }).addTo(map);
  map.fitBounds(JSON.parse(box.dataset.bounds), { padding: [30, 30], maxZoom: 15 });
  map.on("zoomend", draw);
  map.on("zoomend moveend", ground);
  draw();
  fetch(box.dataset.names)
    .then((answer) => (answer.ok ? answer.json() : []))
    .then((found) => {
      places = found.map(([lat, lon, name]) => ({ lat, lon, name }));
      ground();
    })
    .catch(() => {
      // Devices stand where they stand, named or not.
    });
}
