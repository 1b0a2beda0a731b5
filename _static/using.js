// What a lecturer does with a figure: the whole screen for it, and a file of it as it stands. Without this script the
// links lead to files that show it as it stands at first.
(function () {
  "use strict";

  const SCALE = 2; // pixels of a PNG for each of the page
  const views = new Map(); // by the chart's element

  document.addEventListener("circles:drawn", ({ target, detail }) => views.set(target, detail.view));

  // A file of a view in the colours of the page, on the page's ground.
  async function file(view, kind) {
    const before = view.background();
    view.background(getComputedStyle(document.body).backgroundColor);
    try {
      if (kind === "svg") return new Blob([await view.toSVG()], { type: "image/svg+xml" });
      const canvas = await view.toCanvas(SCALE);
      return await new Promise((done) => canvas.toBlob(done, "image/png"));
    } finally {
      view.background(before);
      await view.runAsync();
    }
  }

  async function save(event) {
    const link = event.target.closest?.("a.circles-save");
    const chart = link?.closest(".circles-figure")?.querySelector(".circles-chart");
    if (!chart || !views.has(chart)) return;
    event.preventDefault();
    const made = document.createElement("a");
    made.href = URL.createObjectURL(await file(views.get(chart), link.download.split(".").pop()));
    made.download = link.download;
    made.click();
    setTimeout(() => URL.revokeObjectURL(made.href), 10_000);
  }

  // Moves a figure into a dialog, which Escape closes, and back.
  function enlarge(figure, whole) {
    const place = document.createComment("a figure stands here");
    const dialog = document.createElement("dialog");
    dialog.className = "circles-full";
    dialog.setAttribute("aria-label", "A figure on the whole screen");
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => dialog.close());
    dialog.append(close);
    figure.before(place);
    dialog.append(figure);
    document.body.append(dialog);
    // The theme listens to Escape as well, and may keep it from the dialog.
    const escape = (event) => event.key === "Escape" && dialog.close();
    window.addEventListener("keydown", escape, true);
    const left = () => document.fullscreenElement ?? dialog.close();
    dialog.addEventListener("close", () => {
      document.removeEventListener("fullscreenchange", left);
      window.removeEventListener("keydown", escape, true);
      if (document.fullscreenElement) document.exitFullscreen();
      place.replaceWith(figure);
      dialog.remove();
      figure.scrollIntoView({ block: "nearest" });
      figure.querySelector(".circles-tools summary")?.focus();
    });
    dialog.showModal();
    close.focus();
    // Where the browser refuses its own full screen the dialog fills the window.
    if (whole) dialog.requestFullscreen?.().then(() => document.addEventListener("fullscreenchange", left), () => {});
  }

  function begin() {
    document.addEventListener("click", save);
    for (const button of document.querySelectorAll(".circles-enlarge")) {
      button.hidden = false;
      button.addEventListener("click", () => enlarge(button.closest(".circles-figure"), true));
    }
    const asked = new URLSearchParams(location.search).get("full");
    const figure = asked && document.getElementById(asked);
    if (figure?.matches(".circles-figure")) enlarge(figure, false);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
})();
