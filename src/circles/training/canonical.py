"""The text of a definition without what does not matter: layout, comments, docstrings, annotations, names of locals.

What remains is written in parts: text, and references to other definitions of the package. The names of a function's
parameters stay, since callers may use them; locals are numbered by scope and first binding. ``raise X(...)`` is
written as ``raise``: what a refusal says changes no number.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """Another definition, by module and qualified name."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}".removeprefix("circles.")


@dataclass(frozen=True)
class Constant:
    """A constant that is a plain value: it counts as that value, and has a name only for people."""

    where: Reference
    value: str


Part = str | Reference | Constant
Resolve = Callable[[list[str]], list[Part]]  # a dotted name that is no local: what it stands for

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def parts_of(nodes: Iterable[ast.AST], resolve: Resolve) -> list[Part]:
    """These nodes, one after the other."""
    writer = _Writer(resolve)
    for node in nodes:
        writer.write(node)
    return writer.parts


def is_text(node: ast.AST) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


class _Writer:
    def __init__(self, resolve: Resolve) -> None:
        self.resolve, self.parts, self.scopes = resolve, [], []

    def write(self, node: object) -> None:
        """One node, or a list of them, or a plain value."""
        if isinstance(node, list):
            self._several(node)
        elif not isinstance(node, ast.AST):
            self.parts.append(f"{node!r};")
        elif (own := getattr(self, f"_{type(node).__name__}", None)) is not None:
            own(node)
        else:
            self.parts.append(f"{type(node).__name__}(")
            for name, value in ast.iter_fields(node):
                if name not in ("ctx", "type_comment", "kind", "type_params"):
                    self.write(value)
            self.parts.append(")")

    def _several(self, nodes: list[object]) -> None:
        self.parts.append("[")
        for node in nodes:
            if not (isinstance(node, ast.AST) and (is_text(node) or isinstance(node, ast.Import | ast.ImportFrom))):
                self.write(node)
        self.parts.append("]")

    def _Constant(self, node: ast.Constant) -> None:
        self.parts.append(f"{type(node.value).__name__}:{node.value!r};")

    def _Name(self, node: ast.Name) -> None:
        self._dotted([node.id])

    def _Attribute(self, node: ast.Attribute) -> None:
        names, below = [node.attr], node.value
        while isinstance(below, ast.Attribute):
            names.append(below.attr)
            below = below.value
        if isinstance(below, ast.Name):
            self._dotted([below.id, *reversed(names)])
        else:
            self.write(below)
            self.parts.append("." + ".".join(reversed(names)) + ";")

    def _dotted(self, names: list[str]) -> None:
        for scope in reversed(self.scopes):
            if names[0] in scope:
                found = scope[names[0]]
                if isinstance(found, list):  # imported in this function
                    self.parts += self.resolve([*found, *names[1:]])
                else:
                    self.parts.append(".".join([found, *names[1:]]) + ";")
                return
        self.parts += self.resolve(names)

    def _Raise(self, node: ast.Raise) -> None:
        self.parts.append("raise;")

    def _AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.write(ast.Assign(targets=[node.target], value=node.value))

    def _FunctionDef(self, node: ast.FunctionDef) -> None:
        if self.scopes:  # within another function its name is a local
            self._dotted([node.name])
        self.write(node.decorator_list)
        self._callable(node, node.body)

    _AsyncFunctionDef = _FunctionDef

    def _Lambda(self, node: ast.Lambda) -> None:
        self._callable(node, [node.body], keep=False)

    def _ClassDef(self, node: ast.ClassDef) -> None:
        if self.scopes:
            self._dotted([node.name])
        for part in (node.decorator_list, node.bases, node.keywords):
            self.write(part)
        self.scopes.append({name: f"field {name}" for name in bound_by(node.body)})
        self.write(node.body)
        self.scopes.pop()

    def _callable(self, node: ast.FunctionDef | ast.Lambda, body: list[ast.AST], *, keep: bool = True) -> None:
        a = node.args
        self.parts.append("def(" if keep else "lambda(")
        for default in (*a.defaults, *a.kw_defaults):
            self.write(default)
        places, named = [*a.posonlyargs, *a.args], [*a.kwonlyargs, *([a.kwarg] if a.kwarg else [])]
        star = [a.vararg] if a.vararg else []
        scope: dict[str, str | list[str]] = {}
        for i, argument in enumerate([*places, *star]):
            scope[argument.arg] = f"parameter {argument.arg}" if keep else f"l{len(self.scopes)}.{i}"
        scope |= {argument.arg: f"parameter {argument.arg}" for argument in named}
        shape = (len(a.posonlyargs), len(a.args), bool(a.vararg), len(a.kwonlyargs), bool(a.kwarg))
        self.parts.append(f"{shape}{list(scope.values())}:")
        for name, imported in bound_by(body).items():
            scope.setdefault(name, imported or f"v{len(self.scopes)}.{len(scope)}")
        self.scopes.append(scope)
        self.write(body)
        self.scopes.pop()
        self.parts.append(")")

    def _comprehension(self, node: ast.AST) -> None:
        first, *rest = node.generators
        self.parts.append(f"{type(node).__name__}(")
        self.write(first.iter)  # it alone is evaluated outside
        names = [n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)]
        self.scopes.append({name: f"c{len(self.scopes)}.{i}" for i, name in enumerate(dict.fromkeys(names))})
        self.write([first.target, first.ifs])
        for generator in rest:
            self.write([generator.target, generator.iter, generator.ifs])
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self.write(results)
        self.scopes.pop()
        self.parts.append(")")

    _ListComp = _SetComp = _DictComp = _GeneratorExp = _comprehension


def bound_by(body: list[ast.AST]) -> dict[str, list[str] | None]:
    """The names that a body binds in its own scope, in order; of an imported one, what it stands for."""
    found: dict[str, list[str] | None] = {}
    outer: set[str] = set()
    for node in _own(body):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.setdefault(node.id, None)
        elif isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
            if node.name:
                found.setdefault(node.name, None)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= imported(node)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            outer |= set(node.names)
    return {name: what for name, what in found.items() if name not in outer}


def imported(node: ast.Import | ast.ImportFrom) -> dict[str, list[str]]:
    """What the names of an import stand for: ``[module, ""]``, or ``[module, "", attribute]``."""
    if isinstance(node, ast.ImportFrom):
        return {a.asname or a.name: [node.module or "", "", a.name] for a in node.names}
    return {
        a.asname or a.name.partition(".")[0]: [a.name if a.asname else a.name.partition(".")[0], ""]
        for a in node.names
    }


def _own(body: list[ast.AST], *, inner: bool = False) -> Iterator[ast.AST]:
    """All nodes of this scope; of the scopes within only those that bind out of a comprehension."""
    for node in body:
        if not inner or isinstance(node, ast.NamedExpr):
            yield node
        if isinstance(node, ast.NamedExpr):
            yield node.target
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        yield from _own(list(ast.iter_child_nodes(node)), inner=inner or isinstance(node, COMPREHENSIONS))
