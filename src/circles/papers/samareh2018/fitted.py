"""Regression on a line with a kernel and with random features of it, few or many: a small case made for a picture.

The frequencies are those of ``frames.kernels``, draw by draw. Points and target are ours.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.streams import streams
from circles.papers.samareh2018.frames import KERNELS, LINE, SIZES, line_features

NAME = "line"  # of these points on their page
DRAWS, POINTS, NOISE, SEED = 5, 20, 0.2, 0
SIZE, RIDGE = 32, -2.0  # at first: the number of features, and the ridge's power of ten
OWN, SAMPLED = "the kernel", "random features"


def seen() -> tuple[Float[Tensor, "n 1"], Float[Tensor, " n"]]:
    """The points x, uniform on [-4, 4], and sin(2x) + x/4 there with noise."""
    draws = streams(SEED, "line/points", "line/noise")
    x = 8 * torch.rand(POINTS, 1, generator=draws["line/points"], dtype=torch.float64).sort(0).values - 4
    noise = torch.randn(POINTS, generator=draws["line/noise"], dtype=torch.float64)
    return x, (2 * x[:, 0]).sin() + x[:, 0] / 4 + NOISE * noise


def regressed(K: Float[Tensor, "m n"], K_seen: Float[Tensor, "n n"], ridge: float) -> Float[Tensor, " m"]:
    """K (K_seen + ridge)^-1 y: what ridge regression says at m points with these values of a kernel."""
    return K @ torch.linalg.solve(K_seen + ridge * torch.eye(len(K_seen), dtype=K.dtype), seen()[1])


def own(name: str, ridge: float) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """On the line: the kernel at x - 0, and the fit with it."""
    x, kernel, origin = seen()[0], KERNELS[name], torch.zeros(1, 1, dtype=torch.float64)
    return kernel.exact(LINE, origin)[:, 0], regressed(kernel.exact(LINE, x), kernel.exact(x, x), ridge)


def sampled(name: str, D: int, draw: int, ridge: float) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    """On the line: the estimate z(x) . z(0) with D features of this draw, and the fit with it."""
    z = line_features(name, D, draw)
    line, points, origin = z(LINE), z(seen()[0]), z(torch.zeros(1, 1, dtype=torch.float64))
    return (line @ origin.T)[:, 0], regressed(line @ points.T, points @ points.T, ridge)


def frames(name: str = "Gaussian", *, draw: int = 0) -> dict[str, pd.DataFrame]:
    """For ``figures.sampled_frequencies``: kernel_lines, fit_lines (x, of, value), seen (x, value), drawn, errors.

    drawn: omega; errors: D, what, value, the largest differences from the kernel's own on the line.
    """
    x, y = seen()
    truth = own(name, 10**RIDGE)
    found = {D: sampled(name, D, draw, 10**RIDGE) for D in SIZES}
    lines = [
        pd.concat([pd.DataFrame({"x": LINE[:, 0], "of": of, "value": v}) for of, v in ((OWN, mine), (SAMPLED, theirs))])
        for mine, theirs in zip(truth, found[SIZE], strict=True)
    ]
    errors = [
        (D, what, float((v - mine).abs().max()))
        for D, both in found.items()
        for what, v, mine in zip((OWN, "the fit"), both, truth, strict=True)
    ]
    return {
        "kernel_lines": lines[0],
        "fit_lines": lines[1],
        "seen": pd.DataFrame({"x": x[:, 0], "value": y}),
        "drawn": pd.DataFrame({"omega": line_features(name, SIZE, draw).omega[:, 0]}),
        "errors": pd.DataFrame(errors, columns=["D", "what", "value"]),
    }


def tables() -> dict[str, np.ndarray]:
    """What the page computes with: line, seen, noisy, sizes, and of each kernel the frequencies [draws, count].

    Those of all sizes stand in one row, as whole numbers under the kernel's name and their rests under ``NAME rest``:
    a few of the Laplace kernel are so large that both in one number would be coarse.
    """
    x, y = seen()
    found = {"line": LINE[:, 0], "seen": x[:, 0], "noisy": y, "sizes": torch.tensor(SIZES)}
    for name in KERNELS:
        rows = [torch.cat([line_features(name, D, draw).omega[:, 0] for D in SIZES]) for draw in range(DRAWS)]
        omega = torch.stack(rows)
        found |= {name: omega.round(), f"{name} rest": omega - omega.round()}
    return {name: v.numpy() for name, v in found.items()}
