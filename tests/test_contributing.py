"""The contributor guide's tables name what there is: layouts, tests, kinds of inputs."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from circles.models.foreign import layouts, plain

sys.path.insert(0, str(Path(__file__).parent))

from fuzz.readers import READERS

TESTS = Path(__file__).parent

GUIDE = (TESTS.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(test_\w+\.py)::(\w+)`", GUIDE)))


def rows(head: str) -> list[list[str]]:
    """The cells of the table with this head, a row a line."""
    body = GUIDE.partition(f"{head}\n")[2].split("\n\n")[0].splitlines()[1:]
    assert body, head
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body]


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_is_there(file, name):
    found = list(TESTS.rglob(file))
    assert len(found) == 1, found
    assert f"\ndef {name}(" in found[0].read_text(encoding="utf-8")


def test_every_layout_has_its_row_and_its_test():
    made = set()
    for module in (layouts, plain):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Layout":
                made |= {node.args[0].value} if isinstance(node.args[0], ast.Constant) else set()
    table = rows("| layout | known by | test |")
    assert {row[0] for row in table} == made
    assert all("::test_" in row[2] for row in table + [["", *row] for row in rows("| and of any of these | test |")])


def test_every_kind_of_input_that_is_fuzzed_has_its_row():
    table = rows("| inputs | tries | tracebacks | longest, s | most memory, MB |")
    assert [row[0] for row in table] == list(READERS)
    assert sum(int(row[1].replace(",", "")) for row in table) == int(
        re.search(r"So ([\d,]+) tries", GUIDE)[1].replace(",", "")
    )
    assert all(row[2] == "0" for row in table)
