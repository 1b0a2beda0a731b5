"""The stochastic gradient method for linear classifiers, many runs side by side, one sample a step.

w <- w - alpha_t (l'(m) y z + decay w), where m = <w, y z> and (z, y) is the sample of the step: Samareh and Parizi
2018 after Hardt, Recht and Singer. The order of the samples is an argument, so that twin runs can share it.

Why replicates and not a compiled loop: a step at D = 256 is a thousand floating-point operations, far below what a
Python call costs, so one run alone can only be fast when compiled. But every question of the chapter asks for many
runs, twins, seeds, step sizes and sizes of the sample, and side by side they share the cost of each call: 256 of
them take over a million steps a second on one core, as fast as scikit-learn's compiled loop (``benchmarks/sgm.py``).
Numba would serve a lone run, at the price of a compiler among the book's dependencies that must follow each new
Python and NumPy.
"""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ConfigError, ShapeError
from circles.models.margin_losses import MarginLoss
from circles.training.loop import flushing


@torch.no_grad()
def advance(
    weights: Float[Tensor, "R D"],
    signed: Float[Tensor, "rows D"],
    draws: Int[Tensor, "T R"],
    alpha: float | Float[Tensor, " R"],
    loss: MarginLoss,
    *,
    decay: float = 0.0,
) -> Float[Tensor, "R D"]:
    """The weights of R runs after T more steps.

    ``signed`` holds the rows y z of all runs' samples, one below the other; ``draws`` says which row each run takes at
    each step. ``alpha`` is the step size, one for all or one a run; for a schedule, call once for each part of it.
    Raises ShapeError when a draw is no row, ConfigError when a step size is not positive and finite.
    """
    if draws.numel() and (int(draws.min()) < 0 or int(draws.max()) >= len(signed)):
        raise ShapeError(
            f"draws reach from {int(draws.min())} to {int(draws.max())}, expected rows 0 to {len(signed) - 1}"
        )
    sizes = torch.as_tensor(alpha, dtype=weights.dtype, device=weights.device).expand(len(weights))
    if not bool((sizes.isfinite() & (sizes > 0)).all()):
        raise ConfigError(f"alpha is {alpha}, expected positive finite step sizes")
    w, z = weights.clone(), torch.empty_like(weights)
    m, down = torch.empty_like(sizes), (-sizes).contiguous()
    shrink = (1 - decay * sizes)[:, None]
    with flushing(True):
        for rows in draws.unbind(0):
            torch.index_select(signed, 0, rows, out=z)
            torch.linalg.vecdot(w, z, out=m)
            if decay:
                w.mul_(shrink)
            w.addcmul_(z, loss.slope(m).mul_(down)[:, None])
    return w


def uniform(steps: int, runs: int, n: int, *, generator: torch.Generator) -> Int[Tensor, "T R"]:
    """Which of n samples each run takes at each step: uniform, with replacement, as the theory has it."""
    if n < 1:
        raise ConfigError(f"n is {n}, expected a sample of at least one point")
    return torch.randint(n, (steps, runs), generator=generator)


def stacked(samples: Float[Tensor, "R n D"], draws: Int[Tensor, "T R"]) -> tuple[Tensor, Tensor]:
    """One pool of rows for ``advance`` from a sample a run, and the draws as rows of that pool."""
    runs, n, width = samples.shape
    return samples.reshape(runs * n, width), draws + n * torch.arange(runs, device=draws.device)
