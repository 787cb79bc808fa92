// Names of places on a map, where there is room: the first of them first, and none over another.
"use strict";

const NAME_HEIGHT = 18;
// A letter of a name, and what stands between two names.
const [LETTER, BETWEEN] = [8, 8];

// places: { lat, lon, name, isMeant }, the most important first; layer: a group that holds nothing else.
function writeNames(map, layer, places, most) {
  layer.clearLayers();
  const [view, taken] = [map.getBounds().pad(0.1), []];
  for (const { lat, lon, name, isMeant } of places) {
    if (taken.length >= most) break;
    if (!view.contains([lat, lon])) continue;
    const [at, width] = [map.latLngToContainerPoint([lat, lon]), LETTER * name.length + BETWEEN];
    const box = { left: at.x - width / 2, top: at.y, right: at.x + width / 2, bottom: at.y + NAME_HEIGHT };
    if (taken.some((o) => box.left < o.right && o.left < box.right && box.top < o.bottom && o.top < box.bottom)) continue;
    taken.push(box);
    const text = document.createElement("span");
    text.textContent = name;
    const icon = L.divIcon({
      className: `map-name${isMeant ? " meant" : ""}`, html: text, iconSize: [width, NAME_HEIGHT], iconAnchor: [width / 2, -6],
    });
    L.marker([lat, lon], { icon, interactive: false, keyboard: false, pmIgnore: true, zIndexOffset: -1000 }).addTo(layer);
  }
}
