"""The module regression of the authors' denoising script: one ridge regression on two blocks of QR features.

With X the circulant of a picture, X a_0 + a_1 = QR and B = 1 - b Q*, the features are the p x 2p matrix

    Z(x) = [a_2 R* B + a_3,  a_2 R* B^3].

Stacked over the pictures, K = Z Z*, c = (K + lambda)^-1 Y, and the fit is Z Z* c. As 2p is far below np, everything is
computed through S = Z* Z + lambda and A = Z* Y: Z* c = S^-1 A. Source: rkhm_cnn_mnist.py, the function opti.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.errors import ConfigError, ShapeError

START = 0.1
EPSILON = 1e-7  # of Keras' Adam; torch has 1e-8
LOSSES = ("released", "mended")


@dataclass(frozen=True)
class Trained:
    """Z* c and the parameters it was solved with; ``after`` are those one step of Adam later; the loss before each."""

    weights: Float[Tensor, "features p"]
    before: Float[Tensor, "4 p p"]
    after: Float[Tensor, "4 p p"]
    losses: Float[Tensor, " steps"]


def first_parameters(p: int, dtype: torch.dtype = torch.float64) -> Float[Tensor, "4 p p"]:
    """a_0 = a_2 = 0.1 times the circulant of (1, 1, 0, ..., 0, 1); a_1 = a_3 = 0."""
    column = torch.zeros(p, dtype=dtype)
    column[[0, 1 % p, -1]] = START
    a = torch.zeros(4, p, p, dtype=dtype)
    a[0] = a[2] = circulant.dense(column)
    return a


def features(a: Float[Tensor, "4 side side"], x: Float[Tensor, "n p"], *, b: float) -> Float[Tensor, "n p features"]:
    """Z(x), the two blocks side by side. Raises ShapeError when the parameters have another side than the pictures."""
    if a.shape[-1] != x.shape[-1]:
        raise ShapeError(f"parameters have the side {a.shape[-1]}, expected p = {x.shape[-1]}")
    Q, R = torch.linalg.qr(circulant.dense(x) @ a[0] + a[1])
    B = torch.eye(x.shape[-1], dtype=x.dtype, device=x.device) - b * Q.mT
    first = a[2] @ R.mT @ B
    return torch.cat([first + a[3], first @ B @ B], -1)


def solve(Z: Float[Tensor, "n p f"], Y: Float[Tensor, "n p q"], penalty: float) -> tuple[Tensor, Tensor]:
    """Z* c [f, q] and y_1 = c* K Y [q, q]."""
    Z, Y = Z.flatten(0, 1), Y.flatten(0, 1)
    S = Z.mT @ Z + penalty * torch.eye(Z.shape[1], dtype=Z.dtype, device=Z.device)
    A = Z.mT @ Y
    weights = torch.cholesky_solve(A, torch.linalg.cholesky(S))
    return weights, weights.mT @ A


def train(
    x: Float[Tensor, "n p"],
    y: Float[Tensor, "n p"],
    *,
    penalty: float,
    b: float,
    steps: int,
    lr: float = 1e-4,
    loss: str = "released",
) -> Trained:
    """Adam on the parameters, as matrices that may be any.

    The script's loss is |c* K (K + lambda) c - y_1 - y_1*|, which is |y_1|, as c solves the regression: "released".
    The paper's objective has Y* Y too, and with it the loss is |Y* Y - y_1|: "mended". The norm is Frobenius', as
    tf.norm has it for a matrix without an axis. Raises ConfigError for another loss or fewer than one step.
    """
    if loss not in LOSSES or steps < 1:
        raise ConfigError(f"loss is {loss!r} and steps {steps}, expected one of {', '.join(LOSSES)} and 1 or more")
    after = first_parameters(x.shape[-1], x.dtype).requires_grad_()
    adam = torch.optim.Adam([after], lr=lr, eps=EPSILON)
    Y, losses = circulant.dense(y), []
    whole = Y.flatten(0, 1).mT @ Y.flatten(0, 1)
    for _ in range(steps):
        before = after.detach().clone()
        adam.zero_grad()
        weights, y1 = solve(features(after, x, b=b), Y, penalty)
        objective = y1.norm() if loss == "released" else (whole - y1).norm()
        objective.backward()
        adam.step()
        losses.append(objective.detach())
    return Trained(weights.detach(), before, after.detach(), torch.stack(losses))


def predict(
    a: Float[Tensor, "4 p p"], weights: Float[Tensor, "f p"], x: Float[Tensor, "n p"], *, b: float, block: int = 20
) -> Float[Tensor, "n p"]:
    """Each picture's matrix M = Z(x) Z* c, ``block`` at a time, read along its shifts: v_k = mean_j M_(j+k, j)."""
    with torch.no_grad():
        return torch.cat([circulant.project(features(a, some, b=b) @ weights) for some in x.split(block)])


def turned(v: Float[Tensor, "*batch p"]) -> Float[Tensor, "*batch p"]:
    """v_(-k), which the script reads as the mean of M_(j, j+k): turned by 180 degrees and moved by a pixel."""
    return v.flip(-1).roll(1, -1)


def clipped(pictures: Float[Tensor, "*batch p"]) -> Float[Tensor, "*batch p"]:
    """Negative values to 0, then division by the largest; a black picture stays black, where the script has 0 / 0."""
    z = pictures.clamp(min=0)
    top = z.amax(-1, keepdim=True)
    return z / torch.where(top > 0, top, 1.0)


@dataclass(frozen=True)
class ReleasedKernel:
    """The script's kernel with the parameters it starts from, k(x, y) = Z(x) Z(y)*."""

    b: float = 0.1

    def features(self, x: Float[Tensor, "n p"]) -> Float[Tensor, "n p features"]:
        """Z(x)."""
        return features(first_parameters(x.shape[-1], x.dtype), x, b=self.b)

    def values(self, x: Float[Tensor, "n p"], y: Float[Tensor, "m p"]) -> Float[Tensor, "n m p p"]:
        """k(x_i, y_j)."""
        return torch.einsum("npf,mqf->nmpq", self.features(x), self.features(y))


def misfit(
    a: Float[Tensor, "4 p p"],
    weights: Float[Tensor, "f p"],
    x: Float[Tensor, "n p"],
    y: Float[Tensor, "n p"],
    *,
    b: float,
) -> float:
    """|Z Z* c - Y| / |Y|: how far the fitted matrices are from the targets."""
    Y = circulant.dense(y)
    return float((features(a, x, b=b) @ weights - Y).norm() / Y.norm())
