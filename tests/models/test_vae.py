"""The diffusion VAE against plain code in float64: net, likelihood, KL, importance weights; bad input in one line."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from circles.foundations import heat, manifolds
from circles.foundations.errors import ConfigError, ManifoldError
from circles.models import ring_likelihood, vae
from circles.models.bernoulli import negative_log_likelihood
from circles.models.likelihood import log_likelihood, log_posterior, log_prior
from circles.models.vae import Posterior, VaeSpec

NAMES = manifolds.NAMES


def draw(seed=0):
    return torch.Generator().manual_seed(seed)


def doubled(weights):
    return {k: w.double() for k, w in weights.items()}


@pytest.fixture(params=NAMES)
def small(request):
    """A net with 12 pixels on each manifold, biases filled, and three pictures."""
    spec = VaeSpec(request.param, 12, (7, 5))
    weights = doubled(vae.initial(spec, [0, 1]))
    g = draw(1)
    weights = {k: torch.randn(w.shape, generator=g).double() * 0.3 if "bias" in k else w for k, w in weights.items()}
    return spec, weights, torch.rand(2, 3, 12, generator=g).double()


def plain(weights, name, x):
    return torch.einsum("rbi,rio->rbo", x, weights[f"{name}.weight"]) + weights[f"{name}.bias"]


def test_encoder_is_the_affine_maps_by_hand(small):
    spec, weights, x = small
    h = plain(weights, "encode1", plain(weights, "encode0", x).clamp_min(0)).clamp_min(0)
    found = vae.encode(weights, x, spec)
    expected = torch.tanh(plain(weights, "t", h))[..., 0] * 1.25 - 6.25
    assert torch.allclose(found.log_t, expected, atol=1e-12, rtol=0)
    assert spec.space.contains(found.mu, 1e-9).all()
    assert torch.allclose(found.mu, spec.space.project(plain(weights, "mu", h)), atol=1e-12, rtol=0)


def test_decoder_is_mirrored_and_projective_ones_average_both_points(small):
    spec, weights, x = small
    z = vae.encode(weights, x, spec).mu

    def chances(at):
        h = plain(weights, "decode1", plain(weights, "decode0", at).clamp_min(0)).clamp_min(0)
        return torch.sigmoid(plain(weights, "decode2", h))

    expected = (chances(z) + chances(-z)) / 2 if spec.projective else chances(z)
    assert torch.allclose(vae.decode(weights, z, spec).sigmoid(), expected, atol=1e-12, rtol=0)
    if spec.projective:
        assert torch.allclose(vae.decode(weights, z, spec), vae.decode(weights, -z, spec), atol=1e-12, rtol=0)


def test_one_replicate_gives_what_two_give(small):
    spec, weights, x = small
    one = vae.encode({k: w[:1] for k, w in weights.items()}, x[:1], spec)
    two = vae.encode(weights, x, spec)
    assert torch.allclose(one.mu, two.mu[:1], atol=1e-12) and torch.allclose(one.log_t, two.log_t[:1], atol=1e-12)


def test_loss_reaches_every_weight(small):
    spec, weights, x = small
    weights = {k: w.requires_grad_() for k, w in weights.items()}
    found = vae.terms(weights, x, spec, generator=draw())
    (found.reconstruction + found.kl).sum().backward()
    assert all(w.grad is not None and w.grad.isfinite().all() for w in weights.values())
    assert all(w.grad.abs().max() > 0 for k, w in weights.items() if k.endswith("weight"))


def test_initial_weights_are_keras_defaults():
    weights = vae.initial(VaeSpec("sphere2"), [3])
    w = weights["encode0.weight"]
    bound = math.sqrt(6 / (784 + 256))
    assert w.abs().max() <= bound and w.abs().max() > 0.99 * bound
    assert abs(float(w.var()) / (bound**2 / 3) - 1) < 0.02
    assert all((b == 0).all() for k, b in weights.items() if k.endswith("bias"))
    assert weights["decode2.weight"].shape == (1, 256, 784) and weights["decode0.weight"].shape == (1, 3, 128)


@given(st.integers(0, 2**16), st.floats(0.1, 40))
def test_bernoulli_is_the_plain_formula(seed, scale):
    g = draw(seed)
    logits = torch.randn(2, 9, generator=g, dtype=torch.float64) * scale
    x = torch.rand(2, 9, generator=g, dtype=torch.float64)
    expected = -(x * torch.nn.functional.logsigmoid(logits) + (1 - x) * torch.nn.functional.logsigmoid(-logits)).sum(-1)
    assert torch.allclose(negative_log_likelihood(logits, x), expected, rtol=1e-10)


def test_bernoulli_gradient_and_far_logits():
    logits = (torch.randn(3, 8, generator=draw(), dtype=torch.float64) * 5).requires_grad_()
    x = torch.rand(3, 8, generator=draw(1), dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda v: negative_log_likelihood(v, x), logits)
    far = torch.tensor([[500.0, -500.0]])
    assert negative_log_likelihood(far, torch.tensor([[0.0, 1.0]])).item() == pytest.approx(1000)


def test_kl_on_flat_space_is_that_of_normals():
    q = Posterior(torch.randn(1, 4, 3, generator=draw()).double(), torch.tensor([[-7.0, -6.0, -5.0, -5.5]]).double())
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(q.mu, (q.log_t / 2).exp()[..., None].expand_as(q.mu)),
        torch.distributions.Normal(torch.zeros_like(q.mu), torch.ones_like(q.mu)),
    ).sum(-1)
    assert torch.allclose(vae.kl(q, VaeSpec("euclidean3")), expected, atol=1e-12)


@pytest.mark.parametrize("noise", ["each", "free"])
def test_flat_space_may_have_a_variance_for_each_dimension(noise):
    spec = VaeSpec("euclidean3", 12, (7, 5), noise=noise)
    weights, x = doubled(vae.initial(spec, [0, 1])), torch.rand(2, 3, 12, generator=draw(1)).double()
    weights["t.bias"] = torch.randn(2, 1, 3, generator=draw(2)).double()
    h = plain(weights, "encode1", plain(weights, "encode0", x).clamp_min(0)).clamp_min(0)
    q, logs = vae.encode(weights, x, spec), plain(weights, "t", h)
    assert torch.allclose(q.log_t, logs if noise == "free" else logs.tanh() * 1.25 - 6.25, atol=1e-12, rtol=0)

    law = torch.distributions.Normal(q.mu, (q.log_t / 2).exp())
    still = torch.distributions.Normal(torch.zeros_like(q.mu), torch.ones_like(q.mu))
    assert torch.allclose(vae.kl(q, spec), torch.distributions.kl_divergence(law, still).sum(-1), atol=1e-12)
    z = torch.stack([vae.drawn(q, spec, generator=draw(i)) for i in range(4000)])
    assert torch.allclose(log_posterior(z, q, spec), law.log_prob(z).sum(-1), atol=1e-9)
    standard = (z - q.mu) / (q.log_t / 2).exp()
    assert standard.mean(0).abs().max() < 0.08 and (standard.var(0) - 1).abs().max() < 0.12  # five standard errors


@pytest.mark.parametrize("noise", ["one", "each", "free"])
def test_log_likelihood_in_flat_space_is_the_integral_over_it(noise):
    # a posterior broader than the prior: else some weights are large and the estimate needs ever so many draws
    spec = VaeSpec("euclidean2", 6, (4, 4), log_t=(0.5, 0.9), noise=noise)
    weights = doubled(vae.initial(spec, [0]))
    if noise == "free":
        weights["t.bias"] += 0.7
    x = (torch.rand(1, 4, 6, generator=draw(2)) < 0.5).double()
    side = torch.linspace(-7, 7, 281, dtype=torch.float64)
    places = torch.cartesian_prod(side, side)
    logits = vae.decode(weights, places[None], spec).unsqueeze(1)
    fit = -negative_log_likelihood(*torch.broadcast_tensors(logits, x.unsqueeze(2)))
    exact = (fit + log_prior(places, spec) + 2 * math.log(0.05)).logsumexp(-1)
    found = log_likelihood(weights, x, spec, 4000, generator=draw(3))
    assert (fit.amax(-1) - fit.amin(-1)).min() > 0.1 and (found - exact).abs().max() < 0.03


@pytest.mark.parametrize("name", ["sphere2", "flat_torus", "so3"])
def test_kl_is_the_exact_kernel_s_at_the_times_in_use(name):
    spec = VaeSpec(name)
    times = torch.tensor([-7.5, -6.0, -5.0], dtype=torch.float64)
    mu = spec.space.uniform(3, generator=draw(), dtype=torch.float64)[None]
    found = vae.kl(Posterior(mu, times[None]), spec)[0]
    assert (found - heat.kl_uniform(spec.space, times.exp())).abs().max() < 2e-4


@pytest.mark.parametrize("name", ["sphere2", "flat_torus", "euclidean2"])
def test_log_likelihood_of_a_decoder_that_ignores_z_is_exact(name):
    """With a constant decoder log p(x) is its Bernoulli likelihood, whatever the encoder says."""
    spec = VaeSpec(name, 6, (4, 4))
    weights = vae.initial(spec, [0])
    weights["decode2.weight"] = torch.zeros_like(weights["decode2.weight"])
    weights["decode2.bias"] = torch.randn(1, 1, 6, generator=draw())
    # a broad posterior: the narrow ones of the paper would need ever so many draws to see the prior
    spec = VaeSpec(name, 6, (4, 4), steps=20, log_t=(-0.2, 0.2))
    x = (torch.rand(1, 4, 6, generator=draw(2)) < 0.5).float()
    exact = -negative_log_likelihood(weights["decode2.bias"].expand(1, 4, 6), x)
    found = log_likelihood(weights, x, spec, 60, generator=draw(3))
    assert (found - exact).abs().max() < 0.5


def test_log_likelihood_on_the_torus_in_space_is_the_integral_over_it():
    # a broad posterior again, which reaches every place, some by a turn more
    spec = VaeSpec("torus", 6, (4, 4), log_t=(2.1, 2.3))
    weights = doubled(vae.initial(spec, [0]))
    weights["decode2.bias"] = torch.randn(1, 1, 6, generator=draw(), dtype=torch.float64)
    x = (torch.rand(1, 4, 6, generator=draw(2)) < 0.5).double()
    turn = 2 * math.pi * torch.arange(48, dtype=torch.float64) / 48
    places = torch.cartesian_prod(turn, turn)
    logits = vae.decode(weights, spec.space.at(places)[None], spec).unsqueeze(1)
    fit = -negative_log_likelihood(*torch.broadcast_tensors(logits, x.unsqueeze(2)))
    share = (spec.space.big + spec.space.small * places[:, 1].cos()) / spec.space.big / len(places)
    exact = (fit + share.log()).logsumexp(-1)
    assert (fit.amax(-1) - fit.amin(-1)).min() > 0.1  # the decoder looks at z
    found = ring_likelihood.log_likelihood(weights, x, spec, 4000, generator=draw(3))
    assert (found - exact).abs().max() < 0.03


def test_log_densities_by_hand():
    spec = VaeSpec("sphere2")
    z = spec.space.uniform(2, generator=draw())[None]
    assert torch.allclose(log_prior(z, spec), torch.full((1, 2), -math.log(4 * math.pi)))
    q = Posterior(z, torch.full((1, 2), -6.0))
    # at its centre, to first order in t: 1 / (2 pi t), times 1 + t / 6 on S^2
    expected = 6 - math.log(2 * math.pi) + math.exp(-6) / 6
    assert (log_posterior(z, q, spec) - expected).abs().max() < 1e-4
    flat = VaeSpec("euclidean2")
    assert log_prior(torch.zeros(1, 1, 2), flat).item() == pytest.approx(-math.log(2 * math.pi))


def test_bad_input_is_named():
    with pytest.raises(ConfigError, match=r"log_t is \(-5.0, -7.0\)"):
        VaeSpec("sphere2", log_t=(-5.0, -7.0))
    with pytest.raises(ConfigError, match="expected at least 1"):
        VaeSpec("sphere2", steps=0)
    with pytest.raises(ConfigError, match="noise on sphere2 is 'each', expected one$"):
        VaeSpec("sphere2", noise="each")
    with pytest.raises(ConfigError, match="noise on euclidean2 is 'two', expected one or each or free"):
        VaeSpec("euclidean2", noise="two")
    with pytest.raises(ManifoldError, match="sphere2"):
        vae.initial(VaeSpec("spere2"), [0])
    with pytest.raises(ManifoldError, match="the manifold is so3, expected torus"):
        spec = VaeSpec("so3", 4, (3, 3))
        ring_likelihood.log_likelihood(vae.initial(spec, [0]), torch.ones(1, 1, 4), spec, 2, generator=draw())
    with pytest.raises(ManifoldError, match="torus"):
        spec = VaeSpec("torus", 4, (3, 3))
        log_likelihood(vae.initial(spec, [0]), torch.ones(1, 1, 4), spec, 2, generator=draw())
