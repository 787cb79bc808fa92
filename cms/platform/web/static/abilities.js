// Runs before the first paint, as the one script that is awaited.
"use strict";

// A part that only some browsers can serve has its place at once, or never, and nothing shifts.
{
  const abilities = {
    record: navigator.mediaDevices?.getUserMedia && window.MediaRecorder && window.AudioContext,
    scan: navigator.mediaDevices && "BarcodeDetector" in window,
    locate: "geolocation" in navigator,
    pick: "showPicker" in HTMLInputElement.prototype,
    copy: navigator.clipboard,
    reveal: true,
    passkey: window.PublicKeyCredential?.parseCreationOptionsFromJSON,
  };
  document.documentElement.dataset.can = Object.keys(abilities).filter((name) => abilities[name]).join(" ");
}

// Buttons that do what a script tells them may be pressed before it is here, which takes seconds on a slow network: such
// a press is kept, of each button one, and made when all scripts have run.
{
  const early = new Set();
  const keep = (event) => {
    const button = event.target.closest("button[type=button]");
    if (!button) return;
    event.stopImmediatePropagation();
    early.add(button);
  };
  document.addEventListener("click", keep, true);
  document.addEventListener("DOMContentLoaded", () => setTimeout(() => {
    document.removeEventListener("click", keep, true);
    for (const button of early) button.click();
  }));
}
