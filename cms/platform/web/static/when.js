// Dates and times as text (_form.html): the weekday is read back while one types, what is left is written out in full,
// and a button opens the browser's own calendar. The server reads the same text without this script.
"use strict";

{
  const DAY = /(?:^|\s)(?:(\d{1,2}) ?[/. -] ?(\d{1,2})(?: ?[/. -] ?(\d{4}|\d{2}))?|(\d{2})(\d{2})(\d{4})|(\d{4})-(\d{2})-(\d{2})(?:T([\d:]+))?)(?=$|[\s,])/;
  const two = (number) => String(number).padStart(2, "0");
  const weekday = new Intl.DateTimeFormat(document.documentElement.lang, { weekday: "long" });

  // The date within the text and the text around it; null if there is no whole date yet.
  function read(text) {
    const found = DAY.exec(text.trim());
    if (!found) return null;
    const [, d, m, y, dd, mm, yyyy, isoYear, isoMonth, isoDay, isoClock] = found;
    const day = Number(d || dd || isoDay);
    const month = Number(m || mm || isoMonth);
    let year = Number(y || yyyy || isoYear || 0);
    if (year && year < 100) year += 2000;
    // Without a year it is the next such day.
    const today = new Date();
    if (!year) year = today.getFullYear() + (new Date(today.getFullYear(), month - 1, day + 1) < today ? 1 : 0);
    const at = new Date(year, month - 1, day);
    const isDay = at.getFullYear() === year && at.getMonth() === month - 1 && at.getDate() === day;
    const rest = (text.trim().slice(0, found.index) + text.trim().slice(found.index + found[0].length)).replace(/[\s,]+/g, " ").trim();
    return { at: isDay ? at : null, clock: isoClock || rest };
  }

  const fields = ".when:not(.time) > input:first-child";
  const written = (at) => `${two(at.getDate())}/${two(at.getMonth() + 1)}/${at.getFullYear()}`;

  function tell(field) {
    const told = field.parentElement.querySelector("output");
    const found = read(field.value);
    const words = !found ? "" : found.at ? weekday.format(found.at) : told.dataset.none;
    if (told.textContent !== words) told.textContent = words;
  }

  function put(field, at, clock) {
    field.value = [clock, written(at)].filter(Boolean).join(" ");
    tell(field);
  }

  document.addEventListener("input", (event) => { if (event.target.matches(fields)) tell(event.target); });
  // In the capturing phase: whoever listens reads the date in full.
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.matches?.(fields)) return;
    const found = read(field.value);
    if (found?.at) put(field, found.at, found.clock);
  }, true);

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".pick");
    if (!button) return;
    const field = button.parentElement.querySelector("input");
    button.parentElement.querySelector(".native")?.remove();
    const native = document.createElement("input");
    Object.assign(native, { type: "date", className: "native", tabIndex: -1 });
    native.setAttribute("aria-hidden", "true");
    const found = read(field.value);
    if (found?.at) native.value = `${found.at.getFullYear()}-${two(found.at.getMonth() + 1)}-${two(found.at.getDate())}`;
    for (const kind of ["input", "change"]) {
      native.addEventListener(kind, (picked) => {
        picked.stopPropagation();
        if (kind === "input" || !native.valueAsDate) return;
        put(field, new Date(`${native.value}T00:00`), read(field.value)?.clock || (found ? "" : field.value.trim()));
        for (const told of ["input", "change"]) field.dispatchEvent(new Event(told, { bubbles: true }));
        native.remove();
        field.focus();
      });
    }
    button.after(native);
    native.showPicker();
  });
}
