"""Many nets of one setting, and the claims over them: the same nets alone, and shares by hand."""

from itertools import count
from types import SimpleNamespace

import pytest
import torch

from circles.foundations import manifolds
from circles.models import vae
from circles.papers.rey2020 import claims, digits, many, measures, shapes
from circles.papers.rey2020.many import ManyDigitsRun, ManyRun


def test_of_many_nets_what_is_kept_is_what_the_claims_ask_of_each():
    run = ManyRun(data="loop", manifold="sphere1", steps=3, nets=2, first=5)
    found, whole = run.compute(), shapes.ShapeRun(data="loop", manifold="sphere1", steps=3, nets=2, first=5).compute()
    assert set(found) == {"unexplained", "kl", "tear", "winds", "loops/2"} and all(len(v) == 2 for v in found.values())
    assert torch.equal(found["unexplained"], whole["unexplained"])
    assert found["winds"].tolist() == measures.loop_windings(SimpleNamespace(config=run, measures=whole))


def test_digits_keep_their_accuracy():
    found = ManyDigitsRun(manifold="euclidean2", steps=2, nets=2).compute()
    assert set(found) == {"accuracy", "kl"} and found["accuracy"].shape == (2,)


def test_no_net_of_the_many_is_one_of_the_chapter_s():
    for config in [*shapes.live(), *shapes.longer().values(), *digits.every()]:
        units = many.of(config)
        starts = [first for unit in units for first in range(unit.first, unit.first + unit.nets)]
        assert len(set(starts)) == 20 * len(units) and min(starts) >= many.FIRST
        assert {unit.manifold for unit in units} == {config.manifold}


def test_an_even_circle_winds_once_and_a_jump_is_a_tear():
    config = shapes.ShapeRun(data="loop", manifold="sphere1", nets=2)
    a = shapes.circle(128)
    cut = a * 0.5  # comes home by a jump of half the circle
    points = torch.stack([torch.stack([x.cos(), x.sin()], -1) for x in (a, cut)])
    run = SimpleNamespace(config=config, measures={"latents": points})
    assert measures.winds(run)[0] == 1
    even, torn = measures.tears(run)
    assert even < 1.1 and torn > 60
    assert measures.loops(run)[2][0] == 1


def test_full_turns_of_the_rotations_themselves_are_kept():
    config = shapes.ShapeRun(data="coloured", manifold="so3", nets=1)
    paths = torch.stack([shapes.turn(axis, shapes.circle(72)).flatten(1) for axis in range(3)])
    assert measures.winds(SimpleNamespace(config=config, measures={"paths": paths[None]})) == [3]


@pytest.fixture
def nets(monkeypatch):
    """Recorded and live nets of the torus: whole or torn, with the torus' two loops or with more."""
    found = {"winds": torch.tensor([1] * 12 + [0] * 48), "loops/2": torch.tensor([2] * 24 + [5] * 36)}
    monkeypatch.setattr(many, "measured", lambda config: found)
    monkeypatch.setattr(claims, "_live", lambda config: {k: v[::12] for k, v in found.items()})


def test_shares_are_counted_over_the_many(nets):
    torus = shapes.config("torus")
    assert claims.winds(torus).value == pytest.approx(0.2) and claims.winds(torus).live == "1 of 5"
    assert claims.looped(torus).value == pytest.approx(0.4)
    assert claims.unseen().value == pytest.approx(12 / 48)  # of the torn ones those with two loops


def test_the_grid_of_a_torus_that_is_the_torus_winds_once_each_way():
    angles = torch.cartesian_prod(shapes.circle(shapes.GRID), shapes.circle(shapes.GRID))
    z = manifolds.FlatTorus().project(torch.cat([angles.cos(), angles.sin()], -1)[:, [0, 2, 1, 3]])
    run = SimpleNamespace(config=shapes.ShapeRun(nets=1), measures={"latents": z[None]})
    assert measures.winds(run) == [1]


def test_of_three_full_turns_the_middle_one_says_whether_a_net_tears():
    config = shapes.ShapeRun(data="coloured", manifold="so3", nets=2)

    def path(axis, torn):
        return shapes.turn(axis, shapes.circle(72) * (0.5 if torn else 1.0)).flatten(1)

    paths = torch.stack([torch.stack([path(axis, axis < torn) for axis in range(3)]) for torn in (1, 2)])
    found = {"latents": torch.zeros(2, 1, 9), "paths": paths}
    one, two = measures.tears(SimpleNamespace(config=config, measures=found))
    assert one < measures.EVEN and two > 10


def test_a_net_that_draws_the_mean_picture_explains_nothing(monkeypatch):
    run = shapes.ShapeRun(data="loop", manifold="sphere1", nets=2)
    mean = run.pictures.mean(1, keepdim=True).expand_as(run.pictures)
    monkeypatch.setattr(shapes.vae, "decode", lambda weights, z, spec: mean.logit())
    assert run._measured(vae.initial(run.spec, run.seeds))["unexplained"].tolist() == pytest.approx([1, 1], abs=1e-4)


def test_the_kl_is_the_mean_of_the_last_hundred_steps(monkeypatch):
    run, step = shapes.ShapeRun(data="loop", manifold="sphere1", nets=1, steps=150), count(1.0)

    def terms(weights, x, spec, *, generator):
        nothing = 0 * sum(w.sum() for w in weights.values()).expand(x.shape[:2])
        return vae.Terms(nothing, nothing + next(step))

    monkeypatch.setattr(shapes.vae, "terms", terms)
    assert run.trained()[1].tolist() == [100.5]  # of 51 to 150
