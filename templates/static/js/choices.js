// A select that is changed with the arrow keys passes through every choice: it counts when one leaves it or presses Enter.
"use strict";
let typing = false;
const choose = (select) => {
  delete select.dataset.open;
  select.dispatchEvent(new CustomEvent("chosen", { bubbles: true }));
};
document.addEventListener("keydown", (event) => {
  typing = true;
  if (event.key === "Enter" && event.target.matches("select[data-open]")) { event.preventDefault(); choose(event.target); }
}, true);
document.addEventListener("pointerdown", () => { typing = false; }, true);
document.addEventListener("change", (event) => {
  const of = event.target.form;
  if (!of || of.id !== "choices") return;
  if (typing && event.target.matches("select")) event.target.dataset.open = "";
  else choose(event.target);
});
document.addEventListener("focusout", (event) => { if (event.target.matches("select[data-open]")) choose(event.target); });
