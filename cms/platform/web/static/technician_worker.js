// Service worker of the technician's pages: tickets, devices, the claim. They come from the network while it answers,
// else as they were kept when this person last read them; a kept page says when that was. Files of the console are
// kept by their hash. Nothing is sent from here: waiting.js keeps what is done without a link.
"use strict";

const PAGES = "loa-work-pages";
const FILES = "loa-work-files";
const PAGES_MOST = 60;
const FILES_MOST = 150;
const PATIENCE_MS = 5_000;
const LIST = "/tickets";
const WHO = "/tickets/who";
const KEPT = /^\/(tickets|devices)(\/[^/]+(\/identity)?)?$/;
const PERSON = /data-person="([^"]+)"/;
const NAMED = /(?:src|href)="(\/(?:assets\/|emblem)[^"#]*)/g;

async function trim(cache, most) {
  const keys = await cache.keys();
  for (const key of keys.slice(0, Math.max(0, keys.length - most))) await cache.delete(key);
}

// Keeps a page for its person; another person's pages go. A full disk keeps nothing, and the page is shown all the same.
async function keep(url, answer) {
  if (!answer.ok || answer.redirected || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
  const text = await answer.text();
  const person = PERSON.exec(text)?.[1];
  if (!person) return;
  try {
    let cache = await caches.open(PAGES);
    const known = await cache.match(WHO);
    if (known && (await known.text()) !== person) {
      await caches.delete(PAGES);
      cache = await caches.open(PAGES);
    }
    const headers = new Headers(answer.headers);
    headers.set("X-Kept-At", String(Date.now()));
    headers.delete("Content-Encoding");
    headers.delete("Content-Length");
    await cache.put(url, new Response(text, { headers }));
    await trim(cache, PAGES_MOST);
    await cache.put(WHO, new Response(person));
    const files = await caches.open(FILES);
    for (const [, path] of text.matchAll(NAMED)) if (!(await files.match(path))) await file(new Request(path));
  } catch {
    // Storage is full or not given.
  }
}

async function shown(kept) {
  const text = (await kept.text()).replace("<body ", `<body data-kept-at="${kept.headers.get("X-Kept-At")}" `);
  return new Response(text, { headers: kept.headers });
}

async function stored(url) {
  const cache = await caches.open(PAGES);
  const kept = await cache.match(url);
  if (kept) return shown(kept);
  const isList = new URL(url).pathname === LIST;
  return !isList && (await cache.match(new URL(LIST, url).href)) ? Response.redirect(`${LIST}#unkept`) : Response.error();
}

function later() {
  return new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); });
}

async function page(event) {
  const { url } = event.request;
  const fresh = fetch(event.request);
  event.waitUntil(fresh.then((answer) => keep(url, answer.clone())).catch(() => {}));
  const isKept = await (await caches.open(PAGES)).match(url);
  if (!isKept) return fresh.catch(() => stored(url));
  const first = await Promise.race([fresh, later()]).catch(() => null);
  return first && first.status < 500 ? first : stored(url);
}

async function file(request) {
  const files = await caches.open(FILES);
  const kept = await files.match(request);
  if (kept && new URL(request.url).searchParams.has("v")) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await files.put(request, answer.clone());
      await trim(files, FILES_MOST);
    }
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && KEPT.test(url.pathname)) event.respondWith(page(event));
  else if (url.pathname.startsWith("/assets/") || url.pathname === "/emblem") event.respondWith(file(request));
});

// The list names the pages that its reader will need at the pole: one after the other, so that the server is not asked
// for all at once.
self.addEventListener("message", (event) => {
  const keepAll = async () => {
    for (const url of event.data.keep) await keep(url, await fetch(url, { redirect: "manual" }));
  };
  event.waitUntil(keepAll().catch(() => {}));
});
