// The map in the browser: the same land, people and places as the picture the server drew, to move about in.
// Without this script the picture stays. Nothing is fetched from elsewhere: no tiles.
(() => {
  "use strict";
  const box = document.querySelector("[data-map]");
  if (!box || !window.L) return;
  const facts = box.dataset;
  const kinds = document.querySelector("[data-map-kinds]");
  const svgIcon = (html, name, size) => L.divIcon({ html, className: name, iconSize: [size, size] });

  function ringIcon(count) {
    const radius = Math.min(11 + 1.1 * Math.sqrt(count), 26);
    const size = 2 * radius + 4;
    const middle = size / 2;
    return svgIcon(
      `<svg width="${size}" height="${size}" aria-hidden="true"><circle class="ring-place" cx="${middle}" cy="${middle}" r="${radius}"/>` +
        `<text class="ring-place-count" x="${middle}" y="${middle + 4}">${count}</text></svg>`,
      "map-ring",
      size,
    );
  }

  const signIcon = (path) =>
    svgIcon(
      `<svg width="22" height="22" aria-hidden="true"><g transform="translate(11 11)"><rect class="map-sign" x="-9" y="-9" width="18" height="18" rx="3"/><path class="map-sign__mark" d="${path}"/></g></svg>`,
      "map-plate",
      22,
    );

  function words(tag, text, name) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (name) made.className = name;
    return made;
  }

  // People close together become one ring at the biggest one's place; moving in takes them apart again.
  function gathered(map, people) {
    const done = [];
    for (const one of people) {
      const at = map.latLngToContainerPoint([one.lat, one.lon]);
      const near = done.find((other) => other.at.distanceTo(at) < 40);
      if (near) {
        near.count += one.count;
        near.names.push(one.name);
      } else {
        done.push({ at, lat: one.lat, lon: one.lon, count: one.count, names: [one.name], entry: one.entry });
      }
    }
    return done;
  }

  function openEntry(id) {
    const entry = document.getElementById(id);
    if (!entry) return;
    const details = entry.querySelector("details");
    if (details) details.open = true;
    entry.scrollIntoView({ block: "nearest" });
    const summary = entry.querySelector("summary");
    if (summary) summary.focus({ preventScroll: true });
  }

  function drawPeople(map, layer, people) {
    layer.clearLayers();
    for (const one of gathered(map, people)) {
      const names = one.names.length > 2 ? `${one.names[0]} +${one.names.length - 1}` : one.names.join(", ");
      const marker = L.marker([one.lat, one.lon], { icon: ringIcon(one.count), title: `${one.count} ${facts.peopleWord}: ${one.names.join(", ")}`, alt: `${one.count} ${facts.peopleWord}: ${names}`, riseOnHover: true, zIndexOffset: 1000 });
      marker.bindTooltip(words("span", names), { permanent: true, direction: "bottom", offset: [0, 8], className: "map-label" });
      marker.on("click", () => openEntry(one.entry));
      layer.addLayer(marker);
    }
  }

  function placeCard(place) {
    const card = document.createElement("div");
    const link = words("a", place.name);
    link.href = place.url;
    card.append(link);
    if (place.phone) card.append(document.createElement("br"), words("bdi", place.phone, "digits"));
    return card;
  }

  function drawAround(map, layer, found, people) {
    layer.clearLayers();
    const taken = people.map((one) => map.latLngToContainerPoint([one.lat, one.lon]));
    for (const town of found.towns) {
      const at = map.latLngToContainerPoint([town.lat, town.lon]);
      if (taken.some((other) => Math.abs(other.x - at.x) < 80 && Math.abs(other.y - at.y) < 26)) continue;
      taken.push(at);
      const dot = L.circleMarker([town.lat, town.lon], { radius: 2.5, className: "map-town", interactive: false });
      dot.bindTooltip(words("span", town.name), { permanent: true, direction: "right", offset: [2, 0], className: "map-label map-label--town" });
      layer.addLayer(dot);
    }
    for (const place of found.places) {
      const marker = L.marker([place.lat, place.lon], { icon: signIcon(found.signs[place.kind]), title: place.name, alt: place.name });
      marker.bindPopup(placeCard(place));
      layer.addLayer(marker);
    }
  }

  function start(land) {
    const people = JSON.parse(facts.people);
    box.replaceChildren();
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", facts.label);
    const map = L.map(box, { minZoom: 2, maxZoom: 12, zoomSnap: 0.5, worldCopyJump: true, maxBoundsViscosity: 1, maxBounds: [[-86, -540], [86, 540]] });
    map.attributionControl.setPrefix(false).addAttribution(facts.credits);
    L.control.scale({ imperial: false }).addTo(map);
    L.geoJSON(land, { interactive: false, style: { className: "map-land", weight: 0.8 } }).addTo(map);
    const around = L.layerGroup().addTo(map);
    const rings = L.layerGroup().addTo(map);
    const [south, west, north, east] = facts.bounds ? facts.bounds.split(",").map(Number) : [-35, -20, 60, 140];
    let asked = 0;
    async function look() {
      drawPeople(map, rings, people);
      const window = map.getBounds();
      const query = new URLSearchParams(kinds ? new FormData(kinds) : []);
      query.set("bounds", [window.getSouth(), window.getWest(), window.getNorth(), window.getEast()].map((n) => n.toFixed(3)).join(","));
      const mine = ++asked;
      const answer = await fetch(`${facts.features}?${query}`, { headers: { Accept: "application/json" } });
      if (answer.ok && mine === asked) drawAround(map, around, await answer.json(), people);
    }
    let wait = 0;
    map.on("moveend", () => {
      clearTimeout(wait);
      wait = setTimeout(look, 120);
    });
    map.fitBounds([[south, west], [north, east]], { padding: [40, 40], animate: false });
    if (kinds) {
      kinds.querySelector("[data-map-submit]").hidden = true;
      kinds.addEventListener("change", () => {
        history.replaceState(null, "", `?${new URLSearchParams(new FormData(kinds))}`);
        look();
      });
    }
    box.dataset.ready = "yes";
  }

  fetch(facts.outlines)
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)))
    .then(start)
    .catch(() => {}); // The picture stays.
})();
