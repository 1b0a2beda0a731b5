"""The style sheets are loaded in an order that the build does not fix: none may depend on it."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

SHEETS = sorted((Path(__file__).resolve().parents[2] / "_static").glob("*.css"))
BLOCK = re.compile(r"([^{}]+)\{([^{}]*)\}")


def declared(sheet: Path) -> set[tuple[str, str]]:
    """``(selector, property)`` of every rule outside of media queries; ``a:is(b, c)`` as it stands."""
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", "", text)
    found = set()
    for selectors, body in BLOCK.findall(text):
        names = [line.split(":")[0].strip() for line in body.split(";") if ":" in line]
        for selector in re.split(r",(?![^(]*\))", selectors):
            found |= {(" ".join(selector.split()), name) for name in names}
    return found


def test_no_two_sheets_set_one_property_of_one_selector():
    assert len(SHEETS) > 1 and all(declared(sheet) for sheet in SHEETS)
    for one, other in combinations(SHEETS, 2):
        shared = declared(one) & declared(other)
        assert not shared, f"{one.name} and {other.name} both set {sorted(shared)}"
