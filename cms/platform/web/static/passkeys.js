// Passkeys: a button asks the device, and its answer goes into the form. Without this script the button is not there.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-passkey]");
  if (!button) return;
  event.preventDefault();
  const form = button.form;
  const told = document.getElementById(button.dataset.told);
  told.hidden = true;
  if (!button.formNoValidate && !form.reportValidity()) return;
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.passkey, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const options = await answer.json();
    const credential = button.dataset.makes
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    form.elements.credential.value = JSON.stringify(credential);
    // Sent by the button, so that its decision goes along; a disabled one says nothing.
    button.disabled = false;
    form.requestSubmit(button);
  } catch (error) {
    told.hidden = false;
    button.disabled = false;
  }
});
