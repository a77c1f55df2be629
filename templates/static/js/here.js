// Where the phone is, when somebody presses for it: filled into the form, never sent by itself unless a share runs.
(() => {
  "use strict";
  if (!navigator.geolocation) return;
  const options = { enableHighAccuracy: true, timeout: 20000, maximumAge: 60000 };
  const fill = (form, at) => {
    form.elements.lat.value = at.coords.latitude.toFixed(6);
    form.elements.lon.value = at.coords.longitude.toFixed(6);
    form.elements.accuracy.value = Math.round(at.coords.accuracy);
  };
  for (const button of document.querySelectorAll(".here")) {
    button.hidden = button.form.hidden = false;
    button.addEventListener("click", () => {
      const words = button.textContent;
      button.disabled = true;
      button.textContent = "…";
      navigator.geolocation.getCurrentPosition((at) => {
        fill(button.form, at);
        button.textContent = words + " ✓";
        if (!("send" in button.dataset)) return;
        if (button.name) {
          const chosen = document.createElement("input");
          chosen.type = "hidden";
          chosen.name = button.name;
          chosen.value = button.value;
          button.form.append(chosen);
        }
        button.form.submit();
      }, () => {
        button.disabled = false;
        button.textContent = button.dataset.none;
      }, options);
    });
  }
  const share = document.querySelector("form[data-share]");
  if (!share) return;
  let last = 0;
  const watch = navigator.geolocation.watchPosition(async (at) => {
    if (Date.now() - last < 300000) return;
    last = Date.now();
    fill(share, at);
    const answer = await fetch(location.href, { method: "POST", body: new FormData(share) }).catch(() => null);
    if (answer && !answer.ok) navigator.geolocation.clearWatch(watch);
    if (!answer) last = 0;
  }, () => {}, options);
})();
