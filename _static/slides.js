// Slides from the page itself: `?slides` at the end of a chapter's address shows it a part at a time, with its figures as
// they are, also from disk. A heading begins a slide with its first words, a figure or a card of headlines has one of its own;
// what else is said, code and single claims are the notes. A cell's tag `skip-slide` leaves it out, `slide` gives it a
// slide of its own, whatever it shows.
(function () {
  "use strict";

  const STORY = /\/0\d_(?!exercises)\w+\.html$/;
  const OWN = ".circles-figure, .circles-living, .circles-net, .circles-headlines, .circles-ending, figure";
  const SWIPE = 60; // pixels
  const WORDS = 60; // of prose on a slide that a heading begins
  if (!STORY.test(location.pathname)) return;
  const root = document.documentElement;

  // All that stands in the chapter, heading or not, in its order, with the headings above it.
  function blocks(section, above = []) {
    const title = section.querySelector(":scope > h1, :scope > h2, :scope > h3, :scope > h4");
    const path = title ? [...above, title] : above;
    return [...section.children].flatMap((node) =>
      node.matches("section") ? blocks(node, path) : node.matches("span, script") ? [] : [{ node, title, path }]);
  }

  function words(node) {
    return node.textContent.trim().split(/\s+/).length;
  }

  function cut(article) {
    const slides = [];
    const begin = (title, nodes) => slides.push({ title, nodes: [...nodes], notes: [], words: 0 });
    for (const { node, title } of blocks(article.querySelector("section"))) {
      const last = slides.at(-1);
      if (node === title || !last) begin(title, [node]);
      else if (node.matches(".tag_setup, .tag_skip-slide, .circles-reading")) continue;
      else if (node.matches(`.tag_slide, ${OWN}`) || node.querySelector(OWN)) begin(title, [title, node]);
      else if (node.matches(".cell")) last.notes.push(node);
      else if (node.matches("blockquote, .math, .amsmath") || last.words + words(node) <= WORDS) {
        last.nodes.push(node);
        last.words += words(node);
      } else last.notes.push(node);
    }
    return slides;
  }

  function button(text, label, click) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", click);
    return made;
  }

  function present(article) {
    const slides = cut(article);
    const all = blocks(article.querySelector("section")).map(({ node }) => node);
    const asked = Number(new URLSearchParams(location.search).get("slides"));
    let at = 0;
    let notes = false;

    const bar = document.createElement("nav");
    bar.className = "circles-slidebar";
    bar.setAttribute("aria-label", "Slides");
    const place = document.createElement("span");
    place.setAttribute("aria-live", "polite");
    const noted = button("Notes", "Show or hide what else the chapter says here", () => { notes = !notes; show(at); });
    bar.append(
      button("‹", "Slide before", () => show(at - 1)), place, button("›", "Next slide", () => show(at + 1)), noted,
      button("Page", "Back to the page", leave),
    );

    function show(wanted) {
      const moved = Math.min(Math.max(wanted, 0), slides.length - 1) !== at;
      at = Math.min(Math.max(wanted, 0), slides.length - 1);
      const slide = slides[at];
      root.dataset.circlesCode = notes ? "shown" : "folded"; // for these slides only: see reading.js
      const seen = new Set([...slide.nodes, ...(notes ? slide.notes : [])]);
      for (const node of all) node.classList.toggle("circles-off", !seen.has(node));
      place.textContent = `${at + 1} / ${slides.length}`;
      noted.setAttribute("aria-pressed", String(notes));
      noted.disabled = slide.notes.length === 0;
      if (moved) scrollTo(0, 0);
      // a page opened from disk may not be allowed to change its address
      try { history.replaceState(null, "", `?slides=${at + 1}`); } catch { /* stays */ }
    }

    function leave() {
      location.assign(location.pathname);
    }

    document.addEventListener("keydown", (event) => {
      if (event.target.closest?.("input, select, textarea, [role=slider]") || event.ctrlKey || event.metaKey || event.altKey) return;
      const press = event.target.closest?.("button, a, summary") && event.key === " ";
      const to = { ArrowRight: at + 1, PageDown: at + 1, " ": at + 1, ArrowLeft: at - 1, PageUp: at - 1, Home: 0, End: slides.length - 1 };
      if (event.key in to && !press) {
        event.preventDefault();
        event.stopPropagation();
        show(to[event.key]);
      } else if (event.key === "n") noted.click();
      else if (event.key === "Escape") leave();
    }, true);

    let from = null;
    document.addEventListener("touchstart", (event) => {
      const free = event.touches.length === 1 && !event.target.closest("input, svg, canvas, .circles-chart, pre, table");
      from = free ? event.touches[0] : null;
    }, { passive: true });
    document.addEventListener("touchend", (event) => {
      if (!from) return;
      const across = event.changedTouches[0].clientX - from.clientX;
      const down = event.changedTouches[0].clientY - from.clientY;
      if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) show(at + (across < 0 ? 1 : -1));
    }, { passive: true });

    document.body.append(bar);
    show(Number.isInteger(asked) ? asked - 1 : 0);
  }

  // The way in, at the top of a chapter.
  function offer(article) {
    const link = document.createElement("a");
    link.className = "circles-as-slides";
    link.href = "?slides=1";
    link.textContent = "As slides";
    (article.querySelector(".circles-minutes") ?? article.querySelector("h1"))?.after(link);
  }

  if (new URLSearchParams(location.search).has("slides")) root.dataset.circlesSlides = "on";
  document.addEventListener("DOMContentLoaded", () => {
    const article = document.querySelector("article");
    if (!article?.querySelector("section")) return;
    if (root.dataset.circlesSlides) present(article);
    else offer(article);
  });
})();
