"""Does a gap rise or fall with a setting? Page's test over seeds, and the slope of an error on a log-log chart.

Why Page's test: one seed has one split, one set of frequencies and one order of draws for all values of a setting,
so the values are compared within seeds and ranked there: seeds are the blocks, and the alternative is an order named
beforehand. Kendall's and Spearman's tests take all points for independent; with the seeds pooled they are not, and
the seeds' own spread would hide the trend.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import page_trend_test
from torch import Tensor

from circles.foundations.errors import ConfigError


def page(gaps: Tensor, *, falling: bool = False) -> float:
    """The p-value of Page's test that the columns rise (or fall) from left to right, rows being seeds: its normal
    approximation.

    No smaller than 1e-6: so far out the normal distribution is no approximation any more. gaps: [seeds, k] with k
    from 3. Raises ConfigError for fewer columns or NaN.
    """
    if gaps.ndim != 2 or gaps.shape[1] < 3 or not bool(gaps.isfinite().all()):
        raise ConfigError(f"gaps have shape {tuple(gaps.shape)}, expected finite numbers [seeds, k] with k from 3")
    k = gaps.shape[1]
    ranks = np.arange(k, 0, -1) if falling else np.arange(1, k + 1)
    found = page_trend_test(gaps.double().numpy(), predicted_ranks=ranks, method="asymptotic")
    return max(float(found.pvalue), 1e-6)


def slopes(x: Tensor, y: Tensor) -> Tensor:
    """The least-squares slope of log y against log x for each row of y. x: [k], y: [seeds, k]; returns [seeds]."""
    at = x.double().log() - x.double().log().mean()
    return (y.double().log() * at).sum(1) / at.square().sum()
