// Web push: the button subscribes this browser, for a person who is signed in or, in a form, for a reader of the public
// pages. Which communes a reader follows is kept in this browser alone. Without push the button stays hidden.
"use strict";

(() => {
  const button = document.querySelector("[data-push]");
  if (!button) return;
  const form = button.form;
  const part = (name) => document.querySelector(`[data-push-${name}]`);
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) {
    if (form) part("lacks").hidden = false;
    return;
  }

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };

  async function sent(subscription, more) {
    const { endpoint, keys } = subscription.toJSON();
    const body = new URLSearchParams({ ...(form && Object.fromEntries(new FormData(form))), ...more, endpoint, p256dh: keys.p256dh, auth: keys.auth });
    const own = document.body.getAttribute("hx-headers"); // Only a page with a session has it.
    const headers = own ? { "X-CSRFToken": JSON.parse(own)["X-CSRFToken"] } : {};
    const answer = await fetch(button.dataset.subscribe, { method: "POST", headers, body });
    if (!answer.ok) throw new TypeError(String(answer.status));
  }

  async function subscribe() {
    const worker = await navigator.serviceWorker.register(button.dataset.worker);
    const options = { userVisibleOnly: true, applicationServerKey: bytes(button.dataset.push) };
    await sent(await worker.pushManager.subscribe(options), {});
  }

  const known = async () => (await navigator.serviceWorker.getRegistration(button.dataset.worker))?.pushManager.getSubscription();

  const KEY = "loa-followed";
  const followed = () => {
    try {
      return new Set(JSON.parse(window.localStorage.getItem(KEY)) || []);
    } catch {
      return new Set(); // No storage, or not ours: nothing is kept.
    }
  };

  async function follow() {
    const area = form.dataset.follow;
    const all = followed();
    if (all.has(area)) {
      const subscription = await known();
      if (subscription) await sent(subscription, { act: "end" });
      all.delete(area);
    } else {
      await subscribe();
      all.add(area);
    }
    try {
      window.localStorage.setItem(KEY, JSON.stringify([...all]));
    } catch { /* A browser that keeps nothing offers to follow again. */ }
    shown(all.has(area));
  }

  const asked = button.textContent;
  function shown(isFollowed) {
    part("done").hidden = !isFollowed;
    button.textContent = isFollowed ? form.dataset.end : asked;
    button.classList.toggle("second", isFollowed);
    button.disabled = false;
  }

  if (form) known().then((subscription) => shown(Boolean(subscription) && followed().has(form.dataset.follow)), () => {});
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    part("refused").hidden = true;
    try {
      if (form) await follow();
      else {
        await subscribe();
        location.reload();
      }
    } catch {
      part("refused").hidden = false;
      button.disabled = false;
    }
  });
})();
