// Session of an open page. An invalid CSRF token of a form is replaced; if the session has ended, the
// person signs in over the page. The page itself is never left for it.
"use strict";

(() => {
  const page = document.body;
  const CHECK_MS = 4000;
  const PAUSE_MS = 1000;
  const PAUSE_WITHIN_MS = 60_000;
  const HEADERS = "hx-headers";
  const AGAIN = "X-Loa-Again";
  let asking = null;
  let typedAt = -PAUSE_MS;
  let isPutOff = false; // requests that the page makes by itself do not prompt the person again

  // Raises TypeError if the server cannot be reached, "TimeoutError" if it does not answer in time.
  async function state(ms = CHECK_MS) {
    const options = { cache: "no-store", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ms) };
    const answer = await fetch(page.dataset.session, options);
    if (!answer.ok) throw new TypeError(String(answer.status));
    return answer.json();
  }

  function take({ csrf }) {
    document.querySelectorAll("input[name=csrf_token]").forEach((field) => { field.value = csrf; });
    page.setAttribute(HEADERS, JSON.stringify({ ...JSON.parse(page.getAttribute(HEADERS)), "X-CSRFToken": csrf }));
  }

  // "mine", with fresh tokens in every form; "nobody"; or "other", another person's session.
  async function check(ms) {
    const found = await state(ms);
    if (!found.person) return "nobody";
    if (found.person !== page.dataset.person) return "other";
    take(found);
    return "mine";
  }

  const refusalIn = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html");
    return found.querySelector("#refusal, #code-error, .error")?.textContent.trim() || "";
  };

  function opened() {
    const dialog = document.getElementById("session-ended").content.firstElementChild.cloneNode(true);
    page.append(dialog);
    dialog.showModal();
    dialog.querySelector("input:not([type=hidden])").focus();
    return dialog;
  }

  function show(dialog, step) {
    dialog.querySelectorAll("[data-step]").forEach((form) => { form.hidden = form.dataset.step !== step; });
    const shown = dialog.querySelector("[data-step]:not([hidden]) input:not([type=hidden])");
    if (shown && document.activeElement !== shown) shown.focus();
  }

  document.addEventListener("input", () => { typedAt = performance.now(); }, true);

  // The dialog takes the focus, and with it the letters of whoever is in the middle of a word.
  async function pause() {
    const last = performance.now() + PAUSE_WITHIN_MS;
    for (let ends = typedAt + PAUSE_MS; performance.now() < Math.min(ends, last); ends = typedAt + PAUSE_MS) {
      await new Promise((resolve) => { setTimeout(resolve, Math.min(ends, last) - performance.now()); });
    }
  }

  const words = () => document.getElementById("kept-words").dataset;

  function tell(dialog, sentence) {
    const told = dialog.querySelector("[data-refusal]");
    told.textContent = sentence;
    told.hidden = !sentence;
  }

  // Progress of the sign-in: true when the page's own person is signed in.
  async function look(dialog) {
    const found = await state();
    if (found.person === page.dataset.person) {
      take(found);
      return true;
    }
    if (found.person) tell(dialog, words().wordOther);
    else if (found.wanted === "code") show(dialog, "code");
    return false;
  }

  async function give(dialog, form) {
    const { csrf } = await state();
    const body = new URLSearchParams([...new FormData(form), ["csrf_token", csrf]]);
    const answer = await fetch(form.action, { method: "POST", body });
    const isRefused = answer.status >= 400;
    tell(dialog, isRefused ? refusalIn(await answer.text()) || words().wordWrong : "");
    form.querySelectorAll("[type=password], [name=code]").forEach((field) => { field.value = ""; });
    if (isRefused) form.querySelector("[type=password], [name=code]").focus();
    return !isRefused && look(dialog);
  }

  // Resolves to true when the person is signed in again, to false when they put it off.
  function ask() {
    asking ??= pause().then(() => new Promise((resolve) => {
      const dialog = opened();
      const done = (isIn) => {
        document.removeEventListener("visibilitychange", seen);
        window.removeEventListener("focus", seen);
        dialog.remove();
        asking = null;
        isPutOff = !isIn;
        resolve(isIn);
      };
      const seen = () => {
        if (!document.hidden) look(dialog).then((isIn) => { if (isIn) done(true); }, () => {});
      };
      // In another tab the sign-in may be done too.
      document.addEventListener("visibilitychange", seen);
      window.addEventListener("focus", seen);
      // An answer from before the sign-in may open the dialog once more.
      seen();
      dialog.addEventListener("close", () => done(false));
      dialog.querySelector("[data-closes]").addEventListener("click", () => dialog.close());
      dialog.addEventListener("submit", async (event) => {
        event.preventDefault();
        event.stopPropagation();
        const button = event.submitter;
        if (button) button.disabled = true;
        try {
          if (await give(dialog, event.target)) done(true);
        } catch {
          tell(dialog, words().wordOffline);
        } finally {
          if (button) button.disabled = false;
        }
      });
    }));
    return asking;
  }

  // True when the page may continue: the session is valid, or valid again.
  async function renew() {
    const found = await check();
    return found === "nobody" ? ask() : found === "mine";
  }

  // For requests that the page makes by itself: who has put the sign-in off is not asked again.
  const renewQuietly = async () => !isPutOff && renew();

  const hasForm = () => Boolean(document.querySelector("main form[method=post] :is(textarea, select, input:not([type=hidden]))"));

  // A request of a part of the page was refused: it is repeated once the session is valid.
  async function repeat({ requestConfig }) {
    const { elt } = requestConfig; // the event's own is the element that would have been swapped
    if (isPutOff || requestConfig.headers[AGAIN] || !(await renew().catch(() => false)) || !elt.isConnected) return;
    const options = { source: elt, headers: { [AGAIN]: "1" }, target: requestConfig.target };
    // Its events tell of a failure; when the page is left, it is rejected without a reason.
    await window.htmx.ajax(requestConfig.verb.toUpperCase(), requestConfig.path, options).catch(() => {});
  }

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    const isStale = xhr.status === 400 && xhr.getResponseHeader("X-Loa-Form") === "stale";
    if (xhr.status === 401 && !hasForm()) window.location.reload();
    else if (xhr.status === 401 || isStale) repeat(event.detail);
  });

  window.loaSession = { check, ask, renew, renewQuietly, words };
})();
