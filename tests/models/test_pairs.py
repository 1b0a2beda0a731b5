"""Sums over pairs and the hidden layer on them, against the same written out, values and gradients, in float64."""

import pytest
import torch

from circles.foundations.streams import streams
from circles.models import modular
from circles.models.modular import ModularSpec
from circles.models.pairs import Pairs
from circles.models.pairs_mlp import pairs_mlp

P, HEADS, HIDDEN = 7, 3, 5


def leaf(*shape, seed=0):
    return torch.randn(shape, generator=streams(seed, "draw")["draw"], dtype=torch.float64).requires_grad_()


def drawn(nets, n, seed=0):
    source = streams(seed, "pairs")["pairs"]
    a, b = (torch.randint(P, (nets, n), generator=source) for _ in "ab")
    return Pairs(a, b, P, HEADS)


def arguments(nets, width):
    columns = HIDDEN + width
    return [
        leaf(nets, 2 * P, HEADS), leaf(nets, HEADS, 2 * P, columns, seed=1), leaf(nets, 1, columns, seed=2),
        leaf(nets, HIDDEN, width, seed=3),
    ]  # fmt: skip


def written_out(S, T, base, B, pairs):
    net = torch.arange(len(S))[:, None]
    two = [pairs.a, pairs.b + P]
    scores = torch.stack([S[net, t] for t in two] + [torch.zeros_like(S[net, two[0]])])
    w = scores.softmax(0)
    x = base + sum((w[k][..., None] * T[net, :, t]).sum(2) for k, t in enumerate(two))
    return x[..., HIDDEN:] + x[..., :HIDDEN].relu() @ B


@pytest.mark.parametrize(("nets", "n", "width"), [(1, 1, 4), (2, 40, 4), (2, 40, 3), (1, 2000, 11), (3, 961, 1)])
def test_value_and_gradients_are_those_of_the_sums_written_out(nets, n, width):
    inputs, pairs = arguments(nets, width), drawn(nets, n)
    weight = leaf(nets, n, width, seed=4).detach()
    plain, ours = written_out(*inputs, pairs), pairs_mlp(*inputs, pairs)
    assert (ours - plain).abs().max() < 1e-12
    expected = torch.autograd.grad((plain * weight).sum(), inputs)
    found = torch.autograd.grad((ours * weight).sum(), inputs)
    assert max(float((x - y).abs().max()) for x, y in zip(found, expected, strict=True)) < 1e-10


def test_numbers_that_no_pair_has_get_no_gradient():
    pairs = Pairs(torch.tensor([[0, 1]]), torch.tensor([[2, 2]]), P, HEADS)
    inputs = arguments(1, 4)
    S, T, *_ = torch.autograd.grad(pairs_mlp(*inputs, pairs).sum(), inputs)
    absent = [t for t in range(2 * P) if t not in (0, 1, P + 2)]
    assert not S[:, absent].any() and not T[:, :, absent].any()


def test_large_scores_do_not_overflow():
    S, *others = arguments(1, 4)
    found = pairs_mlp(1e4 * S, *others, drawn(1, 20))
    assert (found - written_out(1e4 * S, *others, drawn(1, 20))).abs().max() < 1e-12


def test_in_float32_too():
    inputs, pairs = arguments(1, 4), drawn(1, 200)
    found = pairs_mlp(*(x.detach().float() for x in inputs), pairs)
    assert found.dtype == torch.float32
    assert (found - written_out(*inputs, pairs)).abs().max() < 1e-4


def test_a_second_pass_and_a_second_derivative_are_refused():
    inputs, pairs = arguments(1, 4), drawn(1, 20)
    loss = pairs_mlp(*inputs, pairs).square().sum()
    loss.backward(retain_graph=True)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()
    found = torch.autograd.grad(pairs_mlp(*inputs, pairs).square().sum(), inputs[0], create_graph=True)[0]
    with pytest.raises(RuntimeError, match="once_differentiable"):
        found.sum().backward()


@pytest.mark.parametrize("norm", [False, True])
@pytest.mark.parametrize("positions", [False, True])
def test_the_net_is_its_activations_in_value_and_gradient(norm, positions):
    spec = ModularSpec(p=7, d_model=12, n_heads=3, d_mlp=10, norm=norm, positions=positions, biases=not norm)
    weights = modular.initial(spec, [0, 1], dtype=torch.float64)
    weights = {k: (w + 0.1 * leaf(*w.shape, seed=5)).detach().requires_grad_() for k, w in weights.items()}
    index = torch.arange(49).expand(2, -1)
    found, plain = modular.forward(weights, index // 7, index % 7, spec), modular.activations(weights, spec)["logits"]
    assert (found - plain).abs().max() < 1e-12
    weight = leaf(*plain.shape, seed=6).detach()
    one, other = (torch.autograd.grad((x * weight).sum(), list(weights.values())) for x in (found, plain))
    assert max(float((x - y).abs().max()) for x, y in zip(one, other, strict=True)) < 1e-10
