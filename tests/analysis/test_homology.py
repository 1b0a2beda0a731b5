"""Loops of points on known spaces, by a count that the mathematics fixes; and the laws that any count must keep."""

import math
import sys
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from circles.analysis import homology
from circles.figures import manifolds as figures
from circles.figures.frames import FigureError
from circles.foundations import manifolds
from circles.foundations.errors import ConfigError, RunError, ShapeError
from circles.papers.rey2020 import homology_frames, homology_runs

pytest.importorskip("gudhi", reason="persistent homology needs GUDHI: pip install gudhi")


def drawn(name, n, seed):
    g = torch.Generator().manual_seed(seed)
    space = manifolds.by_name(name)
    return space, torch.randn(n, space.dim, generator=g) if space.log_volume == math.inf else space.uniform(
        n, generator=g
    )


@pytest.mark.parametrize(
    ("name", "n", "field", "expected"),
    [("sphere1", 128, 2, 1), ("flat_torus", 400, 2, 2), ("sphere2", 400, 2, 0), ("so3", 300, 2, 1), ("so3", 300, 3, 0),
     ("sphere3", 300, 2, 0), ("projective2", 300, 2, 1), ("projective2", 300, 3, 0), ("euclidean1", 128, 2, 0),
     ("euclidean2", 400, 2, 0), ("euclidean3", 300, 2, 0)],
)  # fmt: skip
@pytest.mark.parametrize("seed", [0, 1])
def test_random_points_have_the_loops_of_their_space(name, n, field, expected, seed):
    pairs = homology.persistence(homology.distances(*drawn(name, n, seed)), field=field)
    assert homology.loops(pairs) == expected
    assert (pairs[:, 1] >= pairs[:, 0]).all() and (pairs[:-1].diff().abs() >= 0).all()


def test_a_circle_dies_at_a_third_of_its_length_and_a_cut_one_has_no_loop():
    a = 2 * math.pi * torch.arange(90, dtype=torch.float64) / 90
    points = torch.stack([a.cos(), a.sin()], -1)
    apart = homology.distances(manifolds.by_name("sphere1"), points)
    pairs = homology.persistence(apart)
    assert pairs.shape == (1, 2)
    assert pairs[0].tolist() == pytest.approx([2 * math.pi / 90, 2 * math.pi / 3], abs=1e-6)
    cut = homology.persistence(apart[:50, :50])  # a little more than half of the circle
    assert homology.loops(cut) == 0


@pytest.mark.parametrize(("death", "count"), [(2.9, 0), (3.0, 1)])
def test_a_loop_lasts_when_it_dies_at_three_times_its_birth(death, count):
    assert homology.loops(torch.tensor([[1.0, death]], dtype=torch.float64)) == count


def test_lengths_scale_and_order_does_not_matter():
    apart = homology.distances(*drawn("flat_torus", 120, 3))
    pairs, order = homology.persistence(apart), torch.randperm(120, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(homology.persistence(7 * apart), 7 * pairs, rtol=1e-5)
    shuffled = homology.persistence(apart[order][:, order])
    assert torch.allclose(shuffled.sort(0).values, pairs.sort(0).values, atol=1e-6)


def test_bad_input_is_one_line(monkeypatch):
    with pytest.raises(ShapeError, match=r"\(3, 4\), expected a square of at least 3 points"):
        homology.persistence(torch.zeros(3, 4))
    with pytest.raises(ConfigError, match="data is 'knot', expected one of loop, torus, coloured"):
        homology_runs.HomologyRun(data="knot")
    monkeypatch.setitem(sys.modules, "gudhi.sklearn.rips_persistence", None)
    with pytest.raises(RunError, match=r"needs GUDHI, expected pip install gudhi"):
        homology.persistence(torch.zeros(3, 3))


def test_a_net_is_right_when_every_field_agrees():
    class Found:
        config = homology_runs.HomologyRun(data="coloured", space="so3")
        measures = {"loops/2": torch.tensor([1, 1, 0]), "loops/3": torch.tensor([0, 1, 0])}

    assert homology_runs.right(Found) == [True, False, False]
    assert homology_runs.captured({"so3": Found}) == {"so3": 1}


def test_lasting_loops_are_listed_by_space_and_seed():
    runs = {"sphere2": SimpleNamespace(measures={"loops/2": torch.tensor([3, 0])}),
            "euclidean2": SimpleNamespace(measures={"loops/2": torch.tensor([1, 2])})}  # fmt: skip
    found = homology_frames.lasting(runs)
    assert list(found.index) == ["sphere2", "euclidean2"] and found.loc["sphere2"].tolist() == [3, 0]


def test_the_diagram_says_how_many_last():
    frame = pd.DataFrame({"panel": ["a", "a", "b"], "birth": [0.2, 0.4, 0.3], "death": [0.8, 0.5, 0.4]})
    figure = figures.persistence_diagrams(frame, lasts=3, caption="Loops.")
    assert "a: 1 of 2; b: 0 of 1" in figure.alt and len(figure.spec["concat"]) == 2
    with pytest.raises(FigureError, match="no column 'death'"):
        figures.persistence_diagrams(frame.drop(columns="death"), lasts=3, caption="Loops.")
