// Writing to many: the button waits until the right count is typed; ticking people is kept at once; nothing is sent twice.
"use strict";
(() => {
  const send = document.querySelector("form[data-send]");
  if (send) {
    const count = send.querySelector("[data-count]");
    const button = send.querySelector("button[type=submit]");
    const right = () => count.value.trim() === count.dataset.count;
    const show = () => button.classList.toggle("btn--waits", !right());
    count.addEventListener("input", show);
    send.addEventListener("submit", (event) => {
      if (send.dataset.sent) {
        event.preventDefault();
        return;
      }
      send.dataset.sent = "yes";
      button.setAttribute("aria-disabled", "true");
    });
    show();
  }
  const people = document.querySelector("form[data-people]");
  people?.addEventListener("change", (event) => {
    if (event.target.name === "place") people.requestSubmit();
  });
})();
