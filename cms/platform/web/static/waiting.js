// Offline queue for work at a pole: actions are stored in the telephone and sent in order, each under a key of its own,
// so that one sent twice is done once. Waiting actions are shown; a refused one stays until the person has read it.
"use strict";

const STORE = "acts";
const LONGEST_WAIT_MS = 30_000;
const WIDEST_PX = 1280;
const QUALITY = 0.8;
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Ho_Chi_Minh" };
const box = document.getElementById("queue");
const headers = () => JSON.parse(document.body.getAttribute("hx-headers"));
let tries = 0;
let timer = 0;

const opened = new Promise((resolve, reject) => {
  const asked = indexedDB.open("loa-work", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "turn", autoIncrement: true });
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

async function store(mode, act) {
  const database = await opened;
  return new Promise((resolve, reject) => {
    const change = database.transaction(STORE, mode);
    const asked = act(change.objectStore(STORE));
    change.oncomplete = () => resolve(asked.result);
    change.onabort = () => reject(change.error);
  });
}

// Actions of another person on this telephone wait until they are signed in again: nothing is sent in another's name.
const kept = async () => (await store("readonly", (acts) => acts.getAll())).filter((act) => act.who === box.dataset.who);
const put = (act) => store("readwrite", (acts) => acts.put(act));
const drop = (act) => store("readwrite", (acts) => acts.delete(act.turn));

// A photograph is scaled down before it is sent over a poor connection.
async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, WIDEST_PX / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve) => { canvas.toBlob((made) => resolve(made || file), "image/jpeg", QUALITY); });
  } catch {
    return file; // the server reports the error in it
  }
}

function key() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function read(form, button, data) {
  const fields = [];
  let photo = null;
  for (const [name, value] of data) {
    if (value instanceof File) photo = value.size ? await smaller(value) : photo;
    else if (!["csrf_token", "key", "done_at"].includes(name)) fields.push([name, value]);
  }
  fields.push(["key", key()], ["done_at", String(Date.now())]);
  // The result of a check is the text of its button.
  const words = [form.dataset.waits, button?.name ? button.firstChild.textContent.trim() : ""];
  const text = fields.find(([name]) => name === "text")?.[1] || "";
  return { url: form.getAttribute("action"), fields, photo, words: words.filter(Boolean).join(": "), text, at: Date.now(), who: box.dataset.who };
}

function row(act) {
  const made = document.createElement("li");
  made.className = "row";
  const words = document.createElement("span");
  words.className = "grow";
  const at = new Date(act.at).toLocaleTimeString(document.documentElement.lang, CLOCK);
  words.textContent = [at, act.words, act.text].filter(Boolean).join(" · ");
  made.append(words);
  if (act.refused) {
    const why = document.createElement("p");
    why.className = "error";
    why.textContent = box.dataset.refused.replace("{why}", act.refused);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "second";
    button.textContent = box.dataset.drop;
    button.addEventListener("click", async () => { await drop(act); await show(); });
    words.append(why);
    made.append(button);
  }
  return made;
}

async function show(told = "") {
  const acts = await kept();
  box.hidden = !acts.length;
  box.querySelector("ul").replaceChildren(...acts.map(row));
  box.querySelector("[data-count]").textContent = acts.length;
  box.querySelector("[data-last]").textContent = acts.at(-1)?.words || "";
  if (acts.some((act) => act.refused)) box.querySelector("details").open = true;
  const waits = acts.some((act) => !act.refused);
  box.querySelector("[data-told]").textContent = waits ? told : "";
}

// "sent", "refused" with the reason, "later" if it may be tried again, else what the person has to do first.
async function send(act) {
  const body = new FormData();
  for (const [name, value] of act.fields) body.append(name, value);
  if (act.photo) body.append("photo", act.photo, "photo.jpg");
  const options = { method: "POST", body, redirect: "manual", headers: { ...headers(), Accept: "application/json", "HX-Request": "true" } };
  try {
    const answer = await fetch(act.url, options);
    if (answer.ok) return { came: "sent" };
    if (answer.status === 401) return { came: "signedOut" };
    if (answer.status === 400) return { came: "stale" };
    if (answer.status === 429 || answer.status >= 500 || !answer.status) return { came: "later" };
    const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    return { came: "refused", why: said.message || (answer.status === 404 ? box.dataset.gone : String(answer.status)) };
  } catch {
    return { came: "later" };
  }
}

async function sendAll() {
  let some = 0;
  for (const act of (await kept()).filter((each) => !each.refused)) {
    await show(box.dataset.sending);
    const { came, why } = await send(act);
    if (came === "sent") {
      some += 1;
      await drop(act);
    } else if (came === "refused") {
      await put({ ...act, refused: why });
    } else {
      await show(box.dataset[came] || box.dataset.offline);
      if (came === "later") again();
      return some;
    }
    tries = 0;
  }
  await show();
  return some;
}

function again() {
  clearTimeout(timer);
  timer = setTimeout(flush, Math.min(LONGEST_WAIT_MS, 1000 * 2 ** tries));
  tries += 1;
}

// One page sends at a time: a second one would send the same actions again.
async function flush() {
  clearTimeout(timer);
  // A kept page may hold a token of an earlier session. Without a link this fails, and so will the sending.
  if (document.body.dataset.keptAt && (await kept()).length) await window.loaSession?.check().catch(() => {});
  const one = navigator.locks ? (work) => navigator.locks.request("loa-work", work) : (work) => work();
  if (await one(sendAll)) await renew();
}

// Refreshes the parts that show the state; parts with a field in use stay.
async function renew() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-renewed]")) {
    const other = fresh.getElementById(part.id);
    const isTyped = [...part.querySelectorAll("textarea")].some((field) => field.value !== field.defaultValue);
    if (isTyped) continue;
    if (!other) {
      part.remove(); // a ticket that is done has no steps left
      continue;
    }
    const hadFocus = part.contains(document.activeElement);
    part.replaceWith(other);
    window.htmx.process(other);
    if (hadFocus) document.getElementById("main").focus();
  }
  document.dispatchEvent(new CustomEvent("loa:renewed"));
}

async function take(form, button, data) {
  const act = await read(form, button, data);
  try {
    await put(act);
  } catch {
    box.hidden = false;
    box.querySelector("[data-told]").textContent = box.dataset.unkept;
    return false;
  }
  form.reset();
  tries = 0;
  await show(box.dataset.sending);
  await flush();
  return (await kept()).some((each) => each.at === act.at && !each.refused);
}

// A button that changes the ticket's state is disabled until the server has answered.
async function pressed(event) {
  const form = event.target.closest("[data-waits]");
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  const button = event.submitter;
  const data = new FormData(form, button);
  button.disabled = true;
  const waits = await take(form, button, data);
  button.disabled = waits && Boolean(form.closest("[data-renewed]"));
}

async function begin() {
  document.addEventListener("submit", pressed);
  window.addEventListener("online", () => { tries = 0; flush(); });
  await show(box.dataset.offline);
  await flush();
}

// If the browser can keep nothing, the forms are sent normally.
opened.then(begin, () => {});
