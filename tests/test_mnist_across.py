"""MNIST across manifolds: the rows by hand, and the distance that the ledger asks for."""

from types import SimpleNamespace

import torch

from circles.experiments.rey2020 import mnist, mnist_across


def run(manifold, seed, likelihood):
    measures = {"test": torch.tensor([60.0, 7.0])}
    if manifold != "torus":
        measures["log_likelihood"] = torch.tensor([likelihood])
    return SimpleNamespace(config=SimpleNamespace(manifold=manifold, seed=seed), measures=measures)


def every(values):
    """Three seeds of each manifold, one nat apart, about these medians; 0 where none is given."""
    return [run(m, s, values.get(m, 0.0) + s - 1) for m in mnist.MANIFOLDS for s in range(3)]


def test_a_row_a_run_in_nats():
    rows = mnist_across.table([run("so3", 0, -65.0), run("torus", 1, 0.0)])
    assert list(rows["latent"]) == ["torus in R³", "SO(3)"] and list(rows["dimension"]) == [2, 3]
    assert list(rows["loss"]) == [67, 67]
    assert rows["log_likelihood"].isna().tolist() == [True, False]


def test_manifolds_are_compared_with_those_of_their_dimension():
    rows = mnist_across.table(every({"sphere2": 4.0, "euclidean2": -1.0, "so3": 9.0, "o3": 2.0}))
    assert mnist_across.apart(rows) == (9.0,)


def test_nothing_is_said_while_a_seed_of_a_manifold_is_missing():
    assert mnist_across.apart(mnist_across.table(every({})[:-1])) == ()


def test_what_is_recorded_are_runs_of_the_authors_length():
    found = mnist_across.recorded()
    assert found and all(r.config.epochs == mnist.EPOCHS for r in found)
