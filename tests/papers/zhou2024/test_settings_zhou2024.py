"""The table of settings says what the configurations say, and what the mirror image of a held-out sum is worth."""

import inspect
from dataclasses import replace

import pytest
import torch

from circles.papers import departures
from circles.papers.zhou2024 import adder_claims, adder_run, adder_runs, finetune, mirrored, rescue_runs, settings
from circles.training import minibatch, runs


def rows(table):
    return table.set_index("setting")["ours"]


@pytest.mark.parametrize("config", [settings.small(), settings.wide()], ids=["small", "wide"])
def test_ours_are_those_of_the_recorded_runs(config):
    assert rescue_runs.recorded([config]), "the table is of a net that is not recorded"
    ours = rows(settings.rescue(config))
    assert ours["net"] == f"GPT-2, {config.depth} layers of {config.width}"
    assert ours["addends"] == f"0 to {config.addends - 1}" and ours["batch"] == str(config.batch)
    assert ours["epochs"] == str(config.epochs) and float(ours["weight decay"]) == config.weight_decay
    assert ours["rate"] == f"{config.lr:g} linear to 0" and ours["random table"] == f"sd {config.std:g}"
    weights, epoch, _ = type(config).problem([config], torch.device("cpu"))
    assert f"{sum(w.numel() for w in weights.values()) / 1e6:.3g} million" == ours["parameters"]
    trained = sum(int(n.replace(",", "")) for n in ours["train, valid, test"].split(" / ")[:1])
    assert int(ours["steps"].replace(",", "")) == config.epochs * -(-trained // config.batch)
    assert ours["precision"] == str(weights["W_E"].dtype).removeprefix("torch.")
    assert "torch.optim.AdamW" in inspect.getsource(minibatch.MinibatchDescent), "the optimiser is said to be AdamW"
    assert len(config.held_out()[0][0]) == sum(
        int(n.replace(",", "")) for n in ours["train, valid, test"].split(" / ")[1:]
    )


def test_another_configuration_makes_another_table():
    small = settings.small()
    other = rows(settings.rescue(replace(small, lr=3e-3, batch=64, depth=3, std=0.25, weight_decay=0.2, addends=61)))
    changed = {name for name in other.index if other[name] != rows(settings.rescue(small))[name]}
    assert {"net", "addends", "train, valid, test", "rate", "weight decay", "batch", "random table", "steps"} <= changed


@pytest.mark.parametrize(("nets", "largest", "order"), [
    ("520", 260, "in either, anew every epoch"), ("200", 100, "in either, anew every epoch"),
    ("once", 260, "in one order"),
])  # fmt: skip
def test_the_fine_tuning_is_the_one_that_claims_ask_for(nets, largest, order):
    config = settings.adder(nets)
    ours = rows(settings.fine_tuned(config))
    assert config.largest == largest
    assert config.mode == "pretrained" and ours["net"] == config.model and ours["epochs"] == str(config.epochs)
    assert ours["addends"] == f"0 to {config.largest}" and ours["batch"] == str(config.batch)
    assert ours["each pair of addends"] == order and float(ours["weight decay"]) == config.weight_decay
    pairs = (config.largest + 1) * (config.largest + 2) // 2  # of numbers, order aside
    tenth = pairs // 10
    assert ours["train, valid, test"] == f"{pairs - 2 * tenth:,} / {tenth:,} / {tenth:,}"
    assert ours["rate"] == f"{config.lr:g} linear to 0"
    assert "steps=config.epochs" in inspect.getsource(adder_run.AdderRun.problem), "the rate is said to fall to 0"


def test_every_row_is_complete_and_the_paper_s_recipe_is_the_one_at_its_scale():
    table = settings.table()
    assert not table.isna().any(axis=None) and (table != "").all(axis=None)
    assert set(table["net"]) == {"small", "wide", "Whisper"}
    paper = table[table["net"] == "Whisper"].set_index("setting")["paper"]
    recipe = finetune.Recipe()
    assert paper["rate"] == f"{recipe.lr:g} linear to 0"
    assert (paper["batch"], paper["epochs"]) == (str(recipe.batch), str(recipe.epochs))


def test_departures_are_named():
    expected = [
        "net", "heads", "parameters", "addends", "each pair of addends", "train, valid, test",
        "held out, b + a trained on", "scored", "prompt", "frozen table", "random table", "rate", "dropout", "batch",
        "epochs", "steps",
    ]  # fmt: skip
    assert departures.departing(settings.rescue(settings.wide())) == expected
    assert departures.departing(settings.rescue(settings.small())) == expected
    once = ["net", "train, valid, test", "prompt", "softmax over", "rate", "dropout", "batch", "epochs"]
    tuned = [once[0], "each pair of addends", *once[1:]]
    assert departures.departing(settings.fine_tuned(settings.adder("once"))) == once
    assert departures.departing(settings.fine_tuned(settings.adder("520"))) == tuned
    assert departures.departing(settings.fine_tuned(settings.adder("200"))) == [tuned[0], "addends", *tuned[1:]]
    told = [name for name in once if name != "prompt"]
    assert departures.departing(settings.fine_tuned(settings.adder("templates"))) == told
    three, two = settings.tuned_beside("520", "200", "once"), settings.tuned_beside("templates", "mpnet")
    mpnet = rows(settings.fine_tuned(settings.adder("mpnet")))
    assert mpnet["prompt"] == "a+b= and a mask"
    for nets in adder_claims.NETS:
        recorded = adder_claims.trained(nets).get(settings.adder(nets).mode, [])
        assert rows(settings.fine_tuned(settings.adder(nets)))["seeds"] == str(len(recorded))
    alike = ("parameters", "addends", "held out, b + a trained on", "scored", "random table")
    deep = [name for name in (*expected, "seeds") if name not in alike]
    assert departures.departing(settings.held(adder_runs.deep_held(0)[0])) == deep
    held = settings.held_beside()
    assert held.iloc[0, 2:4].tolist() == ["Whisper, 4 layers of 384", "Whisper, 12 layers of 384"]
    for table, stars in ((settings.beside(), expected), (three, tuned), (two, told), (held, deep)):
        text = repr(departures.Shown(table))
        assert sum(line.startswith("*") for line in text.splitlines()) == len(stars)
        assert max(map(len, text.splitlines())) <= departures.LINE


def test_mirror_images_by_counting():
    config = settings.small()
    n = config.addends
    a, b = (part[0].tolist() for part in config.held_out())
    held = set(zip(a, b, strict=True))
    trained = {(i, j) for i in range(n) for j in range(n)} - held
    seen, new = mirrored.turned(config)
    assert seen.tolist() == [(j, i) in trained for i, j in zip(a, b, strict=True)]
    assert new.tolist() == [(j, i) in held and i != j for i, j in zip(a, b, strict=True)]
    assert mirrored.share(config) == pytest.approx(sum(seen.tolist()) / len(held))


def test_accuracies_are_shares_of_the_recorded_errors():
    run = runs.get(settings.small())
    (row,) = mirrored.accuracy([run]).to_dict("records")
    seen, new = mirrored.turned(run.config)
    same = ~seen & ~new
    right = run.measures["errors"] == 0
    parts = row["mirrored"] * int(seen.sum()) + row["new"] * row["pairs"] + int(right[same].sum())
    assert parts / len(right) == pytest.approx(row["held_out"])
    assert row["new"] <= row["new_within_2"] <= 1
