"""What a built chapter gains for its reader: a first picture, fresh cards, links to figures, prints in columns."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from pathlib import Path

import nbformat
from inward import inward

from circles import ledger
from circles.book.drawn import FIGURE
from circles.ledger.cards import Headlines

CARD = re.compile(r'<table class="circles-card" id="headlines-(\w+)">.*?</table>', re.DOTALL)
PRINTED = re.compile(
    r'(<div class="output (?:stream|text_plain) [^>]*>\s*<div class="highlight"><pre)>(.*?)</pre>', re.DOTALL
)
COLUMNS = re.compile(r"\S {2,}\S")
OPENS = "opens"  # the tag of the cell whose figure stands on the first screen as well


def figure_cells(path: Path) -> list[nbformat.NotebookNode]:
    """The cells of a notebook that show a figure, one entry a figure, in order."""
    cells = nbformat.read(path, as_version=4).cells
    shown = [(cell, o.get("data", {}).get("text/html", "")) for cell in cells for o in cell.get("outputs", [])]
    return [cell for cell, html in shown for _ in FIGURE.findall(html)]


def fresh_cards(body: str) -> str:
    """The page with each headline card made anew: the notebook's was made before its chapter's values were."""
    return CARD.sub(lambda found: inward(Headlines([ledger.paper(found[1])]).card(ledger.paper(found[1]))), body)


def kept_columns(body: str) -> str:
    """The page with a class on each printed table, text in columns, and the letters of its longest line."""

    def mark(found: re.Match) -> str:
        lines = html.unescape(re.sub(r"<[^>]*>", "", found[2])).splitlines()
        if sum(bool(COLUMNS.search(line)) for line in lines) < 2:
            return found[0]
        return f'{found[1]} class="circles-columns" style="--letters: {max(map(len, lines))}">{found[2]}</pre>'

    return PRINTED.sub(mark, body)


def linked_figures(body: str, cells: list[nbformat.NotebookNode]) -> str:
    """The page with an id on each figure, from its cell's, so that a link to it lasts."""
    names = iter(unique(f"figure-{cell.id}" for cell in cells))

    def mark(found: re.Match) -> str:
        name = next(names, None)
        return found[0] if name is None else found[0].replace("<figure ", f'<figure id="{name}" ', 1)

    return FIGURE.sub(mark, body)


def unique(names: Iterable[str]) -> list[str]:
    """The names, the second of a kind with ``-2`` and so on."""
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name}-{seen[name]}")
    return made


def opened(body: str, cells: list[nbformat.NotebookNode]) -> str:
    """The page with a copy of the figure tagged ``opens`` below the first paragraph, which asks the question."""
    cell = next((cell for cell in cells if OPENS in cell.metadata.get("tags", [])), None)
    if cell is None:
        return body
    name = f"figure-{cell.id}"
    found = re.search(rf'<figure id="{re.escape(name)}" (.*?</figure>)', body, re.DOTALL)
    question = re.compile(r"<p>.*?</p>\n", re.DOTALL).search(body, max(body.find("</h1>"), 0))
    if found is None or question is None:
        return body
    link = f' <a href="#{name}">Its place in the chapter</a></figcaption>'
    figure = f"<figure {found[1]}".replace("</figcaption>", link, 1)
    figure = figure.replace('class="circles-figure"', 'class="circles-figure circles-opening"', 1)
    return f"{body[: question.end()]}{figure}\n{body[question.end() :]}"
