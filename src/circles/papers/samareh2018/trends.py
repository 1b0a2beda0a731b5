"""The slope of an error on a log-log chart."""

from __future__ import annotations

from torch import Tensor


def slopes(x: Tensor, y: Tensor) -> Tensor:
    """The least-squares slope of log y against log x for each row of y. x: [k], y: [seeds, k]; returns [seeds]."""
    at = x.double().log() - x.double().log().mean()
    return (y.double().log() * at).sum(1) / at.square().sum()
