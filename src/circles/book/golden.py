"""Goldens: what the first steps of a run compute, written down, so that a change of a formula is seen in seconds.

A golden of a trained family is three steps from its own seed, or from recorded weights; of a computed one, a small
unit in which every training stops after three steps. Losses, gradients of the first step, changes of the weights and
all measures are kept, each as its number of entries, its norm and one fixed projection. Nothing is read but recorded
weights: runs that a unit needs are trained for three steps too, and MNIST is a stand-in.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from unittest import mock

import torch
from torch import Tensor

from circles.foundations.streams import streams
from circles.training import binarised, mnist, runs
from circles.training.computed import ComputedRun
from circles.training.loop import Descent, Record
from circles.training.minibatch import MinibatchDescent, MinibatchRun
from circles.training.run_config import RunConfig, Weights
from circles.training.runs import Run

STEPS = 3
PICTURES = 20  # of each side of the stand-in for MNIST
CLOCKS = ("milliseconds", "seconds")  # what a measure holds of the machine's time
Summary = tuple[int, float, float]  # entries, norm, projection


def compute(config: RunConfig, start: Weights | None = None) -> dict[str, Summary]:
    """What this run's first steps give, from its seed or from these weights, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with _short() as seen:
            found = config.compute() if isinstance(config, ComputedRun) else _trained(config, start).measures
    finally:
        torch.set_num_threads(threads)
    return {name: _summary(x) for name, x in (seen | found).items() if name not in CLOCKS}


def _trained(config: RunConfig, start: Weights | None = None) -> Run:
    """This run after three steps; its measures are those of its first and its last weights."""
    kind = type(config)
    weights, objective, optimiser = kind.problem([config], torch.device("cpu"))
    descent = kind.descent(start or weights, optimiser)
    epochs = 1 if isinstance(config, MinibatchRun) else STEPS
    losses, snapshots = [], {}
    for record in descent.records(objective, epochs):
        losses.append(record.loss)
        if record.epoch in (0, epochs):
            snapshots[record.epoch] = {k: w.detach().clone() for k, w in record.weights.items()}
    measures = {} if start else config.measure(snapshots)
    measures["finished"] = torch.tensor(config.finished(epochs, snapshots[epochs]))
    return Run(config, snapshots[epochs], measures, torch.cat(losses), {"seconds": 0.0}, Path())


@contextmanager
def _short() -> Iterator[dict[str, Tensor]]:
    """Every training ends after three steps, within; what the first of them does goes into the dictionary."""
    seen: dict[str, Tensor] = {}

    def records(whole: Any) -> Any:
        def shortened(self: Any, objective: Any, epochs: int, **named: Any) -> Iterator[Record]:
            if isinstance(self, MinibatchDescent):
                epochs, full = min(epochs, 1), objective
                objective = lambda weights, number: islice(full(weights, number), STEPS)  # noqa: E731
            first = {k: w.detach().clone() for k, w in self.weights.items()}
            losses, own = [], not seen
            with _noticed(self) as gradients:
                for record in whole(self, objective, epochs, **named):
                    losses.append(record.loss)
                    yield record
            if own:
                seen["loss"] = torch.cat([x for x in losses if not x.isnan().any()])
                seen.update({f"gradient/{k}": g for k, g in gradients.items()})
                seen.update({f"change/{k}": w.detach() - first[k] for k, w in self.weights.items()})

        return shortened

    binarised.binarised.cache_clear()
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"CIRCLES_CACHE": folder}),  # nets that lie in the reader's cache are none of ours
        mock.patch.object(Descent, "records", records(Descent.records)),
        mock.patch.object(MinibatchDescent, "records", records(MinibatchDescent.records)),
        mock.patch.object(mnist, "load", _stand_in),
        mock.patch.object(runs, "get", _made),
        mock.patch.object(runs, "train", lambda configs, **_: [_made(config) for config in configs]),
    ):
        yield seen
    binarised.binarised.cache_clear()


@contextmanager
def _noticed(descent: Any) -> Iterator[dict[str, Tensor]]:
    """The gradients of the first step that this descent takes."""
    found: dict[str, Tensor] = {}
    step = descent._step

    def noticed(loss: Tensor) -> None:
        step(loss)
        if not found:
            found.update({k: w.grad.clone() for k, w in descent.weights.items() if w.grad is not None})

    descent._step = noticed
    yield found
    del descent._step


def _made(config: RunConfig, **_: Any) -> Run:
    if isinstance(config, ComputedRun):
        return Run(config, {}, config.compute(), torch.zeros(0), {"seconds": 0.0}, Path())
    return _trained(config)


def _stand_in(side: str) -> mnist.Digits:
    draw = streams(0, side)[side]
    pictures = torch.randint(256, (PICTURES, 784), generator=draw, dtype=torch.uint8)
    return mnist.Digits(pictures, torch.randint(10, (PICTURES,), generator=draw))


def _summary(x: Tensor) -> Summary:
    """Entries, norm and a projection, which tells an order of the entries from another; NaN and infinity count as 0."""
    flat = x.detach().double().flatten().nan_to_num(0.0, 0.0, 0.0)
    ones = (1.7 * torch.arange(len(flat), dtype=torch.float64) + 1).cos()
    return len(flat), float(flat.norm()), float(flat @ ones)


def disagreement(one: Summary, other: Summary) -> float:
    """How far two summaries are apart, relative to the norm; infinite when they are not of as many entries."""
    if one[0] != other[0]:
        return float("inf")
    size = max(abs(one[1]), abs(other[1]), 1e-300)
    return max(abs(one[1] - other[1]), abs(one[2] - other[2])) / size
