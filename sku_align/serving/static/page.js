// What HTML alone cannot do: a facet searches at once, "/" goes to the field, an example fills the form.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("[data-focus]");
  if (event.key !== "/" || !field || event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  field.focus();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill]");
  if (!button) return;
  document.querySelector(button.dataset.fill).value = button.dataset.text;
  if (button.dataset.also) document.querySelector(button.dataset.also).value = button.dataset.alsoText;
});
