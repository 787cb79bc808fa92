// Web push on the page of notifications: the button subscribes this browser. Without push it stays hidden.
"use strict";

(() => {
  const button = document.querySelector("[data-push]");
  if (!button || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const refused = document.querySelector("[data-push-refused]");

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").padEnd(Math.ceil(text.length / 4) * 4, "="));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };

  async function subscribe() {
    const worker = await navigator.serviceWorker.register(button.dataset.worker);
    const options = { userVisibleOnly: true, applicationServerKey: bytes(button.dataset.push) };
    const { endpoint, keys } = (await worker.pushManager.subscribe(options)).toJSON();
    const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers"));
    const body = new URLSearchParams({ endpoint, p256dh: keys.p256dh, auth: keys.auth });
    const answer = await fetch(button.dataset.subscribe, { method: "POST", headers: { "X-CSRFToken": token }, body });
    if (!answer.ok) throw new TypeError(String(answer.status));
  }

  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await subscribe();
      location.reload();
    } catch {
      refused.hidden = false;
      button.disabled = false;
    }
  });
})();
