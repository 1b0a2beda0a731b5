"""One training epoch of Chapter 3's nets against Chapter 2's net, on this machine, in one run.

The maps and the norm cost something; the attention as a table must not be lost. The step of a quantised net is to
stay within 20% of Chapter 2's. ``python benchmarks/quantized.py --record`` keeps the rows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

import torch
from epoch import in_turn

from circles.experiments import benchmarks, li2024, nanda2023
from circles.training.loop import Descent
from circles.training.run_config import RunConfig


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3, help="epochs timed in each of five rounds")
    parser.add_argument("--record", action="store_true", help="keep the result in the package")
    options = parser.parse_args()
    rows = {kind: _against(li2024.config(kind, 0), options.steps) for kind in li2024.KINDS}
    print(json.dumps(rows, indent=1))
    if options.record:
        benchmarks.record("quantized", rows)


def _against(config: RunConfig, steps: int) -> dict[str, float]:
    theirs, ours = in_turn(lambda n: _epochs(nanda2023.config(), n), lambda n: _epochs(config, n), steps=steps)
    return {"chapter_2_ms": round(theirs, 1), "chapter_3_ms": round(ours, 1), "times": round(ours / theirs, 2)}


def _epochs(config: RunConfig, epochs: int) -> Iterator:
    first, objective, optimiser = type(config).problem([config], torch.device("cpu"))
    return Descent(first, optimiser).records(objective, epochs)


if __name__ == "__main__":
    main()
