"""Claims on other arithmetic: which move, which turn, how much room they leave; and the file that they are kept in."""

import json
import math

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
