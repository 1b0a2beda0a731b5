"""The studies in small: what varies, what is shared, trends against their definitions, frames that charts accept."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn import datasets

from circles.figures import Figure, FigureError
from circles.figures import kernels as figures
from circles.foundations.errors import ConfigError
from circles.models.margin_losses import SmoothedHinge
from circles.papers.samareh2018 import (
    FeatureStudy,
    GapStudy,
    TwinStudy,
    WorstStudy,
    data,
    evidence,
    found,
    frames,
    measures,
    trends,
)
from circles.papers.samareh2018.many import ManyGaps, by_pair
from circles.training.runs import Run


def run(study) -> Run:
    """A study in small, computed now, as a run."""
    return Run(study, {}, study.compute(), torch.zeros(0), {}, Path("."))


@pytest.fixture(scope="module")
def gaps() -> dict[str, Run]:
    return {d: run(GapStudy(dataset=d, over="alpha", seeds=4, steps=100, D=16)) for d in ("wine", "moons")}


def test_splits_are_halves_standardised_by_the_training_half():
    for name in data.NAMES:
        s = data.split(name, seed=3)
        assert abs(len(s.x[0]) - len(s.x[1])) <= 1
        assert s.x[0].mean(0).abs().max() < 1e-9
        assert set(torch.cat(s.y).tolist()) == {-1.0, 1.0}
        assert abs(float(torch.pdist(s.x[0]).median()) - s.scale) < 1e-12
        again = data.split(name, seed=3)
        assert torch.equal(s.x[0], again.x[0])
        assert not torch.equal(s.x[0], data.split(name, seed=4).x[0])
    signed = data.split("wine", seed=0).signed(32, seed=0)
    assert (signed.train.norm(dim=1) - 1).abs().max() < 1e-6


def test_an_unknown_data_set_or_setting_is_named():
    with pytest.raises(ConfigError, match="data set is 'iris', expected one of breast cancer, digits, wine, moons"):
        data.split("iris", seed=0)
    with pytest.raises(ConfigError, match="over is 'loss', expected steps, alpha, n or D"):
        GapStudy(dataset="wine", over="loss", seeds=1).compute()


@pytest.mark.parametrize("over", found.SETTINGS)
def test_the_four_settings_meet_at_their_defaults(over):
    """Every study holds the run with all settings at their defaults, from the same split, features and draws."""
    small = {"dataset": "moons", "seeds": 2, "steps": 400, "alpha": 0.25, "n": 32, "D": 32, "longest": 400}
    m = GapStudy(over=over, **small).compute()
    here = int((m["values"] == small[over]).nonzero()[0])
    assert {k: float(m[k][here]) for k in found.SETTINGS} == {k: float(small[k]) for k in found.SETTINGS}
    other = GapStudy(over="alpha", **small).compute()["measured"][:, 4]
    assert (m["measured"][:, here] - other).abs().max() < 1e-5


def test_the_measured_losses_and_errors_are_those_of_the_weights():
    """One seed of moons followed by hand, step by step in float64."""
    study = GapStudy(dataset="moons", over="steps", seeds=1, D=8, longest=100)
    signed, loss = data.split("moons", seed=0).signed(8, seed=0), SmoothedHinge()
    from circles.foundations.streams import streams
    from circles.training import sgm

    draws = sgm.uniform(100, 1, 256, generator=streams(0, "draws")["draws"])
    w = torch.zeros(8, dtype=torch.float64)
    for i in draws[:100, 0].tolist():
        z = signed.train[i].double()
        w = w - 0.25 * loss.slope(w @ z) * z
    margins = [x.double() @ w for x in (signed.train[:256], signed.test)]
    by_hand = [float(loss.value(m).mean()) for m in margins] + [float((m <= 0).double().mean()) for m in margins]
    assert np.abs(study.compute()["measured"][0, 0].numpy() - by_hand).max() < 1e-4


def test_slopes_are_polyfits():
    x, y = torch.tensor([1.0, 2.0, 4.0, 8.0]), torch.rand(3, 4, generator=torch.Generator().manual_seed(1)) + 0.1
    for slope, row in zip(trends.slopes(x, y), y, strict=True):
        assert abs(float(slope) - np.polyfit(np.log(x.numpy()), np.log(row.double().numpy()), 1)[0]) < 1e-6


def test_another_seed_has_other_runs_and_the_same_seed_the_same():
    small = {"dataset": "wine", "pairs": 2, "steps": 50, "D": 8}
    first, same, other = (TwinStudy(seed=s, **small).compute() for s in (0, 0, 1))
    assert all(torch.equal(first[k], same[k]) for k in first)
    assert not torch.equal(first["hits"], other["hits"]) or not torch.equal(first["distance"], other["distance"])


def test_every_unit_has_a_name_of_its_own():
    units = found.studies()
    assert len({(u.family, u.name) for u in units}) == len(units) == 5 + 12 + 4 + 2 + 16 + 1


def drawn(figure: Figure) -> None:
    assert len(json.dumps(figure.spec)) < 300_000
    assert "nan" not in figure.alt


def test_the_charts_take_the_frames(gaps):
    drawn(figures.gap_curves(frames.gaps(gaps), x="step size"))
    drawn(figures.kernel_slider(frames.kernels(draws=2)))
    study = run(FeatureStudy(seeds=2, side=4))
    drawn(figures.feature_error(frames.feature_error({"paired": study}), frames.uniform_bound(study)))
    twins = {
        ("wine", n): run(TwinStudy(dataset="wine", loss=n, pairs=3, steps=60, D=8)) for n in ("hinge", "smoothed hinge")
    }
    drawn(figures.twin_runs(frames.twins(twins, bound="bound"), bound="bound"))
    worst = {"hinge": run(WorstStudy(hinge=True, pairs=4, n=16, steps=16, largest=4))}
    drawn(figures.breaking_step(frames.breaking(worst)))


def test_a_chart_says_what_a_frame_lacks(gaps):
    frame = frames.kernels(draws=1)
    with pytest.raises(FigureError, match="kernel_slider: Laplace has D"):
        figures.kernel_slider(frame[~((frame["kernel"] == "Laplace") & (frame["D"] == 8))])
    with pytest.raises(FigureError, match="gap_curves: the frame has no column 'gap'"):
        figures.gap_curves(frames.gaps(gaps).drop(columns="gap"), x="steps")


def test_measures_take_runs(gaps):
    assert measures.exponent(gaps["wine"]) == pytest.approx(float(trends.slopes(
        gaps["wine"].measures["values"], measures.gap(gaps["wine"].measures["measured"])["loss"].mean(0)[None]
    )))  # fmt: skip
    assert measures.bound_over_gap(gaps) > 0


def test_many_gaps_are_the_studys_at_both_ends():
    same = {"dataset": "wine", "seeds": 3, "steps": 60, "D": 8, "longest": 400}
    for over in ("steps", "alpha", "n"):
        whole, ends = (kind(over=over, **same).compute() for kind in (GapStudy, ManyGaps))
        assert ends["values"].tolist() == whole["values"][[0, -1]].tolist()
        assert torch.equal(ends["measured"], whole["measured"][:, [0, -1]])
    whole, kept = (kind(over="D", **same).compute() for kind in (GapStudy, ManyGaps))
    at = [i for i, D in enumerate(whole["values"]) if D in kept["values"]]
    assert kept["values"].tolist() == [8, 256, 1024] and torch.equal(kept["measured"], whole["measured"][:, at])


def test_the_largest_ratio_over_pairs_is_that_of_the_twins():
    study = run(TwinStudy(dataset="wine", loss="hinge", pairs=5, steps=400, D=8))
    found = by_pair(study.measures)
    assert float(found["path"].max()) == pytest.approx(float(study.measures["ratios"][0]), rel=1e-5)
    parted = study.measures["hits"].clone()
    parted[-1, 0] = 0  # as if this pair had parted before its point was drawn
    assert by_pair(study.measures | {"hits": parted})["path"][0] == math.inf
    assert float(found["end"].mean()) == pytest.approx(float(study.measures["ratios"][2]), rel=1e-5)


def test_growth_is_a_ratio_of_mean_gaps_held_against_the_live_ones(monkeypatch):
    draw = torch.Generator().manual_seed(0)
    values = torch.tensor([1.0, 2.0, 4.0])
    kept = {"values": values, "measured": torch.rand(60, 3, 4, generator=draw) * values[:, None]}
    live = Run(GapStudy(dataset="wine"), {}, kept | {"measured": kept["measured"][:10]}, torch.zeros(0), {}, Path("."))
    monkeypatch.setattr(evidence, "many", lambda config: kept)
    apart = measures.gap(kept["measured"])
    for measure in ("loss", "error"):
        found, mean = evidence.growth({"wine": live}, measure)["wine"], apart[measure].mean(0)
        assert found.value == pytest.approx(float(mean[2] / mean[0])) and found.low < found.value < found.high
        assert found.fits > 0.01 and found.nets == 60 and found.of == "draws"
    named, mean = evidence.growth({"wine": live}, "loss", (2.0, 4.0))["wine"], apart["loss"].mean(0)
    assert named.value == pytest.approx(float(mean[2] / mean[1]))


def test_scikit_learns_features_are_studied_on_the_same_grid(monkeypatch):
    monkeypatch.setattr(evidence, "of", lambda config: [config])
    monkeypatch.setattr(evidence.runs, "get", run)
    ours, theirs = (run(FeatureStudy(variant=v, seeds=12, side=6)) for v in ("cosine", "scikit-learn"))
    found = evidence.error_ratio(ours, theirs)
    assert 0.8 < found.value < 1.25 and found.low < 1 < found.high
    assert -0.7 < evidence.slope({"cosine": ours})["cosine"].value < -0.3


def test_the_evidence_has_seeds_of_its_own():
    units = [unit for number in range(9) for unit in evidence.units(number)]
    assert len({(u.family, u.name) for u in units}) == len(units) == 17 + 4 + 2 + 5 + 2 + 1 + 4
    assert all(u.tier == "recorded" for u in units)
    blocks = [u._block.start for u in units if isinstance(u, GapStudy | TwinStudy)]
    assert min(blocks) > GapStudy().seeds + TwinStudy().pairs


def test_each_question_is_of_the_classes_that_it_names():
    digits, wine, cancer = datasets.load_digits(), datasets.load_wine(), datasets.load_breast_cancer()
    named = {
        "digits": np.isin(digits.target, (0, 2, 4, 6, 8)),
        "wine": wine.target_names[wine.target] == "class_1",
        "breast cancer": cancer.target_names[cancer.target] == "benign",
    }
    for name, expected in named.items():
        assert data._read(name)[1].tolist() == expected.tolist(), name


def _made(measured, n) -> Run:
    settings = {"steps": [5.0, 10.0, 20.0], "alpha": [0.5] * 3, "n": [n] * 3}
    kept = {name: torch.tensor(v, dtype=torch.float64) for name, v in settings.items()}
    return Run(GapStudy(dataset="wine"), {}, kept | {"measured": measured}, torch.zeros(0), {}, Path("."))


def test_the_bound_is_held_against_the_setting_that_comes_nearest_to_it():
    measured = torch.zeros(2, 3, 4)
    measured[..., 1] = torch.tensor([[0.3, 0.6, -0.2], [-0.1, 0.4, -0.6]])  # means: 0.1, 0.5, -0.4
    found = {"near": _made(measured, 10.0), "far": _made(measured, 1.0)}  # bounds: 0.5, 1, 2 and ten times that
    assert measures.bound_over_gap(found) == pytest.approx(2.0)


def test_a_pair_is_under_the_bound_at_the_end():
    kept = {"bound": torch.tensor([0.1, 0.2, 0.3]), "loss_gap": torch.zeros(3, 2)}
    kept["loss_gap"][-1] = torch.tensor([0.29, 0.31])
    twins = {("wine", loss): Run(TwinStudy(dataset="wine"), {}, kept, torch.zeros(0), {}, Path("."))
             for loss in measures.COVERED}  # fmt: skip
    assert measures.under_bound(twins) == dict.fromkeys(measures.COVERED, 0.5)
