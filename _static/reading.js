// Reading or reading with code: on a chapter the code of a cell is folded until the reader asks for it, for one cell or
// for all. The choice for all is remembered. Without this script all code is shown.
(function () {
  "use strict";

  const KEY = "circles-code";
  const STORY = /\/(index|0\d_(?!exercises)\w+|two_layers|scorecard|not_replicated)\.html$|\/$/;
  if (!STORY.test(location.pathname)) return;
  const root = document.documentElement;

  // A page opened from disk may have no storage.
  function remembered() {
    try { return localStorage.getItem(KEY); } catch { return null; }
  }

  function remember(choice) {
    try { localStorage.setItem(KEY, choice); } catch { /* for this page only */ }
  }

  root.dataset.circlesCode = remembered() === "shown" ? "shown" : "folded";

  function foldable(cell) {
    return !cell.classList.contains("tag_teaches") && cell.querySelector(".cell_input");
  }

  // One small button a cell, named for what it does; a cell that prints nothing is only this button.
  function button(cell) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "circles-code-button";
    made.textContent = "code";
    made.setAttribute("aria-expanded", "false");
    made.addEventListener("click", () => {
      const open = cell.classList.toggle("circles-open");
      made.setAttribute("aria-expanded", String(open));
    });
    cell.classList.add("circles-folds");
    cell.classList.toggle("circles-silent", !cell.querySelector(".cell_output"));
    cell.prepend(made);
  }

  function choose() {
    const box = document.createElement("p");
    box.className = "circles-reading";
    const made = document.createElement("button");
    made.type = "button";
    const say = () => {
      made.textContent = root.dataset.circlesCode === "shown" ? "Fold the code" : "Show the code";
    };
    made.addEventListener("click", () => {
      root.dataset.circlesCode = root.dataset.circlesCode === "shown" ? "folded" : "shown";
      remember(root.dataset.circlesCode);
      say();
    });
    say();
    box.append(made);
    const title = document.querySelector("article h1");
    (document.querySelector("article .circles-minutes") ?? title)?.after(box);
  }

  function begin() {
    const cells = [...document.querySelectorAll("article .cell")].filter(foldable);
    if (!cells.length) return;
    cells.forEach(button);
    choose();
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin, { once: true });
  else begin();
})();
