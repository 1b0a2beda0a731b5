"""Axes that read at a glance: powers of ten for losses, thousands for epochs, names above their rows."""

import math
import re
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
    """Returns the axis of ``log_scale``: ticks inside it only, which read 10⁻⁷, not 0.0000001.

    A clamped scale would draw a tick beyond its end at the end, where it names the wrong value. Where fewer than two
    powers of ten lie inside, the ticks are 1, 2 and 5 times such powers, written out.
    """
    values = list(values)
    low, high = log_scale(values).domain
    powers = [t for t in decades(values) if low <= t <= high]
    if len(powers) > 1:
        return _axis({t: _power(t) for t in powers}, title, **options)
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    finer = [float(f"{digit}e{k}") for k in exponents for digit in (1, 2, 5)]
    inside = [t for t in finer if low <= t <= high] or [float(f"{math.sqrt(low * high):.0e}")]
    return _axis({t: number(t) for t in inside}, title, **options)


def spanning_power_axis(values: Iterable, title: str, **options) -> alt.Axis:
    """Returns the axis of a scale that ends at powers of ten, with these too."""
    return _axis({t: _power(t) for t in decades(values)}, title, **options)


def _power(tick: float) -> str:
    return "10" + str(round(math.log10(tick))).translate(_RAISED)


def _axis(names: dict[float, str], title: str, **options) -> alt.Axis:
    """An axis with these ticks and names: d3 writes 1e-7 and 2e+2, and the table turns each into its name."""
    keys = {tick: re.sub(r"e([+-])0*(\d)", r"e\1\2", f"{tick:.0e}") for tick in names}
    table = "{" + ",".join(f"'{keys[tick]}':'{name}'" for tick, name in names.items()) + "}"
    return alt.Axis(title=title, values=list(names), labelExpr=f"{table}[format(datum.value, '.0e')]", **options)


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
