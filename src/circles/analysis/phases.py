"""Where memorisation, circuit formation and cleanup begin and end, by a rule and not by eye.

The paper names the phases in words (section 5.2): first the excluded loss falls with the train loss; then
it rises while the test loss stays; then the test loss falls. Each word becomes one point of a curve:

- cleanup ends at the lower corner of the test loss, where the fall turns into the final plateau;
- cleanup begins at its upper corner, where the plateau turns into the fall;
- memorisation ends, and circuit formation begins, where the excluded loss is least before cleanup.

A corner is the checkpoint farthest from the chord, on the logarithm of the loss with both axes scaled to
1: a rule without a threshold on losses, whose scales differ from seed to seed. The restricted loss and the
sum of squares take no part, so they can be held against the phases (``evidence``).
A run that stops within the fall dates the upper corner by the part of the fall it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Real

from circles.foundations.errors import ShapeError

WINDOW = 5  # checkpoints in the running median: a spike of the optimiser lasts one or two
GROKKED = 0.1  # of the test loss's peak: above it there was no fall to date


@dataclass(frozen=True)
class Phases:
    """Epochs that end memorisation, circuit formation and cleanup; None where the run does not show it."""

    memorised: int | None
    formed: int | None
    cleaned: int | None

    @property
    def in_order(self) -> bool:
        """Whether the run shows all three, one after the other, each of some length."""
        ends = [0, self.memorised, self.formed, self.cleaned]
        return None not in ends and ends == sorted(set(ends))

    @property
    def spans(self) -> dict[str, tuple[int, int]]:
        """Begin and end of each phase that the run shows whole."""
        ends = (0, self.memorised, self.formed, self.cleaned)
        names = ("memorisation", "circuit formation", "cleanup")
        return {
            name: (begin, end)
            for name, begin, end in zip(names, ends, ends[1:], strict=False)
            if begin is not None and end is not None
        }


def phases(
    epoch: Sequence[int] | Real[np.ndarray, " n"],
    test_loss: Float[np.ndarray, " n"],
    excluded_loss: Float[np.ndarray, " n"],
) -> Phases:
    """The phases of one run by the rule above; all None when the test loss never fell to a tenth of its peak.

    ``cleaned`` is None when the run stops before the fall has a lower corner. Raises ShapeError for curves
    of different lengths or fewer than 5 checkpoints.
    """
    time = np.asarray(epoch, dtype=float)
    if not len(time) == len(test_loss) == len(excluded_loss) or len(time) < WINDOW:
        lengths = (len(time), len(test_loss), len(excluded_loss))
        raise ShapeError(f"the curves have {lengths} checkpoints, expected the same number, at least {WINDOW}")
    test, excluded = _smooth_log(test_loss), _smooth_log(excluded_loss)
    peak = int(test.argmax())
    if not test[peak:].min() < test[peak] + np.log(GROKKED):
        return Phases(None, None, None)
    # the lowest point first: after it a grokked net's loss may creep up, and the chord would tilt
    low = int(test.argmin())
    end = _corner(time, test, peak, low, below=True)
    start = _corner(time, test, peak, low if end is None else end, below=False)
    if start is None:
        return Phases(None, None, None if end is None else int(time[end]))
    memorised = int(excluded[: start + 1].argmin())
    return Phases(int(time[memorised]), int(time[start]), None if end is None else int(time[end]))


def evidence(
    found: Phases, epoch: Sequence[int] | Real[np.ndarray, " n"], **curves: Float[np.ndarray, " n"]
) -> dict[str, dict[str, float]]:
    """For each curve and phase, its value at the end over its value at the beginning.

    In the paper's words: the restricted loss falls in circuit formation already, the sum of squares
    falls most in cleanup.
    """
    time = np.asarray(epoch)
    at = {name: [int(np.abs(time - e).argmin()) for e in span] for name, span in found.spans.items()}
    return {
        curve: {phase: float(values[end] / values[begin]) for phase, (begin, end) in at.items()}
        for curve, values in curves.items()
    }


def _smooth_log(curve: np.ndarray) -> np.ndarray:
    """The running median of the logarithm, shorter at the ends."""
    logs = np.log(np.maximum(np.asarray(curve, dtype=float), 1e-300))
    half = WINDOW // 2
    return np.array([np.median(logs[max(0, i - half) : i + half + 1]) for i in range(len(logs))])


def _corner(x: np.ndarray, y: np.ndarray, first: int, last: int, *, below: bool) -> int | None:
    """The point between two others farthest below (or above) their chord; None when no point is."""
    if last - first < 2:
        return None
    part = slice(first, last + 1)
    chord = np.interp(x[part], x[[first, last]], y[[first, last]])
    away = (chord - y[part]) if below else (y[part] - chord)
    best = int(away.argmax())
    # a straight fall has no corner: less than a twentieth of the fall is noise
    return first + best if away[best] > 0.05 * abs(y[first] - y[last]) else None
