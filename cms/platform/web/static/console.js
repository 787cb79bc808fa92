// The console's few own behaviours; everything else is HTML and htmx. No inline script anywhere (CSP).
"use strict";

// Places named where several fit a search.
const NAMED = 4;
const plain = (text) =>
  text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/đ/gi, "d").toLowerCase();

// Area picker: ticking a place ticks all below it; unticking one unticks what holds it.
function tickTree(tree, box) {
  const item = box.closest("li");
  item.querySelectorAll("input[type=checkbox]").forEach((below) => { below.checked = box.checked; });
  settleTree(tree);
}

function settleTree(tree) {
  [...tree.querySelectorAll("details")].reverse().forEach((node) => {
    const own = node.parentElement.querySelector(":scope > label input");
    const below = [...node.querySelectorAll(":scope > ul > li")].map((li) => li.querySelector("input"));
    own.checked = below.every((box) => box.checked);
    own.indeterminate = !own.checked && below.some((box) => box.checked || box.indeterminate);
  });
  const count = tree.querySelectorAll("li[data-leaf] input:checked").length;
  document.querySelectorAll(`#${tree.dataset.count}, [data-count-of="${tree.id}"]`).forEach((told) => {
    told.textContent = told.dataset.sentence.replace("{n}", String(count));
  });
  showPicked(tree);
}

// The highest places that are ticked as a whole, each with a button that takes it out.
function showPicked(tree) {
  const list = document.querySelector(`[data-picked="${tree.id}"]`);
  if (!list) return;
  const picked = [...tree.querySelectorAll("li:has(> label input:checked)")].filter((li) => !li.parentElement.closest("li:has(> label input:checked)"));
  list.replaceChildren(...picked.map((li) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.dataset.takesOut = li.querySelector("input").value;
    button.setAttribute("aria-label", list.dataset.remove.replace("{name}", li.dataset.name));
    button.textContent = `${li.dataset.name} ✕`;
    item.append(button);
    return item;
  }));
}

function searchTree(tree, words) {
  const wanted = plain(words.trim());
  const show = (li, inherited) => {
    const own = inherited || plain(li.dataset.name).includes(wanted);
    let any = own;
    li.querySelectorAll(":scope > details > ul > li").forEach((kid) => { any = show(kid, own) || any; });
    li.hidden = !any;
    const details = li.querySelector(":scope > details");
    if (details && wanted) details.open = any;
    return any;
  };
  tree.querySelectorAll(":scope > ul > li").forEach((li) => show(li, wanted === ""));
  const isNone = wanted !== "" && !tree.querySelector("li:not([hidden])");
  tellSearch(tree, isNone ? "none" : "hint", { words: words.trim() });
}

function tellSearch(tree, kind, parts) {
  const told = document.getElementById(document.querySelector(`[data-searches="${tree.id}"]`)?.getAttribute("aria-describedby"));
  if (!told?.dataset[kind]) return;
  const sentence = told.dataset[kind].replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  if (told.textContent !== sentence) told.textContent = sentence;
}

// A place with exactly that name, else the only match: it is ticked, and the search is cleared.
function tickFound(tree, field) {
  const wanted = plain(field.value.trim());
  if (!wanted) return;
  const found = [...tree.querySelectorAll("li")].filter((li) => !li.hidden && plain(li.dataset.name || "").includes(wanted));
  const exact = found.filter((li) => plain(li.dataset.name) === wanted);
  const [only, ...more] = exact.length ? exact : found;
  if (more.length) {
    const names = (exact.length ? exact : found).map((li) => li.dataset.name);
    tellSearch(tree, "several", { n: names.length, names: names.slice(0, NAMED).join(", ") + (names.length > NAMED ? "…" : "") });
  }
  if (!only || more.length) return;
  const box = only.querySelector("input[type=checkbox]");
  box.checked = true;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  field.value = "";
  searchTree(tree, "");
}

// On a telephone the tabs are one scrolling line: the current tab must be visible.
function showTab() {
  const here = document.querySelector(".tabs a[aria-current]");
  const line = here?.closest(".tabs");
  if (line) line.scrollLeft = here.offsetLeft - (line.clientWidth - here.offsetWidth) / 2;
}

function settle(root) {
  root.querySelectorAll(".tree").forEach(settleTree);
  root.querySelectorAll("[data-shows]").forEach(showChosen);
  // Text typed before this script was loaded.
  root.querySelectorAll("[data-searches]").forEach((field) => {
    if (field.value) searchTree(document.getElementById(field.dataset.searches), field.value);
  });
}

// <select data-shows="group"> shows the parts marked data-when for its value and hides the rest of its group.
function showChosen(chooser) {
  if (chooser.type === "radio" && !chooser.checked) return;
  const group = chooser.closest("[data-group]");
  group.querySelectorAll("[data-when]").forEach((part) => {
    part.hidden = !part.dataset.when.split(" ").includes(chooser.value);
  });
}

document.addEventListener("change", (event) => {
  const box = event.target;
  const tree = box.closest(".tree");
  if (tree && box.type === "checkbox") tickTree(tree, box);
  if (box.matches("[data-shows]")) showChosen(box);
});
document.addEventListener("input", (event) => {
  const id = event.target.dataset.searches;
  if (!id) return;
  const tree = document.getElementById(id);
  // It does not shrink under the search.
  tree.style.minHeight ||= `${tree.offsetHeight}px`;
  searchTree(tree, event.target.value);
});
// Enter in the search ticks the single match; in a form that sends something irrevocably it moves the focus to the
// button, which a second Enter presses.
document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (event.key !== "Enter" || field.tagName !== "INPUT") return;
  if (field.dataset.searches) {
    event.preventDefault();
    tickFound(document.getElementById(field.dataset.searches), field);
  } else if (field.closest("[data-deliberate]")) {
    event.preventDefault();
    field.closest("[data-deliberate]").querySelector("button.big").focus();
  }
});
// A chip takes its place out; the focus stays in the list.
document.addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-takes-out]");
  if (!chip) return;
  const list = chip.closest("[data-picked]");
  const at = [...list.querySelectorAll("button")].indexOf(chip);
  const box = document.querySelector(`#${list.dataset.picked} input[value="${CSS.escape(chip.dataset.takesOut)}"]`);
  box.checked = false;
  box.dispatchEvent(new Event("change", { bubbles: true }));
  const left = list.querySelectorAll("button");
  (left[Math.min(at, left.length - 1)] || document.querySelector(`[data-searches="${list.dataset.picked}"]`))?.focus();
});
// The part of the menu that opens over the page closes again by itself.
for (const kind of ["click", "keydown"]) {
  document.addEventListener(kind, (event) => {
    const open = document.querySelector(".menu-more > details[open]");
    if (!open || (kind === "keydown" ? event.key !== "Escape" : open.contains(event.target))) return;
    open.open = false;
    if (kind === "keydown") open.querySelector("summary").focus();
  });
}
// The spoken text: a part that is spoken differently fills "say this as"; Enter there does not send the whole form.
document.addEventListener("click", (event) => {
  const part = event.target.closest?.(".said");
  if (!part) return;
  event.preventDefault();
  const box = part.closest(".spoken");
  box.querySelector(".correct").open = true;
  box.querySelector("[name=say_written]").value = part.dataset.written;
  const say = box.querySelector("[name=say_spoken]");
  say.value = part.dataset.spoken;
  say.select();
});
document.addEventListener("keydown", (event) => {
  const does = event.key === "Enter" && event.target.dataset?.enter;
  if (!does) return;
  event.preventDefault();
  document.getElementById(does).click();
});
document.addEventListener("submit", (event) => {
  const sentence = event.submitter && event.submitter.dataset.confirm;
  if (sentence && !window.confirm(sentence)) event.preventDefault();
});

// What an open page asks by itself ("every 2s") rests for some four times as long as the last answer took, and in a
// hidden tab. Waiting alerts are called there all the same (alert_calls.js): that is asked every 10 s.
const AWAY_MS = 1000;
const polls = new Map();
const periodMs = (part) => 1000 * Number(/every (\d+)s/.exec(part.getAttribute?.("hx-trigger") || "")?.[1] || 0);
document.addEventListener("htmx:beforeRequest", (event) => {
  const part = event.detail.elt;
  const period = periodMs(part);
  if (!period) return;
  const isHidden = document.hidden && period < 10_000;
  if (isHidden || performance.now() < (polls.get(part.id)?.restsUntil || 0)) event.preventDefault();
  else polls.set(part.id, { at: performance.now() });
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = event.detail;
  const at = polls.get(elt.id)?.at;
  if (at === undefined) return;
  const tookMs = successful ? performance.now() - at : AWAY_MS;
  polls.set(elt.id, { restsUntil: performance.now() + tookMs * (3 + 2 * Math.random()) });
});

// The answer to a poll may reload the page. Whoever is leaving it, by a link or with a form, is not called back: the
// reload would end that request. A link may turn out to be a download, so this holds for a while only.
const LEAVING_MS = 10_000;
let leavesUntil = 0;
const leaves = () => { leavesUntil = performance.now() + LEAVING_MS; };
window.addEventListener("beforeunload", leaves);
document.addEventListener("submit", leaves, true);
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  if (periodMs(elt) && performance.now() < leavesUntil && xhr.getResponseHeader("HX-Refresh")) event.preventDefault();
});

// An act that can be taken back: the button is offered for ten seconds, longer while somebody is at it.
const UNDO_MS = 10_000;
function endUndo(box) {
  if (box.matches(":hover, :focus-within")) setTimeout(() => endUndo(box), UNDO_MS / 10);
  else box.querySelector("form").style.visibility = "hidden"; // what is below does not move
}

// Message if the server cannot be reached.
const unreachable = (on) => {
  const told = document.getElementById("unreachable");
  if (told) told.hidden = !on;
};
document.addEventListener("htmx:sendError", () => unreachable(true));
document.addEventListener("htmx:afterOnLoad", () => unreachable(false));
// A refused upload or form part is shown as a message, not ignored.
document.addEventListener("htmx:beforeSwap", (event) => {
  const status = event.detail.xhr.status;
  if ((status === 422 || status === 413) && event.detail.xhr.getResponseHeader("Content-Type")?.startsWith("text/html")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});
// A part that renews itself waits for the end of a press on one of its links or buttons, which would be another by then:
// nothing would be pressed. Not for long: an end that the browser misses must not stop the figures of an alert.
const PRESS_MS = 2_000;
let pressedAt = -Infinity;
["pointerdown", "keydown"].forEach((kind) => document.addEventListener(kind, () => { pressedAt = performance.now(); }, true));
document.addEventListener("htmx:beforeSwap", (event) => {
  const { requestConfig: { elt, triggeringEvent }, target } = event.detail;
  const isPoll = !triggeringEvent && elt.getAttribute("hx-trigger")?.includes("every");
  const isPressed = target.matches(":active") && performance.now() - pressedAt < PRESS_MS;
  if (isPressed && (isPoll || elt === target && target.matches(".times"))) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:load", (event) => settle(event.target.parentElement || document));
document.addEventListener("DOMContentLoaded", () => {
  settle(document);
  showTab();
  document.querySelectorAll("[data-undo]").forEach((box) => setTimeout(() => endUndo(box), UNDO_MS));
});
