"""Uniform stability, measured: twin runs on samples that differ in one point, with the same order of draws.

For a convex, L-Lipschitz, beta-smooth loss and steps alpha_t <= 2 / beta, a step on the same point never drives two
weights apart, and a step on the one point that differs does so by 2 L alpha_t at most. Hence

- on every run: |w_t - w'_t| <= 2 L sum of alpha_s over the steps s <= t that drew the point (``pathwise``);
- in the mean over draws, each point having the chance 1 / n: E |w_t - w'_t| <= (2 L / n) sum alpha_s, and the losses
  differ by L times that at most: eps_stab <= (2 L^2 / n) sum alpha_s (``convex``);
- with a lambda-strongly convex loss, constant alpha <= 1 / beta: eps_stab <= 2 L^2 / (lambda n) (``strongly_convex``).

Source: Hardt, Recht and Singer 2015, on which Samareh and Parizi 2018 rest. The last two are statements about means: a
single run that draws the point more often than T / n times may exceed them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.models.margin_losses import MarginLoss, lipschitz, smoothness
from circles.training import sgm


def pathwise(L: float, alpha: float, hits: Float[Tensor, "*s"] | Int[Tensor, "*s"]) -> Float[Tensor, "*s"]:
    """2 L alpha hits: how far apart twins can be that drew the differing point so many times."""
    return 2 * L * alpha * hits.double()


def path_ratios(
    distance: Float[Tensor, "C R"], hits: Int[Tensor, "C R"], *, L: float, alpha: float
) -> Float[Tensor, " R"]:
    """|w - w'| over 2 L alpha hits for each of R pairs of twins, the largest over C moments.

    Where the point was not drawn yet the twins must agree: a distance there counts as an infinite ratio.
    """
    early = torch.where(distance > 0, torch.inf, 0.0)
    return torch.where(hits > 0, distance / pathwise(L, alpha, hits.clamp(min=1)), early).amax(0)


def convex(
    L: float, n: int | Float[Tensor, "*s"], alpha_sum: float | Float[Tensor, "*s"]
) -> float | Float[Tensor, "*s"]:
    """(2 L^2 / n) sum alpha_t, the bound on eps_stab."""
    return 2 * L**2 / n * alpha_sum


def strongly_convex(L: float, n: int, decay: float) -> float:
    """2 L^2 / (lambda n), the bound on eps_stab that no number of steps exceeds."""
    return 2 * L**2 / (decay * n)


@dataclass(frozen=True, eq=False)
class Twins:
    """R pairs of twin runs at C moments."""

    steps: Int[Tensor, " C"]
    distance: Float[Tensor, "C R"]  # |w - w'|
    loss_gap: Float[Tensor, "C R"]  # the largest |f(w; z) - f(w'; z)| over the probes z
    hits: Int[Tensor, "C R"]  # how many steps so far drew the differing point
    n: int
    alpha: float
    L: float
    beta: float
    decay: float

    @property
    def covered(self) -> bool:
        """Whether the theory covers this step size: alpha <= 2 / beta (with decay: 1 / beta)."""
        return self.alpha * self.beta <= (1.0 if self.decay else 2.0)

    @property
    def bound(self) -> Float[Tensor, " C"]:
        """The bound on eps_stab at each moment."""
        if self.decay:
            return torch.full_like(self.steps, strongly_convex(self.L, self.n, self.decay), dtype=torch.float64)
        return torch.as_tensor(convex(self.L, self.n, self.alpha * self.steps.double()))

    @property
    def path_ratio(self) -> float:
        """The largest of ``path_ratios`` over the pairs; 1 at most in theory."""
        return float(path_ratios(self.distance, self.hits, L=self.L, alpha=self.alpha).max())

    @property
    def mean_ratio(self) -> float:
        """L times the mean distance at the end over the bound on eps_stab; 1 at most, but for the luck of R draws.

        No probe of the features' norm can see more of a difference than L |w - w'|.
        """
        return float(self.L * self.distance[-1].mean() / self.bound[-1])

    @property
    def loss_ratio(self) -> float:
        """The mean loss gap at the end over the bound on eps_stab: what the probes see of it."""
        return float(self.loss_gap[-1].mean() / self.bound[-1])


@torch.no_grad()
def twins(
    samples: Float[Tensor, "R n D"],
    other: Float[Tensor, "R D"],
    probes: Float[Tensor, "R m D"],
    draws: Int[Tensor, "T R"],
    *,
    at: Sequence[int],
    alpha: float,
    loss: MarginLoss,
    norm: float,
    decay: float = 0.0,
    start: Float[Tensor, "R D"] | None = None,
) -> Twins:
    """Run R pairs, one of each on its sample of signed rows y z, its twin with row 0 replaced by ``other``.

    They are looked at after the steps ``at``. Row 0 is no loss of generality, the draws being uniform. ``norm``
    bounds the rows. Raises ConfigError when ``at`` does not rise within the run, or a row is longer than ``norm``.
    """
    runs, n, _ = samples.shape
    longest = max(float(x.norm(dim=-1).max()) for x in (samples, other, probes))
    if longest > norm * (1 + 1e-5):
        raise ConfigError(f"a row has norm {longest:.4g}, expected at most norm = {norm:.4g}")
    if not len(at) or list(at) != sorted(set(at)) or at[0] < 0 or at[-1] > len(draws):
        raise ConfigError(f"at is {list(at)}, expected rising steps from 0 to {len(draws)}")
    pool, rows = sgm.stacked(samples, draws)
    hit = draws == 0
    pool = torch.cat([pool, other])  # row n R + r replaces row 0 of run r
    both = torch.cat([rows, torch.where(hit, n * runs + torch.arange(runs, device=rows.device), rows)], 1)
    w = samples.new_zeros(runs, samples.shape[2]) if start is None else start
    w = torch.cat([w, w])
    probes = torch.cat([probes, samples[:, :1], other[:, None]], 1)
    found = []
    for begin, end in pairwise([0, *at]):
        w = sgm.advance(w, pool, both[begin:end], alpha, loss, decay=decay)
        found.append((*_apart(*w.split(runs), probes, loss, decay), hit[:end].sum(0)))
    distance, gap, hits = (torch.stack(x) for x in zip(*found, strict=True))
    L, beta = lipschitz(loss, norm, decay=decay), smoothness(loss, norm, decay=decay)
    return Twins(torch.tensor(list(at), device=samples.device), distance, gap, hits, n, alpha, L, beta, decay)


def _apart(w: Tensor, twin: Tensor, probes: Tensor, loss: MarginLoss, decay: float) -> tuple[Tensor, Tensor]:
    w, twin, probes = w.double(), twin.double(), probes.double()
    values = [
        loss.value((probes @ x[:, :, None])[:, :, 0]) + decay / 2 * x.square().sum(1, keepdim=True) for x in (w, twin)
    ]
    return (w - twin).norm(dim=1), (values[0] - values[1]).abs().amax(1)
