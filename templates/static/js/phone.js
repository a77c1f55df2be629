// The keys of the simulated phone write into its line; without this file a key sends its digit at once.
"use strict";
(() => {
  const phone = document.querySelector("[data-phone]");
  if (!phone) return;
  const line = phone.querySelector("[data-write]");
  const changed = () => line.dispatchEvent(new Event("input", { bubbles: true }));

  phone.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (!key) return;
    event.preventDefault();
    line.value += key.value;
    changed();
    line.focus();
  });
  phone.addEventListener("reset", () => setTimeout(changed));

  const toEnd = () => { const thread = phone.querySelector("[data-thread]"); if (thread) thread.scrollTop = thread.scrollHeight; };
  phone.addEventListener("htmx:afterSwap", toEnd);
  toEnd();

  const faults = document.querySelector("[data-faults]");
  if (faults) {
    faults.querySelector("[data-without-script]").hidden = true;
    faults.addEventListener("change", () => faults.requestSubmit());
  }
})();
