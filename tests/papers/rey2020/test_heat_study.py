"""Chapter 5's frames and figures about heat, and the published KL terms as formulas."""

import math

import pandas as pd
import pytest
import torch

from circles.figures import FigureError
from circles.figures import manifolds as figures
from circles.foundations import manifolds
from circles.foundations.errors import ConfigError
from circles.papers.rey2020 import heat_frames, published


def test_the_published_terms_differ_by_the_constants_that_were_found():
    two_pi, two = math.log(2 * math.pi), math.log(2)
    bend = (3 - 0.75) / 4 * heat_frames.T_IN_USE  # the curvature of the code is four times that of SO(3)
    expected = {"flat_torus": two_pi, "torus": 2 * two, "so3": bend - 3 * two, "o3": bend - 3 * two}
    for name in published.PUBLISHED:
        assert published.excess(name) == pytest.approx(expected.get(name, 0), abs=2e-3)


def test_the_first_coefficient_matters_in_three_dimensions_only():
    for name in ("sphere2", "sphere3"):
        d = manifolds.by_name(name).dim
        t = torch.tensor([0.02], dtype=torch.float64)
        gap = published.published(name, t, (d + 4) / 24) - published.published(name, t)
        assert float(gap) == pytest.approx(0.0 if d == 2 else 0.25 * 0.02, abs=1e-12)
    with pytest.raises(ConfigError, match="no KL on 'euclidean2', expected one of sphere1"):
        published.published("euclidean2", t)


def test_turn_length():
    assert heat_frames.turn_length() == pytest.approx(2 * math.sqrt(2), rel=1e-6)


@pytest.fixture(scope="module")
def walked():
    return heat_frames.walks(0.2, (10, 20))


def test_walks_frame_and_its_readings(walked):
    assert set(walked["manifold"]) == set(heat_frames.WALKED)
    found = heat_frames.orders(walked, 10, 20)
    assert found["sphere1"] == pytest.approx(1, abs=0.1) and found["sphere3"] == pytest.approx(2, abs=0.1)
    assert heat_frames.by_manifold(walked, "ahead")["sphere2"] == pytest.approx(0.5, abs=0.01)


def test_figures(walked):
    remainder = pd.DataFrame(
        {"space": ["S²"] * 4, "t": [0.1, 0.2] * 2, "what": ["exact"] * 2 + ["Sc t / 4"] * 2, "nats": [0.1, 0.2] * 2}
    )
    points = pd.DataFrame(
        {"space": ["S¹"] * 4, "t": [0.1, 0.1, 1, 1], "x": [0, 1] * 2, "y": [1, 0] * 2, "share": [1, 0] * 2}
    )
    falling = pd.DataFrame({"space": ["S¹"] * 2, "t": [0.1, 1], "kl": [1.2, 0.1]})
    faults = pd.DataFrame({"space": ["S²", "flat torus", "SO(3)"], "nats": [0.0, 1.8379, -2.0757]})
    for figure, word in (
        (figures.walk_against_heat(walked), "SO(3)"),
        (figures.kl_remainder(remainder), "S², at 0.2: exact 0.2, Sc t / 4 0.2"),
        (figures.heat_slider(points, falling), "1.2 to 0.1 nats"),
        (figures.kl_faults(faults), "flat torus: +1.838"),
    ):
        assert word in figure.alt and figure.spec["description"] == figure.alt
        assert figure.png().startswith(b"\x89PNG") and figure.png(dark=True, width=320)


def test_figures_name_what_is_missing(walked):
    for draw in (figures.walk_against_heat, figures.kl_remainder, figures.kl_faults):
        with pytest.raises(FigureError, match="the frame has no column"):
            draw(walked[["manifold"]])
    with pytest.raises(FigureError, match="heat_slider: the frame has no column"):
        figures.heat_slider(walked, walked)


def test_spreading_shows_heat_that_becomes_even():
    points, falling = heat_frames.spreading()
    assert points["share"].between(0, 1 + 1e-9).all()
    last = points[points["t"] == points["t"].max()]
    assert last["share"].min() > 0.5 and falling["kl"].min() > 0


@pytest.mark.parametrize("name", [name for name in published.PUBLISHED if name not in ("so3", "o3")])
def test_the_published_curvature_is_the_spaces_own_where_the_code_has_no_slip(name):
    z = manifolds.by_name(name)
    at = z.uniform(1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    at = torch.tensor([[3.6, 0.0, 0.0]], dtype=torch.float64) if name == "torus" else at
    assert published.PUBLISHED[name].curvature == pytest.approx(float(z.scalar_curvature(at)[0]))
