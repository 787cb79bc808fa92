// Shows what is typed into the password fields of a form, and copies links.
"use strict";

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.matches("[data-reveals]")) return;
  const fields = box.form.querySelectorAll("[type=password], [data-revealed]");
  fields.forEach((field) => {
    field.type = box.checked ? "text" : "password";
    field.toggleAttribute("data-revealed", box.checked);
  });
});
// A revealed password is sent from a password field: no browser offers it again as text.
document.addEventListener("submit", (event) => {
  event.target.querySelectorAll("[data-revealed]").forEach((field) => { field.type = "password"; });
});
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  await navigator.clipboard.writeText(field.value);
  button.textContent = button.dataset.done;
});
