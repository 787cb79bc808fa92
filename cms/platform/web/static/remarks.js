// Remarks on passages of a text: marking words fills in the first free row; "go there" marks them in the editor.
"use strict";

// Position of the marked words in the text of an element, counted like the server: in characters, not UTF-16.
function marked(box) {
  const selection = document.getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  if (!box.contains(range.startContainer) || !box.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(box, 0);
  before.setEnd(range.startContainer, range.startOffset);
  const quote = range.toString();
  const lead = quote.length - quote.trimStart().length;
  return { quote: quote.trim(), near: [...before.toString()].length + lead };
}

document.addEventListener("selectionchange", () => {
  const found = [...document.querySelectorAll("[data-marks]")].map(marked).find((each) => each && each.quote);
  if (found) document.body.dataset.marked = JSON.stringify(found);
});

// The row is filled when the selection ends, not while the pointer still moves.
["pointerup", "keyup"].forEach((name) => document.addEventListener(name, (event) => {
  if (!document.body.dataset.marked || event.target.closest?.("form")) return;
  const { quote, near } = JSON.parse(document.body.dataset.marked);
  delete document.body.dataset.marked;
  if (quote.length > 500) return;
  const rows = [...document.querySelectorAll(".note-row")];
  const free = rows.find((row) => !row.querySelector("[name=note_text]").value.trim());
  if (!free) return;
  free.querySelector("[name=note_quote]").value = quote;
  free.querySelector("[name=note_near]").value = String(near);
}));

function goTo(button) {
  const field = document.getElementById(button.dataset.goesTo);
  const { quote } = button.dataset;
  const near = [...field.value].slice(0, Number(button.dataset.near)).join("").length;
  let at = -1;
  for (let next = field.value.indexOf(quote); next >= 0; next = field.value.indexOf(quote, next + 1)) {
    if (at < 0 || Math.abs(next - near) < Math.abs(at - near)) at = next;
  }
  if (at < 0) return;
  field.focus();
  field.setSelectionRange(at, at + quote.length);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-goes-to]");
  if (button) goTo(button);
});

// A refusal for a blank leads here: to the first one.
document.addEventListener("DOMContentLoaded", () => {
  if (location.hash !== "#fill-in") return;
  const place = document.querySelector("#spoken [data-goes-to]");
  if (place) goTo(place);
  else document.querySelector("#blanks input")?.focus();
});

// Only if there is a field to go to.
document.addEventListener("htmx:load", () => document.querySelectorAll("[data-goes-to]").forEach((button) => {
  button.hidden = document.getElementById(button.dataset.goesTo)?.tagName !== "TEXTAREA";
}));
