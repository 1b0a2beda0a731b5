"""Number embeddings to start a net with: MiniLM's, parts of them, synthetic circles, noise.

All have the same standard deviation over all entries, so that none is louder than another.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import paper_waves
from circles.foundations import fourier, numbers
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams

SPIKES = (10.0, 5.0, 2.5, 2.0)  # the paper's four periods
MOVED = (7.0, 3.5, 7 / 3, 3.0)  # where "moved" puts them, near periods that share no divisor with ten
CIRCLES = (2, 5, 10, 100, 1000)  # the periods of the synthetic embedding

KINDS = {
    "minilm": "MiniLM",
    "no-spikes": "MiniLM without its four spikes",
    "spikes-and-low": "MiniLM, only the four spikes and the low band",
    "low": "MiniLM, only the low band",
    "high": "MiniLM, only above the low band",
    "moved": "MiniLM, the low band and the spikes moved to periods near 7, 3.5, 2.33 and 3",
    "circles": "circles of periods 2, 5, 10, 100, 1000",
    "random": "random",
}


def table(kind: str, width: int, *, count: int, seed: int, std: float) -> Float[Tensor, "count width"]:
    """The embeddings of 0 ... N of this kind, count = N + 1, with standard deviation ``std`` over all entries; float32.

    N must be a multiple of ten, so that the paper's four periods divide it. Of MiniLM's the first ``width`` principal
    components are taken. Raises ConfigError for an unknown kind, another count, or a width that MiniLM does not have.
    """
    if kind not in KINDS:
        raise ConfigError(f"embedding is {kind!r}, expected one of {', '.join(KINDS)}")
    if count < 21 or (count - 1) % 10:
        raise ConfigError(f"{count} numbers, expected one more than a multiple of ten, 21 at least")
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
    """A model's centred rows of 0 ... N with some of the waves of Z_N taken away, or moved."""
    N = len(rows) - 1
    low, high = paper_waves.low(N + 1), paper_waves.high(N + 1)
    spikes = [paper_waves.component(N + 1, period) for period in SPIKES]
    if kind == "no-spikes":
        return rows - part(rows, spikes)
    if kind == "low":
        return rows - part(rows, high)
    if kind == "high":
        return rows - part(rows, low)
    if kind in ("spikes-and-low", "moved"):
        kept = rows - part(rows, set(high) - set(spikes))
        return kept if kind == "spikes-and-low" else kept - part(rows, spikes) + _moved(rows, spikes)
    return rows


def part(rows: Float[Tensor, "count width"], components: Iterable[int]) -> Float[Tensor, "count width"]:
    """The waves of period N/k, for these k, in the rows of 0 ... N - 1, gone on with for N."""
    N = len(rows) - 1
    waves = fourier.basis(N, dtype=rows.dtype)[paper_waves.rows_of(N + 1, components)]
    found = waves.mT @ (waves @ rows[:N])
    return torch.cat([found, found[:1]])


def _moved(rows: Tensor, spikes: Sequence[int]) -> Tensor:
    """Each spike's cosine and sine, with their directions and norms, on the wave nearest to its new period."""
    N = len(rows) - 1
    n = torch.arange(N + 1, dtype=rows.dtype)
    found = torch.zeros_like(rows)
    for k, period in zip(spikes, MOVED, strict=True):
        for wave in (torch.cos, torch.sin):
            old, new = (wave(2 * math.pi * j * n / N) for j in (k, round(N / period)))
            norm = float(old[:N].norm())
            if norm > 1e-6:  # the alternating wave has no sine
                direction = old[:N] @ rows[:N] / norm
                found += torch.outer(new / new[:N].norm(), direction)
    return found


def _circles(count: int) -> Tensor:
    n = torch.arange(count, dtype=torch.float64).unsqueeze(1)
    angles = 2 * math.pi * n / torch.tensor(CIRCLES, dtype=torch.float64)
    waves = torch.cat([angles.cos(), angles.sin()[:, 1:]], 1)  # sin(pi n) is zero
    return waves - waves.mean(0)
