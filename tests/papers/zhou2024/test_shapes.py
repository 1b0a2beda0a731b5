"""The rescue at other shapes, and at the size of GPT-2-small: tables, runs, names, what it costs."""

from dataclasses import replace

import pandas as pd
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from circles.book import registry, sweep
from circles.figures import FigureError
from circles.figures import numbers as figures
from circles.foundations import numbers
from circles.foundations.errors import ConfigError
from circles.papers.zhou2024 import embeddings, gpt2_small, rescue_runs, shape_runs
from circles.papers.zhou2024.gpt2_small import SmallGptRun
from circles.papers.zhou2024.rescue import RescueRun
from circles.papers.zhou2024.shapes import ShapeRun
from circles.training import addition, runs

TINY = {"addends": 21, "width": 12, "heads": 2, "depth": 1, "epochs": 2, "batch": 64}


def test_a_table_of_few_components_fills_the_first_coordinates_and_is_as_loud():
    found = ShapeRun(**TINY | {"width": 48}, components=5).table()
    assert not found[:, 5:].any()
    assert float(found.double().std()) == pytest.approx(0.5, rel=1e-5)
    alone = embeddings.principal(5, count=41)
    shape = found[:, :5].double()
    assert torch.allclose(shape / shape.norm(), alone / alone.norm(), atol=1e-6)


def test_all_components_are_the_table_of_the_plain_run():
    for kind in ("minilm", "low", "circles", "random"):
        config = ShapeRun(embedding=kind, **TINY, components=12)
        plain = embeddings.table(kind, 12, count=41, seed=0, std=0.5)
        assert torch.allclose(config.table(), plain, atol=1e-6)
        assert torch.equal(config.table(), replace(config, components=0).table())


def test_gpt2_small_keeps_every_distance_between_minilms_numbers():
    config = gpt2_small.configs(0)[0]
    rows, found = numbers.load("minilm").rows[:341].double(), config.table().double()
    assert found.shape == (341, 768)
    theirs, ours = torch.cdist(rows, rows), torch.cdist(found, found)
    scale = ours[0, 1] / theirs[0, 1]
    assert (ours - scale * theirs).abs().max() < 1e-4 * ours.max()


@pytest.mark.parametrize("components", [13, -1])
def test_components_that_do_not_fit_are_refused(components):
    with pytest.raises(ConfigError, match=f"components is {components}, expected 1 to width = 12, or 0 for all"):
        ShapeRun(**TINY, components=components).table()


@pytest.mark.parametrize("kind", [ShapeRun, SmallGptRun])
def test_a_run_holds_its_padded_table_fast_and_is_measured(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    configs = [kind(**TINY, seed=s, components=7) for s in (0, 1)]
    found = runs.train(configs, device="cpu")
    assert [len(run.measures["errors"]) for run in found] == [441 - 352] * 2
    assert not found[0].weights
    weights, epoch, settings = kind.problem(configs, torch.device("cpu"))
    *_, last = configs[0].descent(weights, settings).records(epoch, 1)
    assert torch.equal(last.weights["W_E"], torch.stack([c.table() for c in configs]))
    assert not torch.equal(last.weights["0.W_QKV"], weights["0.W_QKV"])


def test_a_random_table_is_trained_from_what_the_plain_run_begins_with():
    config = ShapeRun(embedding="random", trained=True, **TINY)
    weights, epoch, settings = ShapeRun.problem([config], torch.device("cpu"))
    assert torch.equal(weights["W_E"][0], embeddings.table("random", 12, count=41, seed=0, std=0.5))
    *_, last = config.descent(weights, settings).records(epoch, 1)
    assert not torch.equal(last.weights["W_E"], weights["W_E"])


def test_the_map_changes_one_thing_at_a_time_and_names_all_runs_apart():
    found = [c for seed in shape_runs.SEEDS for c in shape_runs.every(seed)]
    assert len({(c.family, c.name) for c in found}) == len({c.digest for c in found}) == len(found)
    here = rescue_runs.config(rescue_runs.FROZEN, shape_runs.BUDGET, 0)
    assert here in found  # the chapter's own run is the point where the rows cross
    for config in shape_runs.every(0):
        base = here if config.embedding == "minilm" else rescue_runs.config(rescue_runs.RANDOM, shape_runs.BUDGET, 0)
        names = ("width", "depth", "heads", "addends", "lr", "batch", "std", "weight_decay", "epochs")
        changed = {name for name in names if getattr(config, name) != getattr(base, name)}
        assert len(changed) <= 1
        assert not changed or getattr(config, "components", 0) in (0, 96)
    assert {type(c) for c in shape_runs.full(0)} == {RescueRun}
    assert {(c.numbers, c.width) for c in shape_runs.full(0)} == {(341, 336)}


def test_the_command_for_gpt2_small_is_there_at_the_papers_size():
    frozen, random = sweep.configs(registry.RUNS["rescue-gpt2-small"], [0])
    assert (frozen.depth, frozen.width, frozen.epochs, frozen.trained) == (12, 768, 700, False)
    assert (random.embedding, random.trained) == ("random", True)
    assert registry.FAMILIES["rescue-gpt2-small"] is SmallGptRun
    assert 8.0e7 < sum(torch.Size(s).numel() for name, s in frozen.spec.shapes().items() if name[0].isdigit()) < 9.0e7
    assert frozen.steps == 700 * 1462


@pytest.mark.parametrize(("depth", "width"), [(1, 12), (3, 12), (2, 24)])
def test_the_products_of_a_step_are_those_that_torch_counts(depth, width):
    config = SmallGptRun(**TINY | {"depth": depth, "width": width})
    weights, epoch, _ = SmallGptRun.problem([config], torch.device("cpu"))
    weights = {name: w.requires_grad_(name != "W_E") for name, w in weights.items()}
    train = addition.split(21, seed=0)["train"]
    index = next(addition.batches([train], 64, seeds=[0], epoch=0))
    with FlopCounterMode(display=False) as counter:
        next(epoch(weights, 0)).sum().backward()
    first, second = len((index // 21).unique()), len((index % 21).unique())
    assert counter.get_total_flops() == gpt2_small.products(config, 64, first, second)


def test_the_expected_products_are_those_of_many_batches():
    config = SmallGptRun(**TINY)
    train = addition.split(21, seed=0)["train"]
    found = [
        gpt2_small.products(config, index.shape[1], len((index // 21).unique()), len((index % 21).unique()))
        for epoch in range(50)
        for index in addition.batches([train], 64, seeds=[0], epoch=epoch)
    ]
    whole = config.epochs * sum(found) / 50
    assert gpt2_small.expected_products(config) == pytest.approx(whole, rel=0.15)  # the last batch is shorter


def test_curves_show_median_and_spread():
    rows = [
        (net, seed, epoch, panel, min(1.0, start + 0.1 * seed + 0.2 * epoch))
        for panel in ("35 epochs", "50 epochs")
        for net, start in (("frozen", 0.2), ("random", 0.0))
        for seed in (0, 1, 2)
        for epoch in (0, 1)
    ]
    frame = pd.DataFrame(rows, columns=["net", "seed", "epoch", "panel", "value"])
    figure = figures.curves_with_spread(frame)
    assert "35 epochs, at 1: frozen 50%, random 30%" in figure.alt
    assert figure.picture[:4] == b"\x89PNG"
    with pytest.raises(FigureError, match="no column 'panel'"):
        figures.curves_with_spread(frame.drop(columns="panel"))


def test_gains_show_medians_by_what_is_changed():
    rows = [("layers", 1, 0, -0.1), ("layers", 1, 1, 0.1), ("layers", 4, 0, 0.3), ("width", 48, 0, 0.2)]
    frame = pd.DataFrame(rows, columns=["what", "value", "seed", "gain"])
    figure = figures.gains(frame, title="gain", caption="Gains.")
    assert "layers: 1 +0%, 4 +30%; width: 48 +20%" in figure.alt
    assert figure.picture[:4] == b"\x89PNG"
    with pytest.raises(FigureError, match="no column 'gain'"):
        figures.gains(frame.drop(columns="gain"), title="gain", caption="Gains.")


def test_the_setting_with_as_many_pairs_as_the_paper_is_a_command():
    found = registry.RUNS["rescue-full"](3)
    assert found == shape_runs.full(3)
    assert {(c.addends**2, c.width, c.epochs, c.seed) for c in found} == {(29241, 336, 40, 3)}
    assert {(c.embedding, c.trained) for c in found} == {("minilm", False), ("random", True)}


def test_gpt2_smalls_first_logits_spread_as_in_the_small_setting():
    config = gpt2_small.configs(0)[0]
    assert config.std * config.width**0.5 == pytest.approx(0.5 * 96**0.5)


def test_the_map_pairs_each_shape_with_the_random_net_of_that_shape(monkeypatch):
    class Made:
        def __init__(self, config):
            self.config = config
            right = 0.1 * config.depth if config.trained else 0.9 if getattr(config, "components", 0) == 24 else 0.5
            self.measures = {"exact": torch.tensor([0.0, right])}

    monkeypatch.setattr(shape_runs.rescue_runs, "recorded", lambda configs: [Made(c) for c in configs])
    found = shape_runs.gains()
    gain = found.groupby(["what", "value"])["gain"].median()
    assert gain["components", 24] == pytest.approx(0.7)
    assert gain["components", 12] == gain["width", 192] == pytest.approx(0.3)
    assert gain["layers", 4] == pytest.approx(0.1)
    here = shape_runs.pair("width", 96, 0) + shape_runs.pair("layers", 2, 0)
    monkeypatch.setattr(shape_runs.rescue_runs, "recorded", lambda cs: [Made(c) for c in cs if c in here])
    assert shape_runs.gains().empty
