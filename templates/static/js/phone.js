// The keys of the simulated phone write into its line; without this file a key sends its digit at once.
"use strict";
(() => {
  const phone = document.querySelector("[data-phone]");
  if (!phone) return;
  const line = phone.querySelector("[data-write]");
  const changed = () => line.dispatchEvent(new Event("input", { bubbles: true }));

  phone.addEventListener("click", (event) => {
    const call = phone.querySelector("[data-call]");
    // While a call is on the line the two round keys and the pad belong to it: a digit leaves at once.
    const round = event.target.closest("[data-takes], [data-ends]");
    if (call && round) {
      event.preventDefault();
      call.querySelector(round.hasAttribute("data-takes") ? ".takes" : ".ends")?.click();
      return;
    }
    const key = event.target.closest("[data-key]");
    if (!key || call) return;
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
