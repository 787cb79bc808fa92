// "?" opens the help of this page, as its link does; not while one types, and not under a dialog.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  document.querySelector("[data-help]").click();
});
