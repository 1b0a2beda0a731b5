"""A slider that reads in the unit of what it moves through, though only some moments of it are recorded."""

from collections.abc import Sequence
from math import gcd, log10

import altair as alt

FAR = 100  # moments whose last is this many times the first are told by their power of ten


def along(moments: Sequence[float | int], *, name: str, now: str, start: int = 0) -> list[alt.Parameter]:
    """Returns the parameters of a slider over `moments`, in rising order: `at`, where it stands; `moment`, the index of
    the nearest one; and `now` (a name), that one's value.
    """
    places = [place(moments, i) for i in range(len(moments))]
    whole = all(isinstance(p, int) for p in places)
    step = gcd(*(p - places[0] for p in places)) or 1 if whole else 0.01
    nearest = "+".join(f"(at>={(a + b) / 2:g})" for a, b in zip(places, places[1:], strict=False)) or "0"
    bind = alt.binding_range(min=places[0], max=places[-1], step=step, name=f"{name} ")
    return [
        alt.param(name="at", value=places[start], bind=bind),
        alt.param(name="moment", expr=nearest),
        alt.param(name=now, expr=f"{list(moments)}[moment]".replace(" ", "")),
    ]


def place(moments: Sequence[float | int], index: int) -> float | int:
    """Returns where the slider stands at a moment: at its value, or the power of ten of moments far apart."""
    if all(float(m).is_integer() for m in moments):
        return int(moments[index])
    if min(moments) > 0 and max(moments) >= FAR * min(moments):
        return round(log10(moments[index]), 3)
    return float(moments[index])
