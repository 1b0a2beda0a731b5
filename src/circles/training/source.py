"""Which code a run depends on, found from the code, and by name what of it has changed.

From a family's class the imports and calls are followed through the package, definition by definition: functions,
classes with all of their methods, constants. Each counts with its text (``canonical``) and with the texts of what it
refers to in the place of their names. So layout, comments, names of locals, moved and renamed functions and modules
change nothing, and a changed factor, index or default does. Which names are not followed says ``left_out``.

Where the target of a call is not known before it runs, more is counted rather than less: a class brings all its
methods and those it inherits, a module that is passed on brings all that it defines.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

from circles.training.canonical import Constant, Reference
from circles.training.definitions import WHOLE, Definition, Package, beyond, is_field, members, short
from circles.training.left_out import LEFT_OUT, UNUSED

TRAINS, MEASURES = ("problem", "descent", "checkpoints", "finished"), ("measure",)


@dataclass(frozen=True)
class Code:
    """The definitions that numbers depend on: each by name with its own hash, a blank, its hash with those it names.

    ``fields`` are the defaults of other families' settings. ``constants`` count in the texts where they stand; here
    they are by name, so that a message can say which has changed.
    """

    definitions: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)

    @property
    def identity(self) -> str:
        """Twelve hexadecimal digits of what this computes, whatever its parts are called."""
        text = " ".join(sorted({*self.definitions.values(), *self.fields.values()}))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, dict[str, str]]:
        return asdict(self)

    def changed_since(self, before: Code) -> list[str]:
        """The names of what is not as before: changed, new or gone. Renamed and moved ones are as before.

        A field that is new is none: whoever makes such a run has not set it, and code that reads it has changed.
        """
        held, now = set(before.definitions.values()), set(self.definitions.values())
        new = {n for n, h in self.definitions.items() if h not in held}
        gone = {n for n, h in before.definitions.items() if h not in now}
        fields = {n for n, h in before.fields.items() if h not in self.fields.values()}
        if not (new or gone or fields):
            return []
        # those whose own text has changed: the others only refer to them
        texts, todays = ({h.split()[0] for h in c.definitions.values()} for c in (before, self))
        own = {n for n in new if self.definitions[n].split()[0] not in texts}
        own |= {n for n in gone if before.definitions[n].split()[0] not in todays}
        values = {n for n, h in before.constants.items() if self.constants.get(n, h) != h}
        return sorted(own | fields | values) or sorted(new | gone)


class Source:
    """The code of the families of runs in the package below a folder."""

    def __init__(self, root: Path) -> None:
        self.package = Package(root)
        self.met: set[str] = set()  # the names of LEFT_OUT and UNUSED that were

    def trains(self, kind: Reference) -> Code:
        """What a run's numbers depend on: of a trained one all but its measures, of a computed one all."""
        return self._code(self._closure([kind], kind))

    def measures(self, kind: Reference) -> Code:
        """What its measures depend on besides; nothing for a computed one."""
        if self._is_computed(kind):
            return Code()
        trained = self._closure([kind], kind)
        chosen = [m for m in self._members(kind) if _last(m) in MEASURES]
        return self._code({r: d for r, d in self._closure(chosen, kind).items() if r not in trained})

    def _is_computed(self, kind: Reference) -> bool:
        return any(str(a) == "training.computed.ComputedRun" for a in self.package.ancestors(kind))

    def _members(self, kind: Reference) -> list[Reference]:
        """A class's methods and fields as Python finds them: the nearest of each name, and those asked of super()."""
        found: dict[str, Reference] = {}
        more: list[Reference] = []
        asked: set[str] = set()
        for base in self.package.ancestors(kind):
            node = self.package.class_node(base)
            for name in members(node):
                reference = Reference(base.module, f"{base.name}.{name}")
                if found.setdefault(name, reference) != reference and name in asked:
                    more.append(reference)
            asked |= beyond(node)
        return [*found.values(), *more]

    def _closure(self, roots: list[Reference], kind: Reference) -> dict[Reference, Definition]:
        """All definitions that these lead to. Of ``kind`` itself the fields do not count: a run keeps their values."""
        found: dict[Reference, Definition] = {}
        todo = list(roots)
        while todo:
            here = todo.pop()
            if here in found or self._is_left_out(here):
                continue
            found[here] = self.package.definition(here)
            if self.package.class_node(here) is not None:
                todo += self._of_class(here, here == kind)
                for base in self.package.ancestors(here)[1:]:  # what those above it say outside of methods
                    if not self._is_left_out(base):
                        found.setdefault(base, self.package.definition(base))
                        todo += [r for r in found[base].parts if isinstance(r, Reference)]
                todo += [r for r in found[here].parts if isinstance(r, Reference)]
            else:
                todo += found[here].references
        return found

    def _of_class(self, here: Reference, is_kind: bool) -> list[Reference]:
        """The members of a class that count."""
        own = self._members(here)
        if not self.package.is_config(here):
            return [m for m in own if not is_field(self.package, m)]  # the class's head has them
        without = {"compute", *(MEASURES if is_kind else ())}
        if self._is_computed(here):
            without = {*TRAINS, *MEASURES}
        self.met |= {_last(m) for m in own if _last(m) in UNUSED}
        own = [m for m in own if _last(m) not in UNUSED and _last(m) not in without]
        return [m for m in own if not (is_kind and is_field(self.package, m))]

    def _is_left_out(self, reference: Reference) -> bool:
        if reference.name == WHOLE:
            return False
        names = {str(reference), f"{reference.module.removeprefix('circles.')}.*"} & LEFT_OUT.keys()
        self.met |= names
        return bool(names)

    def _code(self, closure: dict[Reference, Definition]) -> Code:
        own = {r: d.hash() for r, d in closure.items()}
        found = Code()
        for r, d in sorted(closure.items(), key=lambda item: str(item[0])):
            where = found.fields if is_field(self.package, r) and self._is_setting(r) else found.definitions
            where[str(r)] = f"{own[r]} {d.hash(own)}"
            found.constants.update({str(p.where): short(p.value) for p in d.parts if isinstance(p, Constant)})
        return found

    def _is_setting(self, member: Reference) -> bool:
        return self.package.is_config(Reference(member.module, member.name.partition(".")[0]))


def _last(member: Reference) -> str:
    return member.name.rpartition(".")[2]


@cache
def here() -> Source:
    """The package that runs."""
    return Source(Path(__file__).resolve().parents[1])


@cache  # of files that do not change once they are imported
def of(kind: type) -> tuple[Code, Code]:
    """What trains a family, and what measures it. A class from outside counts as the package's that it is made from."""
    for each in kind.__mro__:
        if each.__module__.startswith("circles."):
            reference = Reference(each.__module__, each.__qualname__)
            return here().trains(reference), here().measures(reference)
    return Code(), Code()
