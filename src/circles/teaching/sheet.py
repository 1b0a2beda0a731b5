"""A chapter's sheet of exercises: a plain notebook whose cells are tagged with an exercise and its part."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from nbformat import NotebookNode

from circles.foundations.errors import CirclesError

PARTS = ("statement", "stub", "check", "solution")
PROOF = "**Your reason.** *Where the exercise asks for one, write it here, in words and formulas; it is read.*"


class SheetError(CirclesError):
    """A sheet of exercises is not built as a handout and a grader need it."""


@dataclass(frozen=True)
class Asked:
    """What a check asks: the module and the name of its rule, and the names of the answers that it takes."""

    module: str
    name: str
    answers: tuple[str, ...]

    @property
    def rule(self) -> Callable[..., None]:
        return getattr(importlib.import_module(f"circles.teaching.{self.module}"), self.name)

    @property
    def call(self) -> str:
        """The check as the sheet writes it, but for its end."""
        return f"check({self.module}.{self.name}"


def exercises(sheet: NotebookNode) -> dict[str, dict[str, NotebookNode]]:
    """The parts of each exercise, by name. Raises SheetError when one lacks a part."""
    found: dict[str, dict[str, NotebookNode]] = {}
    for cell in sheet.cells:
        name, part = place(cell)
        if name:
            found.setdefault(name, {})[part] = cell
    for name, parts in found.items():
        if missing := [part for part in PARTS if part not in parts]:
            raise SheetError(f"exercise {name} has no {', '.join(missing)}, expected {', '.join(PARTS)}")
    return found


def place(cell: NotebookNode) -> tuple[str, str]:
    """Which exercise a cell belongs to and as which part; two empty strings for other cells."""
    tags = cell.metadata.get("tags", [])
    names = [tag.removeprefix("exercise:") for tag in tags if tag.startswith("exercise:")]
    parts = [tag for tag in tags if tag in (*PARTS, "why")]
    return (names[0], parts[0]) if names and parts else ("", "")


def asked(source: str) -> Asked:
    """What the one call ``check(module.rule, answer, ...)`` of this source asks. Raises SheetError for other code."""
    try:
        (statement,) = ast.parse(source).body
        call = statement.value
        rule, *answers = call.args
        if call.func.id != "check":
            raise ValueError
        return Asked(rule.value.id, rule.attr, tuple(answer.id for answer in answers))
    except (SyntaxError, ValueError, AttributeError):
        raise SheetError(f"a check is {source!r}, expected check(module.rule, answer, ...) alone") from None


def asks_for_a_proof(statement: str) -> bool:
    """Whether an exercise of this statement is one to prove."""
    return bool(re.search(r"^\*prove ·", statement, re.MULTILINE))


def questions(sheet: NotebookNode) -> dict[str, Asked]:
    """What each exercise of the sheet asks, in its order."""
    return {name: asked(parts["check"].source) for name, parts in exercises(sheet).items()}
