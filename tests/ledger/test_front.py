"""The front page's table, the page of what did not come out, the scorecard's filter, and the primer."""

from __future__ import annotations

import ast
import html
import re
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
import torch
import vl_convert

from circles import figures, ledger
from circles.figures import primer as pictures
from circles.foundations.errors import LedgerError
from circles.ledger import citation, front
from circles.ledger.cards import Headlines, headline_claims, measured
from circles.ledger.claims import Claim
from circles.ledger.endings import Ending
from circles.ledger.kinds import BAD, PARTLY, THEIRS
from circles.ledger.scorecard import Scorecard, anchor, counted
from circles.ledger.unmet import UNKNOWN, Unmet, reason
from circles.papers import primer

ROOT = Path(__file__).parents[2]


def test_the_table_has_a_row_for_each_paper_and_counts_its_claims():
    lines, page = repr(front.SixPapers()).splitlines(), front.SixPapers()._repr_html_()
    assert len(ledger.papers()) == 6
    for line, paper in zip(lines, ledger.papers(), strict=True):
        assert line.startswith(f"{int(paper.chapter[:2])}  {paper.authors}")
        assert all(f"{n} {v}" in line for v, n in counted([paper], THEIRS).items() if n)
        assert f'<a href="{paper.address}">' in page and html.escape(paper.question) in page


def test_links_to_chapters_lead_there_from_anywhere():
    papers = ledger.papers()
    unmet = Unmet(papers, "not reproduced")
    for made in (front.SixPapers(), Scorecard(papers), unmet, Headlines(papers), Ending(papers)):
        page = made._repr_html_()
        assert f'<a href="{citation.chapter_address("02_grokking")}' in page
        assert all(href.startswith("https://") for href in re.findall(r'href="(.*?)"', page))


@pytest.mark.parametrize("verdict", ["not reproduced", "partly", "failed", "missed", "not run"])
def test_every_claim_that_did_not_come_out_is_listed_with_its_reason(verdict):
    papers = ledger.papers()
    made = Unmet(papers, verdict)
    wanted = [c for p in papers for c in p.claims if c.verdict == verdict]
    assert len(made) == len(wanted)
    page = made._repr_html_()
    for claim in wanted:
        assert claim.id in repr(made) and reason(claim) in repr(made)
        assert f"#{anchor(claim)}\">{claim.id}</a></code>" in page
    assert [c.headline for _, c in made.found] == sorted((c.headline for c in wanted), reverse=True)


def test_headlines_that_did_not_come_out_can_be_shown_alone_and_left_out():
    papers = ledger.papers()
    alone, rest = (Unmet(papers, "partly", headline=only) for only in (True, False))
    assert all(c.headline for _, c in alone.found) and not any(c.headline for _, c in rest.found)
    assert len(alone) + len(rest) == len(Unmet(papers, "partly")) and len(alone)


def test_a_card_has_each_headline_with_both_values_and_its_verdict():
    for paper in ledger.papers():
        text, page = repr(Headlines([paper])), Headlines([paper])._repr_html_()
        assert page.count('<th scope="row">') == len(headline_claims(paper))
        for claim in headline_claims(paper):
            assert f"{claim.id}: {claim.plain}" in text
            assert measured(claim), f"{claim.name}: {claim.statement!r}, expected after a colon what is measured"
            assert f'<td class="verdict" data-label="verdict">{claim.verdict}</td>' in page


@pytest.mark.parametrize("paper", ledger.papers(), ids=lambda p: p.id)
def test_an_ending_names_each_headline_once_under_what_became_of_it(paper):
    made = Ending([paper])
    assert sorted(c.id for _, claims in made.parts() for _, c in claims) == sorted(c.id for c in headline_claims(paper))
    for words, claims in made.parts():
        assert all(("does not" in words) == (c.verdict in BAD) for _, c in claims)
        assert all(("in part" in words) == (c.verdict == PARTLY) for _, c in claims)
    firsts = sum(not c.again for c in paper.claims)
    assert sum(map(int, re.findall(r"Of (\d+)", made.totals()))) == firsts


@pytest.mark.parametrize("paper", ledger.papers(), ids=lambda p: p.id)
def test_what_did_not_come_out_has_a_reason(paper):
    for claim in paper.claims:
        if claim.verdict in {PARTLY, *BAD}:
            assert reason(claim) != UNKNOWN, f"{claim.name} is {claim.verdict!r}, expected the key because"
            assert len(claim.because.split()) > 10, f"{claim.name}: because is {claim.because!r}, expected a reason"


def test_what_did_not_come_out_is_said_in_plain_words_and_names_what_it_asks_again():
    papers = ledger.papers()
    page = Unmet(papers, "not reproduced")._repr_html_()
    found = [c for p in papers for c in p.claims if c.verdict == "not reproduced"]
    assert page.count(" again.</cite>") == sum(bool(c.again) for c in found) > 0
    assert all(f"<b>{html.escape(c.plain)}</b>" in page for c in found if c.headline)


def test_a_reason_stands_only_where_something_did_not_come_out():
    table = {
        "id": "x", "statement": "s", "source": "s", "paper": "p", "accept": {"min": 1}, "why": "w", "tier": "live",
        "because": "seed 3", "kind": "paper", "setting": "own",
    }  # fmt: skip
    assert Claim.parse(table | {"verdict": "not reproduced"}, "p").because == "seed 3"
    with pytest.raises(LedgerError, match="because stands with verdict 'reproduced'"):
        Claim.parse(table | {"verdict": "reproduced"}, "p")
    with pytest.raises(LedgerError, match="p/x: because is '', expected words"):
        Claim.parse(table | {"verdict": "not reproduced", "because": ""}, "p")


def test_the_scorecard_can_be_filtered_and_says_why():
    page = Scorecard(ledger.papers())._repr_html_()
    for paper in ledger.papers():
        for claim in paper.claims:
            assert f'data-paper="{paper.id}" data-tier="{claim.tier}" data-verdict="{claim.verdict}"' in page
    assert page.count('<tr class="verdict-') == page.count("<summary>why this band</summary>")
    assert '<form class="circles-filter" hidden>' in page, "without a script nothing must look as if it filtered"


def test_every_claim_checked_in_a_built_page_gets_its_anchor(monkeypatch):
    from circles.ledger.checks import Badge

    page = _page(monkeypatch)
    claims = ledger.paper("nanda2023").claims[:3]
    body = "".join(Badge(claim, "1", claim.verdict)._repr_html_() for claim in (*claims, claims[0]))
    made = page.anchored(body)
    assert re.findall(r'<table id="([^"]+)"', made) == [anchor(claim) for claim in claims]
    assert re.findall(r'<a href="#([^"]+)"><code>', made) == [anchor(claim) for claim in claims]
    assert re.sub(r' id="[^"]+"|<a href="#[^"]+">(?=<code>)|(?<=</code>)</a>', "", made) == body
    again = next(claim for claim in ledger.paper("zhou2024").claims if claim.differs)
    made = page.anchored(Badge(again, "1", again.verdict)._repr_html_())
    assert re.findall(r'<a href="#([^"]+)"><code>', made) == [f"claim-zhou2024-{id}" for id in (again.id, again.again)]


def test_each_symbol_of_the_primer_has_a_link_of_its_own(monkeypatch):
    page = _page(monkeypatch)
    row = "<tr><td><p>{}</p></td>\n<td><p>words</p></td>\n<td><p><code>{}</code></p></td>\n<td>m</td>\n</tr>"
    table = row.format("p", '<span class="pre">p</span>') + row.format("W", "W_E")
    made = page.symbols(f'<table>{table}</table><section id="symbols">{table}</section>')
    assert re.findall(r'<tr id="([^"]+)"', made) == ["symbol-p", "symbol-W_E"]
    assert made.startswith(f"<table>{table}</table>") and made.count('href="#symbol-') == 2


def _page(monkeypatch):
    import importlib.util

    monkeypatch.syspath_prepend(ROOT / "book")
    spec = importlib.util.spec_from_file_location("book_page", ROOT / "book" / "page.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The primer

SYMBOLS = re.compile(r"^\|.*\| (`[^|]+`) \| `(circles[\w.]+)` \|$", re.MULTILINE)


def symbols() -> list[tuple[str, str]]:
    cells = nbformat.read(ROOT / "chapters" / "primer.ipynb", as_version=4).cells
    rows = [row for cell in cells if cell.cell_type == "markdown" for row in SYMBOLS.findall(cell.source)]
    return [(name, module) for names, module in rows for name in re.findall(r"`([^`]+)`", names)]


def test_there_is_a_table_of_symbols():
    assert len(symbols()) > 15


@pytest.mark.parametrize(("name", "module"), symbols())
def test_a_symbol_is_called_in_code_what_the_table_says(name, module):
    tree = ast.parse(Path(find_spec(module).origin).read_text(encoding="utf-8"))
    named = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | {
        getattr(n, "name", None) or getattr(n, "arg", None) or getattr(n, "value", None)
        for n in ast.walk(tree)
        if isinstance(n, ast.FunctionDef | ast.ClassDef | ast.arg)
        or (isinstance(n, ast.Constant) and isinstance(n.value, str))
    }
    assert name in named, f"{module} names nothing {name}"


def test_the_last_sum_of_waves_is_the_function():
    g = (torch.arange(24) < 9).double()
    sums = primer.partial_sums(g)
    for kept, part in sums.groupby("kept"):
        spectrum = torch.fft.rfft(g)
        spectrum[kept + 1 :] = 0
        expected = torch.fft.irfft(spectrum, n=24)
        assert float((torch.tensor(part["value"].to_numpy()) - expected).abs().max()) < 1e-12


def test_heat_is_the_wrapped_normal():
    n, t = 256, 0.1
    angle = torch.arange(n).double() * (2 * torch.pi / n)
    start = torch.zeros(n, dtype=torch.float64)
    start[0] = n / (2 * torch.pi)
    lines = [torch.exp(-((angle + 2 * torch.pi * m) ** 2) / (2 * t)) for m in range(-4, 5)]
    expected = sum(lines) / (2 * torch.pi * t) ** 0.5
    assert float((primer.heat(start, t) - expected).abs().max()) < 1e-10


def test_heat_frames_have_every_time():
    profile, left = primer.heat_frames(torch.ones(12, dtype=torch.float64), [0, 1.0])
    assert set(profile["time"]) == set(left["time"]) == {0, 1.0}
    assert left["left"].between(0, 1).all() and abs(profile["value"] - 1).max() < 1e-12


@pytest.mark.parametrize(
    "make",
    [
        lambda: pictures.partial_sums(primer.partial_sums(torch.ones(6, dtype=torch.float64))),
        lambda: pictures.circulant(primer.two_bases(torch.ones(5, dtype=torch.float64))),
        lambda: pictures.heat(*primer.heat_frames(torch.ones(12, dtype=torch.float64), [0, 1.0])),
    ],
)
def test_the_primers_figures_are_drawn(make):
    figure = make()
    assert figure.spec["description"] and figure.picture and "nan" not in figure.alt.lower().split()


@pytest.mark.parametrize(("k", "number"), [(1, 28 + 37), (3, 28 + 37)])
def test_the_clock_shows_the_sum(k, number):
    svg = vl_convert.vegalite_to_svg(figures.clock(113, k).drawn())
    assert f"28 + 37 = {number}" in svg
    (tip,) = re.findall(r'aria-label="[^"]*hand: a \+ b; number: (\d+)"', svg)
    assert int(tip) == number


def test_what_waits_is_a_row_a_claim_and_in_text_the_badge_of_each():
    from circles.ledger import checks
    from circles.ledger.waiting import Waiting

    p = ledger.paper("zhou2024")
    made = Waiting(p)
    wanted = [c for c in p.claims if c.tier == "hub"]
    assert len(wanted) > 3 and made._repr_html_().count("<tr id=") == len(wanted)
    assert [row[0] for row in checks.shown(repr(made))] == [c.name for c in wanted]
    for claim in wanted:
        assert claim.verdict == "not run" and f'<tr id="{anchor(claim)}"' in made._repr_html_()
    assert "<code>python -m circles run zhou2024-gpt2 --seeds 0-4</code>" in made._repr_html_()
