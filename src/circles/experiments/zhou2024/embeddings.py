"""Number embeddings to start a net with: MiniLM's, parts of them, synthetic circles, noise.

All have the same standard deviation over all entries, so that none is louder than another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import fourier, numbers
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams

PERIOD = 340  # sums go to 340 = 2 x 170, and periods 2, 2.5, 5 and 10 divide it
SPIKES = {34: 10.0, 68: 5.0, 136: 2.5, 170: 2.0}  # the four components of the paper, k to period 340/k
BORDER = 33  # the slowest 33 components are "low": periods above 10, the paper's border on 520 moved to 340
MOVED = {34: 49, 68: 97, 136: 146, 170: 113}  # near periods 7, 7/2, 7/3 and 3, which share no divisor with ten
CIRCLES = (2, 5, 10, 100, 1000)  # the periods of the synthetic embedding

KINDS = {
    "minilm": "MiniLM",
    "no-spikes": "MiniLM without its four spikes",
    "spikes-and-low": "MiniLM, only the four spikes and the low band",
    "low": "MiniLM, only the low band",
    "high": "MiniLM, only above the low band",
    "moved": "MiniLM, the low band and the spikes at periods that do not divide ten",
    "circles": "circles of periods 2, 5, 10, 100, 1000",
    "random": "random",
}


def table(kind: str, width: int, *, count: int, seed: int, std: float) -> Float[Tensor, "count width"]:
    """The embeddings of 0 ... count - 1 of this kind, with standard deviation ``std`` over all entries; float32.

    ``width`` of MiniLM's are its first principal components. Raises ConfigError for an unknown kind.
    """
    if kind not in KINDS:
        raise ConfigError(f"embedding is {kind!r}, expected one of {', '.join(KINDS)}")
    noise = streams(seed, "embedding")["embedding"]
    if kind == "random":
        found = torch.randn(count, width, generator=noise, dtype=torch.float64)
    elif kind == "circles":
        waves = _circles(count)
        turn, _ = torch.linalg.qr(torch.randn(width, waves.shape[1], generator=noise, dtype=torch.float64))
        found = waves @ turn.mT
    else:
        found = edited(principal(width, count=count), kind)
    return (std * found / found.std()).float()


def principal(width: int, *, count: int) -> Float[Tensor, "count width"]:
    """The first principal components of MiniLM's embeddings of 0 ... count - 1, the mean number taken away; float64."""
    rows = numbers.load("minilm").rows[:count].double()
    if not 1 <= width < min(rows.shape):
        raise ConfigError(f"width is {width}, expected 1 to {min(rows.shape) - 1}, the components of {count} numbers")
    rows = rows - rows.mean(0)
    U, s, V = torch.linalg.svd(rows, full_matrices=False)
    signs = V.gather(1, V.abs().argmax(1, keepdim=True)).sign()  # a direction's sign is the library's whim: fixed here
    return (U * s * signs.mT)[:, :width]


def edited(rows: Float[Tensor, "count width"], kind: str) -> Float[Tensor, "count width"]:
    """MiniLM's rows with some waves of Z_340 taken away, or moved."""
    low = range(1, BORDER + 1)
    high = range(BORDER + 1, PERIOD // 2 + 1)
    if kind == "no-spikes":
        return rows - part(rows, SPIKES)
    if kind == "low":
        return rows - part(rows, high)
    if kind == "high":
        return rows - part(rows, low)
    if kind in ("spikes-and-low", "moved"):
        kept = rows - part(rows, (k for k in high if k not in SPIKES))
        return kept if kind == "spikes-and-low" else kept - part(rows, SPIKES) + _moved(rows)
    return rows


def part(rows: Float[Tensor, "count width"], components: Iterable[int]) -> Float[Tensor, "count width"]:
    """The waves of period 340/k, for these k, in the rows of 0 ... 339, gone on with for the numbers after them."""
    wanted = torch.tensor(sorted(components))
    waves = fourier.basis(PERIOD, dtype=rows.dtype)[torch.isin(fourier.frequencies(PERIOD), wanted)]
    found = waves.mT @ (waves @ rows[:PERIOD])
    return found[torch.arange(len(rows)) % PERIOD]


def _moved(rows: Tensor) -> Tensor:
    """Each spike's cosine and sine, with their directions, on a wave of another period."""
    n = torch.arange(len(rows), dtype=rows.dtype)
    found = torch.zeros_like(rows)
    for k, to in MOVED.items():
        for wave in (torch.cos, torch.sin):
            old, new = (wave(2 * math.pi * j * n / PERIOD) for j in (k, to))
            old = old[:PERIOD]
            if (power := old.square().sum()) > 1e-9:  # the alternating wave has no sine
                direction = old @ rows[:PERIOD] / power
                found += torch.outer(new, direction) * (power / new[:PERIOD].square().sum()).sqrt()
    return found


def _circles(count: int) -> Tensor:
    n = torch.arange(count, dtype=torch.float64).unsqueeze(1)
    angles = 2 * math.pi * n / torch.tensor(CIRCLES, dtype=torch.float64)
    waves = torch.cat([angles.cos(), angles.sin()[:, 1:]], 1)  # sin(pi n) is zero
    return waves - waves.mean(0)
