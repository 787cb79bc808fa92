// Form of a public page, whose text unsaved.js keeps: nobody is signed in, so it only has to be known whether the server
// can be reached.
"use strict";

window.loaSession = {
  words: () => document.getElementById("kept-words").dataset,

  // Raises TypeError if the server cannot be reached, "TimeoutError" if it does not answer in time.
  async check(ms) {
    const answer = await fetch(window.location.pathname, { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(ms) });
    if (answer.status >= 500) throw new TypeError(String(answer.status));
    return "mine";
  },
};
