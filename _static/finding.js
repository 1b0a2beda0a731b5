// Sections that a search leads to, above the pages that it finds: by their headings and words, which `sections.js` has.
(function () {
  "use strict";

  const SECTIONS = new URL("sections.js", document.currentScript.src).href;
  const MOST = 12;
  const USUAL = 1500; // letters of a section
  const ROOM = 90; // letters on either side of what was found

  // How well a section answers: its heading, the whole question, then each word by how much of the section it is; 0 if
  // one is missing.
  function score([, , heading, words], asked, phrase) {
    const [head, text] = [heading.toLowerCase(), words.toLowerCase()];
    if (!asked.every((word) => head.includes(word) || text.includes(word))) return 0;
    const long = 0.3 + text.length / USUAL;
    const often = (word) => {
      const times = text.split(word).length - 1;
      return times / (times + long);
    };
    const sum = asked.reduce((all, word) => all + often(word) + 3 * head.includes(word), 0) / asked.length;
    return sum + (asked.length > 1 ? 2 * often(phrase) : 0) + 6 * head.includes(phrase);
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
