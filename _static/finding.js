// Sections that a search leads to, above the pages that it finds: by their headings and words, which `sections.js` has.
(function () {
  "use strict";

  const SECTIONS = new URL("sections.js", document.currentScript.src).href;
  const MOST = 12;
  const ROOM = 90; // letters on either side of what was found

  // How well a section answers: the whole question in its heading, in its words, then word by word; 0 if one is missing.
  function score([, , heading, words], asked, phrase) {
    const [head, text] = [heading.toLowerCase(), words.toLowerCase()];
    if (!asked.every((word) => head.includes(word) || text.includes(word))) return 0;
    const often = Math.min(asked.reduce((sum, word) => sum + text.split(word).length - 1, 0), 20);
    const all = text.split(phrase).length - 1;
    return 1 + often / 10 + (head.includes(phrase) ? 20 : 0) + Math.min(3 * all, 12) + 3 * asked.filter((word) => head.includes(word)).length;
  }

  function excerpt(words, asked, phrase) {
    const text = words.toLowerCase();
    const at = Math.max(0, text.includes(phrase) ? text.indexOf(phrase) : text.indexOf(asked.find((word) => text.includes(word)) ?? ""));
    const from = at > ROOM ? words.indexOf(" ", at - ROOM) + 1 : 0;
    const to = words.indexOf(" ", at + phrase.length + ROOM);
    return `${from ? "… " : ""}${words.slice(from, to < 0 ? undefined : to)}${to < 0 ? "" : " …"}`;
  }

  function list(found, asked, phrase) {
    const box = document.createElement("section");
    box.className = "circles-found";
    box.setAttribute("aria-label", "Sections found");
    const title = document.createElement("h2");
    title.textContent = found.length ? "Sections" : "No section has all these words";
    const items = document.createElement("ol");
    for (const [address, page, heading, words] of found) {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = address;
      link.textContent = heading;
      const where = document.createElement("small");
      where.textContent = page === heading ? "" : ` in ${page}`;
      const text = document.createElement("p");
      text.textContent = excerpt(words, asked, phrase);
      item.append(link, where, text);
      items.append(item);
    }
    box.append(title, items);
    return box;
  }

  function find() {
    const results = document.getElementById("search-results");
    const phrase = (new URLSearchParams(location.search).get("q") ?? "").trim().toLowerCase().replace(/\s+/g, " ");
    if (!results || !phrase) return;
    const script = document.createElement("script");
    script.src = SECTIONS;
    script.onload = () => {
      const asked = [...new Set(phrase.split(" "))];
      const ranked = window.circlesSections.map((one) => [score(one, asked, phrase), one]).filter(([points]) => points > 0);
      const best = ranked.sort((x, y) => y[0] - x[0]).slice(0, MOST).map(([, one]) => one);
      results.before(list(best, asked, phrase));
    };
    document.head.append(script);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", find, { once: true });
  else find();
})();
