"""Waves taken from the number table of the net that adds: the tables of its page, and what is left of its answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from circles.analysis import paper_waves
from circles.figures import FigureError
from circles.figures import numbers as figures
from circles.foundations import fourier
from circles.foundations.errors import ConfigError
from circles.models import decoder
from circles.papers.zhou2024 import bands, rescue_runs
from circles.papers.zhou2024.inside import SmallNet

PAIR = (15, 43)


@pytest.fixture(scope="module")
def net() -> SmallNet:
    return SmallNet.of(rescue_runs.recorded([rescue_runs.net_config()])[0])


def test_groups_share_all_waves_out(net):
    found = bands.groups(net.spec.numbers)
    assert len(found) == 50
    assert [k + 1 for k, group in enumerate(found) if group == 0] == paper_waves.low(101)
    single = {name: [k + 1 for k, g in enumerate(found) if g == i] for i, name in enumerate(bands.GROUPS)}
    assert [single[period] for period in ("10", "5", "2.5", "2")] == [[10], [20], [40], [50]]
    assert len(single["others"]) == 50 - len(single["low"]) - 4


def test_a_wave_that_was_taken_is_gone_and_the_others_are_not(net):
    weights = bands.without(net, [20, 50])
    for table in (weights["W_E"][0], weights["W_U"][0, :101]):
        before, after = (np.abs(np.fft.fft(x[:100].numpy(), axis=0)) for x in (net.weights["W_E"][0], table))
        gone = [20, 50, 80]
        assert after[gone].max() < 1e-4 < before[gone].min(axis=1).max()
        kept = [k for k in range(100) if k not in gone]
        assert np.abs(after[kept] - before[kept]).max() < 1e-4


def test_the_waves_go_where_they_are_taken(net):
    addends, answers = (bands.without(net, [10], where=where) for where in ("addends", "answers"))
    whole = net.weights["W_E"]
    assert torch.equal(addends["W_U"][:, :101], whole) and not torch.equal(addends["W_E"], whole)
    assert torch.equal(answers["W_E"], whole) and not torch.equal(answers["W_U"][:, :101], whole)
    with pytest.raises(ConfigError, match="where is 'here', expected one of both, addends, answers"):
        bands.without(net, [10], where="here")


def test_nothing_taken_is_the_net_itself(net):
    a, b = (torch.tensor([[n]]) for n in PAIR)
    expected = decoder.forward(net.weights, a, b, net.spec)[0, 0, :101]
    found = bands.all_logits(net, bands.without(net, []))[PAIR[0] * 51 + PAIR[1]]
    assert (found - expected).abs().max() < 1e-4


def test_what_is_shown_first_is_the_whole_nets(net):
    found = bands.answered(net, *PAIR)
    assert int((~found["right"]).sum()) == found["errors"]["count"].sum()
    right = found["right"][net.a[0], net.b[0]].mean()
    logits = decoder.forward(net.weights, net.a, net.b, net.spec)[0, :, : net.spec.numbers]
    assert right == pytest.approx(float((logits.argmax(-1) == (net.a + net.b)[0]).double().mean()))
    k = 10
    rows = net.weights["W_E"][0, :100].double()
    size = (fourier.basis(100)[[2 * k - 1, 2 * k]] @ rows).norm()
    assert found["waves"]["size"][k - 1] == pytest.approx(float(size))


def test_the_figure_brings_the_net_and_its_switches(net):
    figure = figures.bands(**bands.answered(net, *PAIR), pair=PAIR, net=bands.NAME, tables=bands.tables(net))
    names = [param["name"] for param in figure.spec["params"] if "bind" in param]
    assert names == ["a", "b", "low", "ten", "five", "twoandahalf", "two", "others", "one", "where"]
    assert "logits of 15 + 43 are largest at 58" in figure.alt and len(figure.picture) < 60_000
    assert 'data-net="adder"' in figure.html() and len(figure.html()) < 1_050_000
    frames = bands.answered(net, *PAIR)
    frames["right"] = frames["right"][:3]
    with pytest.raises(FigureError, match=r"bands: right has shape \(3, 51\); expected as many b as a"):
        figures.bands(**frames, pair=PAIR, net=bands.NAME, tables=bands.tables(net))
