"""The small net at every moment of its training, against what was recorded while it trained."""

import pytest
import torch

from circles.foundations.errors import RunError
from circles.papers.nanda2023 import Net, moments, small
from circles.training import runs


@pytest.fixture(scope="module")
def run():
    return runs.get(small.config())


def test_its_losses_are_those_of_the_run(run):
    curves = moments.curves(run)
    for epoch in (0, 300, 1600):
        row = moments.parted(run, [epoch]).set_index("neurons").loc["as they are"]
        then = curves[curves["epoch"] == epoch].set_index("measure")["value"]
        assert row[["train", "test"]].tolist() == pytest.approx(then[["train", "test"]].tolist(), rel=1e-4)


def test_the_last_moment_is_the_net(run):
    last = moments.at(run, run.config.epochs)
    assert (last.logits - Net(run).logits).abs().max() < 1e-4
    assert last.keys == Net(run).keys


def test_key_frequencies_and_all_else_are_the_whole(run):
    """What the neurons write is the sum of both parts and of its means, which both keep."""
    net = moments.at(run, 800)
    written = net.mlp @ net.W_L.mT
    kept, dropped = moments.keep_frequencies(written, net.keys), moments.drop_frequencies(written, net.keys)
    assert torch.allclose(kept + dropped, written + written.mean(0), atol=1e-9)


def test_known_pairs_are_the_training_pairs(run):
    net = moments.at(run, 0)
    logits, right, known = moments.answered(net, 5, 9)
    assert int(known.sum()) == len(net.train) and known.shape == right.shape == (31, 31)
    assert all(known[i // 31, i % 31] for i in net.train.tolist())
    assert logits["c"].tolist() == list(range(31))


def test_a_moment_that_was_not_kept_is_named(run):
    with pytest.raises(RunError, match="epoch 150 is no checkpoint, expected one of 0, 100, 200"):
        moments.at(run, 150)
