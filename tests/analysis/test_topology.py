"""Winding numbers, classes of paths and tears on maps whose answer is known."""

import math
import sys
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from circles.analysis import homology, topology
from circles.foundations import manifolds
from circles.foundations.errors import ConfigError, RunError, ShapeError
from circles.papers.rey2020 import grids, longer_frames, measures, pictures, shapes, vae_frames


@given(st.integers(-7, 7), st.floats(-10, 10), st.integers(0, 2**16))
def test_winding_counts_turns_wherever_they_start_and_however_they_wobble(turns, start, seed):
    a = shapes.circle(64).double()
    wobble = torch.randn(3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    path = turns * a + start + 0.2 * sum(w * torch.sin((k + 1) * a) for k, w in enumerate(wobble / wobble.norm()))
    assert topology.winding(path) == turns
    assert topology.winding(path.flip(0)) == -turns
    assert topology.winding(torch.atan2(path.sin(), path.cos())) == turns


@given(st.lists(st.integers(-2, 2), min_size=4, max_size=4))
def test_winding_matrix_is_the_map_s_own(entries):
    w = torch.tensor(entries).view(2, 2)
    a = shapes.circle(24)
    grid = torch.cartesian_prod(a, a).view(24, 24, 2)
    assert torch.equal(topology.winding_matrix(grid @ w.float() + 0.3), w)


def test_a_torn_map_of_the_torus_has_no_winding_matrix():
    a = shapes.circle(24)
    grid = torch.cartesian_prod(a, a).view(24, 24, 2).clone()
    grid[5, :, 1] = 0
    assert topology.winding_matrix(grid) is None


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_one_full_turn_cannot_be_shrunk_and_two_can(axis):
    once = shapes.turn(axis, shapes.circle(40)).flatten(1)
    assert not topology.is_contractible(once)
    assert topology.is_contractible(torch.cat([once, once]))
    there_and_back = torch.cat([once[:20], once[:20].flip(0)])
    assert topology.is_contractible(there_and_back)


def test_tear_is_one_for_an_even_map_and_finds_a_jump():
    circle = manifolds.by_name("sphere1")
    a = shapes.circle(50)
    even = torch.stack([a.cos(), a.sin()], -1)
    assert topology.tear(circle, even, even) == pytest.approx(1, abs=1e-4)
    half = torch.stack([(a / 2).cos(), (a / 2).sin()], -1)  # ends at the antipode of its start
    assert topology.tear(circle, half, even) == pytest.approx(49 + 1, rel=0.05)


def test_short_paths_are_refused():
    with pytest.raises(ShapeError, match="2 points, expected at least 3"):
        topology.winding(torch.zeros(2))
    with pytest.raises(ShapeError, match="expected at least 3"):
        topology.is_contractible(torch.eye(3).view(1, 9))


def test_pictures_close_up_and_lie_between_0_and_1():
    g = torch.Generator().manual_seed(0)
    x = pictures.shifted(torch.tensor([[0.3, 1.0], [0.3 + 2 * math.pi, 1.0 - 2 * math.pi]]), generator=g)
    assert torch.allclose(x[0], x[1], atol=1e-5)
    hand = pictures.clock_hand(torch.tensor([0.0, 2 * math.pi, 1.0]))
    assert torch.allclose(hand[0], hand[1], atol=1e-5) and not torch.allclose(hand[0], hand[2], atol=0.1)
    grey = pictures.object_turned(manifolds.by_name("so3").uniform(50, generator=g))
    for found in (x, hand, grey):
        assert found.min() >= 0 and found.max() <= 1


def test_a_shift_by_whole_pixels_is_a_cyclic_shift():
    g = torch.Generator().manual_seed(1)
    step = 2 * math.pi / 16
    still, moved = pictures.shifted(torch.tensor([[0.0, 0.0], [3 * step, 5 * step]]), generator=g).view(2, 16, 16)
    assert torch.allclose(moved, still.roll((3, 5), (0, 1)), atol=1e-5)


@pytest.mark.parametrize("fading", [True, False])
def test_waves_go_as_often_around_as_asked_and_fade_or_do_not(fading):
    power = torch.zeros(16, 16)
    for seed in range(200):
        g = torch.Generator().manual_seed(seed)
        x = pictures.shifted(torch.zeros(1, 2), generator=g, waves=4, fading=fading).view(16, 16)
        found = torch.fft.fft2(x).abs().square()
        power += found / found.sum().sub(found[0, 0]) / 200  # a picture's own brightness and contrast do not count
    k = torch.fft.fftfreq(16, 1 / 16)
    square = k[:, None].square() + k.square()
    within = (k[:, None].abs().maximum(k.abs()) <= 4) & (square > 0)
    assert power[~within][1:].max() < 1e-9 and within.sum() == 80
    expected = within / (1 + square) if fading else within.float()
    ring = square.sqrt().round()
    for r in (1, 2, 3, 4, 5):
        here = within & (ring == r)
        ratio = float(power[here].mean() / (expected / expected.sum())[here].mean())
        assert ratio == pytest.approx(1, abs=0.1)


def furthest_look_alike(draw):
    """Of 200 rotations, the largest angle (radians) between one and the one that looks most like it."""
    space = manifolds.by_name("so3")
    turns = space.uniform(200, generator=torch.Generator().manual_seed(2))
    apart = torch.cdist(draw(turns), draw(turns)) + 99 * torch.eye(200)
    return float(space.distance(turns, turns[apart.argmin(1)]).max()) / math.sqrt(2)


def test_no_two_rotations_of_the_coloured_object_look_alike_as_of_the_grey_one_they_do():
    assert furthest_look_alike(pictures.coloured) < 1.2
    assert furthest_look_alike(pictures.object_turned) > 2


def test_the_range_of_the_kl_on_the_sphere_by_hand():
    low, high = vae_frames.kl_range("sphere2")
    for found, log_t in ((low, -5.0), (high, -7.5)):
        assert found == pytest.approx(math.log(4 * math.pi) - math.log(2 * math.pi) - log_t - 1 + math.exp(log_t) / 2)


def test_a_loop_s_path_is_told_whole_torn_or_folded():
    a = shapes.circle(60).double()
    torn, there_and_back = a * (50 / 60), torch.cat([a[:30], a[:30].flip(0)]) / 2
    angles = torch.stack([a, torn, there_and_back])
    points = torch.stack([angles.cos(), angles.sin()], -1)
    run = SimpleNamespace(measures={"latents": points, "unexplained": torch.tensor([0.011, 0.2, 0.5])})
    found = vae_frames.loop_paths(run)
    assert found["around"].tolist() == [1, 1, 0]
    assert found["covered"].tolist() == [354, 295, 87]
    assert found["largest_step"].tolist() == [6, 65, 3]
    assert found["variance_lost"].tolist() == [0.01, 0.2, 0.5]


def test_determinants_call_a_torn_map_0():
    whole = torch.tensor([[1, 1], [0, -1]])
    assert measures.determinants([whole, None, torch.tensor([[1, 0], [1, 0]])]) == [1, 0, 0]


@pytest.mark.parametrize("name", ["sphere2", "flat_torus", "euclidean2"])
def test_a_grid_lies_on_its_manifold_and_on_the_page_where_it_says(name):
    points = grids.grid(name, 4, 6)
    assert manifolds.by_name(name).contains(points).all()
    across, up = grids.flat(name, points.flatten(0, 1)).unflatten(0, (4, 6)).unbind(-1)
    assert torch.allclose(across, ((torch.arange(6) + 0.5) / 6).expand(4, 6), atol=1e-5)
    assert torch.allclose(up, (1 - (torch.arange(4) + 0.5) / 4)[:, None].expand(4, 6), atol=1e-5)


def test_a_manifold_without_a_grid_is_named():
    for function in (lambda: grids.grid("so3", 2, 2), lambda: grids.flat("so3", torch.ones(1, 9))):
        with pytest.raises(ConfigError, match="'so3', expected sphere2, flat_torus or euclidean2"):
            function()


def test_the_steps_that_make_a_tear_are_counted_with_their_share_of_the_path():
    line = torch.arange(9, dtype=torch.float64)
    line = torch.where(line < 5, line, line + 15)[:, None]  # steps of one, one of sixteen, and the way back of 23
    path = torch.cat([line, 0 * line, 0 * line], 1)
    run = SimpleNamespace(config=SimpleNamespace(manifold="euclidean3"), measures={"paths": path[None, None]})
    assert longer_frames.long_steps(run) == (2, 9, pytest.approx(39 / 46))


def test_without_gudhi_the_message_names_the_package_that_brings_it(monkeypatch):
    """Not an extra of a package of this book's name: the index has one of another owner."""
    monkeypatch.setitem(sys.modules, "gudhi.sklearn.rips_persistence", None)
    with pytest.raises(RunError, match="^persistent homology needs GUDHI, expected pip install gudhi$"):
        homology.persistence(torch.zeros(3, 3))
