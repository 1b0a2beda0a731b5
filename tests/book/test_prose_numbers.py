"""Measured numbers in prose come from code, and one typed by hand is found here: it has decimals, an exponent
or a percent sign, stands outside formulas, code, links and quoted words, and is no setup constant."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {
    line.split("#")[0].strip()
    for line in (Path(__file__).parents[1] / "setup_constants.txt").read_text(encoding="utf-8").splitlines()
    if line.split("#")[0].strip()
}
# fenced blocks, quotes, formulas, code, links, versions such as 3.1.2, licences
ELSEWHERE = re.compile(
    r"^(`{3,}|:{3,}|~{3,}).*?^\1|^\s*>.*?$|\$\$.*?\$\$|`[^`\n]*`|\$[^$\n]+\$|\]\([^)]*\)|https?://\S+|<[^>]*>"
    r"|\d+\.\d+(?:\.\d+)+|(?:CC BY|OFL|Apache|MPL)[ -]\d\.\d|arXiv\S*[ :]?[\d.]+(?:v\d+)?",
    re.MULTILINE | re.DOTALL,
)
NUMBER = re.compile(
    r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+|\s*[×x]\s*10[⁻⁰¹²³⁴-⁹^{}\d-]+|\s?%)|(?<![\w.])\d[\d,]*\.\d+(?![\w.]*\d)"
)
REFERENCE = re.compile(
    r"(?:sections?|chapters?|figures?|tables?|equations?|appendix|eq\.|fig\.|python|torch|version)\s*$", re.I
)


def typed_by_hand(markdown: str) -> list[str]:
    """The numbers in this prose that look measured."""
    prose = ELSEWHERE.sub(lambda m: "\n" * m[0].count("\n"), markdown)
    found = []
    for match in NUMBER.finditer(prose):
        number = re.sub(r"\s", "", match[0])
        before = prose[max(0, match.start() - 20) : match.start()].replace("\n", " ")
        if number not in ALLOWED and not REFERENCE.search(before):
            found.append(match[0])
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "chapters").glob("*.ipynb")), ids=lambda p: p.stem)
def test_no_measured_number_is_typed_by_hand(path):
    notebook = nbformat.read(path, as_version=4)
    found = [
        f"{path.stem} cell {i}: {number}"
        for i, cell in enumerate(notebook.cells)
        if cell.cell_type == "markdown"
        for number in typed_by_hand(cell.source)
    ]
    assert not found, "measured numbers typed by hand (print them from code): " + "; ".join(found)


@pytest.mark.parametrize("path", sorted((ROOT / "chapters").glob("*.md")), ids=lambda p: p.stem)
def test_nor_on_a_page_without_code(path):
    assert not typed_by_hand(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("prose", "numbers"),
    [
        ("The loss is 0.0123 at the end.", ["0.0123"]),
        ("It ends at 2.4e-7 or 3e-5.", ["2.4e-7", "3e-5"]),
        ("About 2.4 × 10⁻⁷, and 97 % or 84.6% of 1,234.5.", ["2.4 × 10⁻⁷", "97 %", "84.6%", "1,234.5"]),
        ("> The loss is 0.0123.\n\nYes.", []),
        ("We set `x = 0.5`, $x = 0.25$ and\n$$\nx = 0.125\n$$", []),
        ("```python\nx = 0.0123\n```\nand 0.77", ["0.77"]),
        ("Section 4.2, figure 7, [this](https://a.b/2.5); 113 tokens; arXiv 2301.05217v3", []),
        ("With 30% of the pairs and lr 1e-3", []),
        ("Under CC BY 4.0, or Apache-2.0; 4.0 of them", ["4.0"]),
        ("{glue:text}`loss-0.5` is small", []),
    ],
)
def test_what_counts_as_measured(prose, numbers):
    assert typed_by_hand(prose) == numbers
