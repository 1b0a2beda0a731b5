"""From a chapter of exercises to otter's master notebook, and with otter to the student's and the autograder.

A chapter stays a plain notebook. Its cells carry tags: ``exercise:NAME`` on every cell of an exercise and
one of ``statement``, ``stub``, ``check``, ``solution``. What otter wants beyond that is written here.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_raw_cell

from circles.foundations.errors import CirclesError

PARTS = ("statement", "stub", "check", "solution")
CONFIG = """# ASSIGNMENT CONFIG
tests:
    ok_format: false
init_cell: true
export_cell:
    pdf: false
    filtering: false
"""


def exercises(chapter: NotebookNode) -> dict[str, dict[str, NotebookNode]]:
    """The parts of each exercise, by name. Raises CirclesError when one lacks a part."""
    found: dict[str, dict[str, NotebookNode]] = {}
    for cell in chapter.cells:
        name, part = place(cell)
        if name:
            found.setdefault(name, {})[part] = cell
    for name, parts in found.items():
        if missing := [part for part in PARTS if part not in parts]:
            raise CirclesError(f"exercise {name} has no {', '.join(missing)}, expected {', '.join(PARTS)}")
    return found


def place(cell: NotebookNode) -> tuple[str, str]:
    """Which exercise a cell belongs to and as which part; two empty strings for other cells."""
    tags = cell.metadata.get("tags", [])
    names = [tag.removeprefix("exercise:") for tag in tags if tag.startswith("exercise:")]
    parts = [tag for tag in tags if tag in (*PARTS, "why")]
    return (names[0], parts[0]) if names and parts else ("", "")


def master(chapter: NotebookNode) -> NotebookNode:
    """Otter's master notebook: one question an exercise, one point each, the chapter's check as its test."""
    found = exercises(chapter)
    cells = [new_raw_cell(CONFIG)]
    for cell in chapter.cells:
        name, part = place(cell)
        if not name:
            cells.append(_plain(cell))
        elif part == "statement":
            cells += _question(name, found[name])
    return nbformat.v4.new_notebook(cells=cells, metadata=chapter.metadata)


def write(chapter: Path, folder: Path) -> Path:
    """Write the master into ``folder`` and let otter make ``student/`` and ``autograder/`` beside it.

    Otter grades the solutions as it goes and raises when one of them fails. Returns the folder.
    """
    from otter.assign import main as assign  # only teachers need otter, the extra `teaching`

    folder.mkdir(parents=True, exist_ok=True)
    source = folder / chapter.name
    nbformat.write(master(nbformat.read(chapter, as_version=4)), source)
    assign(str(source), str(folder), no_pdfs=True)
    return folder


def _plain(cell: NotebookNode) -> NotebookNode:
    copy = nbformat.from_dict(cell)
    if cell.cell_type == "code":
        copy = new_code_cell(cell.source)
    return copy


def _question(name: str, parts: dict[str, NotebookNode]) -> list[NotebookNode]:
    prompt = f'""" # BEGIN PROMPT\n{parts["stub"].source}\n""" # END PROMPT'
    answer = f"# BEGIN SOLUTION NO PROMPT\n{_without_check(parts['solution'].source)}\n# END SOLUTION"
    return [
        new_raw_cell(f"# BEGIN QUESTION\nname: {name}\npoints: 1"),
        nbformat.v4.new_markdown_cell(parts["statement"].source),
        new_raw_cell("# BEGIN SOLUTION"),
        new_code_cell(f"{prompt}\n{answer}"),
        new_raw_cell("# END SOLUTION"),
        new_raw_cell("# BEGIN TESTS"),
        new_code_cell(_test(name, parts["check"].source)),
        new_raw_cell("# END TESTS"),
        new_raw_cell("# END QUESTION"),
    ]


def _test(name: str, source: str) -> str:
    """The chapter's ``check(module.rule, answer, ...)`` as otter's test, which takes the answers by name."""
    call = ast.parse(source).body[-1]
    if not (isinstance(call, ast.Expr) and isinstance(call.value, ast.Call)):
        raise CirclesError(f"exercise {name} ends its check with {source!r}, expected check(rule, answer)")
    rule, *answers = (ast.unparse(x) for x in call.value.args)
    module = rule.partition(".")[0]
    return (
        f"def test_{name}({', '.join(answers)}):\n"
        f"    from circles.teaching import require, {module}\n"
        f"    require({rule}, {', '.join(answers)})"
    )


def _without_check(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not line.startswith(("check(", "# @title")))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -m circles.teaching.handout CHAPTER.ipynb FOLDER")
    print(write(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
