// At the pole: the camera reads the label where the browser can, and the telephone's own position is filled in.
// Without either, the fields can be typed into.
"use strict";

const LABEL = /^(?:https?:\/\/[^\s#]{1,200}#)?loa:([a-z0-9-]{1,40}):([0-9A-Za-z-]{16,23})$/;
const LOOK_MS = 200;
const DECIMALS = 6;

function fill(text) {
  const found = LABEL.exec(text.trim());
  if (!found) return false;
  // To find a box its serial is enough: the code on its label is not read.
  const label = document.querySelector("[data-label]");
  if (label) {
    label.value = found[1];
    label.form.requestSubmit();
    return true;
  }
  document.getElementById("serial").value = found[1];
  document.getElementById("code").value = found[2];
  return true;
}

async function scan(place) {
  const video = place.querySelector("video");
  const told = place.querySelector("[data-scan-told]");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch {
    told.textContent = place.dataset.none;
    return;
  }
  const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
  video.srcObject = stream;
  video.hidden = false;
  await video.play();
  const look = async () => {
    const found = await detector.detect(video).catch(() => []);
    if (!found.some((each) => fill(each.rawValue))) {
      setTimeout(look, LOOK_MS);
      return;
    }
    for (const track of stream.getTracks()) track.stop();
    video.hidden = true;
    document.getElementById("area")?.focus();
  };
  look();
}

function locate(place) {
  const told = place.querySelector("[role=status]");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      document.getElementById("lat").value = coords.latitude.toFixed(DECIMALS);
      document.getElementById("lon").value = coords.longitude.toFixed(DECIMALS);
      told.textContent = `± ${Math.round(coords.accuracy)} m`;
    },
    () => { told.textContent = place.dataset.none; },
    { enableHighAccuracy: true, timeout: 20_000 },
  );
}

// A label opened by the telephone's own camera: its text stands behind the address of the claim page, and leaves it.
function readAddress() {
  if (!document.getElementById("code") || !fill(decodeURIComponent(location.hash.slice(1)))) return;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("area")?.focus();
}

document.addEventListener("DOMContentLoaded", () => {
  readAddress();
  document.querySelector("[data-print]")?.addEventListener("click", () => window.print());
  const scanner = document.querySelector("[data-scan]");
  scanner?.querySelector("[data-scan-start]").addEventListener("click", () => scan(scanner));
  const locator = document.querySelector("[data-locate]");
  locator?.querySelector("button").addEventListener("click", () => locate(locator));
});
