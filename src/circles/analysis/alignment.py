"""Is there a pattern in a matrix of signs? Its columns against the planes of the frequencies, and controls.

A picture of a matrix shows a pattern only where neighbouring rows have to do with each other. The
coordinates of a residual stream have no order, so the eye finds nothing in a trained matrix or in a random
one. What a neuron reads shows in a basis that the net itself provides: the directions in which the waves of
one frequency arrive.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import fourier
from circles.foundations.errors import ShapeError


@dataclass(frozen=True)
class Alignment:
    """The statistic ``observed`` on a matrix, and its values on ``controls`` with shuffled rows."""

    observed: float
    controls: Float[Tensor, " controls"]

    @property
    def p_value(self) -> float:
        """(1 + number of controls at least as large as the observed) / (1 + number of controls)."""
        return (1 + int((self.controls >= self.observed).sum())) / (1 + len(self.controls))

    @property
    def ratio(self) -> float:
        """The observed value over the mean of the controls."""
        return self.observed / self.controls.mean().item()


def arrivals(
    W_E: Float[Tensor, "p d"], W_V: Float[Tensor, "H d h"], W_O: Float[Tensor, "H h d"], keys: Sequence[int]
) -> list[Float[Tensor, "d q"]]:
    """For each key frequency an orthonormal basis of the plane in which its waves reach the neurons.

    The cos and sin of w_k in the embedding, W_E^T cos(w_k) and W_E^T sin(w_k), pass each head's W_V W_O: up
    to 2 H directions of the residual stream (here q, less where they depend on each other).
    """
    heads = W_V.double() @ W_O.double()
    waves = fourier.transform(W_E.double(), 0)
    planes = []
    for k in keys:
        came = (waves[2 * k - 1 : 2 * k + 1] @ heads).flatten(0, 1)
        left, size, _ = torch.linalg.svd(came.mT, full_matrices=False)
        planes.append(left[:, size > 1e-9 * size.max()])
    return planes


def shares(columns: Float[Tensor, "d m"], planes: Sequence[Float[Tensor, "d q"]]) -> Float[Tensor, "keys m"]:
    """||P_k s||^2 / ||s||^2 for each plane k and column s, P_k the projection on the plane of frequency k.

    Columns of zeros count as 0. Raises ShapeError without a plane.
    """
    if not planes:
        raise ShapeError("there are 0 planes, expected one for each key frequency")
    unit = torch.nn.functional.normalize(columns.double(), dim=0)
    return torch.stack([(plane.mT @ unit).square().sum(0) for plane in planes])


def aligned_energy(columns: Float[Tensor, "d m"], planes: Sequence[Float[Tensor, "d q"]]) -> float:
    """mean over columns s of max_k ||P_k s||^2 / ||s||^2, by ``shares``.

    The largest over k, because a neuron reads one frequency and which one is for it to say; a control has
    the same choice.
    """
    return shares(columns, planes).amax(0).mean().item()


def against_shuffled(
    columns: Float[Tensor, "d m"],
    planes: Sequence[Float[Tensor, "d q"]],
    controls: int = 1000,
    *,
    generator: torch.Generator,
) -> Alignment:
    """``aligned_energy`` of a matrix beside that of the same matrix with its rows in random order.

    A control keeps every column's numbers and all relations between columns; it loses only which coordinate
    of the residual stream each number belongs to.
    """
    orders = [torch.randperm(len(columns), generator=generator) for _ in range(controls)]
    shuffled = [aligned_energy(columns[order], planes) for order in orders]
    return Alignment(aligned_energy(columns, planes), torch.tensor(shuffled, dtype=torch.float64))
