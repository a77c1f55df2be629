// "/" goes to the search; arrows move through tables marked data-rows, Enter opens the row's link; Escape closes menus.
"use strict";
(() => {
  const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;
  const rowLink = (row) => row.querySelector("a[href]");

  function move(step) {
    const current = document.activeElement.closest("tr");
    const table = current?.closest("[data-rows]") ?? document.querySelector("[data-rows]");
    if (!table) return false;
    const rows = [...table.querySelectorAll("tbody tr")].filter(rowLink);
    const at = rows.indexOf(current);
    const next = rows[at === -1 ? (step > 0 ? 0 : rows.length - 1) : at + step];
    if (!next) return at !== -1;
    rowLink(next).focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      document.querySelectorAll("details.menu[open], details.info[open]").forEach((menu) => {
        menu.open = false;
        menu.querySelector("summary").focus();
      });
      return;
    }
    if (typing(event.target)) return;
    const search = document.querySelector("[data-search]");
    if (event.key === "/" && search) {
      event.preventDefault();
      search.focus();
      search.select();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && move(step)) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.menu[open], details.info[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });
})();
