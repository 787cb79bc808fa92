// Chunked upload of recordings, each part with its offset in the file: a lost connection, or a page reload, costs one
// part. When the server has all of it, the form's own part is fetched again, as after a file sent in one piece.
"use strict";

const PART_BYTES = 512 * 1024;
const LONGEST_WAIT_MS = 30_000;
const KEPT = "loa-sending";
const sending = new Map();

const filled = (sentence, figures) => sentence.replace(/\{(\w+)\}/g, (_all, name) => figures[name]);
const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
const tell = (part, sentence, isBad = false) => {
  const told = part.querySelector("[data-told]");
  told.textContent = sentence;
  told.classList.toggle("error", isBad);
  told.classList.toggle("quiet", !isBad);
};

// Waits longer after each failure; the browser's online event ends the wait.
const patience = (tries) => new Promise((resolve) => {
  const done = () => { clearTimeout(timer); window.removeEventListener("online", done); resolve(); };
  const timer = setTimeout(done, Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries));
  window.addEventListener("online", done);
});

class Refused extends Error {}

async function asked(url, options, signal) {
  const answer = await fetch(url, { ...options, headers: { ...headers(), ...options.headers }, signal });
  if (answer.status >= 500) throw new TypeError("the server is away");
  const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
  const told = isJson ? await answer.json() : {};
  if (!answer.ok) throw new Refused(told.message || "");
  return told;
}

async function patiently(part, ask, signal) {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof Refused || signal.aborted) throw error;
      tell(part, part.dataset.sayOffline, true);
      await patience(tries);
    }
  }
}

function show(part, offset, bytes) {
  const bar = part.querySelector("progress");
  bar.hidden = false;
  bar.max = bytes;
  bar.value = offset;
  tell(part, filled(part.dataset.saySending, { pct: Math.floor(100 * offset / bytes) }));
}

async function parts(part, file, name, signal) {
  const url = part.dataset.parts;
  const purpose = "urgent" in part.dataset ? "?urgent" : "";
  const body = new URLSearchParams({ name, bytes: file.size, mark: file.lastModified || 0 });
  let at = await patiently(part, () => asked(`${url}${purpose}`, { method: "POST", body }, signal), signal);
  while (at.offset < file.size) {
    show(part, at.offset, file.size);
    sessionStorage.setItem(KEPT, JSON.stringify({ name, pct: Math.floor(100 * at.offset / file.size) }));
    const last = Math.min(file.size, at.offset + PART_BYTES);
    const range = { "Content-Type": "application/octet-stream", "Content-Range": `bytes ${at.offset}-${last - 1}/${file.size}` };
    const data = file.slice(at.offset, last);
    at = await patiently(part, () => asked(`${url}/${at.id}${purpose}`, { method: "PUT", body: data, headers: range }, signal), signal);
  }
  show(part, file.size, file.size);
  return at.id;
}

// Uploads `file` for the form's `part`; true when the part has been rendered again by the server.
window.loaSend = async (part, file, name) => {
  if (file.size > Number(part.dataset.mb) * 1024 * 1024) {
    tell(part, part.dataset.sayLarge, true);
    return false;
  }
  sending.get(part)?.abort();
  const stopper = new AbortController();
  sending.set(part, stopper);
  const stop = part.querySelector("[data-stops-sending]");
  stop.hidden = false;
  try {
    const upload = await parts(part, file, name, stopper.signal);
    sessionStorage.removeItem(KEPT);
    tell(part, part.dataset.sayChecking);
    // The part keeps its content if the new recording is refused.
    const held = Object.fromEntries([...part.querySelectorAll("input[type=hidden]")].map((field) => [field.name, field.value]));
    await window.htmx.ajax("POST", part.dataset.sends, { target: part.dataset.target, swap: "outerHTML", values: { ...held, upload } });
    return true;
  } catch (error) {
    if (!stopper.signal.aborted) tell(part, error.message && error instanceof Refused ? error.message : part.dataset.sayFailed, true);
    return false;
  } finally {
    if (sending.get(part) === stopper) sending.delete(part);
    stop.hidden = true;
    part.querySelector("progress").hidden = true;
  }
};

document.addEventListener("change", async (event) => {
  const field = event.target;
  const part = field.closest("[data-sends]");
  if (!part || field.type !== "file" || !field.files.length) return;
  const file = field.files[0];
  field.value = ""; // else the form would send it once more
  await window.loaSend(part, file, file.name);
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-stops-sending]");
  if (!button) return;
  const part = button.closest("[data-sends]");
  sending.get(part)?.abort();
  tell(part, "");
});
document.addEventListener("DOMContentLoaded", () => {
  const left = JSON.parse(sessionStorage.getItem(KEPT) || "null");
  const part = document.querySelector("[data-sends]");
  if (left && part) tell(part, filled(part.dataset.sayAgain, left));
});
// Uploads in progress, and recordings not kept, would be lost.
window.addEventListener("beforeunload", (event) => {
  if (sending.size || document.querySelector("[data-recorder][data-unkept]")) event.preventDefault();
});
