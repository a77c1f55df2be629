// "Print the list": the browser's own dialogue, with the print sheet.
"use strict";
document.querySelectorAll("[data-print]").forEach((button) => button.addEventListener("click", () => window.print()));
