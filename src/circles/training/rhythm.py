"""When the state of a training is saved: after some work or some time, and so seldom that saving costs little."""

from __future__ import annotations

import time

SECONDS = 20.0  # at most this much training is lost when it is killed,
SHARE = 0.01  # and at most this share of the epochs,
COST = 0.05  # but saving takes no more than this share of the time


class Rhythm:
    """Of a training with so many epochs that begins at ``epoch``."""

    def __init__(self, epochs: int, epoch: int) -> None:
        self._work, self._epoch, self._cost = max(1.0, SHARE * epochs), epoch, 0.0
        self._asked = self._at = time.monotonic()

    def is_due(self, epoch: int) -> bool:
        """Whether to save now."""
        self._asked = time.monotonic()
        since = self._asked - self._at
        return since * COST >= self._cost and (epoch - self._epoch >= self._work or since >= SECONDS)

    def saved(self, epoch: int) -> None:
        """What was due is done: how long it took says when the next may be."""
        self._at, self._epoch = time.monotonic(), epoch
        self._cost = self._at - self._asked
