"""SO(3) and O(3): 3 x 3 matrices as vectors of R^9, with the length that R^9 gives them (Frobenius)."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.manifolds.base import Manifold
from circles.foundations.manifolds.directions import unit
from circles.foundations.manifolds.nearest import nearest_orthogonal, nearest_pullback, nearest_rotation

# A turn by the angle w moves a rotation by the length sqrt(2) w in R^9, and w is twice the angle of the
# quaternion: SO(3) is RP^3 with all lengths times 2 sqrt(2).
SCALE = 2 * math.sqrt(2)


class Rotations(Manifold):
    """SO(3) = {X: X^T X = 1, det X = 1}, RP^3 scaled by 2 sqrt(2): vol = 16 sqrt(2) pi^2, Sc = 6/8.

    The released code of Perez Rey et al. 2020 scales by sqrt(2) and has vol = 2 sqrt(2) pi^2, Sc = 3.
    """

    name, dim, ambient = "so3", 3, 9

    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return nearest_rotation(matrix(x)).flatten(-2), (x,)

    def pullback(self, y: Tensor, slopes: tuple[Tensor, ...], grad: Tensor) -> Tensor:
        return nearest_pullback(matrix(y), matrix(slopes[0]), matrix(grad)).flatten(-2)

    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        off = _off(matrix(x))
        return torch.where(torch.linalg.det(matrix(x)) > 0, off, off + 2)

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        """sqrt(2) times the angle of X^T Y, at most sqrt(2) pi."""
        self.check(x, y)
        return math.sqrt(2) * turn(matrix(x).mT @ matrix(y))

    @property
    def log_volume(self) -> float:
        return math.log(math.pi**2 * SCALE**3)

    def scalar_curvature(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x)
        return x.new_full(x.shape[:-1], 6 / SCALE**2)

    def uniform(
        self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> Float[Tensor, "{n} m"]:
        """Through uniform unit quaternions."""
        return from_quaternion(unit(torch.randn(n, 4, generator=generator, dtype=dtype))[0]).flatten(-2)


class Orthogonal3(Rotations):
    """O(3) = {X: X^T X = 1}: SO(3) and its mirror image, with no path between the two."""

    name = "o3"

    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return nearest_orthogonal(matrix(x)).flatten(-2), (x,)

    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        return _off(matrix(x))

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x, y)
        relative = matrix(x).mT @ matrix(y)
        apart = torch.linalg.det(relative.detach()) < 0
        return torch.where(apart, math.inf, math.sqrt(2) * turn(relative))

    @property
    def log_volume(self) -> float:
        return super().log_volume + math.log(2)

    def uniform(
        self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32
    ) -> Float[Tensor, "{n} m"]:
        sign = 1 - 2 * torch.randint(2, (n, 1), generator=generator)
        return super().uniform(n, generator=generator, dtype=dtype) * sign


def matrix(x: Float[Tensor, "*batch 9"]) -> Float[Tensor, "*batch 3 3"]:
    """The matrix whose rows lie one after another in x."""
    return x.unflatten(-1, (3, 3))


def turn(rotation: Float[Tensor, "*batch 3 3"]) -> Float[Tensor, "*batch"]:
    """The angle of a rotation, 0 to pi: atan2 of its sine |X - X^T| / (2 sqrt 2) and its cosine (tr X - 1) / 2."""
    sine = torch.linalg.vector_norm((rotation - rotation.mT).flatten(-2), dim=-1) / SCALE
    return torch.atan2(sine, (rotation.diagonal(dim1=-2, dim2=-1).sum(-1) - 1) / 2)


def from_quaternion(q: Float[Tensor, "*batch 4"]) -> Float[Tensor, "*batch 3 3"]:
    """The rotation of a unit quaternion (w, x, y, z); q and -q give the same."""
    w, x, y, z = q.unbind(-1)
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return torch.stack([torch.stack(row, dim=-1) for row in rows], dim=-2)


def _off(x: Tensor) -> Tensor:
    return (x.mT @ x - torch.eye(3, dtype=x.dtype, device=x.device)).abs().amax((-1, -2))
