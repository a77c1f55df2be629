// The live board. Nothing moves under the pointer: while it is over the list, or a key holds the focus there, the list waits
// and says how many answers have come. Figures, bar and map go on. Calls and marks open in a dialog.
"use strict";
(() => {
  const rows = () => document.getElementById("rows");
  const dialog = document.getElementById("dialog");
  let over = false;
  let states = new Map();

  const remember = () => {
    states = new Map([...document.querySelectorAll("#rows tr[data-state]")].map((row) => [row.id, row.dataset.state]));
  };
  const held = () => over || dialog?.open || rows()?.querySelector(":focus-visible") !== null;
  const missed = () => {
    const sum = document.getElementById("sum");
    return sum && rows() ? Number(sum.dataset.heard) - Number(rows().dataset.heard) : 0;
  };

  function say() {
    const button = rows()?.querySelector("[data-fresh]");
    if (!button) return;
    button.hidden = !(held() && missed() > 0);
    if (!button.hidden) button.textContent = missed() === 1 ? button.dataset.one : button.dataset.many.replace("{count}", missed());
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return; // A finger leaves no pointer behind.
    over = event.target.closest?.("#rows") !== null;
    say();
  });
  document.documentElement.addEventListener("pointerleave", () => { over = false; });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const asked = event.detail.requestConfig?.triggeringEvent?.type;
    if (event.target.id === "rows" && held() && asked !== "show-new" && asked !== "board-changed") event.preventDefault();
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "rows") return;
    remember();
  });
  document.addEventListener("htmx:afterSwap", () => {
    document.querySelectorAll("#rows tr[data-state]").forEach((row) => {
      if (states.size && states.get(row.id) !== row.dataset.state) {
        row.classList.add("row--new");
        setTimeout(() => row.classList.remove("row--new"), 4000);
      }
    });
    remember();
    say();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-fresh]")) {
      document.activeElement?.blur();
      htmx.trigger(rows(), "show-new");
    }
    if (event.target.closest("[data-print]")) window.print();
    const close = event.target.closest("[data-dialog-close]");
    if (close && dialog?.open) {
      event.preventDefault();
      dialog.close();
    }
    const opens = event.target.closest("a[data-dialog]");
    if (opens && dialog && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      htmx.ajax("GET", opens.href, { target: "#dialog", swap: "innerHTML" }).then(() => {
        if (!dialog.open) dialog.showModal();
        dialog.querySelector("input, a")?.focus();
      });
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("#dialog form[data-dialog-form]");
    if (!form) return;
    event.preventDefault();
    htmx.ajax("POST", form.action, { source: form, target: "#dialog", swap: "innerHTML", values: Object.fromEntries(new FormData(form)) });
  });
  document.addEventListener("board-changed", () => dialog?.open && dialog.close());

  document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });
  remember();
})();
