// Light or dark before the first paint. Runs in the head, so that the page never flashes the wrong theme.
"use strict";
(() => {
  const page = document.documentElement;
  const wish = page.dataset.bsTheme;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const kept = () => {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // Storage may be forbidden: then the system decides.
    }
  };
  const apply = () => {
    const chosen = kept() || (wish === "auto" ? "" : wish);
    page.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  };

  page.dataset.js = "";
  apply();
  dark.addEventListener("change", apply);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-switch]")) return;
    const next = page.dataset.bsTheme === "dark" ? "light" : "dark";
    page.dataset.bsTheme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // It holds for this page only.
    }
  });
})();
