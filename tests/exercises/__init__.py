"""The exercise notebooks in chapters/, and what is particular to each: the module here of the notebook's name.

Such a module may hold ``STUB_SAYS``, for each exercise the words that its stub must be told; ``TOLD``, wrong answers
as (rule, answers, words); ``LEAST``, how many exercises of a kind, or of all, there must be.
"""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from circles.teaching import sheet

CHAPTERS = Path(__file__).resolve().parents[2] / "chapters"
NAMES = sorted(path.stem for path in CHAPTERS.glob("*_exercises.ipynb"))


@cache
def notebook(name: str) -> nbformat.NotebookNode:
    """The notebook of this name, such as ``02_exercises``."""
    return nbformat.read(CHAPTERS / f"{name}.ipynb", as_version=4)


@cache
def parts(name: str) -> dict[str, dict[str, nbformat.NotebookNode]]:
    """The parts of each of its exercises."""
    return sheet.exercises(notebook(name))


def own(name: str, what: str) -> Any:
    """What the notebook's module here calls ``what``; empty where it has none or there is no module."""
    if not (Path(__file__).parent / f"{name}.py").exists():
        return {}
    return getattr(importlib.import_module(f"exercises.{name}"), what, {})


def run(name: str, exercise: str, *wanted: str) -> dict[str, Any]:
    """The names that are defined when these parts of an exercise run after the notebook's imports."""
    space: dict[str, Any] = {}
    exec(next(cell.source for cell in notebook(name).cells if "from circles.teaching import" in cell.source), space)
    for part in wanted:
        exec(parts(name)[exercise][part].source, space)
    return space
