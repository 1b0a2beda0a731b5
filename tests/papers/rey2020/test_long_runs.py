"""The frames beside the authors' log; the rotations varied one thing at a time; the shifted pictures at full size."""

from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from circles.figures import manifolds as figures
from circles.figures.frames import FigureError
from circles.foundations.errors import ConfigError
from circles.papers.rey2020 import mnist_frames, shapes, vae_frames


def run(seed, losses, kl):
    measures = {"history": torch.tensor(losses)[:, None], "train": torch.tensor([50.0, kl])}
    return SimpleNamespace(config=SimpleNamespace(seed=seed), measures=measures)


def test_the_last_line_by_hand():
    runs = {0: run(0, [9.0, 5.0, 6.0], 1.0), 1: run(1, [9.0, 4.0, 4.5], 2.0), 2: run(2, [9.0, 8.0, 7.0], 4.0)}
    found = mnist_frames.last_line(runs)
    assert found == pytest.approx({"loss": 6, "kl": 2, "reconstruction": 3, "spread": 2.5})
    late = mnist_frames.late_changes(runs, since=2)
    assert late["largest_rise"].tolist() == late["last"].tolist() == pytest.approx([1, 0.5, -1])
    assert mnist_frames.late_changes(runs, since=1)["typical"].tolist() == pytest.approx([1, 0.5, 1])
    curves = mnist_frames.curves(runs)
    assert list(curves["epoch"]) == [1, 2, 3] * 3 and list(curves[curves["seed"] == 1]["loss"]) == [9, 4, 4.5]


def test_the_log_s_loss_is_its_kl_and_its_reconstruction():
    assert pytest.approx(7.12 + 126.39, abs=0.011) == mnist_frames.LAST_LOSS  # as the released notebook prints them


def test_the_figure_names_the_last_epoch_and_the_log():
    curves = pd.DataFrame({"seed": [0, 0, 1, 1], "epoch": [1, 2, 1, 2], "loss": [9.0, 5.0, 8.0, 6.0]})
    log = pd.DataFrame({"epoch": [1, 2], "loss": [8.5, 5.5]})
    figure = figures.losses_against_log(curves, log, end=2, caption="Losses.")
    assert "at 2: seed 0 5, seed 1 6, the authors' log 5.5" in figure.alt
    with pytest.raises(FigureError, match="no column 'loss'"):
        figures.losses_against_log(curves.drop(columns="loss"), log, end=2, caption="Losses.")


def test_each_variation_changes_one_thing():
    own, *others = shapes.varied().values()
    for config in others:
        assert sum([config.steps != own.steps, config.log_t != own.log_t]) == 1
    assert len({c.digest for c in others}) == 3


def test_the_last_hundred_steps_give_the_kl():
    found = shapes.ShapeRun(data="loop", manifold="sphere1", steps=3, nets=2).compute()
    assert found["kl"].shape == (2,) and found["latents"].shape == (2, 128, 2)


def test_nets_do_not_know_of_their_neighbours():
    """The start of each net is its own; batches and noise are the run's."""
    alone = shapes.ShapeRun(data="torus", steps=1, nets=1, first=1)
    assert torch.equal(alone.pictures[0], shapes.ShapeRun(data="torus", nets=2).pictures[1])


@pytest.mark.parametrize(("changed", "words"), [({"data": "cube"}, "data is 'cube', expected one of loop, torus"),
                                                ({"nets": 0}, "nets is 0, .* expected at least 1")])  # fmt: skip
def test_settings_that_make_no_run_are_refused(changed, words):
    with pytest.raises(ConfigError, match=words):
        shapes.ShapeRun(**changed)


def test_large_pictures_are_the_small_ones_drawn_more_finely(monkeypatch):
    monkeypatch.setattr(shapes, "GRID", 3)
    small = shapes.config("torus").pictures
    for seed in (0, 3):
        a = small[seed].flatten()
        b = shapes.large(seed)["flat_torus"].pictures[0].unflatten(-1, (64, 64))[..., ::4, ::4].flatten()
        inside = (a > 0) & (a < 1) & (b > 0) & (b < 1)  # both are brought to 0..1 by their own extremes
        assert float(torch.corrcoef(torch.stack([a[inside], b[inside]]))[0, 1]) == pytest.approx(1, abs=1e-5)
    assert shapes.large()["flat_torus"].spec.pixels == shapes.LARGE**2


def test_what_is_shown_are_the_pictures_and_then_each_space_s():
    found = {m: SimpleNamespace(measures={"shown": torch.zeros(4, 9), "decoded": torch.full((4, 9), float(i))})
             for i, m in enumerate(("flat_torus", "sphere2"), 1)}  # fmt: skip
    frame = vae_frames.shown(found)
    assert list(frame["panel"].unique()) == ["the pictures", "flat torus", "S²"]
    assert [float(p[0]) for p in frame["picture"]] == [0.0] * 4 + [1.0] * 4 + [2.0] * 4
