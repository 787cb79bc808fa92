// Dragging the items of a running order. The buttons of each item do the same without a mouse or scripts.
"use strict";

(() => {
  const list = document.querySelector(".running-order");
  if (!list) return;
  const items = () => [...list.querySelectorAll(".item")];
  const place = (item) => Number(item.dataset.place);
  let dragged = null;

  const unmark = () => items().forEach((item) => item.classList.remove("before", "behind"));
  const isBehind = (item, event) => {
    const box = item.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  };

  function drop(item, behind) {
    const form = dragged.querySelector("form.moves");
    // The place among the others: what stands after the dragged item has moved up by one.
    const to = place(item) + (behind ? 1 : 0) - (place(dragged) < place(item) + (behind ? 1 : 0) ? 1 : 0);
    if (to === place(dragged)) return;
    form.querySelector("input[name=place]").value = String(to);
    const act = document.createElement("input");
    act.type = "hidden";
    act.name = "act";
    act.value = "to";
    form.append(act);
    form.requestSubmit();
  }

  for (const item of items()) {
    item.draggable = true;
    item.addEventListener("dragstart", (event) => {
      if (event.target !== item) return;
      dragged = item;
      item.classList.add("dragged");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", item.id);
    });
    item.addEventListener("dragend", () => {
      item.classList.remove("dragged");
      unmark();
      dragged = null;
    });
    item.addEventListener("dragover", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      unmark();
      item.classList.add(isBehind(item, event) ? "behind" : "before");
    });
    item.addEventListener("drop", (event) => {
      if (!dragged || dragged === item) return;
      event.preventDefault();
      drop(item, isBehind(item, event));
    });
  }
})();
