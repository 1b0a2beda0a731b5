"""What a built chapter gains for its reader: the first picture, fresh cards, links to figures."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import nbformat
import pytest

from circles import ledger
from circles.ledger import checks

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("0?_[!e]*.ipynb"))
FIGURE = '<figure class="circles-figure"><div>{}</div><figcaption>c</figcaption></figure>'


@pytest.fixture(scope="module")
def reading():
    spec = importlib.util.spec_from_file_location("book_reading", ROOT / "book" / "reading.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(ROOT / "book"))  # where the build's own modules find each other
    spec.loader.exec_module(module)
    sys.path.remove(str(ROOT / "book"))
    yield module
    del sys.modules[spec.name]


def cell(id: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(id=id, metadata={"tags": list(tags)})


def test_each_figure_gets_the_id_of_its_cell(reading):
    body = FIGURE.format("one") + FIGURE.format("two")
    made = reading.linked_figures(body, [cell("a"), cell("a")])
    assert made.index('id="figure-a"') < made.index("one") < made.index('id="figure-a-2"') < made.index("two")
    assert reading.linked_figures(body, []) == body


def test_the_figure_that_opens_stands_below_the_question_and_leads_to_its_place(reading):
    cells = [cell("a"), cell("b", "opens")]
    figures = FIGURE.format("one") + FIGURE.format("two")
    body = reading.linked_figures(f'<h1>T</h1>\n<p class="m">7</p>\n<p>Why?</p>\n<p>More.</p>\n{figures}', cells)
    made = reading.opened(body, cells)
    assert made.count("two") == 2 and made.count("one") == 1 and made.count('id="figure-b"') == 1
    assert made.index("Why?") < made.index("two") < made.index('href="#figure-b"') < made.index("More.")
    assert reading.opened(body, [cell("a"), cell("b")]) == body


def test_cards_are_made_anew(reading):
    stale = ledger.headlines("nanda2023")._repr_html_().replace("reproduced", "unknown")
    made = reading.fresh_cards(stale)
    assert "unknown" not in made and '<a href="02_grokking.html#claim-nanda2023-logit-variance">' in made
    assert checks.ours()["nanda2023/restricted-leads"].split(" (")[0] in made


def test_what_is_printed_in_columns_keeps_its_lines(reading):
    def printed(text):
        kind = "output stream highlight-myst-ansi notranslate"
        return f'<div class="{kind}"><div class="highlight"><pre><span></span>{text}\n</pre></div>'

    table, prose = printed("seed  1  2\na &lt; b  10  20"), printed("one line\nand another")
    made = reading.kept_columns(table + prose)
    assert made == table.replace("<pre>", '<pre class="circles-columns" style="--letters: 13">') + prose
    code = '<div class="highlight-ipython3 notranslate"><div class="highlight"><pre>a  # b\nc  # d\n</pre></div>'
    assert reading.kept_columns(code) == code


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_chapter_opens_with_one_figure_and_its_headlines_and_ends_in_words(reading, path):
    cells = nbformat.read(path, as_version=4).cells
    assert len([c for c in reading.figure_cells(path) if reading.OPENS in c.metadata.get("tags", [])]) == 1
    sources = [c.source for c in cells]
    assert any("ledger.headlines(" in s for s in sources[:5])
    end = next(i for i, s in enumerate(sources) if s.startswith("ledger.ending("))
    assert sources[end + 1].startswith("### What we would tell a colleague")
