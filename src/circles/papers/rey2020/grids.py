"""Points spread over a whole latent manifold, in rows and columns, to be decoded."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import manifolds
from circles.foundations.errors import ConfigError


def grid(manifold: str, rows: int, columns: int) -> Float[Tensor, "{rows} {columns} m"]:
    """The middle points of equal cells, the first row at the top.

    sphere2: longitude along a row, height z in equal steps, which is equal area. flat_torus: the two angles.
    euclidean2: quantiles of the standard normal. Raises ConfigError for other manifolds.
    """
    down = (torch.arange(rows) + 0.5) / rows
    along = (torch.arange(columns) + 0.5) / columns
    v, u = torch.meshgrid(1 - down, along, indexing="ij")
    if manifold == "sphere2":
        z, a = 2 * v - 1, 2 * math.pi * u
        r = (1 - z.square()).sqrt()
        return torch.stack([r * a.cos(), r * a.sin(), z], -1)
    if manifold == "flat_torus":
        return manifolds.FlatTorus().at(2 * math.pi * torch.stack([u, v], -1))
    if manifold == "euclidean2":
        return torch.special.ndtri(torch.stack([u, v], -1))
    raise ConfigError(f"no grid on {manifold!r}, expected sphere2, flat_torus or euclidean2")


def flat(manifold: str, z: Float[Tensor, "n m"]) -> Float[Tensor, "n 2"]:
    """Where a point lies on the page of ``grid``: across and up, each from 0 to 1."""
    if manifold == "sphere2":
        return torch.stack([torch.atan2(z[:, 1], z[:, 0]) / (2 * math.pi) % 1, (z[:, 2] + 1) / 2], -1)
    if manifold == "flat_torus":
        return manifolds.FlatTorus().angles(z) / (2 * math.pi) % 1
    if manifold == "euclidean2":
        return torch.special.ndtr(z)
    raise ConfigError(f"no map of {manifold!r}, expected sphere2, flat_torus or euclidean2")


def drawn(manifold: str, z: Float[Tensor, "n m"]) -> Float[Tensor, "n 3"]:
    """Where a point is drawn in space: on the sphere; the flat torus as a ring, which it is up to stretching."""
    if manifold == "sphere2":
        return z
    if manifold == "flat_torus":
        a, b = manifolds.FlatTorus().angles(z).unbind(-1)
        return torch.stack([(1 + 0.45 * b.cos()) * a.cos(), (1 + 0.45 * b.cos()) * a.sin(), 0.45 * b.sin()], -1)
    raise ConfigError(f"no drawing of {manifold!r}, expected sphere2 or flat_torus")
