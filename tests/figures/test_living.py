"""Pictures that compute: the net as tables, numbers in 24 bits, figures that come with both."""

from __future__ import annotations

import json
import math
import re

import numpy as np
import pytest
import torch

from circles.analysis.tabled import tabled
from circles.figures import FigureError, grokking, quantized
from circles.figures.diagram import one_layer
from circles.figures.packed import pack, unpack
from circles.models import modular
from circles.papers import li2024, nanda2023
from circles.papers.li2024 import beside
from circles.papers.nanda2023 import Net, moments, one_sum, small
from circles.papers.pair_maps import pair_maps
from circles.training import runs

PAIR = (37, 90)


@pytest.fixture(scope="module")
def net() -> Net:
    return Net(nanda2023.main_run())


def computed(t: dict[str, torch.Tensor]) -> torch.Tensor:
    """The logits of all pairs from tables, as the docstring of ``tabled`` has it."""
    p, heads = t["scores"].shape
    a, b = (torch.arange(p * p) // p, torch.arange(p * p) % p)
    scores = torch.stack([t["scores"][a], t["scores"][b] + t["later_score"], torch.zeros(p * p, heads)], -1)
    shares = scores.softmax(-1).unsqueeze(2)
    first, later = (x.unflatten(-1, (heads, -1)) for x in (t["values"][a], t["values"][b] + t["later_value"]))
    z = (shares[..., 0] * first + shares[..., 1] * later).flatten(1)
    mlp = (z @ t["to_neurons"] + t["neuron_bias"]).relu()
    return z @ t["past_neurons"] + t["logit_bias"] + mlp @ t["readout"]


@pytest.mark.parametrize("positions", [True, False])
@pytest.mark.parametrize("biases", [True, False])
def test_the_tables_give_the_nets_logits(positions, biases):
    spec = modular.ModularSpec(p=7, d_model=12, n_heads=3, d_mlp=10, positions=positions, biases=biases)
    weights = modular.initial(spec, [3], dtype=torch.float64)
    if biases:
        weights = {n: w + 0.1 if n.startswith("b_") else w for n, w in weights.items()}
    expected = modular.activations(weights, spec)["logits"][0]
    assert (computed(tabled(weights, spec)) - expected).abs().max() < 1e-12


@pytest.mark.parametrize("biases", [True, False])
def test_the_tables_give_the_logits_of_a_net_with_a_norm(biases):
    spec = modular.ModularSpec(p=7, d_model=12, n_heads=3, d_mlp=10, norm=True, biases=biases, positions=not biases)
    weights = modular.initial(spec, [3], dtype=torch.float64)
    weights = {n: w + 0.1 if n.startswith("b_") or n == "gain" else w for n, w in weights.items()}
    t = tabled(weights, spec)
    stream = computed(t | {"to_neurons": t["past_neurons"] @ t["read"], "logit_bias": t["stream_bias"]})
    found = stream / (stream.square().mean(-1, keepdim=True) + 1e-8).sqrt() @ t["unembed"]
    assert (found - modular.activations(weights, spec)["logits"][0]).abs().max() < 1e-12


def test_what_the_page_carries_gives_the_recorded_nets_logits(net):
    packed = {name: pack(x) for name, x in one_sum.tables(net).items()}
    found = computed({name: torch.from_numpy(unpack(x)) for name, x in packed.items()})
    weights = {name: w.double() for name, w in net.weights.items()}
    assert (found - modular.activations(weights, net.spec)["logits"][0]).abs().max() < 5e-5
    assert len(json.dumps(packed)) < 700_000


@pytest.mark.parametrize("bits", [12, 20, 24])
@pytest.mark.parametrize("values", [np.linspace(-3, 2, 31).reshape(1, 31), np.linspace(-7, -1, 5), np.zeros((0, 4))])
def test_packed_numbers_come_back_to_half_a_step(values, bits):
    packed = pack(values, bits=bits)
    assert unpack(packed).shape == values.shape
    assert np.abs(unpack(packed) - values).max(initial=0) <= packed["step"] / 2
    size = math.ceil(values.size * bits / 8)
    assert len(packed["data"]) == 4 * math.ceil(size / 3)


@pytest.mark.parametrize("few", [[-1.0, 1.0], [-0.0169, 0.0, 0.0169], [0.0], [-7.0, 0.1, 0.2, 3.0]], ids=str)
def test_few_values_come_back_as_they_are(few):
    values = np.array(few * 30 + few[:1])
    packed = pack(values.reshape(1, -1))
    assert np.array_equal(unpack(packed), values.reshape(1, -1))
    assert len(packed["data"]) <= 4 * (len(values) * (1 if len(few) <= 2 else 2) // 24 + 1)


def test_half_precision_is_packed_as_it_is():
    values = np.array([[0.0, -1.5, 6.1e-5], [5.9e-8, 65504.0, -3.14159]], dtype=np.float16)
    assert np.array_equal(unpack(pack(values)), values) and len(pack(values)["half"]) == 16


def test_what_is_not_finite_is_not_packed():
    with pytest.raises(FigureError, match="pack: a number is not finite; expected finite ones"):
        pack(np.array([1.0, np.nan]))


def test_the_walk_ends_at_the_answer_and_brings_the_net_once(net):
    steps, tables, k = one_sum.walked(net, *PAIR, net.keys[0]), one_sum.tables(net), net.keys[0]
    figure = grokking.walk(**steps, pair=PAIR, keys=net.keys, shown=k, net="n", tables=tables)
    page = figure.html()
    assert "highest at 14" in figure.alt and len(figure.picture) < 60_000
    carried = json.loads(re.search(r'class="circles-net" data-net="n">(.*?)</script>', page, re.S).group(1))
    assert tuple(carried["keys"]) == net.keys and carried["tables"].keys() == tables.keys()
    named = re.search(r'class="circles-living">(.*?)</script>', page).group(1)
    assert json.loads(named) == {"program": "walk", "net": "n"}
    assert page.endswith("</figcaption></figure>")
    assert all("bind" not in param for param in figure.drawn()["params"])
    assert sum("bind" in param for param in figure.spec["params"]) == 3


def test_the_steps_of_a_walk_are_those_of_the_net(net):
    steps = one_sum.walked(net, *PAIR, net.keys[1])
    assert np.allclose(steps["attention"].groupby("head")["share"].sum(), 1)
    at_whole = steps["waves"][steps["waves"]["step"] == 0]["value"].sum()
    assert np.isclose(at_whole, steps["total"]["value"][sum(PAIR) % net.p])
    logits = net.logits[PAIR[0] * net.p + PAIR[1]].double()
    spectrum = np.fft.rfft(logits.numpy())
    spectrum[[k for k in range(len(spectrum)) if k not in net.keys]] = 0
    assert np.allclose(steps["total"]["value"], np.fft.irfft(spectrum, net.p), atol=1e-4)


def test_switches_tell_of_the_whole_net(net):
    frame, right, loss = one_sum.answered(net, *PAIR)
    figure = grokking.switches(frame, right, pair=PAIR, keys=net.keys, heads=4, loss=loss, net="n")
    assert "circles-net" not in figure.html() and len(figure.picture) < 60_000
    assert f"{int(right.sum()):,} of {net.p**2:,} pairs are right" in figure.alt
    names = [param["name"] for param in figure.spec["params"] if "bind" in param]
    assert names == ["a", "b", *(f"key{k}" for k in net.keys), "rest", *(f"head{h}" for h in range(4))]
    with pytest.raises(FigureError, match=r"switches: right has shape \(2, 2\); expected \(113, 113\)"):
        grokking.switches(frame, right[:2, :2], pair=PAIR, keys=net.keys, heads=4, loss=loss, net="n")


@pytest.fixture(scope="module")
def three() -> dict[str, li2024.Net]:
    return beside.nets()


def test_what_the_page_carries_gives_the_logits_of_three_nets(three):
    answers, keys = beside.answered(three, *PAIR), {name: net.keys for name, net in three.items()}
    tables = beside.tables(three)
    packed = quantized.switches_beside(answers, pair=PAIR, keys=keys, heads=4, seed=0, net="n", tables=tables).packed()
    assert len(json.dumps(packed)) < 950_000
    for name, net in three.items():
        mine = {key.partition("/")[2]: x for key, x in packed.items() if key.startswith(f"{name}/")}
        t = {key: torch.from_numpy(unpack(x)) for key, x in mine.items()}
        stream = computed(t | {"to_neurons": t["past_neurons"] @ t["read"], "logit_bias": t["stream_bias"]})
        found = stream / (stream.square().mean(-1, keepdim=True) + 1e-8).sqrt() @ t["unembed"]
        assert (found - modular.activations(beside.mapped(net), net.spec)["logits"][0]).abs().max() < 1e-4, name


def test_three_nets_stand_beside_each_other(three):
    answers, keys = beside.answered(three, *PAIR), {name: net.keys for name, net in three.items()}
    figure = quantized.switches_beside(answers, pair=PAIR, keys=keys, heads=4, seed=0, net="n", tables={})
    names = [param["name"] for param in figure.spec["params"] if "bind" in param]
    assert names == ["a", "b", "without", "rest", "head0", "head1", "head2", "head3"] and len(figure.picture) < 60_000
    for name, (_, right, _) in answers.items():
        assert f"{name} says 14" in figure.alt and f"{int(right.sum()):,} right" in figure.alt
    with pytest.raises(FigureError, match=r"keys of \['full precision'\]; expected the same nets, at least one"):
        few = {"full precision": keys["full precision"]}
        quantized.switches_beside(answers, pair=PAIR, keys=few, heads=4, seed=0, net="n", tables={})


def test_moments_tell_of_both_sides_and_carry_every_checkpoint():
    run = runs.get(small.config())
    then, curves = moments.at(run, 300), moments.curves(run)
    told = {"pair": (5, 9), "keys": then.keys, "heads": 4, "net": "n"}
    figure = grokking.moments(curves, moments.answered(then, 5, 9), epoch=300, tables=moments.tables(run), **told)
    names = [param["name"] for param in figure.spec["params"] if "bind" in param]
    assert names == ["at", "a", "b", *(f"key{k}" for k in then.keys), "rest", *(f"head{h}" for h in range(4))]
    assert "at 17 moments of its training, epoch 0 to 1,600" in figure.alt and len(figure.picture) < 60_000
    assert f"of {len(then.train)} training pairs" in figure.alt and f"of {len(then.test)} test pairs" in figure.alt
    packed = figure.packed()
    assert len(json.dumps(packed)) < 950_000
    t = {key.partition("/")[2]: torch.from_numpy(unpack(x)) for key, x in packed.items() if key.startswith("300/")}
    assert (computed(t) - then.logits).abs().max() < 1e-4
    with pytest.raises(FigureError, match=r"moments: epoch 301 is no checkpoint; expected one of \[0, 100"):
        grokking.moments(curves, moments.answered(then, 5, 9), epoch=301, tables={}, **told)


def test_maps_hold_the_variance_of_their_units(net):
    maps, blocks = pair_maps(net)
    shares = blocks.groupby("unit")["share"].sum()
    assert set(shares.index) == set(maps) and ((shares > 0.8) & (shares < 1 + 1e-9)).all()
    name = next(n for n in maps if n.startswith("neuron"))
    power = np.abs(np.fft.fft2(maps[name] - maps[name].mean())) ** 2
    k = int(name.rpartition("k = ")[2].rstrip(")"))
    corners = sum(power[i, j] for i in (k, -k) for j in (k, -k)) / power.sum()
    mine = blocks.set_index(["unit", "frequency_a", "frequency_b"])["share"][(name, k, k)]
    assert np.isclose(corners, mine)
    figure = grokking.pair_maps(maps, blocks)
    assert len(json.dumps(figure.spec)) < 300_000 and len(figure.picture) < 60_000
    with pytest.raises(FigureError, match="pair_maps: x has blocks and no map; expected one of"):
        grokking.pair_maps(maps, blocks.assign(unit="x"))


def test_the_drawing_of_the_net_is_described_and_takes_the_pages_colours():
    drawing = one_layer(113, 4, 512)._repr_mimebundle_()
    assert 'role="img" aria-label="The net from below' in drawing["text/html"]
    assert not re.findall(r"#[0-9a-fA-F]{3,6}\b", drawing["text/html"].replace("&#8203;", ""))
    assert "512 neurons" in drawing["text/plain"]
