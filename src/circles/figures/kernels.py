"""The figures of Chapter 4: kernels with values in algebras, random features, stability."""

import math

import pandas as pd

from circles.figures.axes import number
from circles.figures.circulants import circulant_slider
from circles.figures.frames import require
from circles.figures.heat import heat
from circles.figures.lines import lines
from circles.figures.plane import plane
from circles.figures.quantity import Quantity
from circles.figures.random_features import kernel_slider as _kernel_slider
from circles.figures.regressions import chosen_frequencies, sampled_frequencies
from circles.figures.rows import rows
from circles.figures.show import Figure
from circles.figures.table import table

__all__ = [
    "bound_against_gap", "breaking_step", "chosen_frequencies", "circulant_slider", "error_boxes", "errors_over", "feature_error",
    "gap_curves", "kernel_slider", "medians_over", "pictures", "sampled_frequencies", "table", "times_over", "twin_runs",
]  # fmt: skip


def along(frame: pd.DataFrame, over: str, title: str, *, log: bool = True) -> tuple[pd.DataFrame, Quantity]:
    """The frame with the setting as numbers, and its axis, a tick a value; the frame as it is where there is no setting."""
    require(frame, "along", over)
    frame = frame.assign(**{over: frame[over].astype(float)})
    return frame, Quantity(title, log=log, at=tuple(sorted(frame[over].unique().tolist())))


def error_boxes(frame: pd.DataFrame, *, title: str = "test error", caption: str | None = None) -> Figure:
    """A box and its points for each method over the seeds, best on top. frame: method, family, seed, test."""
    require(frame, "error_boxes", "method", "family", "seed", "test")
    words = f"The {title} of each method, one dot per seed, a box from the first quartile to the third."
    return rows(frame, value="test", x=Quantity(title), row="method", by="family", boxes=True, above=False, sort=True,
                caption=caption or words)  # fmt: skip


def errors_over(frame: pd.DataFrame, *, over: str, title: str, log: bool = True) -> Figure:
    """The mean test error of each method along a setting. frame: method, seed, test, panel and the setting's column."""
    frame, x = along(frame, over, title, log=log)
    y = Quantity("mean test error", log=log)
    words = f"The mean test error against {title}; bars are one standard deviation over the seeds."
    return lines(frame, over=over, x=x, value="test", y=y, by="method", panel="panel", spread="deviation", points=True, caption=words)


def medians_over(frame: pd.DataFrame, *, over: str, title: str) -> Figure:
    """The median distance of each method along a setting. frame: method, seed, test, panel and the setting's column."""
    frame, x = along(frame, over, title)
    words = f"The mean distance against {title}: medians over the draws, and bands between the quartiles."
    return lines(frame, over=over, x=x, value="test", y=Quantity("mean distance", log=True), by="method", panel="panel",
                 spread="quartiles", points=True, caption=words)  # fmt: skip


def times_over(frame: pd.DataFrame, *, value: str = "seconds") -> Figure:
    """A cost of each solver against a size, a panel a size. frame: solver, panel (the size's name), size and the cost."""
    require(frame, "times_over", "solver", "panel", "size", value)
    frame, x = along(frame, "size", "size")
    words = f"{value.capitalize()} of the ridge regression, solver by solver, as one of its sizes grows."
    return lines(frame, over="size", x=x, value=value, y=Quantity(value, log=True), by="solver", panel="panel", points=True, caption=words)


def pictures(frame: pd.DataFrame, *, caption: str) -> Figure:
    """One picture a panel, each on its own scale. frame: panel, row, column, value."""
    frame = frame.assign(row=frame["row"].astype(str))
    return heat(frame, panel="panel", row="row", column="column", value="value", across="column", up="row", unit="brightness",
                each=True, caption=caption)  # fmt: skip


def bound_against_gap(frame: pd.DataFrame) -> Figure:
    """The bound on the generalisation gap against the measured gap. frame: method, family, seed, gap, bound.

    Gaps at or below a thousandth stand at the left edge, bounds above a million at the top.
    """
    require(frame, "bound_against_gap", "method", "family", "seed", "gap", "bound")
    shown = frame.assign(size=frame["gap"].clip(lower=1e-3), bound=frame["bound"].clip(upper=1e6))
    across, up = Quantity("measured gap", log=True), Quantity("bound", log=True, span=(1e-3, float(shown["bound"].max())))
    times = (shown["bound"] / shown["size"]).median()
    return plane(shown, x="size", y="bound", across=across, up=up, kind="family", slopes=((1.0, "guide"),), tips=("method", "seed"),
                 text=f"The bound against the measured gap for {len(frame)} runs on logarithmic axes; "
                 f"{int((frame['bound'] >= frame['gap']).sum())} lie above the line of equality, and the median bound is "
                 f"{number(times)} times the gap.",
                 caption="The bound against the gap, one point per run; below the dashed line it would have failed. Gaps up to a "
                 "thousandth stand at the left edge, bounds over a million at the top.")  # fmt: skip


def kernel_slider(frame: pd.DataFrame) -> Figure:
    """A kernel and what random features make of it. frame: kernel, D, draw, difference, value."""
    return _kernel_slider(frame, caption="Choose how many features there are: the kernel as a thick line, and what each draw makes of it.")


def feature_error(frame: pd.DataFrame, bound: pd.DataFrame | None = None) -> Figure:
    """The largest error of random features against D. frame: features (a name), D, error, low, high; bound: D, error."""
    require(frame, "feature_error", "features", "D", "error", "low", "high")
    top = [] if bound is None else [bound.assign(features="uniform bound", low=bound["error"], high=bound["error"])]
    rows_, x = along(pd.concat([frame, *top]), "D", "number of features D")
    slopes = ", ".join(f"{n} {number(slope(part))}" for n, part in frame.groupby("features", sort=False))
    words = f"The largest error against D, means and the reach of the seeds. Slopes of the means in these axes: {slopes}."
    return lines(rows_, over="D", x=x, value="error", y=Quantity("largest error of the kernel", log=True), by="features",
                 spread="given", points=True, dashed="uniform bound", height=220, caption=words)  # fmt: skip


def slope(part: pd.DataFrame) -> float:
    """The slope of log error over log D, by least squares."""
    x, y = ([math.log(v) for v in part[c]] for c in ("D", "error"))
    mean = sum(x) / len(x)
    return sum((a - mean) * b for a, b in zip(x, y, strict=True)) / sum((a - mean) ** 2 for a in x)


def twin_runs(frame: pd.DataFrame, *, bound: str, y: str = "mean over pairs") -> Figure:
    """How far twin runs are apart by step. frame: dataset, line (a loss, or `bound`), step, value; zeros are left out."""
    require(frame, "twin_runs", "dataset", "line", "step", "value")
    shown = frame[(frame["value"] > 0) & (frame["step"] > 0)].reset_index(drop=True)
    words = f"Twin runs by step and their bound (dashed): {below(shown, bound)}."
    return lines(shown, over="step", x=Quantity("step t", log=True), y=Quantity(y, log=True), by="line", panel="dataset", dashed=bound,
                 height=180, caption=words)  # fmt: skip


def below(frame: pd.DataFrame, bound: str) -> str:
    """Whether each line stays below the bound at every step, in words."""
    wide = frame.pivot_table(index=["dataset", "step"], columns="line", values="value")
    over = [name for name in wide.columns if name != bound and (wide[name] > wide[bound]).any()]
    return "every line stays below it" if not over else f"{' and '.join(over)} crosses it"


def gap_curves(frame: pd.DataFrame, *, x: str) -> Figure:
    """|test - training| against one setting. frame: dataset, measure, value (of the setting), gap, low, high."""
    require(frame, "gap_curves", "dataset", "measure", "value", "gap", "low", "high")
    frame, axis = along(frame.assign(panel="gap in " + frame["measure"].astype(str)), "value", x)
    words = f"The generalisation gap against {x}; bars are a standard error over seeds."
    return lines(frame, over="value", x=axis, value="gap", by="dataset", panel="panel", spread="given", points=True, linear=True, caption=words)


def breaking_step(frame: pd.DataFrame) -> Figure:
    """Distance over bound against the step in units of 1 / beta. frame: loss, times, ratio."""
    require(frame, "breaking_step", "loss", "times", "ratio")
    frame, x = along(frame, "times", "step, in units of 1 / beta")
    y = Quantity("distance / bound", span=(0, float(f"{1.1 * frame['ratio'].max():.2g}")))
    return lines(frame, over="times", x=x, value="ratio", y=y, by="loss", points=True, height=220,
                 rules=(("x", 2.0, "2 / beta"), ("y", 1.0, "the bound")),
                 caption="The sample made to drive twins apart: their distance over its bound, by the size of the step.")  # fmt: skip
