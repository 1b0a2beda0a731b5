"""Every figure of a chapter as its notebook shows it: name, caption, what it is drawn from and by, how to cite it."""

from __future__ import annotations

import base64
import html
import json
import re
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

import circles
from circles.book import chapters, where
from circles.ledger.citation import ADDRESS

FIGURE = re.compile(r'<figure class="circles-figure[^"]*">.*?</figure>', re.DOTALL)
_SPEC = re.compile(r'<script type="application/json" class="circles-spec">(.*?)</script>', re.DOTALL)
_CAPTION = re.compile(r"<figcaption>(.*?)</figcaption>", re.DOTALL)
_LABEL = re.compile(r'aria-label="([^"]*)"')
_PICTURE = re.compile(r'src="data:image/png;base64,([^"]*)"')
_SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)


@dataclass(frozen=True)
class Drawn:
    """A figure of a chapter: the anchor that it has there, its caption and its function with file and line."""

    chapter: str
    title: str
    name: str
    page: str
    function: str
    source: str

    @property
    def key(self) -> str:
        """A name of its own in the whole book, also for its files."""
        return f"{self.chapter}-{self.name}"

    @property
    def address(self) -> str:
        """Its place: the chapter's page, and the anchor."""
        return f"{self.chapter}.html#{self.name}"

    @property
    def caption(self) -> str:
        return html.unescape(_CAPTION.search(self.page)[1])  # type: ignore[index]

    @property
    def alt(self) -> str:
        return html.unescape(_LABEL.search(self.page)[1])  # type: ignore[index]

    @property
    def spec(self) -> dict | None:
        """The Vega-Lite specification; None for a drawing."""
        found = _SPEC.search(self.page)
        return json.loads(found[1].replace("<\\/", "</")) if found else None

    @property
    def svg(self) -> str:
        """The drawing of a figure without a specification, as a file of its own."""
        drawing = _SVG.search(self.page)[0]  # type: ignore[index]
        head = '<svg xmlns="http://www.w3.org/2000/svg" color="#1F2933" '
        return drawing.replace("<svg ", head, 1).replace(">", "><style>.ground{fill:#fff}</style>", 1)

    @property
    def picture(self) -> bytes | None:
        """The PNG that the page shows without scripts; None for a drawing."""
        found = _PICTURE.search(self.page)
        return base64.b64decode(found[1]) if found else None

    def code(self, at: str) -> str:
        """The address of its function in the repository at a tag or commit."""
        file, _, line = self.source.partition(":")
        return f"{ADDRESS}/blob/{at}/{file}#L{line}"

    def citation(self, at: str) -> str:
        """A sentence and an entry for BibTeX; ``at`` is the tag or commit."""
        url = f"{ADDRESS}/blob/{at}/chapters/{self.chapter}.ipynb"
        sentence = (
            f"The Learning in Circles contributors. Learning in Circles, version {circles.__version__} ({at[:12]}), "
            f"“{self.title}”, {self.name}. CC BY 4.0. {url}"
        )
        entry = [
            f"@misc{{circles:{self.key},",
            "  author = {{The Learning in Circles contributors}},",
            f"  title  = {{Learning in Circles, {self.title}: {self.name}}},",
            f"  note   = {{version {circles.__version__}, {at[:12]}; CC BY 4.0}},",
            f"  url    = {{{url}}},",
            "}",
        ]
        return "\n".join([sentence, "", *entry])


def drawn(path: Path) -> list[Drawn]:
    """The figures of a notebook in order, each named after its cell as on the page; a second of a cell has ``-2``."""
    notebook = chapters.read(path)
    title, drawers = _title(notebook), where.drawers(notebook)
    found, seen = [], dict[str, int]()
    for _, cell in chapters.code_cells(notebook):
        for page in _figures(cell):
            seen[cell.id] = seen.get(cell.id, 0) + 1
            name = f"figure-{cell.id}" + (f"-{seen[cell.id]}" if seen[cell.id] > 1 else "")
            found.append(Drawn(path.stem, title, name, page, *drawers.get(cell.id, ("", ""))))
    return found


def _figures(cell: NotebookNode) -> list[str]:
    texts = [output.get("data", {}).get("text/html", "") for output in cell.outputs]
    return [page for text in texts for page in FIGURE.findall(text)]


def _title(notebook: NotebookNode) -> str:
    """The first heading."""
    lines = [line for cell in notebook.cells if cell.cell_type == "markdown" for line in cell.source.splitlines()]
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")
