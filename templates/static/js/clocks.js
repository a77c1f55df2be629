// Keeps the clocks of the top bar right: host and home, each in its own zone. Counts down where something leaves by itself.
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

  // The seconds that the server wrote are what is counted from: this machine's clock may be wrong.
  function count() {
    for (const face of document.querySelectorAll("[data-until]")) {
      if (!face.dataset.ends) face.dataset.ends = Date.now() + Number(face.textContent) * 1000;
      const left = Math.max(0, Math.round((Number(face.dataset.ends) - Date.now()) / 1000));
      face.textContent = left || face.dataset.over;
    }
  }
  setInterval(count, 1000);
})();
