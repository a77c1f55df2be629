// Drawing the danger area: click corner after corner, drag one to move it, undo, finish. The corners stand in the text field
// beside the map, one a line; whoever cannot use a pointer types there, and the map follows.
"use strict";
(() => {
  const box = document.getElementById("draw-map");
  const field = document.getElementById("corners");
  if (!box || !window.L || !field) return;
  const form = field.form;
  const country = form.elements.country;
  const name = form.elements.name;
  const tools = document.querySelector(".draw__tools");
  const words = tools.querySelector("[data-draw-words]");
  const map = L.map(box, { zoomControl: true, attributionControl: false, worldCopyJump: true, minZoom: 2, maxZoom: 13, zoomSnap: 0.25 });
  const layer = L.layerGroup().addTo(map);
  const shown = L.layerGroup().addTo(map);
  let land = null;
  let corners = [];
  let closed = false;

  const how = () => form.querySelector("input[name=how]:checked")?.value;
  const choose = (way) => {
    const radio = form.querySelector(`input[name=how][value=${way}]`);
    if (radio && !radio.checked) radio.checked = true;
    show();
  };
  const places = () => [...form.querySelectorAll("#site option")].map((one) => ({ lat: Number(one.dataset.lat), lon: Number(one.dataset.lon), name: one.textContent.trim() }));
  const write = () => { field.value = corners.map((one) => `${one.lat.toFixed(4)}, ${one.lng.toFixed(4)}`).join("\n"); };
  const read = () => {
    corners = field.value.split("\n").map((line) => line.trim().match(/^(-?\d+(?:\.\d+)?)[\s,;]+(-?\d+(?:\.\d+)?)$/)).filter(Boolean).map((found) => L.latLng(Number(found[1]), Number(found[2])));
    closed = corners.length > 2;
  };

  function corner(at, index) {
    const mark = L.marker(at, { draggable: true, keyboard: false, icon: L.divIcon({ className: "draw__corner", iconSize: [14, 14] }) });
    mark.on("drag", () => { corners[index] = mark.getLatLng(); write(); outline(); });
    mark.on("click", () => { if (index === 0 && corners.length > 2) finish(); });
    return mark;
  }
  let line = null;
  function outline() {
    if (line) layer.removeLayer(line);
    const style = { className: "map-danger", interactive: false };
    line = (closed || corners.length > 2 ? L.polygon(corners, style) : L.polyline(corners, style)).addTo(layer);
  }
  function draw() {
    layer.clearLayers();
    line = null;
    corners.forEach((at, index) => corner(at, index).addTo(layer));
    if (corners.length) outline();
    words.textContent = closed ? words.dataset.done : corners.length === 0 ? words.dataset.none : corners.length < 3 ? words.dataset.few : words.dataset.open;
  }
  function finish() { closed = corners.length > 2; draw(); }

  function show() {
    shown.clearLayers();
    const way = how();
    const drawing = way === "drawn";
    tools.hidden = !drawing;
    form.querySelectorAll("[data-way]").forEach((part) => { part.hidden = part.dataset.way !== way; });
    if (way === "country") {
      const one = land?.features.find((feature) => feature.id === country.value);
      if (one) L.geoJSON(one, { style: { className: "map-danger" }, interactive: false }).addTo(shown);
    }
    if (way === "circle" && form.elements.site) {
      const at = form.elements.site.selectedOptions[0];
      const km = Number(form.elements.km.value.replace(",", "."));
      if (at && km > 0) L.circle([Number(at.dataset.lat), Number(at.dataset.lon)], { radius: km * 1000, className: "map-danger", interactive: false }).addTo(shown);
    }
    if (drawing) draw(); else layer.clearLayers();
  }

  function look() {
    const one = land?.features.find((feature) => feature.id === country.value);
    if (one) map.fitBounds(L.geoJSON(one).getBounds(), { padding: [12, 12] });
  }

  const [south, west, north, east] = box.dataset.bounds.split(",").map(Number);
  map.fitBounds([[south, west], [north, east]]);
  fetch(box.dataset.outlines).then((answer) => answer.json()).then((found) => {
    land = found;
    const base = L.geoJSON(found, { style: { className: "map-land" }, interactive: false }).addTo(map);
    base.bringToBack();
    places().forEach((one) => L.circleMarker([one.lat, one.lon], { radius: 4, className: "map-dot" }).bindTooltip(one.name, { direction: "right" }).addTo(map));
    show();
  });
  L.control.scale({ imperial: false }).addTo(map);

  map.on("click", (event) => {
    if (how() !== "drawn") choose("drawn");
    if (closed) closed = false;
    corners.push(event.latlng);
    write();
    draw();
  });
  tools.addEventListener("click", (event) => {
    const act = event.target.closest("[data-draw]")?.dataset.draw;
    if (!act) return;
    if (act === "finish") return finish();
    if (act === "undo") corners.pop();
    if (act === "clear") corners = [];
    closed = false;
    write();
    draw();
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "how" || event.target.name === "site" || event.target.name === "km") show();
    if (event.target !== country || country.type === "hidden") return;
    const names = [...country.options].map((one) => one.dataset.name);
    if (name && (name.value === "" || names.includes(name.value))) name.value = country.selectedOptions[0].dataset.name;
    form.elements.named_for.value = country.value;
    look();
    show();
  });
  field.addEventListener("input", () => { read(); draw(); });
  read();
  show();
})();
