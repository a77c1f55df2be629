// Counts the characters and parts of a text while it is written: the same arithmetic as messaging/segments.py.
"use strict";
(() => {
  if (window.musterCounts) { window.musterCounts(); return; }  // A fragment may bring this file a second time.
  const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  const extension = "\f^{}\\[~]|€";

  function measure(text) {
    const signs = [...text];
    const plain = signs.every((sign) => basic.includes(sign) || extension.includes(sign));
    const width = (sign) => (plain ? (extension.includes(sign) ? 2 : 1) : sign.length);
    const units = signs.reduce((sum, sign) => sum + width(sign), 0);
    const [single, joined] = plain ? [160, 153] : [70, 67];
    if (units <= single) return { units, parts: text ? 1 : 0, limit: single };
    let parts = 1, used = 0;
    for (const sign of signs) {
      if (used + width(sign) > joined) { parts += 1; used = 0; }
      used += width(sign);
    }
    return { units, parts, limit: parts * joined };
  }

  function show(area) {
    const place = document.getElementById(area.dataset.count);
    if (!place) return;
    const { units, parts, limit } = measure((area.dataset.before || "") + area.value);
    const words = place.dataset.words || "{u} / {l}";
    place.textContent = (parts > 1 ? place.dataset.many || `${words} · {p}` : words).replace("{u}", units).replace("{l}", limit).replace("{p}", parts);
    place.classList.toggle("soon", parts > 1);
  }

  document.addEventListener("input", (event) => { if (event.target.matches("[data-count]")) show(event.target); });
  window.musterCounts = () => document.querySelectorAll("[data-count]").forEach(show);
  document.addEventListener("htmx:load", window.musterCounts);
  window.musterCounts();
})();
