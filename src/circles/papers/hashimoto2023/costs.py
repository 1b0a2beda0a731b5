"""What the module's ridge regression costs, as ``benchmarks/rkhm.py`` recorded it: time, memory, their exponents."""

from __future__ import annotations

import pandas as pd

from circles.training import benchmarks

AXES = {"points": "points n", "pixels": "entries d"}


def over_sizes(what: str) -> pd.DataFrame:
    """The "time" or the "memory" of each solver: solver, panel, size, and seconds or megabytes."""
    rows = benchmarks.recorded("rkhm")
    return pd.DataFrame([row for name, row in rows.items() if name.startswith(f"{what} ")])


def exponents() -> pd.DataFrame:
    """The fitted exponents: what, solver, axis, exponent, and its standard error."""
    found = pd.DataFrame([row for row in benchmarks.recorded("rkhm").values() if "exponent" in row])
    return found.assign(axis=found["axis"].map(AXES))


def exponent(what: str, axis: str) -> dict[str, float]:
    """The exponents of the FFT and of the dense system, for "time" or "memory" over "points n" or "entries d"."""
    found = exponents()
    found = found[(found["what"] == what) & (found["axis"] == axis)].set_index("solver")["exponent"]
    return {solver: float(found[solver]) for solver in ("FFT", "dense")}
