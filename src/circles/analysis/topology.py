"""Does an encoding keep the shape of its data? Winding numbers, classes of closed paths, and the largest stretch."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from circles.foundations.errors import ShapeError
from circles.foundations.manifolds import Manifold
from circles.foundations.manifolds.rotations import matrix


def winding(angles: Float[Tensor, "*batch n"]) -> Int64[Tensor, "*batch"]:
    """How often a closed path of angles (radians) goes around the circle, counter-clockwise positive.

    The steps, the one from the last point to the first among them, are taken the short way round; their sum is a
    multiple of 2 pi. Raises ShapeError for fewer than three points.
    """
    if angles.shape[-1] < 3:
        raise ShapeError(f"a closed path has {angles.shape[-1]} points, expected at least 3")
    steps = angles.roll(-1, -1) - angles
    steps = steps - 2 * math.pi * (steps / (2 * math.pi)).round()
    return (steps.sum(-1) / (2 * math.pi)).round().long()


def winding_matrix(angles: Float[Tensor, "na nb 2"]) -> Int64[Tensor, "2 2"] | None:
    """W of a torus mapped to a torus: W[i, j] is how often the j-th latent angle winds as the i-th of the data does.

    A continuous map has the same windings on every row of the data's grid, and the same on every column; None where
    they differ, for then the map is torn. It is one to one, up to a continuous change, only if |det W| = 1.
    """
    along_a, along_b = winding(angles.permute(1, 2, 0)), winding(angles.permute(0, 2, 1))
    if (along_a != along_a[0]).any() or (along_b != along_b[0]).any():
        return None
    return torch.stack([along_a[0], along_b[0]])


def is_contractible(rotations: Float[Tensor, "n 9"]) -> bool:
    """Whether a closed path in SO(3) can be shrunk to a point: a full turn about an axis cannot, two turns can.

    The quaternion of each step, with real part >= 0, is multiplied up; the path closes in the quaternions as well
    (product +1) or ends at the antipode (-1). Raises ShapeError for fewer than three points.
    """
    if len(rotations) < 3:
        raise ShapeError(f"a closed path has {len(rotations)} points, expected at least 3")
    turns = matrix(rotations.double())
    product = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=torch.float64)
    for step in turns.mT @ turns.roll(-1, 0):
        product = _multiplied(product, _quaternion(step))
    return bool(product[0] > 0)


def stretch(space: Manifold, latents: Float[Tensor, "n m"], pictures: Float[Tensor, "n pixels"]) -> Float[Tensor, " n"]:
    """Latent distance over picture distance, for each step of a closed path, the last back to the first.

    A map that tears has a step that is stretched far more than the median one.
    """
    moved = space.distance(latents, latents.roll(-1, 0))
    return moved / torch.linalg.vector_norm(pictures - pictures.roll(-1, 0), dim=-1)


def tear(space: Manifold, latents: Float[Tensor, "n m"], pictures: Float[Tensor, "n pixels"]) -> float:
    """The largest stretch of a closed path over its median stretch: near 1 for an even map."""
    found = stretch(space, latents, pictures)
    return float(found.max() / found.median())


def _quaternion(rotation: Float[Tensor, "3 3"]) -> Float[Tensor, " 4"]:
    """The unit quaternion (w, x, y, z) with w >= 0 of a rotation: the top eigenvector of Bar-Itzhack's matrix."""
    (a, b, c), (d, e, f), (g, h, i) = rotation.tolist()
    k = torch.tensor([
        [a + e + i, h - f, c - g, d - b], [h - f, a - e - i, b + d, c + g],
        [c - g, b + d, e - a - i, f + h], [d - b, c + g, f + h, i - a - e],
    ], dtype=torch.float64)  # fmt: skip
    q = torch.linalg.eigh(k).eigenvectors[:, -1]
    return q if q[0] >= 0 else -q


def _multiplied(p: Tensor, q: Tensor) -> Tensor:
    w = p[0] * q[0] - p[1:] @ q[1:]
    return torch.cat([w[None], p[0] * q[1:] + q[0] * p[1:] + torch.linalg.cross(p[1:], q[1:])])
