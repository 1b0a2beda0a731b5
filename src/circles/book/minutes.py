"""How long a chapter takes, section by section: measured seconds of its cells plus a stated speed of reading.

Nothing here is typed: words, formulas, figures and lines are counted, seconds are those that ``make record`` left
in the cells, and the minutes of an exercise are those that its heading states.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import nbformat

WORDS_A_MINUTE = 150.0  # careful reading of technical prose
SECONDS_A_FORMULA = 20.0  # a displayed one
SECONDS_A_FIGURE = 60.0  # with its slider
SECONDS_A_LINE = 4.0  # of code

_HEADING = re.compile(r"^#{1,2} (.+)$", re.MULTILINE)
_STATED = re.compile(r"^\*\w+ · (\d+) minutes(?: · difficulty \d of 3)?\*$", re.MULTILINE)
_FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
_ROLE = re.compile(r"\{\w+(?::\w+)?\}`[^`]*`")
_MARKUP = re.compile(r"<(script|style|svg)\b.*?</\1>|<[^>]+>", re.DOTALL)
_UNSEEN = {"setup", "hide-cell"}


@dataclass
class Section:
    """One section of a chapter: minutes to read it, minutes that its exercises state, seconds that its cells run."""

    title: str
    reading: float = 0.0
    exercises: int = 0
    running: float = 0.0

    @property
    def minutes(self) -> int:
        """All together, in whole minutes and at least one."""
        return max(1, ceil(self.reading + self.exercises + self.running / 60))


def sections(path: Path) -> list[Section]:
    """The sections of this notebook in order, the first one under its title."""
    found: list[Section] = []
    for cell in nbformat.read(path, as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            if "why" not in tags:  # folded, for after the exercise
                _read(cell.source, found)
        elif cell.cell_type == "code" and found:
            found[-1].running += cell.metadata.get("seconds", 0.0)
            if not _UNSEEN & set(tags) and not any(tag.startswith("exercise:") for tag in tags):
                figure = "figure" in tags
                lines = sum(1 for line in cell.source.splitlines() if line.strip())
                found[-1].reading += (SECONDS_A_FIGURE * figure + SECONDS_A_LINE * lines) / 60
    return found


def printed(path: Path) -> int:
    """Minutes to read all that this notebook's cells print as HTML, word by word: not a part of its sections."""
    cells = nbformat.read(path, as_version=4).cells
    text = " ".join(o.get("data", {}).get("text/html", "") for c in cells for o in c.get("outputs", []))
    return round(_words(html.unescape(_MARKUP.sub(" ", text))) / WORDS_A_MINUTE)


def _words(text: str) -> int:
    return len(re.findall(r"[^\W\d_]{2,}", text))


def _read(text: str, found: list[Section]) -> None:
    """Share this cell out among the sections that it continues or begins."""
    marks = list(_HEADING.finditer(text))
    ends = [m.start() for m in marks] + [len(text)]
    parts = [text[: ends[0]]] + [text[m.end() : end] for m, end in zip(marks, ends[1:], strict=True)]
    for title, part in zip([None, *(m[1].strip() for m in marks)], parts, strict=True):
        if title:
            found.append(Section(title))
        if not found:
            continue
        formulas = len(_FORMULA.findall(part))
        words = _words(_ROLE.sub(" ", _FORMULA.sub(" ", part)))
        stated = [int(n) for n in _STATED.findall(part)]
        found[-1].exercises += sum(stated)
        if not stated:  # an exercise's minutes hold its reading
            found[-1].reading += words / WORDS_A_MINUTE + formulas * SECONDS_A_FORMULA / 60
