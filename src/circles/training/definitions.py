"""The package as its source says it: which definition a name stands for, and what each of them refers to."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from circles.training import canonical
from circles.training.canonical import FUNCTIONS, Constant, Part, Reference, bound_by
from circles.training.left_out import UNUSED

WHOLE = "*"  # the name of a reference to all of a module
CONFIGS = ("foundations.config.Config", "training.run_config.RunConfig")
PLAIN = (bool, int, float, complex, str, bytes, type(None), tuple)


@dataclass(frozen=True)
class Definition:
    """One function, class head, field of a configuration, or constant: its text in parts, and what comes with it."""

    parts: tuple[Part, ...]
    brings: tuple[Reference, ...] = ()  # such as the methods of a class

    @property
    def references(self) -> list[Reference]:
        return [*(p for p in self.parts if isinstance(p, Reference)), *self.brings]

    def hash(self, inner: dict[Reference, str] | None = None) -> str:
        """Eight hexadecimal digits; ``inner`` says what stands in each reference's place, "@" without."""
        text = "".join(
            (inner or {}).get(p, "@") if isinstance(p, Reference) else p.value if isinstance(p, Constant) else p
            for p in self.parts
        )
        return short(text)


def short(text: str) -> str:
    """Eight hexadecimal digits of the SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass
class Module:
    """A module's statements by the names that they bind."""

    name: str
    tree: ast.Module
    bound: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                self.imports |= canonical.imported(node)
            elif isinstance(node, (*FUNCTIONS, ast.ClassDef)):
                self.bound.setdefault(node.name, []).append(node)
            elif not canonical.is_text(node):
                for name in bound_by([node]):
                    self.bound.setdefault(name, []).append(node)


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


class Package:
    """The modules below a folder, which is the package ``circles`` whatever the folder is called."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._modules: dict[str, Module | None] = {}
        self._known: dict[Reference, Definition] = {}

    def module(self, name: str) -> Module | None:
        """The module with this name, None when it is none of the package's. Sources are UTF-8 whatever the locale."""
        if name not in self._modules:
            found, base = None, self.root.joinpath(*name.split(".")[1:])
            if name.partition(".")[0] == "circles":
                for file in (base.with_suffix(".py"), base / "__init__.py"):
                    if file.is_file() and (base != self.root or file.name == "__init__.py"):
                        found = Module(name, _parsed(file.read_text(encoding="utf-8")))
                        break
            self._modules[name] = found
        return self._modules[name]

    @cached_property
    def every(self) -> list[str]:
        """The names of all modules."""
        files = sorted(self.root.rglob("*.py"))
        parts = [f.relative_to(self.root).with_suffix("").parts for f in files]
        return [".".join(("circles", *(p[:-1] if p[-1] == "__init__" else p))) for p in parts]

    def resolve(self, module: str, names: list[str]) -> list[Part]:
        """What a dotted name stands for in a module: a definition and attributes of it, a plain value, or a name."""
        if len(names) > 1 and names[1] == "":  # imported within a function
            return self._imported(names[0], names[2:])
        here = self.module(module)
        if names[0] in here.bound:
            return self._defined(module, names)
        if names[0] in here.imports:
            source, _, *rest = here.imports[names[0]]
            return self._imported(source, [*rest, *names[1:]])
        return [".".join(names) + ";"]

    def _imported(self, module: str, names: list[str]) -> list[Part]:
        found = self.module(module)
        if found is None:
            return [".".join([module, *names]) + ";"]
        if not names:
            return [Reference(module, WHOLE)]
        if names[0] in found.bound or names[0] in found.imports:
            return self.resolve(module, names)
        if self.module(f"{module}.{names[0]}") is not None:
            return self._imported(f"{module}.{names[0]}", names[1:])
        return [".".join([module, *names]) + ";"]

    def _defined(self, module: str, names: list[str]) -> list[Part]:
        reference, after = Reference(module, names[0]), [f".{n};" for n in names[1:]]
        value = self.plain(reference)
        # a constant counts as its value, so that one that is drawn out of a function, or moved, changes nothing
        return [reference if value is None else Constant(reference, value), *after]

    def plain(self, reference: Reference) -> str | None:
        """The text of a constant that is a number, a word or a tuple of such; None for all else."""
        nodes = self.module(reference.module).bound.get(reference.name, [])
        if len(nodes) != 1 or not isinstance(nodes[0], ast.Assign | ast.AnnAssign) or nodes[0].value is None:
            return None
        target = nodes[0].targets if isinstance(nodes[0], ast.Assign) else [nodes[0].target]
        if len(target) != 1 or not isinstance(target[0], ast.Name):
            return None
        try:
            value = ast.literal_eval(nodes[0].value)
        except (ValueError, TypeError, SyntaxError):
            return None
        if not isinstance(value, PLAIN):
            return None
        return "".join(map(str, canonical.parts_of([nodes[0].value], list)))

    def definition(self, reference: Reference) -> Definition:
        """What a reference leads to."""
        if reference not in self._known:
            self._known[reference] = self._read(reference)
        return self._known[reference]

    def _read(self, reference: Reference) -> Definition:
        module, (name, _, member) = reference.module, reference.name.partition(".")
        if name == WHOLE:
            here = self.module(module)
            return Definition(("module",), tuple(Reference(module, n) for n in here.bound))
        nodes = self.module(module).bound[name]
        if len(nodes) == 1 and isinstance(nodes[0], ast.ClassDef):
            return self._of_class(module, nodes[0], member)
        if isinstance(nodes[0], FUNCTIONS):
            return Definition(tuple(self._parts(module, nodes)))
        position = [n for node in nodes for n in bound_by([node])].index(name)
        parts = self._parts(module, [getattr(node, "value", None) or node for node in nodes])
        return Definition((f"{position} of ", *parts))

    def _parts(self, module: str, nodes: list[ast.AST]) -> list[Part]:
        return canonical.parts_of(nodes, lambda names: self.resolve(module, names))

    def _of_class(self, module: str, node: ast.ClassDef, member: str) -> Definition:
        """A class's head, or one of its methods, or, of a configuration, one of its fields."""
        here, named = Reference(module, node.name), members(node)
        if member:
            return Definition((member, *self._parts(module, named[member])))
        config = self.is_config(here)
        head = [n for n in node.body if not isinstance(n, FUNCTIONS) and not canonical.is_text(n)]
        if config:
            head = [n for n in head if not _is_field(n) and not set(bound_by([n])) & set(UNUSED)]
            parts: list[Part] = []
        else:
            parts = self._parts(module, [*node.decorator_list, *node.keywords])
            parts += [str(b) for b in self._outer_bases(here)]
        for each in head:
            marks = [f"{'' if _is_class_variable(each) else 'field '}{n} " for n in bound_by([each])]
            parts += [*marks, *self._parts(module, [getattr(each, "value", None) or each])]
        return Definition(tuple(parts), tuple(Reference(module, f"{node.name}.{n}") for n in named))

    def class_node(self, reference: Reference) -> ast.ClassDef | None:
        """The class that a reference leads to, None for all else."""
        found = self.module(reference.module)
        nodes = found.bound.get(reference.name, []) if found else []
        return nodes[0] if len(nodes) == 1 and isinstance(nodes[0], ast.ClassDef) else None

    def ancestors(self, reference: Reference) -> list[Reference]:
        """A class of the package and those it is made from, the nearest first."""
        found = [reference]
        for base in self.class_node(reference).bases:
            for part in self._parts(reference.module, [base]):
                if isinstance(part, Reference) and self.class_node(part) is not None:
                    found += [b for b in self.ancestors(part) if b not in found]
        return found

    def _outer_bases(self, reference: Reference) -> list[str]:
        """Its bases that are none of the package's, such as ``torch.autograd.Function``."""
        parts = self._parts(reference.module, self.class_node(reference).bases)
        return [p for p in parts if isinstance(p, str)]

    def is_config(self, reference: Reference) -> bool:
        """Whether a class's fields are a run's settings."""
        return any(str(a) in CONFIGS for a in self.ancestors(reference))


def is_field(package: Package, reference: Reference) -> bool:
    """Whether a member of a class is one of its fields."""
    owner, _, name = reference.name.partition(".")
    node = package.class_node(Reference(reference.module, owner))
    return node is not None and bool(name) and not isinstance(members(node)[name][0], FUNCTIONS)


def beyond(node: ast.ClassDef) -> set[str]:
    """The names that a class's methods ask of ``super()``."""
    return {
        n.attr for n in ast.walk(node)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Call) and getattr(n.value.func, "id", "") == "super"
    }  # fmt: skip


def members(node: ast.ClassDef) -> dict[str, list[ast.AST]]:
    """A class's methods, and its fields, by name."""
    found: dict[str, list[ast.AST]] = {}
    for each in node.body:
        if isinstance(each, FUNCTIONS):
            found.setdefault(each.name, []).append(each)
        elif _is_field(each):
            found.setdefault(each.target.id, []).append(each.value or ast.Constant(...))
    return found


def _is_field(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign) and not _is_class_variable(node)


def _is_class_variable(node: ast.AST) -> bool:
    return not isinstance(node, ast.AnnAssign) or "ClassVar" in ast.unparse(node.annotation)
