// Map of an alert: communes, devices and drawn shapes, from our own data only. No tiles, no foreign origin.
// Shapes are stored as text, one a line: "lat,lon lat,lon lat,lon" is an outline, "lat,lon km" a circle. The text is
// authoritative: map and keyboard write it, and the form sends it.
"use strict";

const LABELS_MOST = 90;
const CLUSTER_PX = 34;
const DEVICES_FROM_ZOOM = 11;
const RENEW_MS = 3000;
const round = (number, digits) => String(Math.round(number * 10 ** digits) / 10 ** digits);

// ---- shapes as text ------------------------------------------------------------------------------------------------
function readShapes(text) {
  return text.split("\n").map((line) => line.trim()).filter(Boolean).map(readShape).filter(Boolean);
}

function readShape(line) {
  const words = line.replace(/\s*,\s*/g, ",").split(/\s+/);
  const point = (word) => word.split(",").map(Number);
  const isPoint = (pair) => pair.length === 2 && pair.every(Number.isFinite);
  if (words.length === 2 && !words[1].includes(",")) {
    const [centre, km] = [point(words[0]), Number(words[1])];
    return isPoint(centre) && km > 0 ? { centre, km } : null;
  }
  const ring = words.map(point);
  return ring.length >= 3 && ring.every(isPoint) ? { ring } : null;
}

function writeShape(layer) {
  if (layer instanceof L.Circle) {
    const at = layer.getLatLng();
    return `${round(at.lat, 5)},${round(at.lng, 5)} ${round(layer.getRadius() / 1000, 3)}`;
  }
  const ring = layer.getLatLngs()[0];
  return [...ring, ring[0]].map((at) => `${round(at.lat, 5)},${round(at.lng, 5)}`).join(" ");
}

// ---- one map -------------------------------------------------------------------------------------------------------
// Leaflet parses a tooltip's string as HTML, and names are user input.
function textNode(text) {
  const made = document.createElement("span");
  made.textContent = text;
  return made;
}

class AlertMap {
  constructor(box) {
    this.box = box;
    this.text = box.dataset.shapes ? document.getElementById(box.dataset.shapes) : null;
    this.styles = getComputedStyle(box);
    this.map = L.map(box, { attributionControl: false, preferCanvas: true, zoomSnap: 0.5, minZoom: 6, maxZoom: 17 });
    this.map.setView([11.1, 108.0], 9);
    L.control.scale({ imperial: false }).addTo(this.map);
    this.ground = L.layerGroup().addTo(this.map);
    this.dots = L.layerGroup().addTo(this.map);
    this.names = L.layerGroup().addTo(this.map);
    this.shapes = L.featureGroup().addTo(this.map);
    this.canvas = L.canvas({ padding: 0.3 });
    this.areas = [];
    this.devices = [];
    this.past = [];
    this.isPlaced = false;
    this.map.on("zoomend moveend", () => this.draw());
    this.map.on("moveend", () => { if (this.isClose() && !this.looked?.contains(this.map.getBounds())) this.load(); });
    if (this.text) this.allowDrawing();
    this.outlines = {};
    fetchGround(box.dataset.ground).then((ground) => {
      this.outlines = ground.outlines;
      drawLand(this.map, ground.land);
      this.draw();
    });
    this.load();
  }

  colour(state) {
    return this.styles.getPropertyValue(`--map-${state}`).trim() || this.styles.getPropertyValue("--map-none").trim();
  }

  isClose() {
    return this.map.getZoom() >= DEVICES_FROM_ZOOM;
  }

  // Devices are fetched only at zooms that separate them, and for the visible part: a province has ten thousand.
  async load() {
    const seen = this.isClose() ? this.map.getBounds().pad(0.3) : null;
    const box = seen && [seen.getSouth(), seen.getWest(), seen.getNorth(), seen.getEast()].map((at) => round(at, 5));
    const wanted = `${this.box.dataset.map}${box ? `?box=${box.join(",")}` : ""}`;
    const answer = await fetch(wanted, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer || !answer.ok) return;
    const found = await answer.json();
    this.looked = seen;
    Object.assign(this, { areas: found.areas, devices: found.devices, words: found.words });
    if (!this.text) this.showShapes(found.shapes);
    if (!this.isPlaced) this.place();
    this.draw();
    this.box.dataset.ready = "yes";
  }

  // Of a live alert the figures change every second; the colours are updated every few seconds.
  renew() {
    clearTimeout(this.soon);
    const rest = RENEW_MS - (Date.now() - (this.renewedAt || 0));
    if (rest > 0) this.soon = setTimeout(() => this.renew(), rest);
    else {
      this.renewedAt = Date.now();
      this.load();
    }
  }

  place() {
    this.isPlaced = true;
    const meant = this.areas.filter((area) => area.state !== "none");
    const points = (meant.length ? meant : this.areas).map((area) => [area.lat, area.lon]);
    const bounds = L.latLngBounds(points);
    if (this.shapes.getLayers().length) bounds.extend(this.shapes.getBounds());
    if (bounds.isValid()) this.map.fitBounds(bounds.pad(0.08), { animate: false, maxZoom: 12 });
  }

  draw() {
    this.ground.clearLayers();
    this.dots.clearLayers();
    const view = this.map.getBounds().pad(0.1);
    const areas = this.areas.filter((area) => view.contains([area.lat, area.lon]));
    this.areas.forEach((area) => this.outline(area, view));
    if (!this.isClose() || !this.devices.length) areas.forEach((area) => this.areaDot(area));
    else this.deviceDots(view);
    this.labels(areas);
  }

  outline(area, view) {
    const rings = this.outlines[area.id];
    if (!rings) return;
    const shape = L.polygon(rings.map((ring) => [ring]), {
      renderer: this.canvas, interactive: false, weight: 1, color: this.colour("line"),
      fillColor: this.colour(area.state), fillOpacity: area.state === "none" ? 0 : 0.25, pmIgnore: true,
    });
    if (view.intersects(shape.getBounds())) shape.addTo(this.ground);
  }

  areaDot(area) {
    const isMeant = area.state !== "none";
    L.circleMarker([area.lat, area.lon], {
      renderer: this.canvas, pmIgnore: true, radius: area.devices ? Math.min(13, 4 + Math.sqrt(area.devices)) : 3,
      color: this.colour(isMeant ? area.state : "line"), weight: isMeant ? 2.5 : 1.5, fillColor: this.colour(area.state),
      fillOpacity: isMeant ? 0.75 : 0.15, dashArray: area.state === "waiting" ? "3 3" : null,
    }).bindTooltip(textNode(area.title || area.name)).addTo(this.dots);
  }

  deviceDots(view) {
    const cells = new Map();
    this.devices.forEach((device) => {
      if (!view.contains([device[0], device[1]])) return;
      const at = this.map.latLngToLayerPoint([device[0], device[1]]);
      const key = `${Math.floor(at.x / CLUSTER_PX)}:${Math.floor(at.y / CLUSTER_PX)}:${device[2]}`;
      const cell = cells.get(key) || { count: 0, lat: 0, lon: 0, state: device[2], name: device[3] };
      cell.count += 1;
      cell.lat += device[0];
      cell.lon += device[1];
      cells.set(key, cell);
    });
    cells.forEach((cell) => {
      const isIn = !["outside", "none"].includes(cell.state);
      const said = (this.words || {})[cell.state] || "";
      L.circleMarker([cell.lat / cell.count, cell.lon / cell.count], {
        renderer: this.canvas, pmIgnore: true, radius: Math.min(12, 4 + 1.6 * Math.sqrt(cell.count)), weight: 2,
        color: this.colour(cell.state), fillColor: this.colour(cell.state), fillOpacity: isIn ? 0.85 : 0,
        dashArray: cell.state === "unknown" ? "2 3" : null,
      }).bindTooltip(textNode(cell.count > 1 ? `${cell.count} · ${said}` : `${cell.name} · ${said}`)).addTo(this.dots);
    });
  }

  // Those with many devices first.
  labels(areas) {
    const places = areas.map((area) => ({ ...area, isMeant: area.state !== "none" }));
    writeNames(this.map, this.names, places.sort((a, b) => b.isMeant - a.isMeant || b.devices - a.devices), LABELS_MOST);
  }

  // ---- drawing
  allowDrawing() {
    const style = { color: this.colour("shape"), weight: 3, fillOpacity: 0.12 };
    this.map.pm.setGlobalOptions({ tooltips: false, allowSelfIntersection: false, snappable: false, pathOptions: style,
      templineStyle: style, hintlineStyle: { ...style, dashArray: "5 5" }, layerGroup: this.shapes });
    this.style = style;
    this.showShapes(this.text.value);
    this.map.on("pm:create", (event) => {
      this.watch(event.layer);
      this.pressed("");
      this.write();
    });
    this.map.on("pm:remove", (event) => {
      this.shapes.removeLayer(event.layer);
      this.write();
    });
    this.map.on("pm:drawend", () => this.pressed(""));
    this.text.addEventListener("change", () => {
      this.map.pm.disableGlobalEditMode();
      this.showShapes(this.text.value);
      this.place();
    });
  }

  watch(layer) {
    layer.on("pm:edit pm:dragend", () => this.write());
  }

  showShapes(text) {
    this.shapes.clearLayers();
    readShapes(text).forEach((shape) => {
      const style = this.style || { color: this.colour("shape"), weight: 3, fillOpacity: 0.12, interactive: false };
      const layer = shape.ring
        ? L.polygon(shape.ring.slice(0, isClosed(shape.ring) ? -1 : undefined), { ...style, pmIgnore: !this.text })
        : L.circle(shape.centre, { ...style, radius: shape.km * 1000, pmIgnore: !this.text });
      layer.addTo(this.shapes);
      if (this.text) this.watch(layer);
    });
  }

  write() {
    const now = this.shapes.getLayers().map(writeShape).join("\n");
    if (now === this.text.value) return;
    this.past.push(this.text.value);
    this.set(now);
  }

  set(text) {
    this.text.value = text;
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
    this.undoable();
  }

  undo() {
    if (!this.past.length) return;
    this.map.pm.disableDraw();
    this.map.pm.disableGlobalEditMode();
    this.set(this.past.pop());
    this.showShapes(this.text.value);
    this.pressed("");
  }

  act(verb) {
    const { pm } = this.map;
    const was = this.doing;
    pm.disableDraw();
    pm.disableGlobalEditMode();
    pm.disableGlobalRemovalMode();
    this.pressed("");
    if (verb === "undo") this.undo();
    else if (verb === "clear") {
      this.past.push(this.text.value);
      this.shapes.clearLayers();
      this.set("");
    } else if (was !== verb) {
      this.pressed(verb);
      if (verb === "Edit") pm.enableGlobalEditMode();
      else if (verb === "Remove") pm.enableGlobalRemovalMode();
      else pm.enableDraw(verb, { continueDrawing: false });
    }
    this.undoable();
  }

  pressed(verb) {
    this.doing = verb;
    document.querySelectorAll(`[data-draws="${this.box.id}"]`).forEach((button) => {
      if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(button.value === verb && verb !== ""));
    });
  }

  undoable() {
    document.querySelectorAll(`[data-draws="${this.box.id}"][value=undo]`).forEach((button) => {
      button.disabled = !this.past.length;
    });
  }
}

const isClosed = (ring) => ring.length > 3 && ring[0][0] === ring[ring.length - 1][0] && ring[0][1] === ring[ring.length - 1][1];

// ---- the page ------------------------------------------------------------------------------------------------------
const maps = new Map();

function startMaps(root) {
  root.querySelectorAll("[data-map]").forEach((box) => {
    if (!maps.has(box.id)) maps.set(box.id, new AlertMap(box));
  });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-draws]");
  if (button) maps.get(button.dataset.draws)?.act(button.value);
});

// A circle by numbers, or around a commune: the keyboard's way to the same text.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-circle]");
  if (!button) return;
  const part = button.closest("[data-circle-fields]");
  const [lat, lon, km] = ["lat", "lon", "km"].map((name) => part.querySelector(`[data-${name}]`).value.trim().replace(",", "."));
  const text = document.getElementById(button.dataset.circle);
  if (!readShape(`${lat},${lon} ${km}`)) return part.querySelector("[data-lat]").focus();
  text.value = [text.value.trim(), `${lat},${lon} ${km}`].filter(Boolean).join("\n");
  text.dispatchEvent(new Event("input", { bubbles: true }));
  text.dispatchEvent(new Event("change", { bubbles: true }));
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-centre]")) return;
  const part = event.target.closest("[data-circle-fields]");
  const [lat, lon] = event.target.value.split(",");
  part.querySelector("[data-lat]").value = lat || "";
  part.querySelector("[data-lon]").value = lon || "";
});

// A swapped part with data-map-version makes the map named by data-map-of reload if the version is new.
const seen = new Map();
document.addEventListener("htmx:load", () => {
  document.querySelectorAll("[data-map-of]").forEach((part) => {
    const { mapOf, mapVersion } = part.dataset;
    if (seen.has(mapOf) && seen.get(mapOf) !== mapVersion) maps.get(mapOf)?.renew();
    seen.set(mapOf, mapVersion);
  });
});
document.addEventListener("DOMContentLoaded", () => startMaps(document));
