// Turns each `.circles-chart` into a live chart with the Vega that lies beside this script, and the scorecard's lists
// into filters. The picture inside a chart stays where scripts are off or a chart fails.
(function () {
  "use strict";

  const VEGA = new URL("vega.js", document.currentScript.src).href;
  const WIDE = 560;
  const STEP = 20; // pixels of width: less is no reason to draw again
  const LEAST = 0.75; // how much smaller and larger than designed a panel may be
  const MOST = 1.4;
  const NARROW = 120; // and smaller still, down to so many pixels, where that keeps a row together
  const drawn = new Map();
  let vega; // asked for once, by the first chart
  let queue = Promise.resolve(); // one chart after the other

  // "auto" until the theme's own script has run, which is after the first charts.
  function theme() {
    const { theme } = document.documentElement.dataset;
    const dark = theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
    return dark ? "dark" : "light";
  }

  // The look that a chart should have now, and by which it is known whether it must be drawn again.
  function look(chart) {
    return { name: theme(), width: STEP * Math.floor(chart.clientWidth / STEP) };
  }

  function key({ name, width }) {
    return `${name} ${width}`;
  }

  // The widths of the panels inside a specification, and the panels themselves with theirs and their square heights
  // times a factor. Panels that stand below each other count as one, as wide as the widest.
  function widths(view) {
    if (view.vconcat) return [Math.max(...view.vconcat.flatMap(widths))];
    const inner = view.concat ?? (view.spec ? [view.spec] : []);
    return inner.length ? inner.flatMap(widths) : [view.width].filter(Number.isFinite);
  }

  function stretched(view, factor) {
    for (const inside of ["concat", "vconcat"]) {
      if (view[inside]) return { ...view, [inside]: view[inside].map((inner) => stretched(inner, factor)) };
    }
    if (view.spec) return { ...view, spec: stretched(view.spec, factor) };
    if (view.layer?.some((inner) => inner.mark?.type === "image")) {
      const panel = { width: Math.round(view.width * factor), height: Math.round(view.height * factor) };
      const layer = view.layer.map((one) => (one.mark?.type === "image" ? { ...one, mark: { ...one.mark, ...panel } } : one));
      return { ...view, ...panel, layer };
    }
    if (!Number.isFinite(view.width)) return view;
    const image = view.mark?.type === "image";
    const long = (size) => Math.round(size * factor);
    const height = image || view.height === view.width ? long(view.height) : view.height;
    const mark = image ? { mark: { ...view.mark, width: long(view.mark.width), height: long(view.mark.height) } } : {};
    return { ...view, ...mark, width: long(view.width), height };
  }

  // A chart brings both themes' configs, the number of columns that a wide page has room for, and what stands beside
  // a panel: the panels then fill the page as far as they may. `fit` says how many columns to try, and how many pixels
  // a try was too wide.
  function dressed(spec, { name, width }, { columns, excess }) {
    const fitted = stretched(spec, Math.min(Math.max(scale(spec, width, columns, excess), least(spec)), MOST));
    return { ...fitted, ...("columns" in spec ? { columns } : {}), config: spec.usermeta?.[name] };
  }

  function scale(spec, width, columns, excess) {
    // A facet has one panel in its specification, drawn once a value.
    const panels = spec.facet ? Array(columns).fill(widths(spec)[0]) : widths(spec).slice(0, columns);
    const room = width - columns * (spec.usermeta?.margin ?? 70) - excess;
    return panels.length ? room / (columns === 1 ? Math.max(...widths(spec)) : sum(panels)) : 1;
  }

  // As many columns as make rows of one length, as far as that goes: 2 and 2 rather than 3 and 1.
  function even(spec, columns) {
    const panels = spec.concat?.length ?? spec.facet?.sort?.length;
    return panels ? Math.ceil(panels / Math.ceil(panels / columns)) : columns;
  }

  function least(spec) {
    return Math.min(LEAST, NARROW / Math.max(...widths(spec), NARROW));
  }

  // The first try: as many columns as fit by what is known before anything is drawn.
  function first(spec, { width }) {
    let columns = width >= WIDE && "columns" in spec ? spec.usermeta.columns : 1;
    while (columns > 1 && scale(spec, width, columns, 0) < least(spec)) columns -= 1;
    return { columns: even(spec, columns), excess: 0 };
  }

  // The next, when a drawing came out `over` pixels too wide: smaller panels, or a column less where these are as small
  // as may be or made it no narrower (a legend has a width of its own); null when neither can be.
  function narrower(spec, { width }, { columns, excess, before = Infinity }, over) {
    const smaller = { columns, excess: excess + over, before: over };
    if (over < 0.7 * before && scale(spec, width, columns, smaller.excess) >= least(spec)) return smaller;
    return columns > 1 ? { columns: even(spec, columns - 1), excess: 0 } : null;
  }

  // Draws in `mount`, within `chart`, until it fits.
  async function embedded(embed, chart, mount, spec, wanted, options) {
    for (let fit = first(spec, wanted); ; ) {
      const { view } = await embed(mount, dressed(spec, wanted, fit), options);
      const over = Math.ceil(mount.querySelector("svg, canvas").getBoundingClientRect().width - chart.clientWidth);
      const next = over > 0 ? narrower(spec, wanted, fit, over) : null;
      if (!next) return view;
      view.finalize();
      mount.replaceChildren();
      fit = next;
    }
  }

  function sum(numbers) {
    return numbers.reduce((total, number) => total + number, 0);
  }

  function loadVega() {
    vega ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = VEGA;
      script.onload = () => resolve(window.vegaEmbed);
      script.onerror = () => reject(new Error(`cannot load ${VEGA}`));
      document.head.append(script);
    });
    return vega;
  }

  function specOf(chart) {
    const figure = chart.closest(".circles-figure") || chart;
    return JSON.parse(figure.querySelector("script.circles-spec").textContent);
  }

  // Where the reader left the sliders, so that a change of theme does not lose the place.
  function positions(spec, view) {
    const bound = (spec.params || []).filter((param) => param.bind instanceof Object);
    return bound.map(({ name }) => [name, view.signal(name)]);
  }

  // Moves a chart's controls in front of it, where they stay in sight while the reader scrolls through the figure.
  // A browser that goes back would set them as they were left, and not the chart: it is told to leave them alone.
  function above(chart, mount) {
    const controls = mount.querySelector(".vega-bindings");
    if (!controls) return null;
    controls.classList.add("circles-controls");
    controls.autocomplete = "off";
    for (const input of controls.querySelectorAll("input, select")) input.autocomplete = "off";
    chart.before(controls);
    return controls;
  }

  // A slider over recorded epochs says the one that is drawn, not where between two of them it stands.
  function naming(spec, view, controls) {
    const slider = controls?.querySelector("input[type=range][name=at]");
    if (!slider || !spec.params.some(({ name }) => name === "epoch")) return;
    const say = () => {
      const epoch = view.signal("epoch").toLocaleString("en");
      slider.nextElementSibling.textContent = epoch;
      slider.setAttribute("aria-valuetext", `epoch ${epoch}`);
    };
    slider.addEventListener("input", () => view.runAsync().then(say)); // Vega writes where it stands, and only then draws
    say();
  }

  // Where a browser has set them all the same, the chart follows.
  function follow() {
    for (const { controls } of drawn.values())
      for (const input of controls?.querySelectorAll("input:not([type=radio]), input:checked, select") ?? [])
        input.dispatchEvent(new Event(input.type === "range" ? "input" : "change", { bubbles: true }));
  }

  async function draw(embed, chart) {
    const wanted = look(chart);
    if (chart.dataset.drawn === key(wanted)) return;
    const spec = specOf(chart);
    const before = drawn.get(chart);
    const mount = document.createElement("div");
    mount.className = "circles-live";
    chart.append(mount);
    try {
      const { renderer = "svg" } = spec.usermeta?.embedOptions ?? {};
      const options = { renderer, actions: false, mode: "vega-lite", tooltip: { theme: wanted.name } };
      const view = await embedded(embed, chart, mount, spec, wanted, options);
      if (before) {
        for (const [signal, value] of positions(spec, before.view)) view.signal(signal, value);
        await view.runAsync();
        before.view.finalize();
        before.mount.remove();
        before.controls?.remove();
      }
      const controls = above(chart, mount);
      naming(spec, view, controls);
      drawn.set(chart, { view, mount, controls });
      // a picture that computes goes on from here: see living.js
      chart.dispatchEvent(new CustomEvent("circles:drawn", { bubbles: true, detail: { view, spec, look: wanted.name } }));
      chart.querySelector(".circles-fallback")?.remove();
      // the chart has one description, its own; the parts of the drawing would be read one by one
      for (const drawing of mount.querySelectorAll("svg")) drawing.setAttribute("aria-hidden", "true");
      if (chart.scrollWidth > chart.clientWidth) chart.tabIndex = 0;
      else chart.removeAttribute("tabindex");
      chart.dataset.drawn = key(wanted);
    } catch (error) {
      mount.remove();
      chart.dataset.failed = error.message;
      console.error("chart not drawn:", error);
    }
  }

  // The first chart is drawn while the rest of the page still comes in: its caption is there when it is whole.
  function startEarly() {
    const watch = new MutationObserver(async () => {
      const chart = document.querySelector(".circles-figure:has(> figcaption) .circles-chart");
      if (!chart) return;
      watch.disconnect();
      const embed = await loadVega().catch(() => null); // `start` says so
      if (embed) queue = queue.then(() => draw(embed, chart));
    });
    watch.observe(document.documentElement, { childList: true, subtree: true });
  }

  async function start() {
    const charts = [...document.querySelectorAll(".circles-chart")];
    if (charts.length === 0) return;
    const embed = await loadVega();
    const drawAll = () => {
      queue = charts.reduce((last, chart) => last.then(() => draw(embed, chart)), queue);
    };
    drawAll();
    new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-theme"] });
    window.addEventListener("resize", drawAll);
    window.addEventListener("pageshow", follow);
  }

  // The scorecard's lists: a row stays when it has what was chosen; its group and table stay when a row does.
  // The choice is kept in the address, so that a filtered scorecard can be linked to.
  function filter(form) {
    const box = form.closest(".circles-scorecards");
    const rows = [...box.querySelectorAll("tbody tr[data-verdict]")];
    const lists = [...form.querySelectorAll("select")];
    const apply = () => {
      const wanted = lists.filter((list) => list.value);
      for (const row of rows) row.hidden = wanted.some((list) => row.dataset[list.name] !== list.value);
      for (const group of box.querySelectorAll("tbody")) group.hidden = !group.querySelector("tr[data-verdict]:not([hidden])");
      for (const table of box.querySelectorAll("table")) table.hidden = !table.querySelector("tbody:not([hidden])");
      const shown = rows.filter((row) => !row.hidden).length;
      form.querySelector("output").textContent = `${shown} of ${rows.length} claims`;
    };
    const asked = new URLSearchParams(location.search);
    for (const list of lists) if (asked.has(list.name)) list.value = asked.get(list.name);
    form.addEventListener("change", () => {
      const chosen = new URLSearchParams(lists.filter((list) => list.value).map((list) => [list.name, list.value]));
      // A page opened from disk may not be allowed to change its address; it filters all the same.
      try { history.replaceState(null, "", chosen.size ? `?${chosen}` : location.pathname); } catch { /* stays */ }
      apply();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    apply();
  }

  // The theme gives some controls a name that is not what they show, or none: who speaks to the page or listens to it
  // needs both to be the same.
  function name() {
    for (const control of document.querySelectorAll(".search-button-field[aria-label], details.hide summary[aria-label]"))
      control.removeAttribute("aria-label");
    for (const summary of document.querySelectorAll("nav summary:not([aria-label])")) {
      const chapter = summary.closest("li")?.querySelector("a")?.textContent.trim() ?? "";
      summary.setAttribute("aria-label", `Sections of ${chapter}`);
    }
    for (const button of document.querySelectorAll(".theme-switch-button[aria-label]")) button.removeAttribute("aria-label");
  }

  // A table that is wider than its place scrolls in it, also by the keys of who reaches it without a pointer.
  function reach() {
    for (const table of document.querySelectorAll(".circles-table"))
      if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
      else table.removeAttribute("tabindex");
  }

  function begin() {
    name();
    reach();
    window.addEventListener("resize", reach);
    document.querySelectorAll(".circles-filter").forEach(filter);
  }

  if (document.readyState === "loading") {
    startEarly();
    // All of the page is there when this changes; the formulas' script, which takes long, comes after it.
    document.addEventListener("readystatechange", start, { once: true });
    document.addEventListener("DOMContentLoaded", begin);
  } else {
    start();
    begin();
  }
})();
