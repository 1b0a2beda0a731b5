"""Axes that read at a glance: powers of ten for losses, thousands for epochs, names above their rows."""

import math
from collections.abc import Iterable

import altair as alt

# d3's own "s" format writes zero as 0k beside 5k.
THOUSANDS = "datum.value >= 1000 ? format(datum.value / 1000, '~r') + 'k' : format(datum.value, '~r')"
_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decades(values: Iterable, *, most: int = 6) -> list[float]:
    """Returns the powers of ten that span the positive `values`, every second or third if there are many."""
    positive = [float(v) for v in values if v is not None and v > 0 and math.isfinite(v)]
    if not positive:
        return [1.0]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    step = max(1, math.ceil((high - low) / most))
    return [float(f"1e{k}") for k in range(low, high + 1) if k % step == 0] or [float(f"1e{low}")]


def power_axis(values: Iterable, title: str, **options) -> alt.Axis:
    """Returns a logarithmic axis whose ticks read 10⁻⁷, not 0.0000001."""
    ticks = decades(values)
    # d3 writes 1e-7 and 1e+2; the table turns each into a raised exponent.
    names = {f"1e{round(math.log10(t)):+d}": "10" + str(round(math.log10(t))).translate(_RAISED) for t in ticks}
    table = "{" + ",".join(f"'{key}':'{name}'" for key, name in names.items()) + "}"
    return alt.Axis(title=title, values=ticks, labelExpr=f"{table}[format(datum.value, '.0e')]", **options)


def log_scale(values: Iterable) -> alt.Scale:
    """Returns a clamped logarithmic scale over the positive `values`, so that a zero sits on the floor."""
    positive = [float(v) for v in values if v is not None and v > 0 and math.isfinite(v)]
    low, high = (min(positive), max(positive)) if positive else (0.1, 1.0)
    return alt.Scale(type="log", domain=[float(f"{low / 1.3:.2g}"), float(f"{high * 1.3:.2g}")], clamp=True, nice=False)


def epoch_axis(**options) -> alt.Axis:
    """Returns the axis of training time: 0, 5k, 10k."""
    return alt.Axis(title="epoch", labelExpr=THOUSANDS, tickCount=6, **options)


def number(value: float | int) -> str:
    """Returns `value` with three significant digits, as prose writes it."""
    return f"{value:.3g}"


def inner_power_axis(values: Iterable, title: str, **options) -> alt.Axis:
    """Returns the axis of ``power_axis`` with the powers of ten inside ``log_scale`` of the same values only."""
    values = [float(v) for v in values]
    low, high = log_scale(values).domain
    inside = [t for t in decades(values) if low <= t <= high]
    return power_axis(inside or values, title, **options)


def nameless_rows(field: str, order: list[str]) -> alt.Y:
    """Returns rows in this order with a line each and no names: those are for ``names_above``."""
    return alt.Y(
        f"{field}:N",
        sort=order,
        axis=alt.Axis(title=None, labels=False, ticks=False, grid=True, domain=False, bandPosition=0.5),
    )


def names_above(names: Iterable[str], field: str, place: alt.Y, *, dy: int) -> alt.Chart:
    """Returns each name on its own line above its row: a phone has no room for a column of names."""
    return (
        alt.Chart(alt.InlineData(values=[{field: name} for name in names]))
        .mark_text(style="note", align="left", dy=dy, fontWeight=500)
        .encode(x=alt.value(0), y=place, text=f"{field}:N")
    )
