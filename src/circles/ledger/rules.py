"""Acceptance rules: what a claim's value must be, as a machine can read it.

A rule is a table with one of these sets of keys:

- ``min``, ``max``, or both: every entry lies in the closed band; with ``at_least = n``, n entries do;
- ``equals``: the value is this number, word, truth value or list, exactly;
- ``each``: a list (or a table) of rules, one for each entry of a list (or a table) of values.

NaN lies in no band.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from circles.foundations.errors import LedgerError

Value = Any  # a number, truth value or word, or a flat list or mapping of them
KEYS = {"min", "max", "at_least", "equals", "each"}


@dataclass(frozen=True)
class Rule:
    """One acceptance rule; ``Rule.parse`` makes it from a TOML table and refuses what it does not know."""

    low: float = -math.inf
    high: float = math.inf
    at_least: int | None = None
    equals: Any = None
    each: tuple[tuple[str, Rule], ...] = ()

    @classmethod
    def parse(cls, table: Any, where: str) -> Rule:
        """The rule this table states. Raises LedgerError, naming ``where`` the rule stands."""
        if not isinstance(table, Mapping) or not table:
            raise LedgerError(f"{where} is {table!r}, expected a table such as {{min = 0.9}}")
        if unknown := set(table) - KEYS:
            known = ", ".join(sorted(KEYS))
            raise LedgerError(f"{where} has unknown key {sorted(unknown)[0]!r}, expected {known}")
        if {"equals", "each"} & set(table) and len(table) > 1:
            raise LedgerError(f"{where} has keys {sorted(table)}, expected 'equals' or 'each' to stand alone")
        if "equals" in table:
            return cls(equals=table["equals"])
        if "each" in table:
            return cls(each=_parse_each(table["each"], where))
        return cls._parse_band(table, where)

    @classmethod
    def _parse_band(cls, table: Mapping[str, Any], where: str) -> Rule:
        ends = [table[k] for k in ("min", "max") if k in table]
        if not ends or any(not is_number(x) or math.isnan(x) for x in ends):
            raise LedgerError(f"{where} is {dict(table)}, expected numbers for min, max or both")
        low, high = float(table.get("min", -math.inf)), float(table.get("max", math.inf))
        at_least = table.get("at_least")
        if low > high:
            raise LedgerError(f"{where} has min {low:g} above max {high:g}, expected min <= max")
        if at_least is not None and (type(at_least) is not int or at_least < 1):
            raise LedgerError(f"{where} has at_least {at_least!r}, expected a whole number from 1")
        return cls(low, high, at_least)

    @property
    def rising(self) -> bool:
        """Whether a value that is accepted stays so however much it grows: a band with a least value alone."""
        return self.equals is None and self.high == math.inf and all(rule.rising for _, rule in self.each)

    def holds(self, value: Value) -> bool:
        """Whether the value is accepted. Raises LedgerError when its form is not the rule's."""
        if self.equals is not None:
            return _same(plain(value), self.equals)
        if self.each:
            given = entries(value)
            if len(given) != len(self.each) or {n for n, _ in given} != {n for n, _ in self.each}:
                names = ", ".join(n for n, _ in self.each)
                found = f"value {show(value)} has {len(given)} entries"
                raise LedgerError(f"{found}, expected one each for {names}")
            found = dict(given)
            return all(rule.holds(found[name]) for name, rule in self.each)
        given = [x for _, x in entries(value)]
        if bad := [x for x in given if not is_number(x)]:
            raise LedgerError(f"value {bad[0]!r} is not a number, expected one to hold against {self}")
        if self.at_least is not None and self.at_least > len(given):
            raise LedgerError(f"value has {len(given)} entries, expected at least {self.at_least}")
        inside = sum(self.low <= x <= self.high for x in given)  # False for NaN
        return inside >= (len(given) if self.at_least is None else self.at_least) and bool(given)

    def __str__(self) -> str:
        if self.equals is not None:
            return f"exactly {show(self.equals, None)}"
        if self.each:
            return "; ".join(str(r) if n.isdecimal() else f"{n}: {r}" for n, r in self.each)
        low, high = f"{self.low:.10g}", f"{self.high:.10g}"
        if math.isinf(self.high):
            band = f"at least {low}"
        elif math.isinf(self.low):
            band = f"at most {high}"
        else:
            band = f"{low} to {high}"
        return band if self.at_least is None else f"{band} for {self.at_least} or more"


class Below(float):
    """A number of which is known only that it lies below this one: what rounding leaves of a zero."""


def entries(value: Value) -> list[tuple[str, Any]]:
    """The named entries of a value: one for a scalar, the places 0, 1, ... for a list."""
    value = plain(value)
    if isinstance(value, Mapping):
        return [(str(k), v) for k, v in value.items()]
    if isinstance(value, list):
        return [(str(i), v) for i, v in enumerate(value)]
    return [("0", value)]


def is_number(x: Any) -> bool:
    """Whether x is a whole or floating-point number; a truth value is not."""
    return isinstance(x, int | float) and not isinstance(x, bool)


LONGEST = 1e6  # from here on a number is shown as a power of ten; below, 6e+03 would make a reader count


def show(value: Value, digits: int | None = 3) -> str:
    """The value in words, numbers to this many significant digits (None: as they are)."""
    value = plain(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{k}: {show(v, digits)}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(show(v, digits) for v in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Below):
        return f"below {value:g}"
    if isinstance(value, float) and digits is not None:
        shown = f"{value:.{digits}g}"
        return f"{float(shown):,.0f}" if "e+" in shown and abs(float(shown)) < LONGEST else shown
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def listed(values: Any, form: str = "") -> str:
    """A mapping or a named column in words: full precision 0.54, binary 0.46; ``form`` is how values are written."""
    return ", ".join(f"{name} {value:{form}}" for name, value in values.items()) or "none"


def plain(value: Value) -> Value:
    """NumPy and torch scalars and arrays, sets and tuples as Python numbers and lists."""
    if isinstance(value, Mapping):
        return {k: plain(v) for k, v in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, set | frozenset):
        return [plain(v) for v in sorted(value)]
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def _same(value: Value, expected: Any) -> bool:
    if isinstance(value, bool) != isinstance(expected, bool):
        return False  # True == 1 in Python, not in a ledger
    return bool(value == expected)


def _parse_each(rules: Any, where: str) -> tuple[tuple[str, Rule], ...]:
    if isinstance(rules, list) and rules:
        rules = {str(i): rule for i, rule in enumerate(rules)}
    if not isinstance(rules, Mapping) or not rules:
        raise LedgerError(f"{where}.each is {rules!r}, expected a list or a table of rules")
    return tuple((name, Rule.parse(rule, f"{where}.{name}")) for name, rule in rules.items())
