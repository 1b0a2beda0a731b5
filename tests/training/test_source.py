"""What a run's code is: the table of what is left out, and the texts that count as the same."""

import ast
import dataclasses

import pytest

from circles.book.registry import FAMILIES
from circles.training import canonical, left_out, source


def text(code):
    return canonical.parts_of(ast.parse(code).body, lambda names: [".".join(names) + ";"])


def test_every_name_that_is_left_out_is_met_and_has_a_reason():
    found = source.Source(source.here().package.root)
    for kind in FAMILIES.values():
        reference = canonical.Reference(kind.__module__, kind.__qualname__)
        found.trains(reference), found.measures(reference)
        assert all(hasattr(kind, name) for name in left_out.UNUSED if name != "tier")
    assert set(left_out.LEFT_OUT) <= found.met | {"foundations.errors.*"}
    assert all(left_out.LEFT_OUT.values()) and all(left_out.UNUSED.values())


@pytest.mark.parametrize(("one", "other"), [
    ("def f(x):\n    y = x\n    return y", "def f(x):\n    'Doc.'\n    z: int = x  # why\n    return (z)"),
    ("def f(x):\n    return [a + x for a in x]", "def f(x: int) -> list:\n    return [b + x for b in x]"),
    ("def f():\n    raise ValueError('a')", "def f():\n    raise ValueError('b')"),
    ("def f(x):\n    return lambda a: a + x", "def f(x):\n    return lambda b: b + x"),
])  # fmt: skip
def test_the_same_text(one, other):
    assert text(one) == text(other)


@pytest.mark.parametrize(("one", "other"), [
    ("def f(x, y):\n    return x - y", "def f(x, y):\n    return y - x"),
    ("def f(x, y):\n    return x - y", "def f(y, x):\n    return y - x"),  # callers may name them
    ("def f(x):\n    y = x\n    return [y for z in x]", "def f(x):\n    y = x\n    return [z for z in x]"),
    ("def f(x, c=0.25):\n    return c * x", "def f(x, c=0.5):\n    return c * x"),
    ("def f(x):\n    return x.sum(0)", "def f(x):\n    return x.sum(1)"),
])  # fmt: skip
def test_another_text(one, other):
    assert text(one) != text(other)


def test_what_has_changed_is_named():
    before = source.Code({"a": "1 1", "b": "2 2"}, {"f": "3 3"}, {"C": "4"})
    assert before.changed_since(before) == []
    assert dataclasses.replace(before, definitions={"z": "1 1", "b": "2 2"}).changed_since(before) == [], "renamed"
    assert dataclasses.replace(before, fields={"f": "3 3", "g": "5 5"}).changed_since(before) == [], "a new field"
    assert dataclasses.replace(before, fields={"f": "6 6"}).changed_since(before) == ["f"]
    assert dataclasses.replace(before, definitions={"a": "7 7", "b": "2 8"}).changed_since(before) == ["a"]
