"""What ``benchmarks/`` measured and recorded: rows of numbers with the machine that gave them."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from circles.foundations.errors import RunError
from circles.training import runs, store
from circles.training.provenance import provenance

Row = dict[str, Any]


def command(name: str, about: str, measure: Callable[..., dict[str, Row]], **options: tuple[int | bool, str]) -> None:
    """A benchmark's command line: measure with these options, each its default and its help, print the rows, keep them.

    They are kept with ``--record``. An option whose default is a bool is a switch.
    """
    parser = argparse.ArgumentParser(description=about)
    for option, (default, words) in options.items():
        kind = {"action": "store_true"} if isinstance(default, bool) else {"type": int, "default": default}
        parser.add_argument(f"--{option}", help=words, **kind)
    parser.add_argument("--record", action="store_true", help="keep the result in the package")
    given = vars(parser.parse_args())
    keep = given.pop("record")
    rows = measure(**given)
    print(json.dumps(rows, indent=1))
    if keep:
        record(name, rows)


def record(name: str, rows: dict[str, Row]) -> None:
    """Keep these rows, and what this machine is, as the benchmark's recorded result."""
    about = provenance(torch.device("cpu")) | {"date": time.strftime("%Y-%m-%d")}
    store.write_json(_file(name), {"rows": rows, "provenance": about})


def recorded(name: str) -> dict[str, Row]:
    """The recorded rows of this benchmark. Raises RunError when there are none or they are damaged."""
    file = _file(name)
    if not file.exists():
        raise RunError(f"benchmark {name!r} is not recorded, expected {file}; python benchmarks/{name}.py --record")
    rows = store.read_json(file).get("rows")
    if not isinstance(rows, dict):
        raise RunError(f"{file}: damaged, expected the rows of a benchmark")
    return rows


def _file(name: str) -> Path:
    return runs.recordings() / "benchmarks" / f"{name}.json"
