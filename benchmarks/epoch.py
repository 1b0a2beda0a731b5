"""One training epoch: this book's net against the public loop, on this machine, in one run.

The reference is TransformerLens' native model with the loss on the test pairs every epoch, as its grokking
demo does. Both start from the same weights, at the epochs asked for; run ``python benchmarks/epoch.py``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from itertools import pairwise

import torch

from circles.experiments import nanda2023
from circles.models.bridge import to_bridge
from circles.training import runs, tasks
from circles.training.loop import Descent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=7, help="epochs timed; the median is reported")
    steps = parser.parse_args().steps
    config = nanda2023.config()
    first, objective, optimiser = type(config).problem([config], torch.device("cpu"))
    last = runs.get(config).weights
    rows = {}
    for name, weights in (("first epoch", first), ("last epoch", last)):
        ours = _median(lambda w=weights: Descent(w, optimiser).records(objective, steps + 2), steps)
        theirs = _median(lambda w=weights: _reference(config, w, steps + 2), steps)
        rows[name] = {"ours_ms": round(ours, 1), "reference_ms": round(theirs, 1), "times": round(theirs / ours, 1)}
    print(json.dumps(rows, indent=1))


def _median(epochs: Callable, steps: int) -> float:
    """Milliseconds an epoch, the first one left out."""
    moments = [time.perf_counter() for _ in epochs()]
    return 1e3 * statistics.median([b - a for a, b in pairwise(moments)][1 : steps + 1])


def _reference(config, weights, epochs):
    bridge = to_bridge(weights, config.spec)
    train, test = (_tokens(index, config.p) for index in tasks.split(config.p, config.fraction, seed=config.seed))
    trained = [p for p in bridge.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=config.lr, weight_decay=config.weight_decay, betas=(0.9, 0.98))
    for _ in range(epochs):
        loss = _loss(bridge, *train)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()
        with torch.inference_mode():
            _loss(bridge, *test)
        yield loss


def _tokens(index, p):
    pairs = tasks.pairs_of(index, p)
    return torch.stack([pairs.a, pairs.b, torch.full_like(pairs.a, p)], 1), pairs.answer


def _loss(bridge, tokens, answer):
    log_probs = bridge(tokens)[:, -1].double().log_softmax(-1)
    return -log_probs.gather(-1, answer[:, None]).mean()


if __name__ == "__main__":
    main()
