// Blanks of a template: what is written into a blank's own field stands in the title or text at once. A blank whose dots
// somebody has changed in the text itself is no longer filled from here.
"use strict";

(() => {
  // Positions count characters, as the server does, not UTF-16 units.
  const unitsTo = (text, at) => [...text].slice(0, at).join("").length;
  const places = [...document.querySelectorAll("[data-fills]")].map((field) => {
    const target = document.getElementById(field.dataset.fills);
    const [start, end] = [field.dataset.start, field.dataset.end].map((at) => unitsTo(target.value, Number(at)));
    field.removeAttribute("name"); // it is in the text already when the form is sent
    return { field, target, start, end, dots: target.value.slice(start, end) };
  });
  const texts = new Map(places.map(({ target }) => [target, target.value]));

  // After a change from `from` to before `to` that made the text longer by `by`.
  function shift(target, from, to, by, cause) {
    places.filter((each) => each.target === target && each !== cause).forEach((each) => {
      if (each.start >= to) { each.start += by; each.end += by; }
      else if (each.end > from) { each.field.disabled = true; each.end = each.start; }
    });
  }

  places.forEach((place) => place.field.addEventListener("input", () => {
    const { field, target } = place;
    if (field.disabled) return;
    const instead = field.value.trim() || place.dots;
    const [from, to] = [place.start, place.end];
    target.setRangeText(instead, from, to);
    texts.set(target, target.value);
    place.end = from + instead.length;
    shift(target, from, to, instead.length - (to - from), place);
    target.dispatchEvent(new Event("input", { bubbles: true }));
  }));

  texts.forEach((_text, target) => target.addEventListener("input", () => {
    const [before, after] = [texts.get(target), target.value];
    if (before === after) return;
    let from = 0;
    while (from < Math.min(before.length, after.length) && before[from] === after[from]) from += 1;
    let same = 0;
    while (same < Math.min(before.length, after.length) - from && before.at(-1 - same) === after.at(-1 - same)) same += 1;
    texts.set(target, after);
    shift(target, from, before.length - same, after.length - before.length, null);
  }));
})();
