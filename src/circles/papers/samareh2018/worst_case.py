"""A sample made so that twins drift apart when the loss is not smooth enough for the step."""

from __future__ import annotations

import torch
from jaxtyping import Int
from torch import Tensor

from circles.analysis import stability
from circles.analysis.stability import Twins
from circles.models.margin_losses import Hinge, SmoothedHinge

LEAN = 1 / 16  # a: how much each point leans on the direction in which the twins differ


def worst_case(draws: Int[Tensor, "T R"], n: int, times: float, *, hinge: bool = False) -> Twins:
    """Twins on a sample of n points in n dimensions with the step ``times`` / beta, beta that of the smoothed hinge.

    Point i > 0 is a e_0 + sqrt(1 - a^2) e_i, and both runs start at w = e_0 / a, where every such point has the
    margin 1: the corner. Point 0 is -e_0 in one sample and e_0 in its twin. The twin is content and never moves. The
    other run takes one step down along e_0 when it draws point 0; then every point is a little short of its margin,
    and each one drawn pulls the run a way of its own, at right angles to all others. Steps add up like the root of
    their number, and a single draw of point 0 has set them off.
    """
    runs, loss = draws.shape[1], SmoothedHinge()
    alpha = times * loss.gamma
    points = (1 - LEAN**2) ** 0.5 * torch.eye(n, dtype=torch.float64)
    points[:, 0] = LEAN
    points[0] = 0.0
    points[0, 0] = -1.0
    start = torch.zeros(runs, n, dtype=torch.float64)
    start[:, 0] = 1 / LEAN
    at = [len(draws) // 4, len(draws) // 2, len(draws)]
    return stability.twins(
        points.expand(runs, n, n), -points[0].expand(runs, n), points[None, 1:2].expand(runs, 1, n), draws,
        at=at, alpha=alpha, loss=Hinge() if hinge else loss, norm=1.0, start=start,
    )  # fmt: skip
