"""A training step of the diffusion VAE at the authors' setting: this book's against the same model written plainly.

The plain one is torch.nn modules, the walk differentiated step by step in a Python loop, the pixels' likelihood from
probabilities, and plain Adam. Both start from the same weights. ``python benchmarks/vae.py --record`` keeps the rows.
Also a step on every manifold against one on R^2 or R^3, whichever has its dimension.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
from torch import nn

from circles.foundations import manifolds
from circles.models import vae
from circles.models.vae import VaeSpec
from circles.training import benchmarks
from circles.training.loop import flushing
from circles.training.minibatch import Adam, MinibatchDescent

BATCHES = 600  # an epoch: 60,000 pictures, 100 at a time


def measured(steps: int) -> dict[str, benchmarks.Row]:
    torch.set_num_threads(1)
    ours, plain = in_turn(_ours("sphere2"), _plain(), steps=steps)
    rows = {"epoch": {"ours_s": _seconds(ours), "plain_s": _seconds(plain), "times": round(plain / ours, 2)}}
    for name in (n for n in manifolds.NAMES if not n.startswith("euclidean")):
        flat = f"euclidean{max(manifolds.by_name(name).dim, 2)}"
        one, other = in_turn(_ours(name), _ours(flat), steps=steps)
        rows[name] = {"ms": round(1e3 * one, 2), "flat_ms": round(1e3 * other, 2), "times": round(one / other, 2)}
    return rows


def in_turn(*sides: Callable[[], None], steps: int, rounds: int = 7) -> list[float]:
    """Processor seconds a step of each side, the median over the rounds; the sides take turns."""
    found: list[list[float]] = [[] for _ in sides]
    with flushing(True):
        for _ in range(rounds):
            for times, side in zip(found, sides, strict=True):
                side()
                began = time.process_time()
                for _ in range(steps):
                    side()
                times.append((time.process_time() - began) / steps)
    return [statistics.median(times) for times in found]


def _seconds(step: float) -> float:
    return round(BATCHES * step, 1)


def _pictures() -> torch.Tensor:
    return (torch.rand(100, 784, generator=torch.Generator().manual_seed(0)) < 0.13).float()


def _ours(name: str) -> Callable[[], None]:
    spec, x = VaeSpec(name), _pictures()[None]
    descent = MinibatchDescent(vae.initial(spec, [0]), Adam(lr=1e-3, eps=1e-7))
    draws = torch.Generator().manual_seed(1)

    def step() -> None:
        found = vae.terms(descent.weights, x, spec, generator=draws)
        descent._step((found.reconstruction + found.kl).mean(1))

    return step


class Plain(nn.Module):
    """The same net on S^2 as a first reading of the paper would write it."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 128), nn.ReLU())
        self.mu, self.log_t = nn.Linear(128, 3), nn.Linear(128, 1)
        self.decoder = nn.Sequential(
            nn.Linear(3, 128), nn.ReLU(), nn.Linear(128, 256), nn.ReLU(), nn.Linear(256, 784), nn.Sigmoid()
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.encoder(x)
        z = self.mu(h)
        z = z / z.norm(dim=-1, keepdim=True)
        t = torch.exp(-6.25 + 1.25 * torch.tanh(self.log_t(h)))
        for _ in range(10):
            z = z + torch.sqrt(t / 10) * torch.randn_like(z)
            z = z / z.norm(dim=-1, keepdim=True)
        p = self.decoder(z).clamp(1e-7, 1 - 1e-7)
        reconstruction = -(x * p.log() + (1 - x) * (1 - p).log()).sum(-1)
        kl = torch.log(torch.tensor(4 * torch.pi)) - torch.log(2 * torch.pi * t[:, 0]) - 1 + t[:, 0] / 2
        return (reconstruction + kl).mean()


def _plain() -> Callable[[], None]:
    net, x = Plain(), _pictures()
    adam = torch.optim.Adam(net.parameters(), lr=1e-3, eps=1e-7, foreach=False)

    def step() -> None:
        loss = net(x)
        adam.zero_grad()
        loss.backward()
        adam.step()

    return step


if __name__ == "__main__":
    benchmarks.command("vae", __doc__, measured, steps=(10, "steps timed in each of seven rounds"))
