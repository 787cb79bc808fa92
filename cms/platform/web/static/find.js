// The search over any page (_find.html): Ctrl-K or ⌘K, or its link. What it finds comes from the page of the search.
"use strict";

{
  const REST_MS = 150;
  const link = document.querySelector("[data-find]");
  let dialog = null;
  let timer = 0;
  let question = new AbortController();

  async function ask(words) {
    question.abort();
    question = new AbortController();
    const found = dialog.querySelector("[data-found]");
    try {
      const answer = await fetch(`${link.href}?${new URLSearchParams({ q: words })}`, { signal: question.signal });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      found.replaceChildren(...page.getElementById("found").childNodes);
    } catch (error) {
      // Enter still sends the form to the page of the search, which says what is wrong.
      if (error.name !== "AbortError") found.replaceChildren();
    }
  }

  function make() {
    dialog = document.getElementById("find").content.firstElementChild.cloneNode(true);
    document.body.append(dialog);
    const field = dialog.querySelector("input");
    const hits = () => [...dialog.querySelectorAll("[data-found] a")];
    field.addEventListener("input", (event) => {
      // What is typed here is no work that could be lost.
      event.stopPropagation();
      window.clearTimeout(timer);
      timer = window.setTimeout(() => ask(field.value), REST_MS);
    });
    dialog.addEventListener("keydown", (event) => {
      const all = [field, ...hits()];
      const at = all.indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step && at >= 0) {
        event.preventDefault();
        all[(at + step + all.length) % all.length].focus();
      } else if (event.key === "Enter" && event.target === field && all[1]) {
        event.preventDefault();
        all[1].click();
      }
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }

  function open() {
    const own = document.querySelector("main [role=search] #q");
    if (own) { own.focus(); return; }
    if (!dialog) make();
    if (!dialog.open) dialog.showModal();
    dialog.querySelector("input").select();
  }

  if (link) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      open();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
      event.preventDefault();
      open();
    });
  }
}
