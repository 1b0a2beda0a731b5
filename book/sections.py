"""What the search page needs to lead to sections: their headings and words, in a script that also works from disk."""

from __future__ import annotations

import json
import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

LEFT_OUT = ("script", "style", "svg", "math", "button", "nav", ".headerlink", ".circles-tools", ".circles-opening")
SPACE = re.compile(r"\s+")
TEX = re.compile(r"\\[()\[\]]|\\(?=[A-Za-z])")  # formulas are read in an excerpt without their marks
LEAST = 8  # pages whose body has fewer words are lists of links


def sections(page: Path, where: str) -> list[list[str]]:
    """``[address, title of the page, heading, words]`` of each section, without those inside it."""
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    article = soup.select_one("article.bd-article") or soup.body
    for name in LEFT_OUT:
        for tag in article.select(name):
            tag.decompose()
    found = []
    for section in article.find_all("section", id=True):
        heading = section.find(re.compile("h[1-6]"), recursive=False)
        if heading is None:
            continue
        own = [part for part in section.children if not (isinstance(part, Tag) and part.name == "section")]
        words = " ".join(_text(part) for part in own if part is not heading)
        found.append([f"{where}#{section['id']}", "", _text(heading), SPACE.sub(" ", TEX.sub("", words)).strip()])
    title = found[0][2] if found else ""
    return [[address, title, heading, words] for address, _, heading, words in found]


def _text(part) -> str:
    return SPACE.sub(" ", part.get_text(" ") if isinstance(part, Tag) else str(part)).strip()


def write(html: Path) -> None:
    """Write ``_static/sections.js`` for all chapters."""
    found = []
    for page in sorted((html / "chapters").glob("*.html")):
        found += [one for one in sections(page, f"chapters/{page.name}") if len(one[3].split()) >= LEAST or one[2]]
    text = json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    (html / "_static" / "sections.js").write_text(f"window.circlesSections = {text};\n", encoding="utf-8")
