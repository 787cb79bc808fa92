// Behaviours of the alert screens; everything else is HTML and htmx.
"use strict";

const two = (number) => String(number).padStart(2, "0");

// "in 3 hours" beside a date field: wall time in Vietnam (UTC+7), whatever the browser's own zone.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-expires]");
  if (!button) return;
  const field = document.getElementById(button.dataset.expires);
  const at = new Date(Date.now() + (Number(button.value) + 7) * 3_600_000);
  field.value = `${at.getUTCFullYear()}-${two(at.getUTCMonth() + 1)}-${two(at.getUTCDate())}T${two(at.getUTCHours())}:${two(at.getUTCMinutes())}`;
  field.dispatchEvent(new Event("change", { bubbles: true }));
});

// Button that sets the highest level others may approve: the form saves itself. Without this script the button saves it.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sets-level]");
  const radio = button && document.querySelector(`input[name="level"][value="${button.dataset.setsLevel}"]`);
  if (!radio) return;
  event.preventDefault();
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  radio.focus();
});

// Autosave of the form. If it fails, a line on top says so within two seconds, and the form tries again; a save
// stopped by an invalid CSRF token or an ended session is sent again by session.js.
const SAVED_WITHIN_MS = 2000;
const TRY_AGAIN_MS = 5000;
let unsavedTimer = 0;
let againTimer = 0;
function showUnsaved(on) {
  const [told, saved] = ["not-saved", "saved"].map((id) => document.getElementById(id));
  if (told) told.hidden = !on;
  if (saved) saved.hidden = on;
}
function isAutosave(event) {
  return event.detail.elt?.id === "raise" && event.detail.requestConfig?.verb === "post";
}
// The answer rewrites what follows from the places. What a person has typed since the save was sent is not overwritten:
// the next save, which waits for this one, tells the server that it is theirs.
const sent = new Map();
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { target } = event.detail;
  if (sent.has(target.id) && sent.get(target.id) !== target.value) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:beforeSend", (event) => {
  if (!isAutosave(event)) return;
  sent.clear();
  event.detail.elt.querySelectorAll("input[type=text][id], textarea[id]").forEach((field) => sent.set(field.id, field.value));
  window.clearTimeout(againTimer);
  window.clearTimeout(unsavedTimer);
  unsavedTimer = window.setTimeout(showUnsaved, SAVED_WITHIN_MS, true);
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isAutosave(event)) return;
  const { xhr, successful, elt } = event.detail;
  if (!successful && [400, 401].includes(xhr.status)) return;
  window.clearTimeout(unsavedTimer);
  showUnsaved(!successful);
  const isAway = !successful && (xhr.status === 0 || xhr.status >= 500);
  if (isAway) againTimer = window.setTimeout(() => elt.dispatchEvent(new Event("change")), TRY_AGAIN_MS);
});

// Sending waits for the save of the last change, at most five seconds: its answer rewrites the fields that follow from
// the places, and what is sent before would name the places of a moment ago.
const SAVED_BEFORE_SENDING_MS = 5000;
const BEGINS_WITHIN_MS = 700;
const SAVE_LOOK_MS = 50;
const autosave = { isRunning: false, changedAt: -BEGINS_WITHIN_MS, submitter: null };
const isSaving = () => autosave.isRunning || performance.now() - autosave.changedAt < BEGINS_WITHIN_MS;
const restFor = (ms) => new Promise((resolve) => { window.setTimeout(resolve, ms); });
async function sendWhenSaved(submitter) {
  autosave.submitter = submitter;
  const last = performance.now() + SAVED_BEFORE_SENDING_MS;
  // A save that was queued behind another one begins once that is swapped in.
  while (isSaving() && performance.now() < last) await restFor(2 * SAVE_LOOK_MS);
  autosave.isRunning = false;
  autosave.changedAt = -BEGINS_WITHIN_MS;
  autosave.submitter = null;
  if (submitter.isConnected) submitter.form.requestSubmit(submitter);
}
["input", "change"].forEach((kind) => document.addEventListener(kind, ({ target }) => {
  if (target.form?.id === "raise") autosave.changedAt = performance.now();
}));
document.addEventListener("htmx:beforeSend", (event) => {
  if (!isAutosave(event)) return;
  autosave.isRunning = true;
  autosave.changedAt = -BEGINS_WITHIN_MS;
});
document.addEventListener("htmx:afterRequest", (event) => {
  if (isAutosave(event)) restFor(SAVE_LOOK_MS).then(() => { autosave.isRunning = Boolean(event.detail.elt.closest(".htmx-request")); });
});
document.addEventListener("submit", (event) => {
  if (event.target.id !== "raise" || !event.submitter || !(autosave.submitter || isSaving())) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!autosave.submitter) sendWhenSaved(event.submitter);
}, true);

// A drawing tool needs its map in view.
document.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-draws]");
  if (tool) document.getElementById(tool.dataset.draws).scrollIntoView({ block: "nearest" });
});

// A part that is renewed every second keeps its scroll position.
const scrolled = new Map();
document.addEventListener("htmx:beforeSwap", () => {
  document.querySelectorAll("[data-keeps-scroll]").forEach((part) => scrolled.set(part.id, part.scrollTop));
});
document.addEventListener("htmx:afterSettle", () => {
  document.querySelectorAll("[data-keeps-scroll]").forEach((part) => { part.scrollTop = scrolled.get(part.id) || 0; });
});

// A recording just uploaded is a change of the form: the form saves itself.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches("[data-upload]")) document.getElementById("raise")?.dispatchEvent(new Event("change"));
});

// A button that must be held, by pointer or key, for a number of milliseconds: it silences alerts, and they stay silent.
const held = { button: null, timer: 0, isReady: false };
function hold(button) {
  if (held.button === button) return;
  held.button = button;
  held.isReady = false;
  button.classList.add("holding");
  held.timer = window.setTimeout(() => {
    held.isReady = true;
    button.form.requestSubmit(button);
  }, Number(button.dataset.hold));
}
function release() {
  if (!held.button) return;
  window.clearTimeout(held.timer);
  held.button.classList.remove("holding");
  held.button = null;
}
document.addEventListener("pointerdown", (event) => {
  const button = event.target.closest("[data-hold]");
  if (button && event.button === 0) hold(button);
});
["pointerup", "pointercancel", "blur"].forEach((name) => window.addEventListener(name, release));
document.addEventListener("keydown", (event) => {
  const button = event.target.closest("[data-hold]");
  if (!button || ![" ", "Enter"].includes(event.key)) return;
  event.preventDefault();
  if (!event.repeat) hold(button);
});
document.addEventListener("keyup", release);
// A click without a pointer comes from a screen reader, which cannot hold: there the page itself is the second step.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-hold]") && event.detail > 0) event.preventDefault();
});
