"""What the pictures of Chapter 5 that compute begin with: weights, points, codes, and the first decoded pictures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from circles.foundations import manifolds
from circles.models import vae
from circles.papers.rey2020 import digits, kept, shapes
from circles.papers.rey2020.grids import drawn
from circles.papers.rey2020.kept import KeptDigits, KeptShape
from circles.training import runs
from circles.training.runs import Run

HANDS = ("circle", "circle with less noise", "line", "plane")  # as ``kept.hands`` has them
START = (30, 25)  # degrees at which a surface is first seen
HAND = 40  # degrees at which the hand stands at first


def turned(run: Run, most: int = 400) -> dict[str, Any]:
    """What ``figures.turning`` asks of the digits' run on the sphere or the flat torus: the pictures held out."""
    manifold = run.config.manifold
    net = runs.get(KeptDigits(manifold=manifold))
    z = run.measures["latents"][digits.TRAINED :][:most]
    frame = pd.DataFrame(drawn(manifold, z).numpy(), columns=["x", "y", "z"])
    labels = digits.pictures()[1][digits.TRAINED :][:most]
    return {
        "frame": frame.assign(label=labels.numpy()), "space": manifold, "at": START,
        "picture": decoded(net, surface(manifold, START)).tolist(), "net": f"digits-{manifold}", "tables": tables(net),
    }  # fmt: skip


def surface(manifold: str, degrees: tuple[float, float]) -> Tensor:
    """The latent point [m] at these two angles: longitude and latitude on the sphere."""
    a, b = torch.deg2rad(torch.tensor(degrees, dtype=torch.float64))
    if manifold == "flat_torus":
        return manifolds.FlatTorus().at(torch.stack([a, b]))
    return torch.stack([b.cos() * a.cos(), b.cos() * a.sin(), b.sin()])


def weights(run: Run) -> vae.Weights:
    """A kept net's weights in double precision, with an axis of one replicate."""
    return {k: x.double()[None] for k, x in run.measures.items() if k != "losses"}


def tables(run: Run) -> dict[str, np.ndarray]:
    """A kept net's weights as they are recorded."""
    return {k: x.numpy() for k, x in run.measures.items() if k != "losses" and not k.startswith("t.")}


def decoded(run: Run, z: Tensor) -> Tensor:
    """The chance of each pixel at a latent point [m]."""
    return vae.decode(weights(run), z.double()[None, None], run.config.spec).sigmoid()[0, 0]


def encoded(run: Run, degrees: Tensor) -> Tensor:
    """The codes [n, m] of hands at these degrees of a clock: from the top, to the right."""
    angles = math.pi - torch.deg2rad(degrees.double())
    return vae.encode(weights(run), shapes.pictures.clock_hand(angles).double()[None], run.config.spec).mu[0]


def clock() -> dict[str, Any]:
    """What ``figures.clock_hand`` asks: the kept nets on a circle, on one with the authors' noise, a line, a plane."""
    found: dict[str, tuple[KeptShape, Run]] = {
        name: (config, runs.get(config)) for name, config in zip(HANDS, kept.hands(), strict=True)
    }
    degrees, at = torch.arange(360).double(), torch.tensor([float(HAND)])
    parts, packed = [], {}
    first = {"hand": shapes.pictures.clock_hand(math.pi - torch.deg2rad(at))[0].tolist()}
    for name, (config, run) in found.items():
        codes = encoded(run, degrees)
        x, y = (degrees, codes[:, 0]) if config.manifold == "euclidean1" else codes.T
        parts.append(pd.DataFrame({"net": name, "degrees": degrees, "x": x, "y": y}))
        first[name] = decoded(run, encoded(run, at)[0]).tolist()
        packed |= {f"{name}/{k}": w for k, w in tables(run).items()}
    return {
        "codes": pd.concat(parts, ignore_index=True), "pictures": first, "at": HAND, "net": "hands", "tables": packed,
        "spaces": {name: config.manifold for name, (config, _) in found.items()},
    }  # fmt: skip
