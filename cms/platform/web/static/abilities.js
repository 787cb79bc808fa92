// Runs before the first paint: a part that only some browsers can serve has its place at once, or never, and nothing shifts.
"use strict";

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
