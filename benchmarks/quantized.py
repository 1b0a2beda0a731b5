"""One training epoch of Chapter 3's nets against Chapter 2's net, on this machine, in one run.

The maps and the norm cost something; the attention as a table must not be lost. The step of a quantised net is to
stay within 20% of Chapter 2's. ``python benchmarks/quantized.py --record`` keeps the rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from epoch import in_turn

from circles.papers import li2024, nanda2023
from circles.training import benchmarks
from circles.training.loop import Descent
from circles.training.run_config import RunConfig


def measured(steps: int) -> dict[str, benchmarks.Row]:
    return {kind: _against(li2024.config(kind, 0), steps) for kind in li2024.KINDS}


def _against(config: RunConfig, steps: int) -> dict[str, float]:
    theirs, ours = in_turn(lambda n: _epochs(nanda2023.config(), n), lambda n: _epochs(config, n), steps=steps)
    return {"chapter_2_ms": round(theirs, 1), "chapter_3_ms": round(ours, 1), "times": round(ours / theirs, 2)}


def _epochs(config: RunConfig, epochs: int) -> Iterator:
    first, objective, optimiser = type(config).problem([config], torch.device("cpu"))
    return Descent(first, optimiser).records(objective, epochs)


if __name__ == "__main__":
    benchmarks.command("quantized", __doc__, measured, steps=(20, "epochs timed in each of five rounds"))
