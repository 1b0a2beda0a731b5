"""What the measures of fine-tuned adders are said to show: frames against the measures, claims against seeds."""

import math
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import torch
from test_adder_inside import draw, net  # noqa: F401  (a fixture)

from circles.figures import numbers as figures
from circles.foundations.errors import LedgerError
from circles.ledger import paper
from circles.papers.zhou2024 import (
    adder_claims,
    adder_frames,
    adder_held,
    adder_patches,
    adder_runs,
    adder_table,
    adder_waves,
)
from circles.papers.zhou2024.adder_insides import AdderInside
from circles.papers.zhou2024.adder_run import AdderRun
from circles.training.runs import Run


def run_of(config, measures):
    return Run(config, {}, measures, torch.zeros(0), {}, Path())


@pytest.fixture(scope="module")
def look(net):  # noqa: F811
    """What ``AdderInside`` would measure of the small net, as a run of it."""
    with torch.inference_mode():
        found = {
            "answers": net.answers.short(), **adder_table.table(net), **adder_waves.lens(net),
            **adder_table.controls(net, generator=draw(), turns=3), **adder_waves.answers(net),
            **adder_waves.modules(net, generator=draw(), turns=19), **adder_patches.patches(net, generator=draw()),
        }  # fmt: skip
    return adder_frames.Look(run_of(AdderInside(largest=15), found))


def test_frames_say_what_was_measured(look, net):  # noqa: F811
    table = look.table()
    assert len(table) == 2 + 6 * 2 * 3 + 6 + 6
    assert table[table["row"] == "nothing"]["accuracy"].tolist() == [look.accuracy, 0.9974], "beside the paper's"
    errors = net.errors(adder_table.edits(adder_table.projection(net, "low"), "MLP", "at the answer"))
    assert look.shares("low, MLP")["within 2"] == pytest.approx(float((errors.abs() <= 2).float().mean()))
    wrong = errors[errors != 0]
    assert look.error_share("low, MLP", tens=True) == pytest.approx(float((wrong % 10 == 0).float().mean()))
    assert look.lens().pivot(index="layer", columns="near", values="share").shape == (3, 3)
    drawn = table[(table["row"] == "without high, MLP") & table["who"].str.endswith("rows")]["accuracy"].median()
    assert look.beyond_chance("high, MLP") == pytest.approx(drawn - look.shares("high, MLP")["exact"])


def test_modules_by_layer_are_the_measures(look):
    assert len(look.modules(2)) == 2 * 15
    first = look.periods().iloc[0]
    at = 0, 0, 0, 15 - 1  # period 2 of 31 numbers is component 15
    assert (first["size"], first["p_value"]) == (look.found["module_waves"][at], look.found["module_waves_p"][at])
    counted = look.periods()[lambda f: (f["layer"] == 2) & (f["part"] == "MLP")]["p_value"]
    assert look.periods_beyond_chance()["MLP"] == sum(p <= 0.05 for p in counted)
    other = look.periods("the last norm and W_U").iloc[0]
    assert other["size"] == look.found["module_waves"][2, 0, 0, 14] != first["size"]
    low = look.found["module_low"][0]
    assert look.low_band_contrast() == pytest.approx(float(low[1, 1] - low[1, 0]), abs=1e-6)


def test_nets_stand_beside_each_other_by_mode_and_seed(look):
    found = adder_frames.beside({"pretrained": [look], "random": [look]})
    assert list(found.index) == [("pre-trained", 0), ("random weights", 0)]
    row = found.loc["random weights", 0]
    assert (row["exact"], row["periods, MLP"]) == (look.accuracy, look.periods_beyond_chance()["MLP"])
    assert row["without high, attention"] == look.shares("high, attention")["within 10"]
    left = [f"without {band}, {part}" for band in ("low", "high") for part in ("attention", "MLP")]
    assert list(found.columns)[3:] == left


def test_readings_stand_beside_each_other_and_beside_turned_outputs(look):
    found = adder_frames.by_reading([look] * 3).set_index(["part", "read through", "who"])
    assert len(found) == 2 * 3 * 2
    for reading in adder_waves.READINGS:
        last = look.periods(reading)[lambda f: f["layer"] == look.layers].set_index(["part", "period"])
        for (part, period), row in last.iterrows():
            assert found.at[(part, reading, "as written"), period] == pytest.approx(row["size"])
            assert found.at[(part, reading, "turned at random"), period] == pytest.approx(row["by_chance"])


def test_ways_to_filter_stand_beside_each_other(look):
    found = adder_frames.by_way([look] * 3).set_index(["band", "filter"])
    assert len(found) == 2 * len(adder_table.WAYS)
    for (band, way), row in found.iterrows():
        for part in ("attention", "MLP"):
            assert row[part] == pytest.approx(look.shares(f"{band}, {part}", way)["within 10"])
    assert found.nunique().min() > 1


def test_of_several_nets_stand_medians_and_counts(look):
    found = adder_frames.medians([look] * 3, adder_frames.Look.lens, "layer", "near")
    pd.testing.assert_frame_equal(found, look.lens(), check_exact=False)
    other = adder_frames.Look(run_of(look.run.config, look.found | {"lens_errors": 0 * look.found["lens_errors"]}))
    assert set(adder_frames.medians([look, other, other], adder_frames.Look.lens, "layer", "near")["share"]) == {1.0}
    long = adder_frames.followed([look] * 3)
    assert long["panel"].unique().tolist() == adder_frames.PANELS
    low = look.follows().query("waves == 'low' and who == 'these waves'")
    of = long[(long["panel"] == "slow waves") & (long["what"] == "the other's size")]
    assert of["share"].tolist() == low["size"].tolist() and of["layer"].tolist() == low["layer"].tolist()
    figures.followed_by_layer(long)
    counts = adder_frames.beyond_chance([look, look])
    one = look.periods().set_index(["layer", "part", "period"])["p_value"] <= adder_frames.LEVEL
    assert counts.stack().to_dict() == (2 * one.astype(int)).to_dict()


def test_the_papers_table_1_has_its_rows_in_its_order():
    assert tuple(adder_frames.PAPER_TABLE_1) == ("nothing", *adder_table.ROWS)
    assert [*adder_frames.PAPER_TABLE_1.values()] == [0.9974, 0.0594, 0.9912, 0.3589, 0.2708, 0.7836, 0.9810]


def test_figures_draw_the_frames(look):
    figures.lens_by_layer(look.lens())
    figures.number_spectra(look.modules(1), what="the logits of the first layer's modules")
    figures.accuracy_dots(look.table(), caption="Held-out accuracy without each band.")


def empty(layers):
    return {"module_waves": torch.zeros(layers, 2, 5), "filter_errors": torch.zeros(2, 6, 0)}


@pytest.mark.parametrize(("errors", "in_order"), [
    ([[30, 30], [9, 9], [2, 1], [0, 0]], True),
    ([[30, 30], [2, 1], [2, 1], [0, 0]], False),  # within 10 and within 2 at one layer
    ([[30, 30], [9, 9], [2, 1], [1, 1]], False),  # never exact
    ([[0, 30, 30, 30], [0, 9, 30, 30], [0, 2, 30, 30], [0, 0, 30, 30]], True),  # one of four is soon exact
    ([[9, 30, 30, 30], [2, 30, 30, 30], [0, 0, 30, 30], [0, 0, 30, 30]], False),  # one of four alone is in order
])  # fmt: skip
def test_the_lens_is_in_order_only_where_each_step_has_its_own_layer(errors, in_order):
    found = {"lens_errors": torch.tensor(errors).short(), **empty(3)}
    assert adder_frames.Look(run_of(AdderInside(), found)).lens_in_order() == in_order


def test_an_exchange_that_moves_the_digit_alone_is_read_as_that():
    own, donors = torch.tensor([12, 57, 120, 33]), torch.tensor([98, 14, 121, 63])
    digits = own - own % 10 + donors % 10
    said = torch.stack([own, own, digits, own, donors, own]).view(3, 2, 4)  # waves, these or random, pairs
    found = {
        "answers": own.short(), "donors": donors.short(), **empty(1),
        "patched": torch.stack([said, torch.zeros_like(said)])[None].short(), "errors": torch.tensor([0, 0, 0, 1]),
    }  # fmt: skip
    rows = adder_frames.Look(run_of(AdderInside(), found)).follows().set_index(["waves", "who"])
    assert rows.loc[("the last digit's five", "these waves"), ["digit", "size", "own_size"]].tolist() == [1, 0, 1]
    assert rows.loc[("low", "these waves"), ["digit", "size", "own_size"]].tolist() == [1, 1, 0]
    assert rows.loc[("low", "random directions"), ["digit", "size", "own_size"]].tolist() == [0, 0, 1]
    assert rows.loc[("period 10", "these waves"), "digit"] == 0
    assert rows.loc[("period 10", "these waves"), "same"] == 0.75, "the fourth was answered one too high before"
    assert rows.loc[("the last digit's five", "these waves"), "same"] == 0


def test_an_exchange_is_asked_about_size_where_the_sums_are_twenty_apart_and_counts_within_ten():
    own, donors = torch.tensor([50, 50, 50, 50]), torch.tensor([65, 80, 80, 70])
    said = torch.tensor([60, 87, 91, 40])
    found = {
        "answers": own.short(), "donors": donors.short(), "errors": torch.zeros(4), **empty(1),
        "patched": said.expand(1, 2, 3, 2, 4).short(),
    }  # fmt: skip
    rows = adder_frames.Look(run_of(AdderInside(), found)).follows()
    assert rows["size"].tolist() == pytest.approx([1 / 3] * 6), "87 is near 80"
    assert rows["own_size"].tolist() == pytest.approx([1 / 3] * 6), "40 is near 50"


def curve(mode, seed, values):
    measures = {"test exact": torch.tensor(values), "test within_10": torch.ones(len(values)),
                "epoch": torch.arange(len(values))}  # fmt: skip
    return run_of(AdderRun(mode=mode, largest=100, seed=seed), measures)


def of_520(runs):
    return {"520": runs}


def test_claims_are_medians_over_seeds_and_wait_for_three(look):
    ends = (0.9, 1.0, 0.98)
    runs = {
        "pretrained": [curve("pretrained", seed, [0.0, 0.5, end]) for seed, end in enumerate(ends)],
        "random": [curve("random", seed, [0.0, 0.1, 0.8]) for seed in range(3)],
    }
    value = adder_claims.value
    assert value("whisper-520-adds", of_520(runs), {}) == (pytest.approx(0.98),)
    for nets in ("200", "once"):
        assert value(f"whisper-{nets}-adds", of_520(runs), {}) == (), "nets of other sums say nothing of these"
        assert value(f"whisper-{nets}-adds", {nets: runs}, {}) == (pytest.approx(0.98),)
    assert value("whisper-200-ends-ahead", {"200": runs}, {}) == (pytest.approx(0.18),)
    assert value("whisper-200-leads", {"200": runs}, {}) == (pytest.approx((0 + 0.4 + 0.18) / 3),)
    fewer = {nets: runs | {"random": runs["random"][:1]} for nets in ("520", "200")}
    assert value("whisper-200-leads", fewer, {}) == value("whisper-200-leads", {}, {}) == ()
    assert value("whisper-520-adds", fewer, {}) == (pytest.approx(0.98),)  # asks the pre-trained net alone
    assert value("whisper-520-lens", {}, of_520({"pretrained": [look]})) == ()
    one = {"pretrained": runs["pretrained"][:1]}
    single = {nets: adder_claims.claim_of(nets, "adds") for nets in adder_claims.SINGLE}
    for nets, claim in single.items():
        assert value(claim, {nets: one}, {}) == (pytest.approx(0.9),), "these claims speak of one net"
        assert value(claim, of_520(runs), {}) == ()
    assert value("mpnet-lens", {}, {"mpnet": {"pretrained": [look]}}) == (look.lens_in_order(),)
    for asks, formula in adder_claims.OVER_LOOKS.items():
        (found,) = value(f"whisper-520-{asks}", {}, of_520({"pretrained": [look] * 3}))
        assert found == pytest.approx(formula(look), nan_ok=True)
    for wrong in ("whisper-520-add", "whisper-adds", "adds", "520-adds", "whisper-340-adds", "whisper"):
        begins = ", ".join(f"{adder_claims.claim_of(nets, '')}" for nets in adder_claims.NETS)
        words = f"'{wrong}' is no claim of these, expected one of {begins} and one of"
        with pytest.raises(LedgerError, match=words):
            value(wrong, {}, {})
    frame = adder_frames.curves(runs["pretrained"])
    assert set(frame["panel"]) == {"exact", "within 10"} and set(frame["net"]) == {"pre-trained, sums to 200"}
    figures.curves_with_spread(frame)


@pytest.fixture(scope="module")
def by_hand():
    """Measures of three layers and four sums, each chosen so that what the claims ask of them is known."""
    wrong = {
        "low, attention": [0, 0, 0, 5], "low, MLP": [10, -20, 3, 0], "high, attention": [5, 6, -4, 7],
        "high, MLP": [0, 0, 0, 0],
    }  # fmt: skip
    draws = {  # of each turn exact, within 2, within 10
        "low, attention": [[0.0, 0, 0.0], [0.5, 0, 0.75], [1, 0, 1]], "low, MLP": [[1, 0, 0.5], [1, 0, 1], [0, 0, 1]],
        "high, attention": [[0.5, 0, 0], [0.25, 0, 0], [0.75, 0, 0]], "high, MLP": [[0.75, 0, 0]] * 3,
    }  # fmt: skip
    filtered, drawn = torch.full((3, 6, 4), 30), torch.zeros(6, 2, 3, 3)
    for row, errors in wrong.items():
        filtered[0, adder_table.ROWS.index(row)] = torch.tensor(errors)
        drawn[adder_table.ROWS.index(row), 1] = torch.tensor(draws[row])
    p_values, ones = torch.zeros(3, 3, 2, 15), torch.ones(3, 3, 2, 15)
    low = torch.tensor([[0.75, 0.25], [0.5, 0.5], [0.125, 0.75]])
    p_values[0, 2] = 1.0
    p_values[0, 2, 0, 15 - 1] = 0.04
    p_values[0, 2, 1, torch.tensor([3, 6, 12]) - 1] = torch.tensor([0.01, 0.02, 0.06])
    patched = torch.zeros(3, 2, 3, 2, 4)
    patched[1, 0, 1] = torch.tensor([[8, 4, 21, 3], [8, 27, 25, 3]])  # after the second layer, the last digit's waves
    found = {
        "lens_errors": torch.tensor([[30, 30], [9, 9], [2, 2], [0, 0]]), "filter_errors": filtered,
        "control_shares": drawn, "module_waves": ones, "module_waves_turned": ones,
        "module_waves_p": p_values, "module_low": low.expand(3, 3, 2),
        "module_low_turned": torch.zeros(3, 3, 2), "module_low_p": torch.ones(3, 3, 2), "patched": patched.short(),
        "answers": torch.tensor([2, 27, 25, 3]), "donors": torch.tensor([28, 4, 1, 14]), "errors": torch.zeros(4),
        "named_by_top": torch.arange(1, 13, dtype=torch.float64) / 10, "single_wave": torch.tensor([0.75, 0.25]),
    }  # fmt: skip
    return adder_frames.Look(run_of(AdderInside(largest=15), found))


BY_HAND = {
    "lens": 1.0,
    "periods": {"attention": 1, "MLP": 2},
    "low-band": 0.625,
    "filter-low": {"difference": 0.5, "beyond chance": 0.75 - -0.25},
    "size": {"difference": 0.25, "beyond chance": 0.25 - -0.25},
    "filter-high": {"difference": 1.0, "beyond chance": 0.5 - -0.25},
    "low-tens": 2 / 3,
    "high-near": 0.5,
    "top-five": 0.5,
    "single-wave": {"parity": 0.75, "wrong": 0.25},
    "digit-follows": {"digit": 0.75, "beyond chance": 0.5, "own size": 2 / 3},
}


@pytest.mark.parametrize("asks", adder_claims.OVER_LOOKS)
def test_each_claim_about_the_inside_is_what_one_counts_by_hand(by_hand, asks):
    (found,) = adder_claims.value(f"whisper-520-{asks}", {}, of_520({"pretrained": [by_hand] * 3}))
    assert found == pytest.approx(BY_HAND[asks])


def test_a_contrast_is_that_of_the_table(look):
    found = adder_claims.contrast(look, "low, attention", "low, MLP")
    shares = look.table().query("who == 'ours'").set_index("row")["accuracy"]
    assert found["difference"] == pytest.approx(shares["without low, attention"] - shares["without low, MLP"])
    chance = look.table().query("who.str.endswith('rows')", engine="python").groupby("row")["accuracy"].median()
    harm = {row: chance[row] - shares[row] for row in ("without low, MLP", "without low, attention")}
    assert found["beyond chance"] == pytest.approx(harm["without low, MLP"] - harm["without low, attention"])


def test_every_claim_of_the_ledger_about_fine_tuned_nets_has_a_formula_and_every_formula_a_claim():
    listed = {claim.id for claim in paper("zhou2024").claims if claim.id.startswith(("whisper-", "mpnet-"))}
    own = {"whisper-near-soon", "whisper-rate", "whisper-rows", "whisper-rows-loud", "whisper-rows-not-freezing",
           "whisper-520-rows", "whisper-deep-rows", "whisper-rows-spikes"}  # asked elsewhere
    asked = [claim.removeprefix("whisper-").split("-", 1) for claim in listed - own]
    assert {nets for nets, _ in asked} == {*adder_claims.NETS}
    assert {asks for _, asks in asked} == {*adder_claims.OVER_RUNS, *adder_claims.OVER_LOOKS, *adder_claims.OVER_ROWS}
    for claim in listed - own:
        adder_claims.value(claim, {}, {})
    for claim in paper("zhou2024").claims:
        if claim.id in listed - own:
            single = claim.id.removeprefix("whisper-").split("-", 1)[0] in adder_claims.SINGLE
            assert single == bool(re.search(r"\bone (net|mpnet)\b", claim.statement)), claim.id


@pytest.mark.parametrize(("ends", "given"), [
    ((0.9, 0.95), True),  # both below the band: so is the median of three, whatever the third
    ((0.99, 0.98), True),
    ((0.99, 0.95), False), ((0.9,), False), ((), False),
])  # fmt: skip
def test_two_seeds_decide_where_a_third_could_not_turn_them(ends, given):
    runs = {"pretrained": [curve("pretrained", seed, [0.0, end]) for seed, end in enumerate(ends)]}
    assert (adder_claims.value("whisper-520-adds", of_520(runs), {}) != ()) == given
    claim = paper("zhou2024").claim("whisper-520-filter-low")
    pairs = [{"difference": end, "beyond chance": 0.5} for end in ends]
    assert adder_claims.decided(claim, pairs) == (len(ends) == 2)  # all above a tenth
    apart = [{"difference": 0.0, "beyond chance": 1.0}, {"difference": 1.0, "beyond chance": 0.0}]
    assert not adder_claims.decided(claim, apart)


@pytest.mark.parametrize(("found", "known"), [
    ([0.02, 0.09], True), ([0.2, 0.3], True), ([-0.2, 0.0], True),  # a third leaves the median between the two
    ([-0.5, 0.5], False), ([0.05, 0.2], False), ([0.0, 0.05], False), ([0.05], False), ([], False),
])  # fmt: skip
def test_a_band_with_two_ends_is_decided_where_no_median_between_the_two_leaves_or_enters_it(found, known):
    claim = paper("zhou2024").claim("whisper-200-ends-ahead")
    assert (claim.accept.low, claim.accept.high) == (0.01, 0.1)
    assert adder_claims.decided(claim, found) == known


def test_the_size_is_asked_of_answers_within_ten(look):
    found = adder_claims.contrast(look, "low, attention", "low, MLP", near="within 10")
    shares = [look.shares(row)["within 10"] for row in ("low, attention", "low, MLP")]
    assert found["difference"] == pytest.approx(shares[0] - shares[1])
    assert found == adder_claims.OVER_LOOKS["size"](look)


def test_what_is_left_of_the_size_is_that_of_each_net(look):
    left = adder_frames.size_left([look, look])
    assert left.columns[:3].tolist() == ["sums to", "seed", "exact, whole"] and len(left) == 2
    assert left.at[0, "exact, whole"] == look.accuracy
    assert left.at[0, "attention"] == look.shares("low, attention")["within 10"]
    assert left["sums to"].tolist() == [30, 30]
    assert left.at[0, "MLP"] == look.shares("low, MLP")["within 10"]


def test_a_look_without_room_for_the_high_band_has_the_low_band_s_rows(look):
    fewer = {name: look.found[name][:, :3] for name in ("filter_errors", "control_shares")}
    narrow = adder_frames.Look(run_of(look.run.config, look.found | fewer))
    assert narrow.rows == list(adder_table.ROWS[:3]) and all(row.startswith("low") for row in narrow.rows)
    whole = look.table()
    kept = whole[~whole["row"].str.contains("high")].reset_index(drop=True)
    pd.testing.assert_frame_equal(narrow.table(), kept)


def short(mode, within_10):
    return run_of(AdderRun(mode=mode, largest=100, epochs=3), {"test within_10": torch.tensor([0.0, within_10])})


def test_a_lead_after_three_epochs_is_the_mean_over_the_recorded_seeds(monkeypatch):
    ahead = dict(zip(adder_claims.SHORT_SEEDS, (0.5, 0.6, 0.7, 0.5, 0.7), strict=True))
    found = {seed: [short("pretrained", 0.2 + more), short("random", 0.2)] for seed, more in ahead.items()}
    recorded = SimpleNamespace(recorded=lambda configs: found[configs[0].seed])
    monkeypatch.setattr(adder_claims, "shelf", recorded)
    now = {"pretrained": short("pretrained", 0.9), "random": short("random", 0.25)}
    estimate = adder_claims.near_soon(now)
    assert (estimate.value, estimate.now, estimate.nets) == (pytest.approx(0.6), pytest.approx(0.65), 5)


def test_what_is_recorded_is_found_by_mode(monkeypatch):
    given = [curve("random", 0, [0.1]), curve("pretrained", 0, [0.2]), curve("random", 1, [0.3])]
    monkeypatch.setattr(adder_claims, "shelf", SimpleNamespace(recorded=lambda configs: given))
    assert {mode: len(found) for mode, found in adder_claims.trained("520").items()} == {"random": 2, "pretrained": 1}


def test_the_parts_of_a_model_are_its_nets_at_the_chosen_rate(monkeypatch):
    asked = []
    monkeypatch.setattr(adder_claims, "shelf", SimpleNamespace(recorded=lambda configs: asked.extend(configs) or []))
    assert adder_claims.parts("minilm") == {}
    assert {(c.model, c.lr, c.largest, c.epochs) for c in asked} == {("minilm", lr, 100, 30) for lr in (2e-4, 5e-4)}
    assert {c.lr for c in asked if c.mode == "random"} == {2e-4}
    assert len(asked) == 5 * len(adder_claims.SEEDS), "every mode of every seed"


def test_the_chosen_rate_is_held_against_the_best_of_all_or_against_none():
    def ended(mode, lr, right):
        return run_of(AdderRun(mode=mode, largest=15, lr=lr), {"validation exact": torch.tensor([0.0, right])})

    rates = adder_claims.adder_runs.RATES
    found = [ended("pretrained", lr, 0.9 if lr == 5e-4 else 0.5) for lr in rates]
    found += [ended("random", lr, lr * 100) for lr in rates]
    swept = adder_frames.swept(found)
    assert list(swept.columns) == list(rates) and list(swept.index) == ["pre-trained", "random weights"]
    (behind,) = adder_claims.chosen_rate(swept)
    assert behind == {"pre-trained": pytest.approx(0), "random weights": pytest.approx(-0.05)}
    for missing in (found[:-1], found[:4], []):
        assert adder_claims.chosen_rate(adder_frames.swept(missing)) == ()


def test_what_the_order_of_a_pair_is_worth_is_asked_of_seeds_that_have_both():
    def ended(told, seed, right):
        config = AdderRun(told=told, largest=15, epochs=30, seed=seed)
        return run_of(config, {"test exact": torch.tensor([0.0, right])})

    found = [ended("bare", seed, right) for seed, right in enumerate((0.7, 0.6, 0.75, 0.1))]
    found += [ended("sorted", seed, right) for seed, right in enumerate((0.9, 0.5, 0.85))]
    assert adder_claims.smaller_first(found) == (pytest.approx(0.1),)
    assert adder_claims.smaller_first([found[0], found[4]]) == () == adder_claims.smaller_first([])
    assert adder_claims.smaller_first([found[0], found[2], found[4], found[6]]) == (pytest.approx(0.15),), "two decide"
    sought = [replace(run, config=replace(run.config, told="sorted", among=among)) for run, among in
              zip(found, ["numbers"] * 4 + ["vocabulary"] * 3, strict=True)]  # fmt: skip
    assert adder_claims.all_tokens(sought) == (pytest.approx(0.1),) and adder_claims.all_tokens(sought[:4]) == ()
    assert adder_frames.by_among(sought).index.tolist() == ["all tokens", "the numbers"]
    rounded = [replace(run, config=replace(run.config, bfloat16=True)) for run in found[:2]]
    half = adder_frames.by_precision([*rounded, found[2]]).loc["half precision"]
    assert half.dropna().tolist() == pytest.approx([0.7, 0.6])
    frame = adder_frames.by_order(found)
    assert frame.index.tolist() == ["chance, once for all", "the smaller number"]
    assert frame.loc["the smaller number"].isna().sum() == 1


def test_how_nets_from_random_weights_err_is_a_median_over_them():
    errors = ([0, 1, -2, 3, 10], [0, 0, 1, 1, -1], [20, 10, 0, -30, 2])
    found = [run_of(AdderRun(mode="random", largest=170, seed=seed), {"errors": torch.tensor(wrong).short()})
             for seed, wrong in enumerate(errors)]  # fmt: skip
    nets = {"200": {"random": found}}
    assert adder_claims.value("whisper-200-scratch-small-errors", nets, {}) == (pytest.approx(0.5),)
    assert adder_claims.value("whisper-200-scratch-no-tens", nets, {}) == (pytest.approx(0.25),)
    assert adder_claims.value("whisper-200-scratch-no-tens", {"200": {"pretrained": found}}, {}) == ()


def test_the_lead_of_held_embeddings_is_a_median_over_seeds_that_both_have():
    def ended(mode, seed, right):
        return run_of(AdderRun(mode=mode, largest=15, seed=seed), {"test exact": torch.tensor([0.0, right])})

    held = [ended("rows-frozen", seed, right) for seed, right in enumerate((0.9, 0.8, 0.3, 0.99))]
    random = [ended("random", seed, right) for seed, right in enumerate((0.5, 0.1, 0.2))]
    (lead,) = adder_held.lead("whisper-rows", {"rows-frozen": held, "random": random})
    assert lead == pytest.approx(0.4)
    assert adder_held.lead("whisper-rows", {"rows-frozen": held[1:], "random": random}) == ()  # two, far apart
    assert adder_held.rescued({"rows-frozen": held, "random": random}) == (
        {"accuracy": pytest.approx(0.8), "lead": pytest.approx(0.4)},
    )
    (one,) = adder_held.deep_rescued({"rows-frozen": held[:1], "random": random[:1]})
    assert one == {"frozen": pytest.approx(0.9), "random": 0.5, "gain": pytest.approx(0.4)}
    assert adder_held.deep_rescued({"rows-frozen": held[:1]}) == ()
    median = adder_claims.over_seeds
    assert median("minilm-leads", [0.3, 0.05, 0.2]) == (0.2,) and median("minilm-leads", [0.3, 0.05]) == ()
    frame = adder_frames.ended([*held, *random])
    assert list(frame.columns) == [0, 1, 2, 3] and frame.loc["random weights"].isna().sum() == 1


def test_each_kind_is_as_loud_as_the_first_seed_chooses_and_random_held_ones_as_whispers(monkeypatch):
    def ended(mode, deviation, seed, right):
        config = AdderRun(mode=mode, deviation=deviation, largest=15, seed=seed)
        return run_of(config, {"validation exact": torch.tensor([0.9, right])})

    first = {("rows-frozen", 0.0): 0.3, ("rows-frozen", 0.02): 0.4, ("rows-frozen", 0.5): 0.9, ("random", 0.0): 0.5,
             ("random", 0.5): 0.1, ("random-frozen", 0.02): 0.6, ("random-frozen", 0.5): 0.0}  # fmt: skip
    found = [ended(*kind, 0, right) for kind, right in first.items()]
    found += [ended(*kind, 1, 1 - right) for kind, right in first.items()]  # another seed would choose otherwise
    monkeypatch.setattr(adder_held, "shelf", SimpleNamespace(recorded=lambda configs: found))
    chosen = {mode: [(run.config.deviation, run.config.seed) for run in of_mode]
              for mode, of_mode in adder_held.loudest().items()}  # fmt: skip
    assert chosen == {"rows-frozen": [(0.5, 0), (0.5, 1)], "random": [(0.0, 0), (0.0, 1)],
                      "random-frozen": [(0.5, 0), (0.5, 1)]}  # fmt: skip
    frame = adder_frames.by_loudness(found[: len(first)])
    assert list(frame.columns) == ["as they come", "0.02", "0.5"]
    assert frame.loc["random rows, frozen", "0.5"] == 0 and frame.loc["random weights"].isna().sum() == 1


def test_what_is_lost_with_the_spikes_is_a_share_of_the_lead_over_random_ones():
    def ended(mode, table, seed, right):
        config = AdderRun(mode=mode, table=table, deviation=0.5, largest=15, seed=seed)
        return run_of(config, {"test exact": torch.tensor([0.0, right])})

    whole = [ended("rows-frozen", "whole", seed, right) for seed, right in enumerate((0.9, 0.8, 1.0))]
    none = [ended("rows-frozen", "no-spikes", seed, right) for seed, right in enumerate((0.5, 0.8, 0.1))]
    random = [ended("random-frozen", "whole", seed, 0.1) for seed in range(3)]
    assert adder_held.lost_with_spikes({"whole": whole, "no-spikes": none}, random) == (pytest.approx(0.5),)
    assert adder_held.lost_with_spikes({"whole": whole, "no-spikes": none}, random[:1]) == ()


def test_tables_are_told_by_how_their_nets_end_and_err():
    def ended(seed, right, near, errors):
        measures = {"test exact": torch.tensor([0.0, right]), "test within_10": torch.tensor([0.0, near])}
        return run_of(AdderRun(mode="rows-frozen", seed=seed), measures | {"errors": torch.tensor(errors).short()})

    spikeless = [ended(0, 0.4, 0.9, [0, 3, -3, 1, 10]), ended(1, 0.6, 0.8, [0, 0, 3, 0, 0])]
    frame = adder_frames.by_table({"no-spikes": spikeless, "whole": [ended(0, 1.0, 1.0, [0, 0])]})
    assert frame.loc["without the four spikes", 0].tolist() == pytest.approx([0.4, 0.9, 3, 0.5])
    assert frame.loc["without the four spikes", 1].tolist() == pytest.approx([0.6, 0.8, 3, 1])
    whole = frame.loc["the whole table", 0]
    assert whole["exact"] == 1 and math.isnan(whole["so many"])


def test_the_rescue_is_asked_at_the_paper_s_layers_and_sums():
    (frozen, random), (deep, other) = adder_runs.held(1), adder_runs.deep_held(1)
    assert (frozen.mode, frozen.deviation, random.mode) == ("rows-frozen", adder_runs.LOUD[-1], "random")
    assert random == adder_runs.either(1)[1], "the nets from random weights are those of the contrast"
    assert (deep.layers, deep.largest, deep.epochs) == (12, 260, 10) == (other.layers, other.largest, other.epochs)
