"""Steps of the stochastic gradient method a second: this book's runs side by side against scikit-learn's compiled loop.

Both have the hinge loss, the same step size and as many steps, on the same 256 random features of the digits, in
float32 on one core. The time is the processor's, not the clock's, so that other work on the machine does not count.
``python benchmarks/sgm.py --record`` keeps the rows.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from sklearn.linear_model import SGDClassifier

from circles.foundations.streams import streams
from circles.models.margin_losses import Hinge
from circles.papers.samareh2018 import data
from circles.training import benchmarks, sgm

D, ALPHA, EPOCHS, RUNS = 256, 0.05, 4, 256


def measured(rounds: int) -> dict[str, benchmarks.Row]:
    torch.set_num_threads(1)
    split = data.split("digits", seed=0)
    signed, labels = split.signed(D, seed=0), split.y[0].numpy()
    plain = (split.y[0][:, None].float() * signed.train).numpy()
    sides = {
        "side by side": lambda seed: _ours(signed.train, RUNS, seed),
        "alone": lambda seed: _ours(signed.train, 1, seed),
        "scikit-learn": lambda seed: _theirs(plain, labels, seed),
    }
    rates: dict[str, list[float]] = {name: [] for name in sides}
    right: dict[str, list[float]] = {name: [] for name in sides}
    for seed in range(rounds + 1):  # the first warms up the memory; in turn, as a busy moment hits all alike
        for name, side in sides.items():
            steps, seconds, weights = _timed(side, seed)
            rates[name].append(steps / seconds / 1e6)
            right[name].append(float((signed.test.numpy() @ weights.T > 0).mean()))
    rows = {
        name: {
            "million_steps_a_second": round(statistics.median(rates[name][1:]), 2),
            "test_accuracy": round(statistics.mean(right[name]), 4),
        }
        for name in sides
    }
    rows["side by side"]["runs"] = RUNS
    return rows


def _timed(side: Callable[[int], tuple[int, np.ndarray]], seed: int) -> tuple[int, float, np.ndarray]:
    began = time.process_time()
    steps, weights = side(seed)
    return steps, time.process_time() - began, weights


def _ours(signed: torch.Tensor, runs: int, seed: int) -> tuple[int, np.ndarray]:
    draws = sgm.uniform(EPOCHS * len(signed), runs, len(signed), generator=streams(seed, "draws")["draws"])
    weights = sgm.advance(torch.zeros(runs, D), signed, draws, ALPHA, Hinge())
    return draws.numel(), weights.numpy()


def _theirs(plain: np.ndarray, labels: np.ndarray, seed: int) -> tuple[int, np.ndarray]:
    """Ten fits, so that the clock's tick is small beside them; their first weights are kept."""
    models = [
        SGDClassifier(
            loss="hinge", penalty=None, learning_rate="constant", eta0=ALPHA, max_iter=EPOCHS, tol=None,
            fit_intercept=False, random_state=10 * seed + i,
        ).fit(plain, labels)
        for i in range(10)
    ]  # fmt: skip
    return 10 * EPOCHS * len(plain), np.concatenate([m.coef_ for m in models])


if __name__ == "__main__":
    benchmarks.command("sgm", __doc__, measured, rounds=(5, "rounds, and one before them"))
