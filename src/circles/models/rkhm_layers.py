"""Layers of module regression: each is a ridge regression whose prediction is the next one's input.

A layer's kernel is k(x, y) = F_1(x) F_1(y)* + b F_3(x) F_3(y)* with F_1(x) = a_1 x and F_3(x) = a_2 x a_3 x a_4 x. The
coefficients solve the ridge regression against the targets inside every forward pass; a_1 ... a_4 are trained. With
parameters in the circulants all is a 2 x 2 problem a frequency; with full matrices one of side 2p, however many points
there are: the dense system of side np is never built. These layers are ours. The degrees, b and the start are those of
the authors' denoising script, whose module is another one and lies in ``rkhm_released``.
"""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.errors import ShapeError

FACTORS = 4
START = 0.1


def first_parameters(p: int, layers: int = 2, *, full: bool, dtype: torch.dtype = torch.float64) -> Tensor:
    """0.1 times the circulant of (1, 1, 0, ..., 0, 1) for every factor: [layers, 4, p], or matrices when ``full``."""
    column = torch.zeros(p, dtype=dtype)
    column[[0, 1 % p, -1]] = START
    start = circulant.dense(column) if full else column
    return start.expand(layers, FACTORS, *start.shape).clone()


def forward(
    parameters: Tensor,
    x: Float[Tensor, "n p"],
    y: Float[Tensor, "n p"],
    new: Float[Tensor, "m p"],
    *,
    penalty: float,
    b: float,
) -> tuple[Float[Tensor, "n p"], Float[Tensor, "m p"]]:
    """The last layer's predictions on training and on new points.

    ``parameters`` are those of ``first_parameters``. Raises ShapeError when their side is not p.
    """
    if parameters.shape[-1] != x.shape[-1]:
        raise ShapeError(f"parameters have the side {parameters.shape[-1]}, expected p = {x.shape[-1]}")
    for a in parameters:
        layer = _circulant if a.ndim == 2 else _full
        x, new = layer(a, x, y, new, penalty, b)
    return x, new


def train(
    parameters: Tensor,
    x: Float[Tensor, "n p"],
    y: Float[Tensor, "n p"],
    *,
    penalty: float,
    b: float,
    steps: int = 20,
    lr: float = 1e-4,
) -> Tensor:
    """Parameters after ``steps`` of Adam on the mean squared distance of the training points."""
    a = parameters.clone().requires_grad_()
    adam = torch.optim.Adam([a], lr=lr)
    for _ in range(steps):
        adam.zero_grad()
        fitted, _ = forward(a, x, y, x[:1], penalty=penalty, b=b)
        (fitted - y).square().sum(-1).mean().backward()
        adam.step()
    return a.detach()


def _circulant(a: Tensor, x: Tensor, y: Tensor, new: Tensor, penalty: float, b: float) -> tuple[Tensor, Tensor]:
    f = circulant.spectrum(a)

    def features(z: Tensor) -> Tensor:
        u = circulant.spectrum(z)
        return torch.stack([f[0] * u, math.sqrt(b) * f[1] * f[2] * f[3] * u**3], -1).transpose(0, 1)  # [p, n, 2]

    phi, target = features(x), circulant.spectrum(y).T.unsqueeze(-1)
    w = _weights(phi, target, penalty)
    near, far = ((features(z) @ w)[..., 0].T for z in (x, new))
    return circulant.from_spectrum(near, real=True), circulant.from_spectrum(far, real=True)


def _full(a: Tensor, x: Tensor, y: Tensor, new: Tensor, penalty: float, b: float) -> tuple[Tensor, Tensor]:
    def features(z: Tensor) -> Tensor:
        X = circulant.dense(z)
        return torch.cat([a[0] @ X, math.sqrt(b) * (a[1] @ X @ a[2] @ X @ a[3] @ X)], -1)  # [n, p, 2p]

    phi = features(x)
    w = _weights(phi.flatten(0, 1), circulant.dense(y).flatten(0, 1), penalty)
    return circulant.project(phi @ w), circulant.project(features(new) @ w)


def _weights(phi: Tensor, target: Tensor, penalty: float) -> Tensor:
    one = torch.eye(phi.shape[-1], dtype=phi.dtype, device=phi.device)
    return torch.linalg.solve(phi.mH @ phi + penalty * one, phi.mH @ target)
