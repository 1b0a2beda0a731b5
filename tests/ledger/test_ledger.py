"""The ledger: wrong entries are refused by name, values earn their verdicts, a changed verdict fails."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
import torch

from circles import ledger
from circles.foundations.errors import LedgerError
from circles.foundations.manifolds.names import WRITTEN
from circles.ledger import checks
from circles.ledger.claims import Claim, read, refuse_again
from circles.ledger.endings import Ending
from circles.ledger.kinds import OF_KIND
from circles.ledger.rules import Rule, show
from circles.ledger.scorecard import Scorecard, counted, groups

CLAIM = {
    "id": "share", "statement": "Most are.", "source": "section 1", "paper": "0.9", "accept": {"min": 0.8},
    "partly": {"min": 0.5}, "why": "5 seeds: 0.85 to 0.9", "tier": "live", "verdict": "reproduced",
    "kind": "paper", "setting": "own",
}  # fmt: skip
OURS = {"kind": "ours", "setting": None, "verdict": "held", "partly": None}
PAPER = (
    '[paper]\ntitle = "T"\nauthors = "A"\nyear = 2023\nversion = "v1"\nchapter = "02"\n'
    'address = "https://x"\nquestion = "Q?"\n'
)


def claim(**changes) -> Claim:
    return Claim.parse({k: v for k, v in (CLAIM | changes).items() if v is not None}, "p2023")


def book(**changes) -> checks.Paper:
    return checks.Paper("p2023", "T", "A", 2023, "v1", "02", "https://x", "Q?", (claim(**changes),))


@pytest.mark.parametrize(
    ("rule", "good", "bad"),
    [
        ({"min": 1}, [1, 2.5, math.inf, [1, 2]], [0.999, [2, 0], []]),
        ({"max": 1}, [1, -3, torch.tensor([0.5, 1.0])], [1.001, np.array([0, 2])]),
        ({"min": 1, "max": 2}, [1, 2, np.float64(1.5)], [0, 3, math.nan, [1, math.nan]]),
        ({"min": 1, "at_least": 2}, [[1, 1, 0], (1, 5)], [[1, 0, 0], [math.nan, 1]]),
        ({"equals": 5}, [5, torch.tensor(5), 5.0], [4, True, "5", math.nan]),
        ({"equals": True}, [True, np.bool_(True)], [1, False]),
        ({"equals": [1, 2]}, [[1, 2], {2, 1}, torch.tensor([1, 2])], [[2, 1], [1]]),
        ({"each": [{"min": 1}, {"max": 1}]}, [[1, 1], (2, 0)], [[0, 0], [2, 2]]),
        ({"each": {"a": {"min": 1}, "b": {"max": 1}}}, [{"b": 0, "a": 2}], [{"a": 0, "b": 0}]),
    ],
)
def test_rules(rule, good, bad):
    parsed = Rule.parse(rule, "here")
    assert [parsed.holds(v) for v in good] == [True] * len(good)
    assert [parsed.holds(v) for v in bad] == [False] * len(bad)


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "expected a table such as"),
        ({"mim": 1}, "unknown key 'mim'"),
        ({"min": "1"}, "expected numbers for min"),
        ({"min": True}, "expected numbers for min"),
        ({"min": math.nan}, "expected numbers for min"),
        ({"min": 2, "max": 1}, "min 2 above max 1"),
        ({"min": 2, "at_least": 0}, "at_least 0"),
        ({"at_least": 3}, "expected numbers for min"),
        ({"equals": 2, "min": 1}, "to stand alone"),
        ({"each": []}, "expected a list or a table of rules"),
        ({"each": [{"mix": 2}]}, "here.0 has unknown key 'mix'"),
    ],
)
def test_a_bad_rule_is_refused(rule, message):
    with pytest.raises(LedgerError, match=message) as caught:
        Rule.parse(rule, "here")
    assert "here" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("rule", "value", "message"),
    [
        ({"min": 1}, "many", "'many' is not a number"),
        ({"min": 1}, True, "True is not a number"),
        ({"min": 1, "at_least": 3}, [1, 2], "2 entries, expected at least 3"),
        ({"each": [{"min": 1}]}, [1, 2], "2 entries, expected one each for 0"),
    ],
)
def test_a_value_of_another_form_is_refused(rule, value, message):
    with pytest.raises(LedgerError, match=f"p2023/share: .*{message}"):
        claim(accept=rule).judge(value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"verdit": "x"}, "p2023/share has unknown key 'verdit'; did you mean 'verdict'"),
        ({"why": None}, "p2023/share has no 'why'"),
        ({"id": None}, "has no 'id'"),
        ({"why": " "}, "why is ' ', expected words"),
        ({"paper": 0.9}, "paper is 0.9, expected words"),
        ({"verdict": "good"}, "verdict is 'good', expected one of: reproduced"),
        ({"kind": None}, "p2023/share has no 'kind'"),
        ({"kind": "hers"}, "kind is 'hers', expected one of: paper, code, ours, software"),
        ({"setting": None}, "setting is '', expected one of: own, smaller, other"),
        ({"setting": "tiny"}, "setting is 'tiny', expected one of: own, smaller, other"),
        ({"verdict": "held"}, "verdict is 'held', expected one of: reproduced, partly, not reproduced, not run, for"),
        (OURS | {"verdict": "reproduced"}, "verdict is 'reproduced', expected one of: held, failed, not run, for kind"),
        (OURS | {"kind": "software", "verdict": "held"}, "verdict is 'held', expected one of: met, missed, not run"),
        (OURS | {"setting": "own"}, "setting is 'own' with kind 'ours', expected it only with kinds: paper, code"),
        (OURS | {"headline": True, "plain": "x"}, "headline stands with kind 'ours'"),
        (OURS | {"partly": {"min": 0.5}}, "a rule 'partly' stands with kind 'ours'"),
        ({"headline": "yes"}, "headline is 'yes', expected true or false"),
        ({"headline": True}, "headline is True and plain is '', expected plain words with a headline"),
        ({"plain": "Most are."}, "headline is False and plain is 'Most are.'"),
        ({"because": "luck"}, "because stands with verdict 'reproduced'"),
        ({"tier": "alive"}, "tier is 'alive', expected one of: live"),
        ({"digits": 0}, "digits is 0"),
        ({"verdict": "not run"}, "expected needs with 'not run'"),
        ({"needs": "a GPU"}, "expected needs with 'not run'"),
        ({"verdict": "partly", "partly": None}, "expected a rule 'partly'"),
        ({"accept": 3}, "p2023/share: accept is 3"),
    ],
)
def test_a_bad_claim_is_refused(changes, message):
    with pytest.raises(LedgerError, match=message) as caught:
        claim(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[paper", "bad.toml is not TOML"),
        ("[paper]\n", "bad.toml has no 'claim'"),
        (PAPER + "[[claim]]\n[other]\n", "unknown key 'other'"),
        ('[paper]\ntitel = "T"\n[[claim]]\n', "did you mean 'title'"),
        (PAPER + 2 * ('[[claim]]\nid="a"\nstatement="s"\nsource="s"\npaper="p"\naccept={min=1}\nwhy="w"\n'
                      'tier="live"\nverdict="held"\nkind="ours"\n'), "claim 'a' twice"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused(tmp_path, text, message):
    (tmp_path / "bad.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LedgerError, match=message):
        read(tmp_path / "bad.toml")


@pytest.mark.parametrize(
    ("verdict", "value"),
    [("reproduced", 0.8), ("partly", 0.79), ("not reproduced", 0.4), ("held", 0.81), ("failed", 0.79), ("met", 0.8),
     ("missed", 0.1)],
)  # fmt: skip
def test_the_recorded_verdict_passes(verdict, value):
    badge = book(**of_kind(verdict)).check("share", value)
    assert badge.verdict == verdict
    assert badge.ours == f"{value}"
    assert f"verdict {verdict}" in repr(badge)
    assert f'class="circles-check verdict-{verdict.replace(" ", "-")}"' in badge._repr_html_()


def of_kind(verdict: str) -> dict:
    """What else a claim with this verdict must say."""
    kind = next(kind for kind, words in OF_KIND.items() if verdict in words)
    return {"verdict": verdict} if kind == "paper" else OURS | {"kind": kind, "verdict": verdict}


@pytest.mark.parametrize("kind", ["ours", "software"])
def test_ours_are_not_said_to_be_reproduced(kind):
    best, worst, _ = OF_KIND[kind]
    found = claim(**OURS | {"kind": kind, "verdict": best})
    assert (found.judge(0.8), found.judge(0.79)) == (best, worst)


@pytest.mark.parametrize("verdict", ["reproduced", "partly", "not reproduced"])
def test_any_other_value_fails_and_names_everything(verdict):
    value = 0.9 if verdict in ("partly", "not reproduced") else 0.6
    earned = "reproduced" if value == 0.9 else "partly"
    with pytest.raises(LedgerError) as caught:
        book(verdict=verdict).check("share", value)
    assert str(caught.value) == (
        f"p2023/share: value {value} against band at least 0.8 (partly: at least 0.5) gives '{earned}', "
        f"the recorded verdict is '{verdict}'"
    )


@pytest.mark.parametrize("verdict", ["reproduced", "partly", "not reproduced", "held", "missed"])
@pytest.mark.parametrize("value", [math.nan, [1.0, math.nan], {"a": math.nan}])
def test_nan_earns_no_verdict(verdict, value):
    with pytest.raises(LedgerError, match="NaN earns no verdict"):
        book(**of_kind(verdict)).check("share", value)


def test_not_run_needs_no_value_and_takes_none():
    absent = book(verdict="not run", needs="a GPU")
    assert absent.check("share").ours == "needs a GPU"
    with pytest.raises(LedgerError, match="the recorded verdict is 'not run'"):
        absent.check("share", 0.9)
    with pytest.raises(LedgerError, match="check got no value"):
        book().check("share")


def test_values_are_shown_to_their_digits():
    assert book(digits=2, unit="nats").check("share", [0.8765, 1.0]).ours == "0.88, 1 nats"
    assert show({"a": 1.23456, "b": True}, 3) == "a: 1.23, b: yes"
    assert [show(x, 1) for x in (5800.0, 66.4, -1e5, 2e6, 3e-5)] == ["6,000", "70", "-100,000", "2e+06", "3e-05"]
    assert show(19_740.0) == "19,700"
    assert book(statement="a < b & c").check("share", 1)._repr_html_().count("a &lt; b &amp; c") == 1


def test_a_claim_asked_again_shows_what_differs_and_keeps_its_statement_for_who_asks():
    page = book(again="first", differs="at sums to 340").check("share", 1)._repr_html_()
    before, after = page.split("<summary>why this band</summary>")
    assert "<code>share</code> The same as <code>first</code>, at sums to 340." in before and "Most are." not in before
    assert after.startswith("<p>Most are.</p><cite>")
    assert "<p>" not in book().check("share", 1)._repr_html_()
    with pytest.raises(LedgerError, match="p2023/share: differs stands without again, expected the claim that this"):
        claim(differs="at sums to 340")


def test_the_nearest_name_is_offered():
    with pytest.raises(LedgerError, match="did you mean 'nanda2023'"):
        ledger.paper("nanda2032")
    with pytest.raises(LedgerError, match="did you mean 'logit-variance'"):
        ledger.check("logit-varance", 1)
    with pytest.raises(LedgerError, match="did you mean 'logit-variance'"):
        ledger.check("nanda2023/logit-varance", 1)


def test_a_claim_of_two_papers_must_say_which(monkeypatch):
    monkeypatch.setattr(checks, "papers", lambda: (book(), book()))
    with pytest.raises(LedgerError, match="expected paper/claim"):
        ledger.check("share", 1)


def test_printed_badges_can_be_read_back():
    badge = ledger.check("logit-variance", _inside(ledger.paper("nanda2023").claim("logit-variance")))
    expected = (badge.claim.name, badge.ours, badge.claim.band, badge.verdict)
    assert list(checks.shown(f"x\n{badge!r}\n")) == [expected]


def test_every_paper_of_the_ledger_reads():
    for paper in ledger.papers():
        assert sum(counted([paper]).values()) == sum(not c.again for c in paper.claims) > 0


def test_counts_are_by_kind_and_a_claim_asked_again_counts_once():
    twice = claim(id="again", again="share", verdict="not reproduced")
    asked = (claim(), twice, claim(id="own", **OURS))
    paper = checks.Paper("p2023", "T", "A", 2023, "v1", "02", "https://x", "Q?", asked)
    assert {v: n for v, n in counted([paper]).items() if n} == {"reproduced": 1, "held": 1}
    assert {v: n for v, n in counted([paper], ["ours"]).items() if n} == {"held": 1}
    assert [(name, [c.id for c in found]) for name, found in groups(paper)] == [
        ("other claims of the paper", ["share", "again"]), ("expectations of ours", ["own"]),
    ]  # fmt: skip


def test_an_ending_counts_one_in_the_singular_and_two_in_the_plural():
    aim = OURS | {"kind": "software", "verdict": "met"}
    asked = (claim(), claim(id="half", verdict="partly"), claim(id="fast", **aim), claim(id="own", **OURS))
    paper = checks.Paper("p2023", "T", "A", 2023, "v1", "02", "https://x", "Q?", asked)
    assert Ending([paper]).totals() == (
        "Of 2 claims of the paper and its code: 1 reproduced, 1 partly. Of 1 expectation of our own: 1 held. "
        "Of 1 aim of our software: 1 met."
    )


def test_an_ending_counts_apart_what_was_asked_again_and_answered():
    later = [claim(id=f"again-{i}", again="share", verdict=v) for i, v in enumerate(("reproduced", "not reproduced"))]
    waits = claim(id="waits", again="share", verdict="not run", needs="a run")
    about = ("p2023", "T", "A", 2023, "v1", "02", "https://x", "Q?")
    every = ([*later, waits], later[:1], [waits])
    ends = [Ending([checks.Paper(*about, (claim(), *asked))]).totals() for asked in every]
    first = "Of 1 claim of the paper and its code: 1 reproduced."
    said = " Claims were asked again, with another net, length or seed, {}: {} with a verdict other than the first."
    assert ends == [first + said.format("2 times", 1), first + said.format("once", "none"), first]


def test_each_group_holds_every_claim_once():
    for paper in ledger.papers():
        grouped = [claim.id for _, claims in groups(paper) for claim in claims]
        assert sorted(grouped) == sorted(claim.id for claim in paper.claims)


@pytest.mark.parametrize("paper", ledger.papers(), ids=lambda p: p.id)
def test_a_paper_has_three_to_six_headlines(paper):
    assert 3 <= sum(claim.headline for claim in paper.claims) <= 6


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"again": "shore"}, "p2023/b: again is 'shore', no claim here; did you mean 'share'"),
        ({"again": "b"}, "expected a claim of kind 'paper' that measures no other again"),
        (OURS | {"again": "share"}, "expected a claim of kind 'ours' that measures no other again"),
        ({"again": "share", "headline": True, "plain": "x"}, "a headline on that one only"),
    ],
)
def test_again_leads_to_a_claim_of_its_kind(changes, message):
    with pytest.raises(LedgerError, match=message):
        refuse_again([claim(), claim(id="b", **changes)])


def test_every_band_has_its_evidence():
    run = [c for p in ledger.papers() for c in p.claims if c.verdict != "not run"]
    waiting = [c.name for c in run if "provisional" in c.why]
    assert not waiting, f"bands without evidence: {', '.join(waiting)}"


def test_the_scorecard_lists_every_claim(monkeypatch, tmp_path):
    (tmp_path / "ours.json").write_text(json.dumps({"nanda2023/logit-variance": "0.123 <"}), encoding="utf-8")
    monkeypatch.setattr(checks, "OURS", tmp_path / "ours.json")
    card = Scorecard(ledger.papers())
    for p in ledger.papers():
        assert card._repr_html_().count('<th scope="row">') >= len(p.claims)
        assert all(c.id in repr(card) and c.band in repr(card) for c in p.claims)
    assert "0.123 &lt;" in card._repr_html_()


def _inside(found: Claim) -> float:
    rule = found.accept if found.verdict == "reproduced" else found.partly
    return rule.low if math.isfinite(rule.low) else rule.high


def test_names_of_the_code_are_written_as_a_reader_knows_them(tmp_path):
    words = {"sphere2": "S²", "so3": "SO(3)", "_on_": " on "}
    of = claim(accept={"each": {"sphere2": {"min": 1}, "loop_on_so3": {"min": 1}}}, partly=None,
               why="so3: 2 nets, not sphere20")  # fmt: skip
    one = Claim.parse({k: getattr(of, k) for k in CLAIM if k not in ("accept", "partly")} | {
        "accept": {"each": {"sphere2": {"min": 1}, "loop_on_so3": {"min": 1}}}}, "p2023", words)  # fmt: skip
    assert one.band == "S²: at least 1; loop on SO(3): at least 1"
    assert one.why == "SO(3): 2 nets, not sphere20"
    paper = checks.Paper("p2023", "T", "A", 2023, "v1", "02", "https://x", "Q?", (one,))
    assert paper.check("share", {"sphere2": 2, "loop_on_so3": 1}).ours == "S²: 2, loop on SO(3): 1"
    path = tmp_path / "p2023.toml"
    path.write_text(PAPER + "[words]\nsphere2 = 2\n[[claim]]\n", encoding="utf-8")
    with pytest.raises(LedgerError, match="p2023.toml: words is .*, expected a table from names to words"):
        read(path)


def test_the_ledger_writes_manifolds_as_the_code_does():
    words = ledger.paper("rey2020").claims[0].words
    assert {name: word for name, word in words.items() if name in WRITTEN} == {
        name: word for name, word in WRITTEN.items() if name != "torus"  # an English word
    }


def test_values_are_listed_in_words():
    assert ledger.listed({"binary": 0.456, "ternary": 1.0}, ".2f") == "binary 0.46, ternary 1.00"
    assert ledger.listed(pd.Series({"a": 0.5}), ".0%") == "a 50%" and ledger.listed({}) == "none"


@pytest.mark.parametrize(("rule", "rising"), [
    ({"min": 1}, True), ({"min": 1, "max": 2}, False), ({"max": 1}, False), ({"equals": 3}, False),
    ({"each": {"a": {"min": 1}, "b": {"min": 0}}}, True), ({"each": {"a": {"min": 1}, "b": {"max": 0}}}, False),
])  # fmt: skip
def test_a_band_with_a_least_value_alone_is_told(rule, rising):
    assert Rule.parse(rule, "here").rising == rising
