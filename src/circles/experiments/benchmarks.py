"""What ``benchmarks/`` measured and recorded: rows of numbers with the machine that gave them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import torch

from circles.foundations.errors import RunError
from circles.training import runs, store
from circles.training.provenance import provenance

Row = dict[str, Any]


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
