"""A layer with two weights of which one is never used: the fault in the published pictures, in small.

In the code released with Li 2024 the quantised layer is a subclass of ``nn.Linear``, which brings a
``weight``, and it also owns an inner ``nn.Linear``, which has another. The forward pass quantises the inner
one. The published pictures of "binarised weights" read the outer one. The classes below have that structure
and nothing else of that code.
"""

from __future__ import annotations

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn

from circles.analysis.alignment import Alignment, against_shuffled, arrivals
from circles.foundations.streams import streams
from circles.models import quantized
from circles.training import tasks

P, WIDTH, STEPS = 23, 64, 400


class TwoWeights(nn.Linear):
    """sign(V - mean V) x with V the weight of ``inner``; the inherited ``weight`` takes no part."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)
        self.inner = nn.Linear(inputs, outputs, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return x @ quantized.straight_through(self.inner.weight[None], quantized.binary)[0].mT


class Miniature(nn.Module):
    """Numbers a and b are embedded, their sum passes a binary layer and a ReLU, the answer is read off."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(P, WIDTH)
        self.layer = TwoWeights(WIDTH, 4 * WIDTH)
        self.read = nn.Linear(4 * WIDTH, P, bias=False)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        x = self.embed(a) + self.embed(b)
        hidden = self.layer(x * x.square().mean(-1, keepdim=True).rsqrt()).relu()
        return self.read(hidden) / WIDTH


def binary(latent: Float[Tensor, "m d"]) -> Float[Tensor, "m d"]:
    """The binary map of one matrix, by ``models.quantized``."""
    return quantized.binary(latent[None])[0]


def train(steps: int = STEPS, *, generator: torch.Generator) -> tuple[Miniature, pd.DataFrame]:
    """Train the miniature on all sums modulo 23 with the optimiser of Li 2024: AdamW, weight decay 1.

    The outer weight never has a gradient, and torch's optimisers pass such weights by, decay included.

    The frame has a row a step and weight: step, loss, weight ("inner", "outer"), change
    ||W - W_0|| / ||W_0||, flipped (the share of the signs that differ from the first).
    Every initial number comes from ``generator``.
    """
    with torch.random.fork_rng(devices=[]):  # torch's layers draw from the global state when they are made
        net, pairs = Miniature(), tasks.all_pairs(P)
    with torch.no_grad():
        for w in net.parameters():
            w.copy_(torch.randn(w.shape, generator=generator) * WIDTH**-0.5)
    adam = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=1.0)
    both = {"inner": net.layer.inner.weight, "outer": net.layer.weight}
    first = {name: w.detach().clone() for name, w in both.items()}
    rows = []
    for step in range(steps + 1):
        loss = nn.functional.cross_entropy(net(pairs.a, pairs.b), pairs.answer)
        rows += [(step, loss.item(), name, *_moved(w.detach(), first[name])) for name, w in both.items()]
        if step < steps:
            adam.zero_grad()
            loss.backward()
            adam.step()
    return net, pd.DataFrame(rows, columns=["step", "loss", "weight", "change", "flipped"])


def accuracy(net: Miniature) -> float:
    """The share of all pairs that the miniature answers right."""
    pairs = tasks.all_pairs(P)
    with torch.no_grad():
        return (net(pairs.a, pairs.b).argmax(-1) == pairs.answer).double().mean().item()


def without_outer(net: Miniature, *, generator: torch.Generator) -> float:
    """The largest change of any logit when the outer weight is replaced by other random numbers."""
    pairs = tasks.all_pairs(P)
    with torch.no_grad():
        before = net(pairs.a, pairs.b)
        kept = net.layer.weight.clone()
        net.layer.weight.copy_(torch.randn(kept.shape, generator=generator))
        after = net(pairs.a, pairs.b)
        net.layer.weight.copy_(kept)
    return (after - before).abs().max().item()


def structure(net: Miniature, *, controls: int = 1000, seed: int = 0) -> dict[str, Alignment]:
    """The signs of both weights against the planes of all the embedding's frequencies, and controls."""
    straight = torch.eye(WIDTH).unsqueeze(0)  # nothing stands between the embedding and the layer
    planes = arrivals(net.embed.weight.detach(), straight, straight, range(1, (P + 1) // 2))
    weights = {"inner": net.layer.inner.weight, "outer": net.layer.weight}
    return {
        name: against_shuffled(binary(w.detach()).mT, planes, controls, generator=_generator(seed))
        for name, w in weights.items()
    }


def _generator(seed: int) -> torch.Generator:
    return streams(seed, "shuffled controls")["shuffled controls"]


def _moved(now: Tensor, first: Tensor) -> tuple[float, float]:
    change = ((now - first).norm() / first.norm()).item()
    return change, (binary(now) != binary(first)).double().mean().item()
