"""The log-likelihood of pictures under a diffusion VAE, by importance sampling with the exact heat kernel."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import heat
from circles.models import vae
from circles.models.bernoulli import negative_log_likelihood
from circles.models.vae import Posterior, VaeSpec, Weights


@torch.no_grad()
def log_likelihood(
    weights: Weights, x: Float[Tensor, "R B pixels"], spec: VaeSpec, draws: int, *, generator: torch.Generator
) -> Float[Tensor, "R B"]:
    """log p(x) ~ log (1/K) sum over k of p(x|z_k) p(z_k) / q(z_k), z_k from the posterior's walk, K = ``draws``; nats.

    q is the density of Brownian motion at time t, not of the walk, which differs from it by a share of order
    t / steps. In expectation a lower bound, ever closer as K grows. Raises ManifoldError on the torus in R^3,
    whose heat kernel has no closed form.
    """
    q = vae.encode(weights, x, spec)
    found = []
    for _ in range(draws):
        z = vae.drawn(q, spec, generator=generator)
        fit = -negative_log_likelihood(vae.decode(weights, z, spec), x)
        found.append(fit + log_prior(z, spec) - log_posterior(z, q, spec))
    return torch.stack(found).logsumexp(0) - math.log(draws)


def log_prior(z: Float[Tensor, "*n m"], spec: VaeSpec) -> Float[Tensor, "*n"]:
    """-log vol(Z), the uniform law's density; on R^d that of the standard normal."""
    if spec.euclidean:
        return -(z.square().sum(-1) + spec.space.dim * math.log(2 * math.pi)) / 2
    return z.new_full(z.shape[:-1], -spec.space.log_volume)


def log_posterior(z: Float[Tensor, "*n m"], q: Posterior, spec: VaeSpec) -> Float[Tensor, "*n"]:
    """log q(z), the heat kernel from mu at time t; on R^d the normal law of variance t."""
    if spec.noise != "one":
        return -((z - q.mu).square() / q.log_t.exp() + q.log_t + math.log(2 * math.pi)).sum(-1) / 2
    return heat.log_kernel(spec.space, q.mu, z, q.log_t.exp())
