"""The hand-written gradients against torch's own, and the loss where float32 runs out."""

import pytest
import torch

from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams
from circles.models import modular
from circles.models.modular import ModularSpec
from circles.models.primitives import answer_loss, lookup


def draw(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=streams(seed, "draw")["draw"], dtype=dtype)


def leaf(*shape, seed=0):
    return draw(*shape, seed=seed).requires_grad_()


def test_lookup_and_its_gradient():
    index = torch.tensor([[0, 2, 2, 1], [3, 3, 3, 0]])
    table = leaf(2, 4, 3)
    assert torch.equal(lookup(table, index)[1, 3], table[1, 0])
    assert torch.autograd.gradcheck(lambda t: lookup(t, index), table)


def test_the_loss_and_its_gradient_are_the_cross_entropy():
    logits, answer = (3 * draw(2, 20, 7)).requires_grad_(), torch.arange(40).reshape(2, 20) % 7
    plain = torch.nn.functional.cross_entropy(logits.flatten(0, 1), answer.flatten(), reduction="none").view(2, 20)
    ours = answer_loss(logits, answer)
    assert (ours - plain).abs().max() < 1e-12
    one, other = (torch.autograd.grad(x.sum(), logits, retain_graph=True)[0] for x in (ours, plain))
    assert (one - other).abs().max() < 1e-12


def test_second_derivatives_of_the_loss_are_those_of_the_cross_entropy():
    x, answer = draw(1, 3, 4), torch.tensor([[0, 1, 2]])

    def loss(w):
        return answer_loss((x @ w).sin(), answer).sum()

    def plain(w):
        return torch.nn.functional.cross_entropy((x @ w).sin()[0], answer[0], reduction="sum")

    w = draw(4, 5, seed=1)
    found, expected = (torch.autograd.functional.hessian(f, w) for f in (loss, plain))
    assert (found - expected).abs().max() < 1e-12
    assert torch.autograd.gradgradcheck(lambda z: answer_loss(z, answer), leaf(1, 3, 5))


@pytest.mark.parametrize("gap", [5.0, 20.0, 40.0, 80.0])
def test_a_confident_net_keeps_its_digits_in_float32(gap):
    logits = torch.zeros(1, 1, 113)
    logits[0, 0, 5] = gap
    exact = torch.log1p(112 * torch.exp(torch.tensor(-gap, dtype=torch.float64)))
    found = answer_loss(logits, torch.tensor([[5]]))[0, 0].double()
    assert abs(found / exact - 1) < 1e-6


@pytest.mark.parametrize("gap", [50.0, 200.0, 1e4])
def test_a_confident_and_wrong_net_does_not_overflow(gap):
    logits = torch.zeros(1, 1, 113, requires_grad=True)
    with torch.no_grad():
        logits[0, 0, 5] = gap
    loss = answer_loss(logits, torch.tensor([[4]]))
    loss.sum().backward()
    assert float(loss.detach()) == pytest.approx(gap, rel=1e-6)
    assert logits.grad.isfinite().all() and float(logits.grad[0, 0, 4]) == pytest.approx(-1)


def test_each_net_depends_on_its_own_seed_alone():
    spec = ModularSpec(p=7, d_model=8, n_heads=2, d_mlp=6)
    alone, beside = modular.initial(spec, [4]), modular.initial(spec, [1, 4])
    assert all(torch.equal(alone[k][0], beside[k][1]) for k in alone)
    assert not torch.equal(beside["W_E"][0], beside["W_E"][1])


def test_bad_shapes_are_named():
    with pytest.raises(ConfigError, match="d_model is 10, expected a multiple of n_heads = 4"):
        ModularSpec(d_model=10)
    with pytest.raises(ConfigError, match="p is 0, expected a positive whole number"):
        ModularSpec(p=0)
    spec = ModularSpec(p=7, d_model=8, n_heads=2, d_mlp=6)
    weights = modular.initial(spec, [0])
    with pytest.raises(ShapeError, match="W_U has shape"):
        spec.check(weights | {"W_U": weights["W_U"][:, :, :-1]})
    with pytest.raises(ShapeError, match=r"weights \['gain'\] are missing or unknown"):
        spec.check(weights | {"gain": weights["b_out"]})


def test_first_weights_have_the_spread_of_the_released_code():
    """Its rule, not our division: every weight over the root of d_model, W_U over the root of its vocabulary, p + 1."""
    spec = ModularSpec(p=3, d_model=16, n_heads=2, d_mlp=6)
    weights = modular.initial(spec, range(300), dtype=torch.float64)
    for name, w in weights.items():
        variance = 0.0 if name.startswith("b_") else 1 / 4 if name == "W_U" else 1 / 16
        assert abs(float(w.square().mean()) - variance) <= 0.06 * variance, name
