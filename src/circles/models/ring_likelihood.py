"""The log-likelihood on the torus in R^3, whose heat kernel has no closed form: by normal laws of its two angles."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds import RingTorus
from circles.foundations.manifolds.ring_path import wrap
from circles.models import vae
from circles.models.bernoulli import negative_log_likelihood
from circles.models.likelihood import log_prior
from circles.models.vae import VaeSpec, Weights


@torch.no_grad()
def log_likelihood(
    weights: Weights, x: Float[Tensor, "R B pixels"], spec: VaeSpec, draws: int, *, generator: torch.Generator
) -> Float[Tensor, "R B"]:
    """log p(x) ~ log (1/K) sum over k of p(x|z_k) p(z_k) / q(z_k), K = ``draws``; nats. Only the proposal q is new:

    from the angles (a_0, b_0) of mu, a - a_0 ~ N(0, t / rho_0^2) and b - b_0 ~ N(0, t / r^2) with
    rho = R + r cos b: Brownian motion to first order, and every density is allowed. An area is r rho da db. An angle
    reached with up to two turns more, or fewer, counts too. Raises ManifoldError on another manifold.
    """
    torus = spec.space
    if not isinstance(torus, RingTorus):
        raise ManifoldError(f"the manifold is {spec.manifold}, expected torus; models.likelihood has the others")
    q = vae.encode(weights, x, spec)
    start = torus.angles(q.mu)
    spread = (q.log_t / 2).exp().unsqueeze(-1) / torch.stack(_radii(torus, start), dim=-1)
    turns = 2 * math.pi * torch.arange(-2, 3).to(start)
    found = []
    for _ in range(draws):
        eps = torch.randn(start.shape, generator=generator, dtype=start.dtype).to(start.device)
        gap = wrap(spread * eps)
        moved = start + gap
        z, (rho, small) = torus.at(moved), _radii(torus, moved)
        far = (gap.unsqueeze(-1) + turns) / spread.unsqueeze(-1)
        normal = ((-far.square() / 2).logsumexp(-1) - spread.log() - math.log(2 * math.pi) / 2).sum(-1)
        fit = -negative_log_likelihood(vae.decode(weights, z, spec), x)
        found.append(fit + log_prior(z, spec) - (normal - (rho * small).log()))
    return torch.stack(found).logsumexp(0) - math.log(draws)


def _radii(torus: RingTorus, angles: Float[Tensor, "*n 2"]) -> tuple[Float[Tensor, "*n"], Float[Tensor, "*n"]]:
    """rho and r: how far a point moves when one of its angles does."""
    rho = torus.big + torus.small * angles[..., 1].cos()
    return rho, torch.full_like(rho, torus.small)
