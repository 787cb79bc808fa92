// The technician's pages without a link: registers their service worker, has it keep the pages needed at the pole, and
// says of a kept page when it was read.
"use strict";

(() => {
  const note = document.getElementById("kept-page");
  if (!note || !("serviceWorker" in navigator)) return;
  const KEEP_EVERY_MS = 10 * 60_000;
  const KEPT_AT = "loa-work-kept-at";
  const at = document.body.dataset.keptAt;
  const format = { day: "numeric", month: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Ho_Chi_Minh" };

  if (at) {
    const { lang } = document.documentElement;
    const when = new Date(Number(at)).toLocaleString(lang === "en" ? "en-GB" : lang, format);
    const unkept = location.hash === "#unkept" ? ` ${note.dataset.unkept}` : "";
    note.textContent = note.dataset.kept.replace("{at}", when) + unkept;
    note.hidden = false;
    window.addEventListener("online", () => { note.textContent = note.dataset.online; });
  }

  async function prepare() {
    for (const scope of note.dataset.scopes.split(" ")) await navigator.serviceWorker.register(note.dataset.worker, { scope });
    const wanted = (document.querySelector("[data-keep]")?.dataset.keep || "").split(" ").filter(Boolean);
    if (at || !wanted.length || Date.now() - Number(sessionStorage.getItem(KEPT_AT)) < KEEP_EVERY_MS) return;
    sessionStorage.setItem(KEPT_AT, String(Date.now()));
    (await navigator.serviceWorker.ready).active.postMessage({ keep: [location.href, ...wanted].map((path) => new URL(path, location.href).href) });
  }

  // A browser that gives no storage shows pages from the network alone.
  window.addEventListener("load", () => prepare().catch(() => {}));
})();
