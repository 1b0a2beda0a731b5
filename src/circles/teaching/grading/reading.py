"""Read what was handed in as a notebook, and say in one line why it cannot be graded."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from typing import Any

import nbformat

from circles.foundations.errors import CirclesError
from circles.teaching.sheet import PROOF, Asked, place

LARGEST = 10 * 2**20  # bytes of a notebook, outputs and all
MOST_CODE = 2**20  # letters of code in it
MOST_CELLS = 2000
TITLE = "# @title Solution"
LONGEST = 5000  # characters of a proof that are shown
LONG = 5  # lines of a function that two people do not write alike by chance


class Unusable(CirclesError):
    """The file cannot be graded; the message is the line of the table."""


@dataclass(frozen=True)
class Work:
    """The code of a notebook: cells to run ("" where there is nothing to), and after which to judge which exercises."""

    cells: tuple[str, ...]
    numbers: tuple[int, ...]
    stops: dict[int, tuple[str, ...]]
    left_out: int = 0

    def number(self, i: int) -> int:
        """Which cell of the notebook this is, counted from 1."""
        return self.numbers[i]

    def why_missing(self, name: str, failed: dict[int, list[Any]]) -> str:
        """Why nothing of this name is there, as far as the failed cells tell."""
        for i, (kind, words, _) in failed.items():
            if 0 <= i < len(self.cells) and re.search(rf"\bdef {name}\b|^{name} *=", self.cells[i], re.MULTILINE):
                return f"cell {self.number(i)} stopped with {kind}: {words}"
        return "no cell sets it"


def notebook(data: bytes) -> nbformat.NotebookNode:
    """The notebook in these bytes. Raises Unusable."""
    if not data.strip():
        raise Unusable("empty: the file has no content")
    if len(data) > LARGEST:
        raise Unusable(f"too large: {len(data) / 2**20:.0f} MB, expected at most {LARGEST // 2**20}; clear the outputs")
    try:
        coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = data.decode(coding)
        if (count := text.count('"cell_type"')) > MOST_CELLS:  # each is held against a schema, which takes its time
            raise ValueError(f"{count} cells, expected at most {MOST_CELLS}")
        found = nbformat.reads(text, as_version=4)
        for cell in found.cells:
            if not isinstance(cell.source, str) or cell.cell_type not in ("code", "markdown", "raw"):
                raise ValueError("a cell without code")
            tags = cell.metadata.get("tags", [])
            if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
                raise ValueError("a cell whose tags are no words")
    except Exception as error:  # whatever a damaged file provokes, it is the file's fault
        said = (str(error).splitlines() or [""])[0][:100] or type(error).__name__
        raise Unusable(f"not a notebook: {said}") from None
    return found


def work(found: nbformat.NotebookNode, asked: dict[str, Asked], others: dict[str, dict[str, Asked]], name: str) -> Work:
    """What of this notebook is run. ``others`` holds the questions of all sheets. Raises Unusable."""
    text = "\n".join(cell.source for cell in found.cells if cell.cell_type == "code")
    if len(text) > MOST_CODE:
        most = f"expected {MOST_CODE:,} at most"
        raise Unusable(f"too much code: {len(text):,} letters, {most}; is there data in a cell?")
    cells, numbers, stops, left_out = [], [], {}, 0
    for number, cell in enumerate(found.cells, 1):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        if place(cell)[1] == "solution" or cell.source.lstrip().startswith(TITLE):
            left_out += 1
            continue
        checks = _checks(cell.source, asked)
        alone = len(checks) == 1 and re.fullmatch(r"check\([\w., ]*\)", cell.source.strip())
        if checks:
            stops[len(cells)] = checks
        cells.append("" if alone else cell.source)
        numbers.append(number)
    if not cells:
        raise Unusable("empty: the notebook has no code")
    if not stops and not any(_sets(text, answer) for one in asked.values() for answer in one.answers):
        theirs = {sheet: len(_checks(text, questions)) for sheet, questions in others.items() if sheet != name}
        most = max(theirs, key=theirs.get, default="")
        if most and theirs[most]:
            raise Unusable(f"another chapter's: these are {most}, expected {name}")
        raise Unusable(f"another notebook: none of the {len(asked)} exercises of {name} is in it")
    return Work(tuple(cells), tuple(numbers), stops, left_out)


def proofs(found: nbformat.NotebookNode) -> dict[str, str]:
    """What was written where an exercise asks for a proof, by exercise: for the teacher to read."""
    written: dict[str, str] = {}
    for cell in found.cells:
        tags = cell.metadata.get("tags", [])
        names = [tag.removeprefix("exercise:") for tag in tags if tag.startswith("exercise:")]
        text = cell.source.replace(PROOF, "").strip()
        if cell.cell_type == "markdown" and "proof" in tags and names and text:
            written[names[0]] = text[:LONGEST]
    return written


def as_in_the_book(found: nbformat.NotebookNode, solutions: dict[str, str]) -> list[str]:
    """The exercises answered with the functions of the book's solution, letter for letter, where they are long."""
    theirs: set[str] = set()
    for cell in found.cells:
        if cell.cell_type == "code" and place(cell)[1] != "solution":
            theirs |= _pieces(cell.source)
    long = {name: source for name, source in solutions.items() if len(_pieces(source, LONG)) > 0}
    return [name for name, source in long.items() if _pieces(source, LONG) <= theirs]


def _pieces(source: str, least: int = 1) -> set[str]:
    """The functions of so many lines that this code defines, without its layout and comments."""
    try:
        body = [part for part in ast.parse(source).body if isinstance(part, ast.FunctionDef)]
        return {ast.dump(part) for part in body if part.end_lineno - part.lineno + 1 >= least}
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return set()


def _checks(source: str, asked: dict[str, Asked]) -> tuple[str, ...]:
    """The exercises that a cell checks."""
    return tuple(
        n for n, one in asked.items() if re.search(rf"^[^\S\n]*{re.escape(one.call)}\b", source, re.MULTILINE)
    )


def _sets(text: str, name: str) -> bool:
    return bool(re.search(rf"^(def {name}\b|{name} *=)", text, re.MULTILINE))
