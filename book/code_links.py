"""Links from the built pages to the code: each name in a cell to its definition, each claim to what computes it.

They lead to the repository at the commit that the page was built from, so that a line stays the line it was.
"""

from __future__ import annotations

import ast
import html
import re
import subprocess
from functools import cache
from pathlib import Path

import address

import circles
from circles.book import chapters, where
from circles.ledger import checks

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(
    r'(<div class="highlight-i?python3?[^>]*><div class="highlight"><pre>(?:<span></span>)?)(.*?)(</pre>)', re.DOTALL
)
PIECE = re.compile(r"<span[^>]*>[^<]*</span>|<[^>]+>|[^<]+")
CHECKED = re.compile(r'(<table id="(claim-[\w-]+)" class="circles-check.*?</cite>.*?)(</details>)', re.DOTALL)
ROW = re.compile(r'(<th scope="row"><code><a href="[^"#]*#(claim-[\w-]+)">(?:(?!</th>).)*?)(</details>)', re.DOTALL)
HEADLINE = re.compile(r'(<th scope="row"><a href="[^"#]*#(claim-[\w-]+)">(?:(?!</th>).)*?)(</th>)', re.DOTALL)


@cache
def base() -> str:
    """The repository's page of files, at the tag or commit of this checkout; at the version's tag without git."""
    for words in (["describe", "--tags", "--exact-match"], ["rev-parse", "HEAD"]):
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
        if done.returncode == 0 and (state := done.stdout.strip()):
            return f"{address.present(ROOT)}/blob/{state}"
    return f"{address.present(ROOT)}/blob/v{circles.__version__}"


def link(place: str, words: str, kind: str = "circles-source", title: str = "") -> str:
    """A link to ``file:line`` in the repository."""
    file, _, line = place.rpartition(":")
    said = f' title="{title}"' if title else ""
    return f'<a class="{kind}" href="{base()}/{file}#L{line}"{said}>{words}</a>'


def with_definitions(body: str, path: Path) -> str:
    """The page of this notebook with a link on each name in its cells that the package defines."""
    known, cells = where.Names(), {}
    for _, cell in chapters.code_cells(chapters.read(path)):
        tree = where.parsed(cell.source)
        known.read(tree)
        cells[cell.source.rstrip()] = _named(tree, cell.source, known)

    def linked(found: re.Match) -> str:
        source = html.unescape(re.sub(r"<[^>]+>", "", found[2])).rstrip()
        return found[1] + _marked(found[2], cells.get(source, [])) + found[3]

    return BLOCK.sub(linked, body)


def _named(tree: ast.Module, source: str, known: where.Names) -> list[tuple[int, int, str]]:
    """Where in the source a name or ``a.b.c`` begins and ends that the package defines, and its file:line."""
    lines = source.splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines))]

    def at(line: int, byte: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:byte].decode())

    found, within = [], set()
    for node in ast.walk(tree):  # outer chains before the inner ones that they begin with
        if isinstance(node, ast.Name | ast.Attribute) and node not in within and (place := known.defined(node)):
            within |= set(ast.walk(node))
            found.append((at(node.lineno, node.col_offset), at(node.end_lineno, node.end_col_offset), place[1]))
    return sorted(found)


def _marked(block: str, named: list[tuple[int, int, str]]) -> str:
    """The highlighted block with links, where they begin and end with its pieces."""
    pieces, ends, at = PIECE.findall(block), [], 0
    for piece in pieces:
        at += len(html.unescape(re.sub(r"<[^>]+>", "", piece)))
        ends.append(at)
    edges = {0, *ends}
    opened = {a: (b, place) for a, b, place in named if {a, b} <= edges}
    made, at, until = [], 0, None
    for piece, end in zip(pieces, ends, strict=True):
        if until is None and at in opened and end > at:
            until, place = opened[at]
            made.append(link(place, "", "circles-definition").removesuffix("</a>"))
        made.append(piece)
        if end == until:
            made.append("</a>")
            until = None
        at = end
    return "".join(made)


@cache
def _claims() -> dict[str, tuple[str, str]]:
    """By the anchor of each claim: a link to each function that computes our value and to its entry in the ledger.

    First all of them, then the nearest function alone, or the entry where none is the package's.
    """
    places: dict[tuple[str, str], list[where.Place]] = {}
    for path in chapters.paths():
        for name, found in where.checked(path).items():
            places.setdefault(name, []).extend(found)
    made = {}
    for paper in checks.papers():
        for claim in paper.claims:
            called = [f for place in places.get((paper.id, claim.id), []) for f in place.functions]
            functions = {name.removeprefix("circles."): at for name, at in called if ".ledger." not in name}
            file, line = where.entry(paper.id, claim.id)
            links = [link(at, f"<code>{name}</code>") for name, at in functions.items()]
            ledger = f"{where.relative(file)}:{line}"
            name = next(iter(functions), "ledger")
            first = link(functions.get(name, ledger), "code", title=name)
            made[checks.anchor(claim)] = (", ".join([*links, link(ledger, "ledger")]), first)
    return made


def with_sources(body: str) -> str:
    """The page with the way to its code on the card of each claim: badges, rows of the scorecard, headlines."""

    def all_of(found: re.Match) -> str:
        links = _claims().get(found[2])
        return f'{found[1]} <span class="circles-sources">Code: {links[0]}</span>{found[3]}' if links else found[0]

    def first_of(found: re.Match) -> str:
        links = _claims().get(found[2])
        return f"{found[1]} <small>{links[1]}</small>{found[3]}" if links else found[0]

    return HEADLINE.sub(first_of, ROW.sub(all_of, CHECKED.sub(all_of, body)))
