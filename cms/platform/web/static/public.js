// The reader's own commune, kept in this browser alone: the pages are the same for everybody, and set no cookie.
"use strict";

const KEY = "loa-commune";

function kept() {
  try {
    return JSON.parse(window.localStorage.getItem(KEY));
  } catch {
    return null; // No storage, or not ours: nothing is kept.
  }
}

function keep(commune) {
  try {
    if (commune) window.localStorage.setItem(KEY, JSON.stringify(commune));
    else window.localStorage.removeItem(KEY);
  } catch { /* A browser that keeps nothing shows the button all the same. */ }
}

const place = document.querySelector("[data-keep]");
if (place) {
  const button = place.querySelector("button");
  const asked = button.textContent;
  const shown = () => { button.textContent = kept()?.id === place.dataset.keep ? button.dataset.kept : asked; };
  button.addEventListener("click", () => {
    const { keep: id, name, address } = place.dataset;
    keep(kept()?.id === id ? null : { id, name, address });
    shown();
  });
  shown();
  button.hidden = false;
}

const mine = document.querySelector("[data-mine]");
const known = kept();
// The address comes from the storage, which other pages of this origin may write: only a page of ours is a link.
if (mine && typeof known?.name === "string" && /^\/cong-khai\/[a-z0-9-]+\/(\?|$)/.test(known.address)) {
  const link = document.createElement("a");
  link.href = known.address;
  link.textContent = known.name;
  mine.append(`${mine.dataset.mine} `, link);
}
