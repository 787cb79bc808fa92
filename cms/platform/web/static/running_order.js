// Dragging the items of a running order, with a mouse or by the keys of its handle. The buttons of each item do the same
// without a script.
"use strict";

(() => {
  const list = document.querySelector(".running-order");
  if (!list) return;
  const MOVED = "loa-moved";
  const told = document.getElementById("order-told");
  const items = () => [...list.querySelectorAll(".item")];
  const place = (item) => Number(item.dataset.place);
  const handle = (item) => item.querySelector(".handle");
  let dragged = null;

  const unmark = () => items().forEach((item) => item.classList.remove("before", "behind"));
  const isBehind = (item, event) => {
    const box = item.getBoundingClientRect();
    return event.clientY > box.top + box.height / 2;
  };

  function move(item, to) {
    const form = item.querySelector("form.moves");
    form.querySelector("input[name=place]").value = String(to);
    const act = document.createElement("input");
    act.type = "hidden";
    act.name = "act";
    act.value = "to";
    form.append(act);
    form.requestSubmit();
  }

  function drop(item, behind) {
    // The place among the others: what stands after the dragged item has moved up by one.
    const to = place(item) + (behind ? 1 : 0) - (place(dragged) < place(item) + (behind ? 1 : 0) ? 1 : 0);
    if (to !== place(dragged)) move(dragged, to);
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

  // By keys: the item moves through the list at once, and is sent where it is dropped.
  let held = null;
  let order = [];
  let lines = [];

  function say(item) {
    const all = items();
    const figures = { title: item.querySelector(".what a").textContent, n: all.indexOf(item) + 1, all: all.length };
    told.textContent = told.dataset.sentence.replace(/\{(\w+)\}/g, (_, name) => figures[name]);
  }

  function release(item) {
    held = null;
    item.classList.remove("held");
    handle(item).setAttribute("aria-pressed", "false");
  }

  function step(item, by) {
    const all = items();
    const other = all[all.indexOf(item) + by];
    if (!other) return;
    if (by < 0) other.before(item);
    else other.after(item);
    handle(item).focus();
    say(item);
  }

  list.addEventListener("click", (event) => {
    const item = event.target.closest(".handle")?.closest(".item");
    if (!item) return;
    if (held !== item) {
      if (held) return;
      held = item;
      order = items();
      lines = [...list.children];
      item.classList.add("held");
      handle(item).setAttribute("aria-pressed", "true");
      say(item);
      return;
    }
    // Its place is counted in the order of the programme: that of the item which stood there.
    const to = place(order[items().indexOf(item)]);
    release(item);
    if (to !== place(item)) move(item, to);
  });
  list.addEventListener("keydown", (event) => {
    if (!held || event.target !== handle(held)) return;
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (by) step(held, by);
    else if (event.key === "Escape") {
      const item = held;
      list.append(...lines);
      release(item);
      handle(item).focus();
      say(item);
    } else return;
    event.preventDefault();
  });

  // The page comes again with the new order: the focus stays where the hand was.
  list.addEventListener("submit", (event) => {
    const button = event.submitter?.value || "handle";
    sessionStorage.setItem(MOVED, JSON.stringify([event.target.closest(".item").id, button]));
  });
  const [moved, button] = JSON.parse(sessionStorage.getItem(MOVED) || "[]");
  sessionStorage.removeItem(MOVED);
  const again = moved && document.getElementById(moved);
  if (again) (again.querySelector(`button[value="${button}"]:not(:disabled)`) || handle(again)).focus();
})();
