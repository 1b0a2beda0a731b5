"""The diffusion VAE of Perez Rey et al. 2020: a posterior that is Brownian motion on a manifold Z in R^m.

    mu = P(f(x)),  z = the random walk from mu for the time t(x),  loss = -log p(x|z) + KL(q_t^mu || uniform on Z)

P is the projection on Z. Encoder and decoder are mirrored: 784-256-128 and 128-256-784, ReLU, one Bernoulli a pixel.
A leading axis R holds replicates, which share nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from circles.foundations import heat, manifolds
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models.bernoulli import negative_log_likelihood

Weights = dict[str, Tensor]
NOISES = ("one", "each", "free")


@dataclass(frozen=True)
class VaeSpec:
    """The authors' net; every default is their code's.

    ``log_t``: the ends of the interval for log t, reached through a tanh. ``steps`` of the walk. ``noise``: "one" time
    for all dimensions; on R^d also "each", a variance for each dimension within that interval, which the authors have
    there, and "free", the same with no interval, as in an ordinary autoencoder. Raises ConfigError for another noise,
    sizes below 1, an interval that is none.
    """

    manifold: str
    pixels: int = 784
    hidden: tuple[int, ...] = (256, 128)
    steps: int = 10
    log_t: tuple[float, float] = (-7.5, -5.0)
    noise: str = "one"

    def __post_init__(self) -> None:
        if not self.log_t[0] < self.log_t[1]:
            raise ConfigError(f"log_t is {self.log_t}, expected a low end below a high one")
        if min(self.pixels, self.steps, *self.hidden) < 1:
            raise ConfigError(f"sizes are {self.pixels}, {self.hidden}, {self.steps}, expected at least 1")
        known = NOISES if self.euclidean else NOISES[:1]
        if self.noise not in known:
            raise ConfigError(f"noise on {self.manifold} is {self.noise!r}, expected {' or '.join(known)}")

    @cached_property
    def space(self) -> manifolds.Manifold:
        """The latent manifold Z."""
        return manifolds.by_name(self.manifold)

    @property
    def euclidean(self) -> bool:
        """Whether Z is R^d: the prior is then a standard normal, since no uniform one exists."""
        return self.manifold.startswith("euclidean")

    @property
    def projective(self) -> bool:
        """Whether z and -z are one point of Z, so that the decoder must not tell them apart."""
        return self.manifold.startswith("projective")

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """(inputs, outputs) of each affine map: encoder, the heads of mu and log t, decoder."""
        m, widths = self.space.ambient, (self.pixels, *self.hidden)
        down = list(zip(widths, widths[1:], strict=False))
        back = widths[::-1]
        up = list(zip((m, *back), back, strict=False))
        return (
            {f"encode{i}": pair for i, pair in enumerate(down)}
            | {"mu": (widths[-1], m), "t": (widths[-1], 1 if self.noise == "one" else m)}
            | {f"decode{i}": pair for i, pair in enumerate(up)}
        )


@dataclass(frozen=True)
class Posterior:
    """Where a picture is encoded: ``mu`` on Z, and ``log_t``, the log of the time of the Brownian motion from there.

    In flat space the time is the variance, of which there may be one for each dimension.
    """

    mu: Float[Tensor, "R B m"]
    log_t: Float[Tensor, "R B *d"]


@dataclass(frozen=True)
class Terms:
    """Both parts of the loss, in nats a picture: -log p(x|z) and the KL divergence of q from the prior."""

    reconstruction: Float[Tensor, "R B"]
    kl: Float[Tensor, "R B"]


def initial(spec: VaeSpec, seeds: Sequence[int]) -> Weights:
    """Keras' defaults: W ~ U(-a, a) with a = sqrt(6 / (inputs + outputs)), all biases 0; a replicate a seed."""
    weights: Weights = {}
    for name, (inputs, outputs) in spec.shapes.items():
        bound = math.sqrt(6 / (inputs + outputs))
        draws = [torch.rand(inputs, outputs, generator=streams(s, name)[name]) for s in seeds]
        weights[f"{name}.weight"] = (2 * torch.stack(draws) - 1) * bound
        weights[f"{name}.bias"] = torch.zeros(len(seeds), 1, outputs)
    return weights


def encode(weights: Weights, x: Float[Tensor, "R B pixels"], spec: VaeSpec) -> Posterior:
    """mu = P(f(x)) and log t = middle + half width * tanh(g(x)), with f and g affine in the last hidden layer.

    Where noise is free, log t = g(x).
    """
    h = x
    for i in range(len(spec.hidden)):
        h = _affine(weights, f"encode{i}", h).relu()
    log_t = _affine(weights, "t", h)
    log_t = log_t.squeeze(-1) if spec.noise == "one" else log_t
    if spec.noise != "free":
        low, high = spec.log_t
        log_t = (low + high) / 2 + (high - low) / 2 * log_t.tanh()
    return Posterior(spec.space.project(_affine(weights, "mu", h)), log_t)


def decode(weights: Weights, z: Float[Tensor, "R B m"], spec: VaeSpec) -> Float[Tensor, "R B pixels"]:
    """The logit of each pixel.

    On RP^d the probabilities at z and -z are averaged: with sigma the sigmoid, a and b their logits,
    p = (sigma(a) + sigma(b)) / 2, whose logit is computed without leaving logarithms.
    """
    if not spec.projective:
        return _decode(weights, z, spec)
    a, b = _decode(weights, torch.cat([z, -z], dim=1), spec).chunk(2, dim=1)
    on, off = (torch.logaddexp(logsigmoid(s * a), logsigmoid(s * b)) for s in (1, -1))
    return on - off


def terms(weights: Weights, x: Float[Tensor, "R B pixels"], spec: VaeSpec, *, generator: torch.Generator) -> Terms:
    """The loss' two parts with one walk a picture: E_q[-log p(x|z)] by one draw, and the KL by its expansion."""
    q = encode(weights, x, spec)
    z = drawn(q, spec, generator=generator)
    return Terms(negative_log_likelihood(decode(weights, z, spec), x), kl(q, spec))


def drawn(q: Posterior, spec: VaeSpec, *, generator: torch.Generator) -> Float[Tensor, "R B m"]:
    """z, a draw of q: the end of the walk; with a variance for each dimension mu + sqrt(t) eps, eps standard normal."""
    if spec.noise != "one":
        noise = torch.randn(q.mu.shape, generator=generator, dtype=q.mu.dtype).to(q.mu.device)
        return q.mu + (q.log_t / 2).exp() * noise
    return spec.space.walk(q.mu, q.log_t.exp(), spec.steps, generator=generator)


def kl(q: Posterior, spec: VaeSpec) -> Float[Tensor, "R B"]:
    """KL(q || prior) in nats for small t: log vol Z - (d/2) log(2 pi t) - d/2 + Sc(mu) t / 4.

    Sc is the scalar curvature at mu. On R^d the prior is a standard normal and the formula is exact:
    (d t + |mu|^2 - d - d log t) / 2. With a variance t_i for each dimension it is half the sum of
    t_i + mu_i^2 - 1 - log t_i.
    """
    t, d = q.log_t.exp(), spec.space.dim
    if spec.noise != "one":
        return (t + q.mu.square() - 1 - q.log_t).sum(-1) / 2
    if spec.euclidean:
        return (d * t + q.mu.square().sum(-1) - d - d * q.log_t) / 2
    return heat.kl_expansion(spec.space, q.mu, t)


def _decode(weights: Weights, z: Tensor, spec: VaeSpec) -> Tensor:
    h = z
    for i in range(len(spec.hidden)):
        h = _affine(weights, f"decode{i}", h).relu()
    return _affine(weights, f"decode{len(spec.hidden)}", h)


def _affine(weights: Weights, name: str, x: Tensor) -> Tensor:
    w, b = weights[f"{name}.weight"], weights[f"{name}.bias"]
    if w.shape[0] == 1 and x.shape[0] == 1:
        return torch.addmm(b.squeeze(0), x.squeeze(0), w.squeeze(0)).unsqueeze(0)  # half the time of the line below
    return torch.baddbmm(b, x, w)
