// Background of our own maps: the coast, outlines if the province has them, and names of places where there is room.
"use strict";

const NAME_HEIGHT = 18;
// Width of a letter of a name, and the gap between two names.
const [LETTER, BETWEEN] = [8, 8];
// Preferred position of a name: below its point, else a little higher or lower.
const SHIFTS = [6, -26, 24, -44, 42, -62, 60];

// Closer, the coast would be wrong to the eye; farther out it ends within the view.
const LAND_ZOOMS = [8, 11.5];

// { places: [[lat, lon, name]], land: rings, outlines: { area id: rings } }; without an answer a map works without background.
async function fetchGround(address) {
  const answer = await fetch(address).catch(() => null);
  return answer && answer.ok ? answer.json() : { places: [], land: [], outlines: {} };
}

function drawLand(map, land) {
  if (!land.length) return;
  map.createPane("land").style.zIndex = 150; // Below all else.
  const style = getComputedStyle(map.getContainer());
  const look = {
    pane: "land", renderer: L.canvas({ pane: "land", padding: 0.3 }), interactive: false, pmIgnore: true, weight: 1,
    color: style.getPropertyValue("--line-strong"), fillColor: style.getPropertyValue("--card"), fillOpacity: 1,
  };
  const shore = L.layerGroup(land.map((ring) => L.polygon(ring, look)));
  const show = () => {
    const isShown = LAND_ZOOMS[0] <= map.getZoom() && map.getZoom() <= LAND_ZOOMS[1];
    if (isShown) shore.addTo(map); else shore.remove();
    map.getContainer().classList.toggle("has-sea", isShown);
  };
  map.on("zoomend", show);
  show();
}

// places: { lat, lon, name, isMeant }, the most important first; layer: a group for the names alone; marks: must
// stay uncovered, { lat, lon, side }.
function writeNames(map, layer, places, most, marks = []) {
  layer.clearLayers();
  const view = map.getBounds().pad(0.1);
  const taken = marks.map(({ lat, lon, side }) => {
    const at = map.latLngToContainerPoint([lat, lon]);
    return { left: at.x - side / 2, top: at.y - side / 2, right: at.x + side / 2, bottom: at.y + side / 2 };
  });
  let written = 0;
  for (const { lat, lon, name, isMeant } of places) {
    if (written >= most) break;
    if (!view.contains([lat, lon])) continue;
    const [at, width] = [map.latLngToContainerPoint([lat, lon]), LETTER * name.length + BETWEEN];
    const boxes = SHIFTS.map((down) => ({
      down, left: at.x - width / 2, top: at.y + down, right: at.x + width / 2, bottom: at.y + down + NAME_HEIGHT,
    }));
    const hits = (box) => taken.some((o) => box.left < o.right && o.left < box.right && box.top < o.bottom && o.top < box.bottom);
    const box = boxes.find((each) => !hits(each));
    if (!box) continue;
    taken.push(box);
    written += 1;
    const text = document.createElement("span");
    text.textContent = name;
    const icon = L.divIcon({
      className: `map-name${isMeant ? " meant" : ""}`, html: text, iconSize: [width, NAME_HEIGHT], iconAnchor: [width / 2, -box.down],
    });
    L.marker([lat, lon], { icon, interactive: false, keyboard: false, pmIgnore: true, zIndexOffset: -1000 }).addTo(layer);
  }
}
