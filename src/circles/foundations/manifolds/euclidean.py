"""Flat space R^d, the latent space of an ordinary variational autoencoder."""

from __future__ import annotations

import math
from typing import NoReturn

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds.base import Manifold


class Euclidean(Manifold):
    """R^d. Not closed: its volume is infinite and it has no uniform law, so a prior must be named elsewhere."""

    def __init__(self, dim: int) -> None:
        if dim < 1:
            raise ManifoldError(f"the dimension of R^d is {dim}, expected at least 1")
        self.dim = self.ambient = dim
        self.name = f"euclidean{dim}"

    def nearest(self, x: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        return x, ()

    def pullback(self, y: Tensor, slopes: tuple[Tensor, ...], grad: Tensor) -> Tensor:
        return grad

    def project(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch m"]:
        return x

    def residual(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        return (x - x).abs().amax(-1)  # NaN unless finite

    def distance(self, x: Float[Tensor, "*batch m"], y: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x, y)
        return torch.linalg.vector_norm(x - y, dim=-1)

    @property
    def log_volume(self) -> float:
        return math.inf

    def scalar_curvature(self, x: Float[Tensor, "*batch m"]) -> Float[Tensor, "*batch"]:
        self.check(x)
        return x.new_zeros(x.shape[:-1])

    def uniform(self, n: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32) -> NoReturn:
        raise ManifoldError(f"{self.name} has no uniform law, expected a closed manifold such as sphere{self.dim}")
