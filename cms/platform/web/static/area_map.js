// Map beside the tree of places: the ticked ones are filled, and a press on one ticks it or takes it out. The tree alone
// is sent, and does everything without the map.
"use strict";

// A dot is as wide as a finger needs.
const DOT_PX = 11;

class AreaChoiceMap extends AlertMap {
  async load() {
    const tree = document.getElementById(this.box.dataset.chooses);
    this.areas = [...tree.querySelectorAll("[data-at]")].map((li) => {
      const [[lat, lon], box] = [li.dataset.at.split(",").map(Number), li.querySelector("input")];
      return { id: box.value, name: li.dataset.name, lat, lon, devices: 0, state: box.checked ? "in" : "none", box };
    });
    if (!this.isPlaced) this.place();
    this.draw();
    this.box.dataset.ready = "yes";
  }

  areaDot(area) {
    super.areaDot(area);
    this.dots.getLayers().at(-1).setRadius(DOT_PX).on("click", () => {
      area.box.checked = !area.box.checked;
      area.box.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-chooses]").forEach((box) => {
    const map = new AreaChoiceMap(box);
    // After the tree has settled what is ticked above and below.
    document.addEventListener("change", (event) => {
      if (event.target.closest(`#${box.dataset.chooses}`)) requestAnimationFrame(() => map.load());
    });
  });
});
