"""The regression data of the authors' script, and data whose Fourier components are known to interact or not."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams

MAPS = ("filter", "gain")


@dataclass(frozen=True)
class Split:
    """Training and test pairs, a circulant's first column a row."""

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor


def target(x: Tensor) -> Tensor:
    """f(x) = (sin t, sin t + sin(t/2)) with t = x_0 + x_1: a function of frequency 0 of x alone."""
    t = x.sum(-1)
    return torch.stack([t.sin(), t.sin() + (t / 2).sin()], -1)


def authors(seed: int, *, n: int = 30, tests: int = 100, noise: float = 0.1, noisy_test: bool = False) -> Split:
    """x uniform in [0, 1]^2, y = f(x + noise N(0, 1)); ``noisy_test`` disturbs the test targets too, as released."""
    draw = streams(seed, "inputs", "noise")
    x = torch.rand(n + tests, 2, generator=draw["inputs"], dtype=torch.float64)
    moved = noise * torch.randn(n + tests, 2, generator=draw["noise"], dtype=torch.float64)
    if not noisy_test:
        moved[n:] = 0
    y = target(x + moved)
    return Split(x[:n], y[:n], x[n:], y[n:])


def mapped(seed: int, which: str, *, n: int, p: int = 16, tests: int = 100, noise: float = 0.1) -> Split:
    """Linear maps of white noise (ours). "filter": y = h * x, each frequency alone; "gain": that times

    1 + cos(2 pi j / p) at place j, so that each frequency of y hears its neighbours. Raises ConfigError for another.
    """
    if which not in MAPS:
        raise ConfigError(f"which is {which!r}, expected one of {', '.join(MAPS)}")
    draw = streams(seed, "inputs", "noise")
    x = torch.randn(n + tests, p, generator=draw["inputs"], dtype=torch.float64)
    place = torch.arange(p, dtype=torch.float64)
    clean = torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(torch.exp(-place / 2))).real
    if which == "gain":
        clean = (1 + torch.cos(2 * torch.pi * place / p)) * clean
    y = clean + noise * torch.randn(n + tests, p, generator=draw["noise"], dtype=torch.float64)
    return Split(x[:n], y[:n], x[n:], clean[n:])
