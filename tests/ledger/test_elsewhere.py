"""Claims on other arithmetic: which move, which turn, how much room they leave; and the file that they are kept in."""

import json
import math
from dataclasses import replace

import pytest

from circles.foundations.errors import LedgerError
from circles.ledger import elsewhere
from circles.ledger.claims import Claim
from circles.ledger.elsewhere import Elsewhere


def claim(accept, partly=None):
    table = {"id": "c", "statement": "s", "source": "s", "paper": "p", "why": "w", "tier": "live", "accept": accept}
    table |= {"verdict": "reproduced", "kind": "paper", "setting": "own"} | ({"partly": partly} if partly else {})
    return Claim.parse(table, "test2030")


def under(accept, values, partly=None):
    return Elsewhere(claim(accept, partly), values, values)


def test_room_is_the_distance_to_the_nearest_end_in_standard_deviations():
    found = under({"min": 2.0}, {"one": 3.0, "two": 4.0, "three": 5.0})  # mean 4, standard deviation 1
    assert found.room == pytest.approx(2)
    both = under({"min": 2.0}, found.values, {"min": 3.5})
    assert both.room == pytest.approx(0.5)
    each = {"each": {"a": {"min": 0.0}, "b": {"max": 10.0}}}
    values = {"one": {"a": 3.0, "b": 3.0}, "two": {"a": 4.0, "b": 4.0}, "three": {"a": 5.0, "b": 5.0}}
    assert under(each, values).room == pytest.approx(4)


def test_what_never_moves_has_all_the_room_there_is():
    assert under({"equals": [1, 2]}, {"one": [1, 2], "two": [1, 2]}).room == math.inf
    still = under({"min": 2.0}, {"one": 3.0, "two": 3.0})
    assert still.room == math.inf and not still.moves and not still.turned


def test_where_recorded_nets_give_the_verdict_live_ones_only_move():
    found = Elsewhere(claim({"min": 0.5}), {"one": 0.73, "two": 0.73}, {"one": 0.8, "two": 0.4})
    assert found.moves and not found.turned and found.room == math.inf


def test_a_verdict_that_turns_is_named_with_its_setting():
    found = under({"min": 2.0}, {"one": 3.0, "two": 1.5, "three": 0.5}, {"min": 1.0})
    assert found.verdicts == {"one": "reproduced", "two": "partly", "three": "not reproduced"}
    assert found.turned == ["two", "three"] and found.moves


@pytest.mark.parametrize("text", ["", "[]", '{"settings": 3}', '{"settings": {"one": {"checks": 1}}}', "{" * 100])
def test_a_damaged_file_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "arithmetics.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LedgerError, match="arithmetics.json: damaged, expected settings with checks"):
        elsewhere.read(path)
    with pytest.raises(LedgerError, match="no other.json, expected it from"):
        elsewhere.read(tmp_path / "other.json")


def test_only_claims_with_two_values_are_compared(tmp_path):
    settings = {
        "one": {"environment": {}, "checks": {"nanda2023/wl-rank": 2, "nanda2023/gini-wl": 0.8}},
        "two": {"environment": {}, "checks": {"nanda2023/wl-rank": 2}},
    }
    path = tmp_path / "arithmetics.json"
    path.write_text(json.dumps({"settings": settings}), encoding="utf-8")
    assert [each.claim.id for each in elsewhere.claims(elsewhere.read(path))] == ["wl-rank"]


@pytest.mark.parametrize(("today", "stays"), [
    ("0.2", True), ("0.2 ± 0.02 (9 draws; live 0.19)", True), ("0.2 (3 nets: 0.1 to 0.3; live none)", True),
    ("0.3", False), ("0.2, 0.2", False), (None, True),
])  # fmt: skip
def test_what_was_recorded_anew_since_is_no_other_arithmetic(monkeypatch, today, stays):
    name = "zhou2024/minilm-leads"
    monkeypatch.setattr(elsewhere.checks, "ours", lambda: {} if today is None else {name: today})
    kept = {"settings": {setting: {"environment": {}, "checks": {name: 0.2}} for setting in ("one", "two")}}
    assert [each.claim.name for each in elsewhere.claims(kept)] == [name] * stays
    assert [claim.name for claim in elsewhere.outgrown(kept)] == [name] * (not stays)


def test_new_chapters_join_what_is_kept_and_another_machine_is_refused():
    def kept(processor, seconds, failed, checks):
        about = {"environment": {}, "seconds": seconds, "failed": failed, "checks": checks, "live": checks}
        machine = {"processor": processor, "cores": 2, "torch": "2"}
        return {"machine": machine, "settings": {"one": about}}

    old = kept(
        "A",
        {"04_kernels": 1.0, "05_manifolds": 1.0},
        ["04_kernels cell 3: E", "05_manifolds cell 2: E"],
        {"a": 1, "b": 1},
    )
    new = kept("A", {"03_quantized": 2.0, "05_manifolds": 2.0}, ["03_quantized: the kernel died"], {"b": 2, "c": 3})
    one = elsewhere.joined(old, new)["settings"]["one"]
    assert one["seconds"] == {"04_kernels": 1.0, "05_manifolds": 2.0, "03_quantized": 2.0}
    assert one["checks"] == one["live"] == {"a": 1, "b": 2, "c": 3}
    assert one["failed"] == ["04_kernels cell 3: E", "03_quantized: the kernel died"]
    two = elsewhere.joined(old, new | {"settings": {"two": new["settings"]["one"]}})
    assert set(two["settings"]) == {"one", "two"} and two["settings"]["two"]["checks"] == {"b": 2, "c": 3}
    with pytest.raises(LedgerError, match="processor B, expected the A of what is kept; remove arithmetics.json"):
        elsewhere.joined(old, kept("B", {}, [], {}))


def test_the_figure_has_the_claims_nearest_to_an_end_of_their_band():
    names = list(elsewhere.checks.papers()[0].claims)[:3]
    far, near, nearer = (Elsewhere(replace(claim({"min": 2.0}), id=c.id), v, v) for c, v in zip(names, (
        {"one": 200.0, "two": 300.0}, {"one": 3.0, "two": 9.0}, {"one": 1.9, "two": 2.4}), strict=True))  # fmt: skip
    found = elsewhere.frame([far, near, nearer], most=2)
    assert found["row"].tolist() == [near.claim.name] * 2 + [nearer.claim.name] * 2
    assert found["value"].tolist() == pytest.approx([1.5, 4.5, 0.95, 1.2])
