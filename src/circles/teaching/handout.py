"""From a chapter's sheet of exercises to the students' notebook: no solutions, and room for each proof."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from circles.foundations.errors import CirclesError
from circles.teaching.sheet import PROOF, SheetError, asks_for_a_proof, exercises, place

# What a sheet's first cell says of its solutions, and what a student reads instead.
SAYS = (
    "Each has a stub, a check and a folded solution.\nFill in the stub. Run the check: it says in words what is wrong. "
    "A solution replaces your answer when you run its cell."
)
INSTEAD = """Each has a stub and a check.
Fill in the stub and keep its name. Run the check: it says in words what is wrong. Add cells where you like."""
HAND_IN = """## Hand in

Run everything once from the top: *Runtime*, *Run all* in Colab. Then download the notebook
(*File*, *Download*, `.ipynb`) and hand in that file. It is graded on other numbers too: an answer
that only fits those above gets no point."""
SECRET = re.compile(r"solution|folded", re.IGNORECASE)


def students(sheet: NotebookNode, name: str) -> NotebookNode:
    """The students' notebook of this sheet. Raises SheetError when the sheet's words still speak of its solutions."""
    cells = []
    parts = exercises(sheet)
    for cell in sheet.cells:
        if place(cell)[1] in ("solution", "why"):
            continue
        source = cell.source.replace(SAYS, INSTEAD)
        if cell.cell_type == "markdown" and (found := SECRET.search(source)):
            raise SheetError(f"{name}: cell {cell.get('id')} says {found[0]!r}, expected nothing that students lack")
        cells.append(_cell(cell, source))
        exercise, part = place(cell)
        if part == "check" and asks_for_a_proof(parts[exercise]["statement"].source):
            tags = [f"exercise:{exercise}", "proof"]
            cells.append(nbformat.v4.new_markdown_cell(PROOF, id=f"proof-{exercise}", metadata={"tags": tags}))
    cells.append(nbformat.v4.new_markdown_cell(HAND_IN, id="hand-in"))
    kept = {key: sheet.metadata[key] for key in ("kernelspec", "language_info") if key in sheet.metadata}
    return nbformat.v4.new_notebook(cells=cells, metadata=kept | {"circles": {"exercises": name}})


def _cell(cell: NotebookNode, source: str) -> NotebookNode:
    new = nbformat.v4.new_markdown_cell if cell.cell_type == "markdown" else nbformat.v4.new_code_cell
    tags = [tag for tag in cell.metadata.get("tags", []) if not tag.startswith("hide-")]
    return new(source, id=cell.get("id"), metadata={"tags": tags} if tags else {})


def write(sheet: Path, folder: Path) -> Path:
    """Write the students' notebook of this sheet into ``folder``, under the sheet's own name; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    made = students(nbformat.read(sheet, as_version=4), sheet.stem)
    nbformat.write(made, folder / sheet.name)
    return folder / sheet.name


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit("usage: python -m circles.teaching.handout FOLDER SHEET.ipynb...")
    try:
        for one in sys.argv[2:]:
            print(write(Path(one), Path(sys.argv[1])))
    except OSError as error:
        sys.exit(f"handout: {error.filename}: {error.strerror}")
    except (CirclesError, nbformat.reader.NotJSONError) as error:
        sys.exit(f"handout: {one}: {' '.join(str(error).split())[:200]}")
