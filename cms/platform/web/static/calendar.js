// The timeline of the calendar: drawn by EventCalendar from our JSON. The list below it does not need it.
"use strict";

const place = document.getElementById("timeline");
const gesture = document.getElementById("gesture");

// Drawn at least as long as its text: two airings drawn over each other could not be distinguished.
function drawnEnd(slot) {
  const least = wall(new Date(new Date(slot.start.slice(0, 19)).getTime() + LEAST_MS[place.dataset.view]));
  return slot.end.slice(0, 16) < least ? least : slot.end;
}

function shown(slot) {
  return {
    id: slot.id,
    resourceIds: slot.rows,
    start: slot.start,
    end: drawnEnd(slot),
    title: slot.title,
    classNames: [slot.status, ...(slot.is_priority ? ["priority"] : []), slot.change, ...(slot.state ? [`is-${slot.state}`] : [])],
    startEditable: Boolean(slot.move),
    // Drawn longer than it is, its end is nowhere to be taken hold of: its length is typed, or dragged closer.
    durationEditable: Boolean(slot.move) && drawnEnd(slot) === slot.end,
    extendedProps: slot,
  };
}

function silent(silence) {
  return { resourceIds: [silence.row], start: silence.start, end: silence.end, display: "background" };
}

// A new time is previewed in a dialog, which shows the same page that works without this script.
const dialog = document.getElementById("moving");
let takeBack = () => {};

function look(address) {
  return htmx.ajax("GET", address, { target: "#moving [data-body]", select: "#move", swap: "innerHTML" });
}

function moved(slot, to, length) {
  const address = new URL(slot.move, window.location.href);
  if (to) address.searchParams.set("to", to);
  if (length) address.searchParams.set("length", length);
  return address;
}

function ask(slot, to, length) {
  const address = moved(slot, to, length);
  address.searchParams.set("next", window.location.pathname + window.location.search);
  if (!dialog.open) dialog.showModal();
  look(address.pathname + address.search);
}

function preview(form) {
  look(`${form.getAttribute("action")}?${new URLSearchParams(new FormData(form))}`);
}

if (dialog) {
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    takeBack();
    takeBack = () => {};
    dialog.querySelector("[data-body]").replaceChildren();
  });
  // One who types a time and goes on by keys would lose the field to the redraw: Enter previews, or the button does.
  let isTyped = false;
  dialog.addEventListener("keydown", () => { isTyped = true; });
  dialog.addEventListener("pointerdown", () => { isTyped = false; });
  dialog.addEventListener("change", (event) => {
    const form = event.target.closest("[data-preview]");
    if (isTyped && event.target.matches(".when input")) return;
    if (form && form.reportValidity()) preview(form);
  });
  dialog.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-preview]")) return;
    event.preventDefault();
    preview(event.target);
  });
}

function two(number) { return String(number).padStart(2, "0"); }

// Wall time, as a datetime-local field holds it.
function wall(at) {
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}

// Drawn longer than it is, it keeps its length; only if its end is dragged does the drawn end count.
function endOf(event, isLed) {
  const slot = event.extendedProps;
  return isLed ? event.end : new Date(event.start.getTime() + (new Date(slot.end) - new Date(slot.start)));
}

function lasting(event, isLed) {
  const seconds = Math.round((endOf(event, isLed) - event.start) / 1000);
  return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
}

// During a gesture its result and its clashes are shown; the other consequences and the solutions are looked up when
// it ends.
function tell(info, length) {
  const { event } = info;
  const said = place.dataset.length.replace("{from}", wall(event.start).slice(11))
    .replace("{until}", wall(endOf(event, length)).slice(11)).replace("{length}", lasting(event, length))
    + nearness(event);
  if (said !== ahead.said) {
    ahead.leave();
    ahead.said = said;
    gesture.textContent = said;
    ahead.timer = window.setTimeout(() => ahead.look(event, length), AHEAD_MS);
  }
  return true;
}

// After a short rest of the pointer the server is asked for clashes; one request at a time, and an outdated answer
// is dropped.
const AHEAD_MS = 120;
const ahead = {
  said: "",
  timer: 0,
  question: new AbortController(),
  leave() {
    window.clearTimeout(this.timer);
    this.question.abort();
    this.said = "";
    place.classList.remove("clashing");
  },
  async look(event, length) {
    const slot = event.extendedProps;
    const address = moved(slot, length ? slot.start.slice(0, 16) : wall(event.start), length ? lasting(event, true) : "");
    address.pathname += "/clashes";
    const question = new AbortController();
    this.question = question;
    try {
      const answer = await fetch(address, { headers: { Accept: "application/json" }, signal: question.signal });
      if (!answer.ok) return;
      const found = await answer.json();
      if (question.signal.aborted) return;
      place.classList.toggle("clashing", found.in_the_way.length > 0);
      const [first, ...others] = [...found.in_the_way, ...found.gives_way];
      if (!first) return;
      const more = others.length ? ` ${place.dataset.more.replace("{n}", others.length)}` : "";
      gesture.textContent = `${this.said} ${first}${more}`;
    } catch {
      // Not fatal: the full preview follows the drop.
    }
  },
};

// Within the freeze before air a plan is fixed: shown before the drop. ``freeze`` is filled with the drawn times.
const freeze = { minutes: new Map(), began: 0, shown: 0 };

function nearness(event) {
  const slot = event.extendedProps;
  const minutes = Math.max(0, ...slot.rows.map((row) => freeze.minutes.get(row) || 0));
  const now = freeze.began + performance.now() - freeze.shown;
  const isNear = (at) => at > now && at - now <= minutes * 60000;
  const isPromised = ["approved", "scheduled"].includes(slot.status) && slot.change !== "coming";
  if (isPromised && isNear(new Date(slot.start))) return ` ${place.dataset.stands.replace("{n}", minutes)}`;
  return isNear(event.start) ? ` ${place.dataset.soon.replace("{n}", minutes)}` : "";
}

function hush() {
  ahead.leave();
  gesture.textContent = "";
}

function resized(info) {
  takeBack = info.revert;
  ask(info.event.extendedProps, info.event.extendedProps.start.slice(0, 16), lasting(info.event, true));
}

function dropped(info) {
  const slot = info.event.extendedProps;
  const to = wall(info.event.start);
  takeBack = info.revert;
  // Dragged to another row only: a gesture does not change the areas.
  if (to === slot.start.slice(0, 16)) {
    takeBack();
    takeBack = () => {};
  } else {
    ask(slot, to);
  }
}

function clicked(info) {
  const slot = info.event.extendedProps;
  // Otherwise Enter would press the button that has the dialog's initial focus: the one that closes it.
  info.jsEvent.preventDefault();
  if (slot.move) ask(slot, "");
  else if (slot.href) window.location.assign(slot.href);
}

// Built as nodes: a title is shown as text, never as HTML.
function content(info) {
  const slot = info.event.extendedProps;
  if (!slot.title) return "";
  const what = document.createElement("span");
  what.className = "what";
  const part = slot.partly.length ? ` (${place.dataset.partly})` : "";
  what.textContent = `${slot.sign} ${slot.start.slice(11, 16)} ${slot.title}${part}`.trim();
  what.title = slot.status_name;
  return { domNodes: [what] };
}

// A press on an empty time begins a bulletin for it; a time that has passed takes none.
function written(info) {
  const at = info.dateStr.slice(0, 16);
  if (!place.dataset.write || new Date(at).getTime() < freeze.began + performance.now() - freeze.shown) return;
  const address = new URL(place.dataset.write, window.location.href);
  address.searchParams.set("area", info.resource.id);
  address.searchParams.set("on", at.slice(0, 10));
  // To five minutes, as a pointer is not finer.
  address.searchParams.set("at", `${at.slice(11, 14)}${two(Number(at.slice(14)) - (Number(at.slice(14)) % 5))}`);
  window.location.assign(address);
}

function label(info) {
  const row = info.resource.extendedProps;
  const name = document.createElement(row.href ? "a" : "span");
  if (row.href) name.href = row.href;
  name.textContent = info.resource.title;
  return { domNodes: [name] };
}

// A week's columns are too coarse to drag an end to the minute.
const VIEWS = {
  close: { view: "resourceTimelineDay", slotDuration: "00:15", slotWidth: 84, snapDuration: "00:01" },
  day: { view: "resourceTimelineDay", slotDuration: "01:00", slotWidth: 84, snapDuration: "00:05" },
  week: { view: "resourceTimelineWeek", slotDuration: "06:00", slotWidth: 72, snapDuration: "00:30", eventDurationEditable: false },
};

// Duration that an airing's text takes: 5.5rem of the day's 84 px an hour, of the week's 72 px for six hours. Only
// closer, where an end can be dragged to the minute, it is drawn at its true position.
const LEAST_MS = { close: 0, day: 65 * 60 * 1000, week: 7.5 * 3600 * 1000 };

// Below this width there is no room for a handle beside the part that moves the airing: its length is typed.
const BRIEF_PX = 32;

// A page reloaded after a save keeps its position; else today opens an hour before now, and another day at its first
// airing.
const LEFT_AT = `loa-calendar:${location.pathname}`;
const HOUR_MS = 3_600_000;
const scroller = () => place.querySelector(".ec-main");

function scrollTime(found) {
  const hours = place.dataset.view === "week" ? 168 : 24;
  const since = (at) => (new Date(at.slice(0, 16)) - new Date(`${place.dataset.day}T00:00`)) / HOUR_MS;
  const isOn = (offset) => offset >= 0 && offset < hours;
  const first = found.slots.map((slot) => since(slot.start)).filter(isOn).sort((one, other) => one - other)[0];
  const offset = isOn(since(found.now)) ? since(found.now) : first ?? 6;
  return `${two(Math.max(0, Math.floor(offset) - 1))}:00:00`;
}

function keepScroll() {
  const line = scroller();
  if (line) sessionStorage.setItem(LEFT_AT, JSON.stringify({ at: Date.now(), view: place.dataset.view, day: place.dataset.day, left: line.scrollLeft }));
}

function takeScroll() {
  const kept = JSON.parse(sessionStorage.getItem(LEFT_AT) || "null");
  sessionStorage.removeItem(LEFT_AT);
  const line = scroller();
  if (!kept || !line || kept.view !== place.dataset.view || kept.day !== place.dataset.day || Date.now() - kept.at > HOUR_MS) return;
  line.scrollLeft = kept.left;
}

function draw(found) {
  freeze.minutes = new Map(found.rows.map((row) => [row.id, row.freeze_min]));
  freeze.began = new Date(found.now).getTime();
  freeze.shown = performance.now();
  const clock = { hour: "2-digit", minute: "2-digit", hour12: false };
  place.replaceChildren();
  return EventCalendar.create(place, {
    ...VIEWS[place.dataset.view],
    date: place.dataset.day,
    firstDay: 1,
    locale: place.dataset.language,
    headerToolbar: { start: "", center: "", end: "" },
    slotLabelFormat: clock,
    scrollTime: scrollTime(found),
    nowIndicator: true,
    editable: true,
    dragConstraint: (info) => tell(info, false),
    eventDrop: dropped,
    eventDragStop: hush,
    resizeConstraint: (info) => tell(info, true),
    eventResize: resized,
    eventResizeStop: hush,
    resources: found.rows.map((row) => ({ id: row.id, title: row.title, extendedProps: row })),
    resourceLabelContent: label,
    events: [...found.slots.map(shown), ...found.silences.map(silent)],
    eventContent: content,
    eventDidMount: (info) => {
      const slot = info.event.extendedProps;
      if (slot.bulletin) info.el.dataset.bulletin = slot.bulletin;
      info.el.style.setProperty("--end", info.el.style.inlineSize);
      info.el.classList.toggle("brief", parseFloat(info.el.style.inlineSize) < BRIEF_PX);
    },
    eventClick: clicked,
    dateClick: written,
  });
}

// The package marks this up as a table, which it is not: the list below is. Screen readers get buttons and names.
const FALSE_ROLES = '[role="table"], [role="rowgroup"], [role="row"], [role="columnheader"], [role="rowheader"], [role="cell"]';
const COUNTS = ["aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount", "aria-colspan", "aria-rowspan"];

function tellNoTable() {
  place.querySelectorAll(FALSE_ROLES).forEach((part) => {
    part.removeAttribute("role");
    COUNTS.forEach((name) => part.removeAttribute(name));
  });
}

async function begin() {
  try {
    const answer = await fetch(place.dataset.url, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    draw(await answer.json());
    window.addEventListener("pagehide", keepScroll);
    requestAnimationFrame(() => requestAnimationFrame(takeScroll));
    new MutationObserver(tellNoTable).observe(place, { childList: true, subtree: true });
    tellNoTable();
  } catch {
    place.textContent = place.dataset.failed;
  }
}

if (place) begin();
