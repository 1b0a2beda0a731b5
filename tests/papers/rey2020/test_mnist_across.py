"""MNIST across manifolds: the rows by hand, the distance that the ledger asks for, and times that are moved."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from circles.foundations import heat, manifolds
from circles.foundations.errors import ConfigError
from circles.papers.rey2020 import mnist, mnist_across, mnist_likelihood, mnist_noise, mnist_resized


def run(manifold, seed, likelihood):
    numbers = {"loss/test": [60.0, 7.0], "log_likelihood/test": likelihood,
               "loss/train": [50.0, 8.0], "log_likelihood/train": likelihood + 1,
               "history": [[90.0], [59.0]]}  # fmt: skip
    measures = {name: torch.tensor(v) for name, v in numbers.items()}
    return SimpleNamespace(config=SimpleNamespace(manifold=manifold, seed=seed), measures=measures)


def every(values):
    """Three seeds of each manifold, one nat apart, about these medians; -60 where none is given."""
    return [run(m, s, values.get(m, -60.0) + s - 1) for m in mnist.MANIFOLDS for s in range(3)]


def test_a_row_a_run_in_nats():
    found = [run("so3", 0, -65.0), run("torus", 1, -66.0)]
    rows = mnist_across.table(found)
    assert list(rows["latent"]) == ["torus in R³", "SO(3)"] and list(rows["dimension"]) == [2, 3]
    assert list(rows["loss"]) == [67, 67] and list(rows["minus_log_p"]) == [66, 65]
    assert list(mnist_across.table(found, "train")["loss"]) == [58, 58] and list(rows["training"]) == [59, 59]


def test_manifolds_are_compared_with_those_of_their_dimension():
    rows = mnist_across.table(every({"sphere2": -56.0, "euclidean2": -61.0, "so3": -51.0, "o3": -58.0}))
    assert mnist_across.apart(rows) == (9.0,)


def test_nothing_is_said_while_a_seed_of_a_manifold_is_missing():
    assert mnist_across.apart(mnist_across.table(every({})[:-1])) == ()


def test_the_gap_is_that_of_the_same_pictures():
    found = mnist_across.gaps(mnist_across.table([run("so3", s, v) for s, v in enumerate([-60.0, -66.0, -66.5])]))
    assert found == {"so3": 1.0}


def test_what_is_learnt_by_heart_is_the_loss_on_other_pictures_less_that_on_its_own():
    assert mnist_across.by_heart([run("so3", s, -60.0) for s in range(3)]) == {"SO(3)": 9.0}


def test_costs_hold_the_loss_and_the_likelihood():
    found = mnist_across.costs(mnist_across.table([run("so3", 0, -65.0), run("torus", 1, -66.0)]))
    assert list(zip(found["panel"], found["latent"], found["measure"], found["nats"], strict=True)) == [
        ("two dimensions", "torus in R³", "loss", 67), ("three dimensions", "SO(3)", "loss", 67),
        ("two dimensions", "torus in R³", "−log p", 66), ("three dimensions", "SO(3)", "−log p", 65),
    ]  # fmt: skip


def test_medians_say_how_much_of_its_range_the_kl_uses_and_what_the_released_code_would_report():
    found = mnist_across.medians(mnist_across.table(every({}))).set_index("manifold")
    assert found["loss"].eq(67).all() and found["minus_log_p"].eq(60).all()
    assert found["used"].isna()[["torus", "euclidean2", "euclidean3"]].all()
    ends = mnist_across.kl_range("sphere2")
    assert found["used"]["sphere2"] == pytest.approx((7 - ends[0]) / (ends[1] - ends[0]))
    extra = found["reported"] - found["loss"]
    assert extra["flat_torus"] == pytest.approx(math.log(2 * math.pi), abs=1e-6)
    assert extra["so3"] == pytest.approx(-math.log(8), abs=5e-3) and abs(extra["sphere2"]) < 1e-3
    assert extra.isna()[["euclidean2", "euclidean3"]].all()


def test_classes_are_named_by_the_five_nearest_others():
    def of(manifold, places, labels):
        measures = {"placed": torch.tensor(places), "labels": torch.tensor(labels, dtype=torch.uint8)}
        config = SimpleNamespace(manifold=manifold, spec=SimpleNamespace(projective=manifold.startswith("projective")))
        return SimpleNamespace(config=config, measures=measures)

    turn = torch.arange(12) * 2 * math.pi / 12
    two = torch.where(torch.arange(12) < 6, 0.0, 100.0)
    apart = torch.stack([turn.cos() + two, turn.sin()], dim=1).tolist()
    assert mnist_across.classes([of("euclidean2", apart, [0] * 6 + [1] * 6)]) == {"euclidean2": 1.0}
    alone = mnist_across.classes([of("euclidean2", apart, [0] * 6 + [1] + [2] * 5)])  # itself does not count
    assert alone == {"euclidean2": pytest.approx(11 / 12)}
    # six about a point, of which three have the other sign: near on RP^2, far in R^3
    point = torch.tensor([[0.0, 0.0, 1.0]]) + 0.1 * torch.stack([turn.cos(), turn.sin(), 0 * turn], dim=1)[:6]
    signs = torch.tensor([1.0, -1.0] * 3)[:, None]
    other = torch.tensor([[1.0, 0.0, 0.0]]) + 0.1 * torch.stack([0 * turn, turn.cos(), turn.sin()], dim=1)[:6]
    places = torch.cat([point * signs, other]).tolist()
    assert mnist_across.classes([of("projective2", places, [0] * 6 + [1] * 6)]) == {"projective2": 1.0}
    assert mnist_across.classes([of("sphere2", places, [0] * 6 + [1] * 6)])["sphere2"] < 1


def test_the_place_of_log_t_by_epoch():
    measures = {"epoch": torch.tensor([1, 10]), "log_t": torch.tensor([1.0, 0.25])}
    found = [SimpleNamespace(config=mnist_noise.NoiseRun(manifold=m, like=like, seed=2), measures=measures)
             for m, like in (("sphere2", ""), ("projective3", "so3"))]  # fmt: skip
    rows = mnist_across.noise(found)
    assert list(rows["latent"]) == ["S²"] * 2 + ["RP³, SO(3)'s room"] * 2
    assert list(rows["epoch"]) == [1, 10] * 2 and list(rows["log_t"]) == [1.0, 0.25] * 2 and set(rows["seed"]) == {2}


def test_noise_is_looked_at_in_the_training_that_is_scored():
    for config in mnist_noise.config(1):
        scored = mnist_resized.ResizedRun if config.like else mnist_likelihood.LikelihoodRun
        same = {"like": config.like} if config.like else {}
        assert config.training == scored(manifold=config.manifold, seed=1, **same).training


def test_the_share_of_the_gap_that_equal_room_closes():
    def losses(manifold, values):
        return pd.DataFrame({"manifold": manifold, "seed": range(len(values)), "loss": values})

    rows = pd.concat([losses("projective3", [70.0, 71.0, 80.0]), losses("so3", [66.0, 67.0, 60.0])])
    assert mnist_across.closed(rows, losses("projective3", [68.0, 66.5, 69.0])) == (0.6,)
    assert mnist_across.closed(rows, losses("projective3", [68.0, 66.5])) == ()
    assert mnist_across.closed(rows, mnist_across.table([])) == ()


def test_moved_times_give_the_range_of_the_other_space():
    for run_ in mnist_resized.config():
        other = mnist_across.kl_range(run_.like)
        z = manifolds.by_name(run_.manifold)
        t = torch.tensor(run_.log_t, dtype=torch.float64).exp()
        at = z.uniform(2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        assert heat.kl_expansion(z, at, t).flip(0).tolist() == pytest.approx(other, abs=0.01)  # curvature
        assert (run_.training.low, run_.training.high) == run_.log_t


@pytest.mark.parametrize("like", ["so3", "euclidean2"])
def test_another_dimension_or_no_volume_is_refused(like):
    with pytest.raises(ConfigError, match=f"like is '{like}', expected a closed manifold of dimension 2"):
        mnist_resized.ResizedRun(manifold="sphere2", like=like)


def test_the_training_loss_is_the_last_epochs_though_another_was_lower():
    found = run("so3", 0, -65.0)
    found.measures["history"] = torch.tensor([[90.0], [58.0], [59.0]])
    assert mnist_across.table([found])["training"].tolist() == [59]
