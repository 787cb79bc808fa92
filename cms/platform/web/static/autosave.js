// Autosave of the bulletin form: what is typed is kept on the server every few seconds, complete or not, as a draft of
// this person. The copy in this browser (unsaved.js) is deleted once the server has it.
"use strict";

(() => {
  const FIRST_MS = 1000;
  const EVERY_MS = 4000;
  const ANSWER_MS = 8000;
  const REST_MS = 1500;
  const AGAIN_MS = [2000, 4000, 8000, 15_000];
  const BEACON_BYTES = 60_000;
  const TURNS_MOST = 5;
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const told = document.getElementById("autosaved");
  const version = form.elements.autosave_version;
  const page = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  let saved = window.loaUnsaved.begun(form);
  let timer = 0;
  let sentAt = -EVERY_MS;
  let tries = 0;
  let sending = null;
  let requests = 0;
  let isHalted = false; // the form is being sent, or another window has changed the draft

  const number = () => { form.elements.window.value = `${page}.${requests += 1}`; };
  number();
  const typed = () => window.loaUnsaved.typed(form);
  const headers = () => ({ ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true" });

  function body(fields) {
    const made = new FormData();
    fields.filter(([name]) => name !== "autosave_version" && name !== "window").forEach(([name, value]) => made.append(name, value));
    made.append("autosave_version", version.value);
    made.append("window", form.elements.window.value);
    number(); // one that a later one overtakes on its way, the form itself too, is too late
    return made;
  }

  function tell(sentence, isBad = false, act = null) {
    told.replaceChildren(sentence);
    told.classList.toggle("error", isBad);
    if (!act) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = told.dataset.wordMine;
    button.addEventListener("click", act);
    told.append(" ", button);
  }

  function schedule(ms = Math.max(FIRST_MS, sentAt + EVERY_MS - performance.now())) {
    if (!isHalted && !timer && typed() !== saved) timer = setTimeout(save, ms);
  }

  function now() {
    clearTimeout(timer);
    timer = 0;
    schedule(0);
  }

  async function ask(fields) {
    const stopper = new AbortController();
    const late = setTimeout(() => stopper.abort(), ANSWER_MS);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body: body(fields), headers: headers(), signal: stopper.signal });
      const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
      if (answer.status >= 500) throw new TypeError(String(answer.status));
      return { answer, told: isJson ? await answer.json() : {} };
    } finally {
      clearTimeout(late);
    }
  }

  const isEnded = (answer) => answer.status === 401 || answer.headers.get("X-Loa-Form") === "stale";

  function take({ answer, told: found }, then) {
    tries = 0;
    if (answer.ok && found.version) {
      version.value = found.version;
      saved = then;
      tell(found.said);
      window.loaUnsaved.synced(form, then);
      if (location.pathname + location.search !== form.dataset.autosaveAt) history.replaceState(history.state, "", form.dataset.autosaveAt + location.hash);
    } else if (isEnded(answer)) {
      tell(told.dataset.wordEnded, true);
      window.loaSession.renewQuietly().then((isIn) => { if (isIn) now(); }, () => {});
    } else if (answer.status === 409) {
      isHalted = true;
      tell(found.said, true, () => { version.value = found.version; isHalted = false; now(); });
    } else tell(found.said || told.dataset.wordRefused, true);
    return answer.ok;
  }

  async function send() {
    const then = typed();
    sentAt = performance.now();
    try {
      const isDone = take(await ask(window.loaUnsaved.read(form)), then);
      if (isDone || typed() !== then) return EVERY_MS;
    } catch {
      tell(told.dataset.wordOffline, true);
      tries += 1;
      return AGAIN_MS[Math.min(tries, AGAIN_MS.length) - 1];
    }
    return 0; // the person has to do something first
  }

  async function save() {
    timer = 0;
    if (sending || isHalted) return;
    sending = send();
    const next = await sending;
    sending = null;
    if (next) schedule(next);
  }

  // Before the form is sent: the answer of a request under way tells its version.
  async function rest() {
    isHalted = true;
    clearTimeout(timer);
    timer = 0;
    await Promise.race([sending, new Promise((resolve) => { setTimeout(resolve, REST_MS); })]);
  }

  // Values of the fields that the person has changed since go over the kept ones.
  function over(kept, before, since) {
    const values = (fields, name) => JSON.stringify(fields.filter(([each]) => each === name));
    const isNew = ([name]) => values(before, name) !== values(since, name);
    const gone = before.filter(isNew).map(([name]) => name);
    const changed = since.filter(isNew);
    const names = new Set([...gone, ...changed.map(([name]) => name)]);
    return [...kept.filter(([name]) => !names.has(name)), ...changed];
  }

  // What this browser alone has kept, as the line was down, is saved on the server and shown by it, with what is typed
  // into the page until then.
  async function takeUp(fields, done, refused, turn = 0) {
    const before = window.loaUnsaved.read(form);
    const then = typed();
    isHalted = true;
    try {
      const { answer, told: found } = await ask(fields);
      if (isEnded(answer) && await window.loaSession.renewQuietly()) { await takeUp(over(fields, before, window.loaUnsaved.read(form)), done, refused, turn); return; }
      if (!answer.ok) throw new TypeError(String(answer.status));
      version.value = found.version;
      if (typed() !== then && turn < TURNS_MOST) { await takeUp(over(fields, before, window.loaUnsaved.read(form)), done, refused, turn + 1); return; }
      done();
      window.loaUnsaved.synced(form, typed());
      location.replace(form.dataset.autosaveAt);
    } catch {
      isHalted = false;
      schedule();
      refused();
    }
  }

  // The page is left: the copy in this browser stays until the page that comes next has seen that the server has it.
  function last() {
    if (isHalted || typed() === saved) return;
    const fields = window.loaUnsaved.read(form);
    if (fields.reduce((bytes, [name, value]) => bytes + 200 + name.length + 3 * value.length, 0) > BEACON_BYTES) return;
    fetch(form.dataset.autosave, { method: "POST", body: body(fields), headers: headers(), keepalive: true }).catch(() => {});
  }

  // Letters of a field, once they come near the most that it may have.
  function count(shown) {
    const most = Number(shown.dataset.most);
    const letters = [...form.elements[shown.dataset.counts].value.trim()].length;
    const isOver = letters > most;
    shown.hidden = letters < 0.8 * most;
    shown.classList.toggle("error", isOver);
    shown.classList.toggle("quiet", !isOver);
    shown.textContent = isOver ? shown.dataset.wordOver.replace("{n}", letters - most) : shown.dataset.word.replace("{n}", letters).replace("{max}", most);
  }
  form.querySelectorAll("[data-counts]").forEach((shown) => {
    form.elements[shown.dataset.counts].addEventListener("input", () => count(shown));
    count(shown);
  });

  ["input", "change"].forEach((kind) => form.addEventListener(kind, () => schedule()));
  document.addEventListener("htmx:afterSettle", (event) => { if (form.contains(event.target)) schedule(); });
  window.addEventListener("online", now);
  window.addEventListener("pagehide", last);
  window.addEventListener("pageshow", (event) => { if (event.persisted) { isHalted = false; schedule(); } });
  document.addEventListener("DOMContentLoaded", () => { if (window.loaUnsaved.isEarly(form)) schedule(); });
  window.loaAutosave = { rest, takeUp };
})();
