// Unsaved input: text typed into a form is kept in this browser until the server says that it is saved, and offered
// again after an interruption. Passwords, codes and files are never kept. Nothing is kept for another person. On a
// public page nobody is signed in: the browser may be used by several people, so it keeps a text for a day.
"use strict";

(() => {
  const PREFIX = "loa-kept:";
  const PERSON = document.body.dataset.person;
  const MINE = `${PREFIX}${PERSON || "public"}:`;
  const SAVED_COOKIE = "loa_saved";
  const ENTRIES_MOST = 12;
  const ENTRY_CHARACTERS_MOST = 300_000;
  const DAYS_MOST = PERSON ? 7 : 1;
  const PAUSE_MS = 300;
  const CHECK_MS = 4000;
  const DELIBERATE_CHECK_MS = 1500;
  const AGAIN_MS = [2000, 4000, 8000, 15_000];
  const OFFERS_MOST = 3;
  const NEVER = ":is([type=password], [autocomplete$='-password'], [type=file], [type=submit], [type=button], [type=image], [type=reset], [name=csrf_token], [name=code], [name=word], [name=kept_as], [name=claim_code], [autocomplete~='one-time-code'])";
  const SELF_MADE = ["version", "key", "done_at", "seen", "draft", "autosave_version", "window"];
  const words = () => window.loaSession.words();
  const states = new WeakMap();
  const unkept = new Set();
  let isLeaving = false;

  // If the browser can keep nothing, the person is warned before the page is left.
  const store = (act) => { try { return act(localStorage); } catch { return null; } };
  const newMark = () => [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  const elementsOf = (form) => [...form.elements].filter((each) => each.name && !each.disabled && each.matches("input, textarea, select") && !each.matches(NEVER) && !each.closest("[data-unkept]"));
  const isTicked = (each) => each.type === "checkbox" || each.type === "radio";
  const chosen = (each, how) => [...each.options].filter((option) => option[how]).map((option) => option.value);
  function read(form) {
    return elementsOf(form).flatMap((each) => {
      if (isTicked(each)) return each.checked ? [[each.name, each.value]] : [];
      if (each.tagName === "SELECT") return chosen(each, "selected").map((value) => [each.name, value]);
      return [[each.name, each.value]];
    });
  }

  // As the server sent the form.
  function begun(form) {
    return elementsOf(form).flatMap((each) => {
      if (isTicked(each)) return each.defaultChecked ? [[each.name, each.value]] : [];
      if (each.tagName !== "SELECT") return [[each.name, each.defaultValue]];
      const set = chosen(each, "defaultSelected");
      return (set.length || each.multiple ? set : [...each.options].slice(0, 1).map((option) => option.value)).map((value) => [each.name, value]);
    });
  }

  const line = (text) => text.replace(/\r\n/g, "\n").trim();
  const typed = (fields) => JSON.stringify(fields.filter(([name]) => !SELF_MADE.includes(name)).map(([name, value]) => [name, line(value)]));
  const isSame = (one, other) => typed(one) === typed(other);

  const isKept = (form) => form instanceof HTMLFormElement && form.method === "post" && !form.target && Boolean(form.closest("main")) && !form.matches("[data-unkept]")
    && (elementsOf(form).some((each) => each.type !== "hidden") || Boolean(form.querySelector("input[type=file]")));
  const forms = () => [...document.querySelectorAll("main form[method=post]")].filter(isKept);
  const path = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;

  function whereOf(form) {
    const alike = [...document.querySelectorAll("main form[method=post]")].filter((each) => path(each) === path(form));
    return `${path(form)}#${alike.indexOf(form)}`;
  }

  function stateOf(form) {
    if (!states.has(form)) states.set(form, { mark: newMark(), isAnswer: false, timer: 0, readyAt: 0 });
    return states.get(form);
  }

  function entries() {
    const oldest = Date.now() - DAYS_MOST * 86_400_000;
    const found = store((all) => Object.keys(all).filter((key) => key.startsWith(MINE)).map((key) => {
      try { return { ...JSON.parse(all.getItem(key)), mark: key.slice(MINE.length) }; } catch { return { at: 0, mark: key.slice(MINE.length) }; }
    })) || [];
    found.filter((each) => !(each.at > oldest)).forEach((each) => drop(each.mark));
    return found.filter((each) => each.at > oldest).sort((one, other) => other.at - one.at);
  }

  const drop = (mark) => store((all) => all.removeItem(MINE + mark));
  function write(mark, entry) {
    const text = JSON.stringify(entry);
    if (text.length > ENTRY_CHARACTERS_MOST) return false;
    const others = entries().filter((each) => each.mark !== mark);
    others.slice(ENTRIES_MOST - 1).forEach((each) => drop(each.mark));
    for (const oldest of [null, ...others.slice(0, ENTRIES_MOST - 1).reverse()]) {
      if (oldest) drop(oldest.mark);
      if (store((all) => { all.setItem(MINE + mark, text); return true; })) return true;
    }
    return false;
  }

  const draftOf = (form) => form.elements.draft?.value;
  const hasFile = (form) => [...form.elements].some((each) => each.type === "file" && each.files.length);
  function keep(form) {
    const state = stateOf(form);
    clearTimeout(state.timer);
    state.timer = 0;
    const fields = read(form);
    const isNews = state.isAnswer || !isSame(fields, begun(form));
    if ((!isNews || typed(fields) === state.synced) && !(hasFile(form) && fields.length)) {
      drop(state.mark);
      unkept.delete(form);
      return;
    }
    const heading = document.querySelector("main h1")?.textContent.trim().slice(0, 120) || document.title;
    const page = form.dataset.autosaveAt || location.pathname + location.search;
    const entry = { at: Date.now(), where: whereOf(form), page, heading, files: hasFile(form), draft: draftOf(form), base: form.elements.autosave_version?.value, fields };
    if (write(state.mark, entry) && !hasFile(form)) unkept.delete(form);
    else unkept.add(form);
  }

  // A tab may end without a word: each letter is kept at once, if that takes a tenth of the time at most.
  function keepSoon(form) {
    const state = stateOf(form);
    const began = performance.now();
    if (began < state.readyAt) { state.timer ||= setTimeout(() => keep(form), state.readyAt - began); return; }
    keep(form);
    state.readyAt = performance.now() + Math.min(PAUSE_MS, 10 * (performance.now() - began));
  }

  const keepAll = () => forms().filter((form) => states.get(form)?.timer).forEach(keep);

  // Restores kept values into the form; returns those without a field, to be shown.
  function fill(form, fields) {
    const left = [];
    const values = new Map();
    fields.forEach(([name, value]) => values.set(name, [...(values.get(name) || []), value]));
    const byName = Map.groupBy ? Map.groupBy(elementsOf(form), (each) => each.name) : elementsOf(form).reduce((all, each) => all.set(each.name, [...(all.get(each.name) || []), each]), new Map());
    byName.forEach((elements, name) => {
      if (form.hasAttribute("hx-post") && name === "version") return; // an autosaving form is as new as the page
      const given = values.get(name) || [];
      let turn = 0;
      elements.forEach((each) => {
        if (isTicked(each)) each.checked = given.includes(each.value);
        else if (each.tagName === "SELECT") [...each.options].forEach((option) => { option.selected = given.includes(option.value); });
        else if (turn < given.length) { each.value = given[turn]; turn += 1; }
      });
      if (turn) left.push(...given.slice(turn));
    });
    values.forEach((given, name) => { if (!byName.has(name)) left.push(...given); });
    window.settle?.(form);
    elementsOf(form).filter((each) => !isTicked(each) && each.type !== "hidden").forEach((each) => each.dispatchEvent(new Event("input", { bubbles: true })));
    form.dispatchEvent(new Event("change", { bubbles: true }));
    return left.filter((value) => value.trim().includes(" "));
  }

  // If the server can render the form filled in, it does: added rows are restored too.
  function refill(form, entry) {
    const sent = document.createElement("form");
    sent.method = "post";
    sent.action = path(form);
    const token = form.querySelector("[name=csrf_token]").value;
    const own = ["autosave_version", "window"].filter((name) => form.elements[name]).map((name) => [name, form.elements[name].value]);
    const kept = entry.fields.filter(([name]) => name !== "act" && !own.some(([other]) => other === name));
    const pairs = [...kept, ...own, ["csrf_token", token], ["kept_as", entry.mark], ["act", form.dataset.again]];
    sent.append(...pairs.map(([name, value]) => hidden(name, value)));
    document.body.append(sent);
    isLeaving = true;
    sent.submit();
  }

  const hidden = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value });
  function button(label, act, isSecond = false) {
    const made = Object.assign(document.createElement("button"), { type: "button", className: isSecond ? "second" : "", textContent: label });
    made.addEventListener("click", act);
    return made;
  }

  const paragraph = (...parts) => { const made = document.createElement("p"); made.append(...parts); return made; };

  function moment(at) {
    const zone = { timeZone: "Asia/Ho_Chi_Minh" };
    const clock = new Date(at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...zone });
    const day = (each) => new Date(each).toLocaleDateString("vi-VN", { day: "2-digit", month: "2-digit", ...zone });
    return day(at) === day(Date.now()) ? clock : `${clock} ${day(at)}`;
  }

  const beginning = (entry) => entry.fields.map(([, value]) => line(value)).find((value) => value.includes(" "))?.slice(0, 80) || "";
  function note(kind, role) {
    const made = Object.assign(document.createElement("div"), { className: `note ${kind}` });
    made.setAttribute("role", role);
    return made;
  }

  function offer(form, entry) {
    const box = note("wait", "status");
    box.dataset.keptOffer = "";
    const sentence = [words().wordOffer.replace("{at}", moment(entry.at)), beginning(entry)].filter(Boolean).join(": ");
    box.append(paragraph(sentence));
    if (entry.files) box.append(paragraph(words().wordFiles));
    const actions = paragraph(
      button(words().wordUse, () => use(form, entry, box)), " ",
      button(words().wordDrop, () => { drop(entry.mark); box.remove(); document.getElementById("main").focus(); }, true),
    );
    actions.className = "actions";
    box.append(actions);
    // Not into a part that renews itself: the offer would go with it.
    const heading = document.querySelector("main h1");
    if (heading) (heading.closest("[data-renewed], [hx-get]") || heading.closest(".head") || heading).after(box);
    else document.querySelector("main").prepend(box);
  }

  function use(offered, entry, box) {
    // The page may have renewed the part with the form since.
    const form = offered.isConnected ? offered : forms().find((each) => whereOf(each) === entry.where) || offered;
    if (form.dataset.again) { refill(form, entry); return; }
    const state = stateOf(form);
    if (state.mark !== entry.mark) drop(state.mark);
    Object.assign(state, { mark: entry.mark, isAnswer: true });
    const left = fill(form, entry.fields);
    keep(form);
    box.replaceChildren(...(left.length ? [paragraph(words().wordLeft), ...left.map((value) => paragraph(value))] : []));
    if (!left.length) box.remove();
    reveal(form)?.focus();
  }

  // What was restored must not be folded away. Returns the first field of it, or else of the form.
  function reveal(form) {
    const shown = elementsOf(form).filter((each) => each.type !== "hidden");
    const restored = shown.filter((each) => !isTicked(each) && each.tagName !== "SELECT" && each.value !== each.defaultValue);
    restored.forEach((each) => each.closest("details")?.setAttribute("open", ""));
    return restored[0] || shown.find((each) => each.offsetParent);
  }

  // A part that the page renews by itself may hold a form in use: what is typed into it goes on in the new one.
  const renewed = new Map();
  function leave({ detail: { target, requestConfig, shouldSwap } }) {
    if (!shouldSwap || requestConfig?.verb !== "get") return;
    [...target.querySelectorAll("form")].filter((form) => states.has(form) && isKept(form) && !isSame(read(form), begun(form))).forEach((form) => {
      const isShown = ([name]) => elementsOf(form).some((each) => each.name === name && each.type !== "hidden");
      const focused = form.contains(document.activeElement) ? document.activeElement.name : "";
      keep(form);
      renewed.set(whereOf(form), { mark: stateOf(form).mark, fields: read(form).filter(isShown), focused });
    });
  }

  function arrive() {
    if (renewed.size) forms().filter((form) => renewed.has(whereOf(form))).forEach((form) => {
      const { mark, fields, focused } = renewed.get(whereOf(form));
      stateOf(form).mark = mark;
      fill(form, fields);
      reveal(form);
      if (focused) form.elements[focused]?.focus?.();
    });
    renewed.clear();
  }

  function offerAll() {
    const all = entries();
    const here = forms();
    let shown = 0;
    here.forEach((form) => {
      const where = whereOf(form);
      const state = stateOf(form);
      all.filter((each) => each.where === where && (!each.draft || each.draft === draftOf(form))).forEach((entry) => {
        if (entry.mark === document.body.dataset.kept) Object.assign(state, { mark: entry.mark, isAnswer: true });
        else if (entry.draft && isSame(entry.fields, read(form))) drop(entry.mark);
        else if (entry.draft && entry.base === form.elements.autosave_version.value && !entry.files) window.loaAutosave.takeUp(entry.fields, () => drop(entry.mark), () => offer(form, entry));
        else if (isSame(entry.fields, read(form))) { if (!state.isAnswer) state.mark = entry.mark; }
        else if (shown < OFFERS_MOST) { offer(form, entry); shown += 1; }
      });
    });
    document.querySelectorAll("[data-kept-list]").forEach((list) => {
      const isElsewhere = (each) => each.page !== location.pathname + location.search && each.page.startsWith(list.dataset.keptList)
        && !(each.draft && (document.querySelector(`[data-autosave-of="${CSS.escape(each.draft)}"]`) || here.some((form) => draftOf(form) === each.draft)));
      all.filter(isElsewhere).slice(0, OFFERS_MOST).forEach((entry) => {
        const box = note("wait", "status");
        const link = Object.assign(document.createElement("a"), { href: entry.page, textContent: (entry.draft && beginning(entry)) || entry.heading });
        box.append(paragraph(`${words().wordOffer.replace("{at}", moment(entry.at))}: `, link, " ", button(words().wordDrop, () => { drop(entry.mark); box.remove(); }, true)));
        list.append(box);
      });
    });
  }

  // The server has listed the saved forms, on the page that answers them or in a cookie.
  function forget() {
    document.querySelectorAll("[data-saved-as]").forEach((each) => drop(each.dataset.savedAs));
    const told = document.cookie.split("; ").find((each) => each.startsWith(`${SAVED_COOKIE}=`));
    if (!told) return;
    told.slice(SAVED_COOKIE.length + 1).split(".").forEach(drop);
    document.cookie = `${SAVED_COOKIE}=; path=/; max-age=0; samesite=lax`;
  }

  function say(form, sentence, act = null) {
    form.querySelector("[data-unsent]")?.remove();
    if (!sentence) return;
    const box = note("bad", "alert");
    box.dataset.unsent = "";
    box.append(paragraph(sentence));
    if (act) box.append(Object.assign(paragraph(button(words().wordAgain, act)), { className: "actions" }));
    form.append(box);
    box.scrollIntoView({ block: "nearest" });
  }

  // Sends the form as the browser would have, with the button that was pressed.
  async function send(form, submitter) {
    const state = stateOf(form);
    if (form.dataset.autosave) await window.loaAutosave?.rest();
    form.querySelectorAll("[data-sent-along]").forEach((field) => field.remove());
    const along = [hidden("kept_as", state.mark)];
    if (submitter?.name) along.push(hidden(submitter.name, submitter.value));
    along.forEach((field) => { field.dataset.sentAlong = ""; });
    form.append(...along);
    if (submitter?.hasAttribute("formaction")) form.action = submitter.formAction;
    isLeaving = true;
    HTMLFormElement.prototype.submit.call(form);
  }

  // The server is polled now and then; the person is told when it is reachable, and presses the button.
  async function wait(form, submitter, turn = 0) {
    if (turn >= AGAIN_MS.length * 8 || !form.querySelector("[data-unsent]")) return;
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS[Math.min(turn, AGAIN_MS.length - 1)]); });
    if (!form.querySelector("[data-unsent]")) return;
    try {
      await window.loaSession.check(CHECK_MS);
      say(form, words().wordOnline, () => attempt(form, submitter));
    } catch {
      wait(form, submitter, turn + 1);
    }
  }

  async function attempt(form, submitter) {
    const state = stateOf(form);
    if (state.isSending) return;
    state.isSending = true;
    keep(form);
    say(form, "");
    try {
      await sendChecked(form, submitter);
    } finally {
      state.isSending = false;
    }
  }

  async function sendChecked(form, submitter) {
    const isDeliberate = Boolean(form.matches("[data-deliberate]") || form.querySelector("[data-deliberate]"));
    let found;
    try {
      found = await window.loaSession.check(isDeliberate ? DELIBERATE_CHECK_MS : CHECK_MS);
    } catch (error) {
      // No waiting for a server that is only slow: the form may be urgent, and is kept.
      if (error.name === "TimeoutError" && navigator.onLine) { await send(form, submitter); return; }
      say(form, words().wordOffline, () => attempt(form, submitter));
      wait(form, submitter);
      return;
    }
    if (found === "mine") await send(form, submitter);
    else if (found === "other") say(form, words().wordOther);
    else if (!(await window.loaSession.ask())) say(form, words().wordWaiting, () => attempt(form, submitter));
    else if (isDeliberate) say(form, words().wordPress);
    else await send(form, submitter);
  }

  const ofForm = (event) => { const form = event.target.form || event.target.closest?.("form"); return form && isKept(form) ? form : null; };
  ["input", "change"].forEach((kind) => document.addEventListener(kind, (event) => {
    const form = ofForm(event);
    if (form) keepSoon(form);
  }));
  document.addEventListener("htmx:beforeSwap", leave);
  document.addEventListener("htmx:afterSettle", arrive);
  document.addEventListener("htmx:afterSettle", (event) => {
    const form = event.target.closest?.("form");
    if (form && isKept(form) && states.has(form)) keepSoon(form);
  });
  document.addEventListener("reset", (event) => { if (states.has(event.target)) { clearTimeout(states.get(event.target).timer); states.get(event.target).timer = 0; drop(states.get(event.target).mark); } });
  // After every other listener: one that sends the form differently has prevented the default by now.
  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-signs-out]")) purge();
    if (event.defaultPrevented || !isKept(form)) return;
    event.preventDefault();
    attempt(form, event.submitter);
  });

  // Signing out deletes everything kept for the previous users.
  function purge() {
    window.caches?.keys().then((names) => names.filter((name) => name.startsWith("loa-work")).forEach((name) => caches.delete(name)));
    store((all) => Object.keys(all).filter((key) => key.startsWith(PREFIX) && !key.startsWith(MINE)).forEach((key) => all.removeItem(key)));
  }

  // The server has the form as it was typed then: the copy here is superfluous.
  function synced(form, then) {
    stateOf(form).synced = then;
    keep(form);
  }

  // On a slow line people type before this script has come. The form of a time is changed by another one.
  const isTypedInto = (each) => each.matches("textarea, input:not([type=hidden])") && !isTicked(each) && !each.closest(".when") && line(each.value) !== line(each.defaultValue);
  const early = forms().filter((form) => elementsOf(form).some(isTypedInto));

  window.loaUnsaved = { read, synced, isEarly: (form) => early.includes(form), typed: (form) => typed(read(form)), begun: (form) => typed(begun(form)) };
  document.addEventListener("visibilitychange", () => { if (document.hidden) keepAll(); });
  window.addEventListener("pagehide", keepAll);
  window.addEventListener("beforeunload", (event) => { if (unkept.size && !isLeaving) event.preventDefault(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) { isLeaving = false; forget(); } });
  // After the page's other scripts have set up the form.
  document.addEventListener("DOMContentLoaded", () => { forget(); offerAll(); early.forEach(keepSoon); });
})();
