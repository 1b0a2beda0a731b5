"""From a claim to its page, cell, functions and ledger entry, and the places that it names are there."""

import re
from functools import cache
from pathlib import Path

import pytest

from circles import ledger
from circles.book import chapters, where
from circles.foundations.errors import LedgerError
from circles.ledger import checks

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = [claim for paper in ledger.papers() for claim in paper.claims]


READ = cache(chapters.read)


@pytest.fixture(autouse=True)
def read_once(monkeypatch):
    monkeypatch.setattr(chapters, "read", READ)


@pytest.mark.parametrize("claim", CLAIMS[::12], ids=lambda claim: claim.name)
def test_each_place_of_a_claim_is_there(claim):
    found = where.where(claim.name)
    chapter, index, identity = re.search(r"cell      (\d+) of (\S+), id (\S+)", found).group(2, 1, 3)
    cell = READ(ROOT / chapter).cells[int(index)]
    assert cell.id == identity
    assert f'check("{claim.id}"' in cell.source or f'ledger.waiting("{claim.paper_id}")' in cell.source
    for name, path, line in re.findall(r"function  (\S+)  (\S+):(\d+)", found):
        text = (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1 :]
        word = name.rpartition(".")[2]
        assert any(re.search(rf"\b(def|class) {word}\b", line) for line in text[:6])  # below its decorators
    path, line = re.search(r"ledger    (\S+):(\d+)", found).groups()
    assert (ROOT / path).read_text(encoding="utf-8").splitlines()[int(line) - 1] == f'id = "{claim.id}"'


def test_names_of_a_notebook_lead_to_functions():
    found = where.where("nanda2023/wl-rank")
    assert "circles.papers.nanda2023.claims.of  src/circles/papers/nanda2023/claims.py:" in found
    assert "chapters/02_grokking.html" in found


def test_a_method_of_what_a_cell_made_is_found():
    assert "number_waves.NumberWaves.digit_accuracy  " in where.where("zhou2024/last-digit-read")


# On the built page


@pytest.fixture
def code_links(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "book"))
    import code_links

    monkeypatch.setattr(code_links, "base", lambda: "https://github.com/o/n/blob/abc")
    return code_links


CELL = """from circles.papers.nanda2023 import claims, net
from circles import ledger

paper = ledger.paper("nanda2023")  # ä < b
one = net.NandaNet.of(run) if True else None
paper.check("wl-rank", claims.of(one, "wl-rank"))
"""


def highlighted(source):
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    made = highlight(source, PythonLexer(), HtmlFormatter())
    return f'<div class="highlight-ipython3 notranslate">{made}</div>'


def test_names_in_a_cell_lead_to_their_definitions_and_the_text_stays(code_links, monkeypatch, tmp_path):
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    monkeypatch.setattr(chapters, "read", lambda path: book)
    before = highlighted(CELL) + highlighted("another = claims.of")
    after = code_links.with_definitions(before, tmp_path)
    link = r'<a class="circles-definition" href="https://github.com/o/n/blob/abc/(\S+)#L(\d+)">(.*?)</a>'
    links = re.findall(link, after)
    told = {re.sub("<[^>]+>", "", words): (file, int(line)) for file, line, words in links}
    assert set(told) == {"ledger.paper", "claims.of"}  # net has no NandaNet
    for words, (file, line) in told.items():
        text = (ROOT / file).read_text(encoding="utf-8").splitlines()[line - 1 : line + 5]
        assert any(re.search(rf"\b(def|class) {words.rpartition('.')[2]}\b", row) for row in text)
    assert re.sub("<a class=[^>]*>|</a>", "", after) == before


def test_every_card_of_a_claim_leads_to_its_code(code_links):
    from circles.ledger.cards import Headlines
    from circles.ledger.checks import Badge
    from circles.ledger.scorecard import Scorecard

    paper = ledger.paper("nanda2023")
    badge = Badge(paper.claims[0], "1", paper.claims[0].verdict)._repr_html_()
    badge = badge.replace("<table ", f'<table id="{checks.anchor(paper.claims[0])}" ')
    page = code_links.with_sources(badge)
    assert page.count('<span class="circles-sources">') == 1
    assert f"src/circles/ledger/nanda2023.toml#L{where.entry('nanda2023', paper.claims[0].id)[1]}" in page
    card = code_links.with_sources(Scorecard([paper])._repr_html_())
    assert card.count('<span class="circles-sources">') == len(paper.claims)
    assert card.count("/src/circles/papers/nanda2023/claims.py#L") > 5
    heads = code_links.with_sources(Headlines([paper])._repr_html_())
    assert heads.count(">code</a></small></th>") == sum(claim.headline for claim in paper.claims)


def test_a_page_is_pinned_to_its_commit_or_its_version(monkeypatch):
    import subprocess
    from types import SimpleNamespace

    monkeypatch.syspath_prepend(str(ROOT / "book"))
    import address
    import code_links

    import circles

    said = {"describe": "", "rev-parse": "0123abc\n"}
    monkeypatch.setattr(
        subprocess, "run", lambda words, **_: SimpleNamespace(returncode=not said[words[1]], stdout=said[words[1]])
    )
    for changed, state in (({}, "0123abc"), ({"describe": "v9\n"}, "v9"),
                           ({"describe": "", "rev-parse": ""}, f"v{circles.__version__}")):  # fmt: skip
        said.update(changed)
        code_links.base.cache_clear()
        assert code_links.base() == f"{address.present(ROOT)}/blob/{state}"
    code_links.base.cache_clear()


def test_a_claim_that_no_cell_checks_is_named(monkeypatch):
    monkeypatch.setattr(chapters, "paths", lambda: [])
    with pytest.raises(LedgerError, match="no cell of the chapters checks nanda2023/wl-rank, expected one"):
        where.where("nanda2023/wl-rank")
