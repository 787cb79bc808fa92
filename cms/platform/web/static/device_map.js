// Map of devices, clustered by the server for each zoom. Our own data only: no tiles, no foreign origin.
"use strict";

const NAMES_MOST = 60;
const LINE = "#9aa7b3";
const side = (id) => (id ? 28 : 44);

const box = document.getElementById("device-map");
// Marks of single devices. If every device shown has a fault, those that can speak all the same are marked doubtful.
const MARKS = { "": "✓", away: "✕", doubtful: "!" };

function label([, , count, away, , name]) {
  return name || (away ? `${away}/${count}` : String(count));
}

function circle(cluster) {
  const [lat, lon, count, away, id] = cluster;
  // On the map of all devices a circle is red only where half of them are not heard: of 87, one always is away.
  const isFew = !id && !box.dataset.rest && away * 2 < count;
  const state = away ? (isFew ? "doubtful" : "away") : box.dataset.rest || "";
  const icon = L.divIcon({ className: `post ${state}`.trim(), html: "", iconSize: [side(id), side(id)] });
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
  let [turns, places, marks] = [0, [], []];
  const name = () => writeNames(map, names, places, NAMES_MOST, marks);
  const draw = async () => {
    const turn = (turns += 1);
    const address = new URL(box.dataset.clusters, location.href);
    address.searchParams.set("zoom", map.getZoom());
    const answer = await fetch(address);
    if (!answer.ok || turn !== turns) return;
    const clusters = await answer.json();
    drawn.clearLayers();
    marks = clusters.map(([lat, lon, , , id]) => ({ lat, lon, side: side(id) }));
    name();
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
  map.on("moveend", name);
  draw();
  fetchGround(box.dataset.ground).then((ground) => {
    drawLand(map, ground.land);
    const style = { renderer: L.canvas({ padding: 0.3 }), interactive: false, weight: 1, color: LINE, fill: false };
    Object.values(ground.outlines).forEach((rings) => rings.forEach((ring) => L.polygon(ring, style).addTo(map)));
    places = ground.places.map(([lat, lon, text]) => ({ lat, lon, name: text }));
    name();
  });
}
