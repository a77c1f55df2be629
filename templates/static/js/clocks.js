// Keeps the clocks of the top bar right: host and home, each in its own zone.
"use strict";
(() => {
  function tick() {
    const now = new Date();
    for (const clock of document.querySelectorAll(".clock[data-zone]")) {
      const face = clock.querySelector("time");
      try {
        face.textContent = now.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: clock.dataset.zone });
      } catch {
        // A zone this browser has never heard of keeps the server's time.
      }
    }
    setTimeout(tick, 60_000 - (Date.now() % 60_000));
  }
  // The first moment belongs to the server's words: its clock may be set for a demonstration or a test.
  setTimeout(tick, 60_000 - (Date.now() % 60_000));
})();
