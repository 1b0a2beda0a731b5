"""Where a claim lives: its page and cell, the functions that compute our value, its entry in the ledger."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from circles.book import chapters
from circles.foundations.errors import CirclesError, LedgerError
from circles.ledger import checks, waiting

PACKAGE = Path(inspect.getfile(checks)).parents[1]
FIGURES = "circles.figures."


@dataclass(frozen=True)
class Place:
    """A cell that checks a claim: chapter, the cell's place from 0, its id, the functions of this package it asks."""

    chapter: str
    cell: int
    id: str
    functions: tuple[tuple[str, str], ...]

    @property
    def page(self) -> str:
        return f"chapters/{self.chapter}.html"


def where(name: str) -> str:
    """Page, cell, functions and ledger entry of ``paper/claim``, in lines. Raises LedgerError for another name."""
    claim = checks.named(name)
    lines = [claim.name]
    for place in places(claim.paper_id, claim.id):
        lines.append(f"  page      {place.page}")
        lines.append(f"  cell      {place.cell} of chapters/{place.chapter}.ipynb, id {place.id}")
        lines += [f"  function  {function}  {source}" for function, source in place.functions]
    path, line = entry(claim.paper_id, claim.id)
    return "\n".join([*lines, f"  ledger    {relative(path)}:{line}"])


def places(paper_id: str, claim_id: str) -> list[Place]:
    """Every cell of the chapters that checks this claim. Raises LedgerError where none does."""
    found = [place for path in chapters.paths() for place in checked(path, claim_id).get((paper_id, claim_id), [])]
    if not found:
        raise LedgerError(f"no cell of the chapters checks {paper_id}/{claim_id}, expected one")
    return found


def checked(path: Path, claim_id: str = "") -> dict[tuple[str, str], list[Place]]:
    """The cells of one chapter that check a claim, by ``(paper, claim)``: all claims, or the one with this id."""
    found: dict[tuple[str, str], list[Place]] = {}
    known = Names()
    for index, cell in chapters.code_cells(chapters.read(path)):
        tree = parsed(cell.source)
        known.read(tree)
        for call in _checks(tree, claim_id):
            paper_id = known.papers.get(call.func.value.id)  # type: ignore[attr-defined]
            if paper_id is not None:
                place = Place(path.stem, index, cell.get("id", ""), tuple(known.sources(call.args[1:])))
                found.setdefault((paper_id, call.args[0].value), []).append(place)  # type: ignore[attr-defined]
        for paper_id, name in _waiting(tree):
            if claim_id in ("", name):
                found.setdefault((paper_id, name), []).append(Place(path.stem, index, cell.get("id", ""), ()))
    return found


def entry(paper_id: str, claim_id: str) -> tuple[Path, int]:
    """The ledger's file and the line, from 1, on which this claim's id stands."""
    path = checks.FOLDER / f"{paper_id}.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    return path, 1 + next(i for i, line in enumerate(lines) if line.replace(" ", "") == f'id="{claim_id}"')


def drawers(notebook: NotebookNode) -> dict[str, tuple[str, str]]:
    """By the id of each cell that shows a figure and ends in its call: that function and where it stands."""
    known, found = Names(), {}
    for _, cell in chapters.code_cells(notebook):
        tree = parsed(cell.source)
        known.read(tree)
        shows = any("circles-figure" in output.get("data", {}).get("text/html", "") for output in cell.outputs)
        if shows and isinstance(tree.body[-1], ast.Expr):
            sources = known.sources([tree.body[-1].value])
            if drawer := next((one for one in sources if one[0].startswith(FIGURES)), None):
                found[cell.id] = drawer
    return found


class Names:
    """What the names of a notebook mean, read cell by cell: modules, papers of the ledger, last assignments."""

    def __init__(self) -> None:
        self.imported: dict[str, tuple[str, str]] = {}
        self.papers: dict[str, str] = {}
        self.assigned: dict[str, ast.expr] = {}

    def read(self, tree: ast.Module) -> None:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("circles"):
                self.imported |= {a.asname or a.name: (node.module or "", a.name) for a in node.names}
            elif isinstance(node, ast.Assign):
                for target in node.targets:
                    for name, value in _assigned(target, node.value):
                        self.assigned[name] = value
                        if (of := _paper(value)) is not None:
                            self.papers[name] = of

    def sources(self, expressions: list[ast.expr]) -> Iterator[tuple[str, str]]:
        """``(name, file:line)`` of each function of the package that the value comes from, nearest first, each once."""
        seen: set[str] = set()
        followed: set[str] = set()
        ahead = list(expressions)
        while ahead:
            for node in ast.walk(ahead.pop(0)):
                if isinstance(node, ast.Name) and node.id in self.assigned and node.id not in followed:
                    followed.add(node.id)
                    ahead.append(self.assigned[node.id])
                elif isinstance(node, ast.Call) and (chain := self._made(_chain(node.func))):
                    for name, source in self._source(chain):
                        if name not in seen:
                            seen.add(name)
                            yield name, source

    def defined(self, node: ast.expr) -> tuple[str, str] | None:
        """``(name, file:line)`` of the definition in this package that a name or ``a.b.c`` stands for."""
        chain = _chain(node)
        chain = self._made(chain) if chain[1:] or chain[:1] and chain[0] in self.imported else []
        return next(self._source(chain), None) if chain else None

    def _made(self, chain: list[str]) -> list[str]:
        """The chain from an imported name; ``net.heads`` of ``net = Net(...)`` is ``Net.heads``. Nothing for others."""
        if chain and chain[0] not in self.imported and isinstance(made := self.assigned.get(chain[0]), ast.Call):
            chain = [*_chain(made.func), *chain[1:]]
        return chain if chain and chain[0] in self.imported else []

    def _source(self, chain: list[str]) -> Iterator[tuple[str, str]]:
        module, attribute = self.imported[chain[0]]
        found: Any = import_module(module)
        try:
            for part in [attribute, *chain[1:]]:
                found = getattr(found, part) if hasattr(found, part) else import_module(f"{found.__name__}.{part}")
            found = inspect.unwrap(found)
            line, path = inspect.getsourcelines(found)[1], Path(inspect.getfile(found))
        except (AttributeError, TypeError, OSError, ImportError):
            return  # a method of something made in the notebook, or no code of its own
        if path.is_relative_to(PACKAGE) and not inspect.ismodule(found):
            yield f"{found.__module__}.{found.__qualname__}", f"{relative(path)}:{max(line, 1)}"


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names of an assignment with what each gets; of ``a, b = f(), g()`` each its own."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, given in zip(target.elts, value.elts, strict=True):
            yield from _assigned(one, given)
    else:
        yield from ((node.id, value) for node in ast.walk(target) if isinstance(node, ast.Name))


def _checks(tree: ast.Module, claim_id: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "check"
            and isinstance(node.func.value, ast.Name) and node.args
            and isinstance(node.args[0], ast.Constant) and claim_id in ("", node.args[0].value)
        ):  # fmt: skip
            yield node


def _waiting(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """``(paper, claim)`` of each claim that ``ledger.waiting("paper")`` shows."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _chain(node.func)[-1:] == ["waiting"] and len(node.args) == 1:
            (argument,) = node.args
            if isinstance(argument, ast.Constant):
                yield from ((argument.value, claim.id) for claim in waiting(argument.value).claims)


def _paper(value: ast.expr) -> str | None:
    """The id in ``ledger.paper("id")``."""
    if isinstance(value, ast.Call) and _chain(value.func)[-1:] == ["paper"] and len(value.args) == 1:
        (argument,) = value.args
        return argument.value if isinstance(argument, ast.Constant) else None
    return None


def _chain(node: ast.expr) -> list[str]:
    """``a.b.c`` as its parts; nothing for what is no chain of names."""
    if isinstance(node, ast.Name):
        return [node.id]
    return [*before, node.attr] if isinstance(node, ast.Attribute) and (before := _chain(node.value)) else []


def parsed(source: str) -> ast.Module:
    """The cell's code; its lines that speak to IPython are left out."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError as error:
        raise CirclesError(f"a cell of the chapters is not Python ({error.msg}): {lines[0]!r}") from None


def relative(path: Path) -> str:
    """The path from the repository's root, where it lies below it."""
    root = PACKAGE.parents[1]
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
