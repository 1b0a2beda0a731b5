"""The tokens on the circle of one frequency, at one moment of training."""

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import FigureError

# A coordinate is inlined as three decimal digits, 499 for zero: a fifth of one percent of the largest, and few bytes.
_ZERO = 499


def circle_at(circle: pd.DataFrame, moments: list[int], p: int) -> alt.LayerChart:
    """Returns the tokens at the checkpoint `moment` by their cos and sin of frequency `k`, both parameters of the page.

    A faint thread joins neighbours on the circle, so a circle not yet learned looks like a tangle.
    """
    reach = float(max(circle["x"].abs().max(), circle["y"].abs().max())) or 1.0
    at, rows = {epoch: i for i, epoch in enumerate(moments)}, []
    for (when, frequency), part in circle.sort_values("token").groupby(["epoch", "frequency"]):
        if len(part) != p:
            raise FigureError(
                f"slider: circle has {len(part)} tokens at epoch {when}, frequency {frequency}; expected {p}"
            )
        digits = {name: "".join(f"{round(_ZERO * (1 + v / reach)):03d}" for v in part[name]) for name in ("x", "y")}
        rows.append({"i": at[int(when)], "frequency": int(frequency)} | digits)
    unit = f"{reach / _ZERO:.4g}"
    edge = float(f"{1.06 * reach:.3g}")
    base = (
        alt.Chart(alt.InlineData(values=rows))
        .transform_filter("datum.i == moment && datum.frequency == k")
        .transform_calculate(token=f"sequence({p})")
        .transform_flatten(["token"])
        .transform_calculate(
            place=f"datum.token * datum.frequency % {p}", cos=_number("x", unit), sin=_number("y", unit)
        )
        .encode(
            x=alt.X(
                "cos:Q",
                scale=alt.Scale(domain=[-edge, edge], nice=False),
                axis=alt.Axis(title="along cos(w_k a)", tickCount=3, grid=False),
            ),
            y=alt.Y(
                "sin:Q",
                scale=alt.Scale(domain=[-edge, edge], nice=False),
                axis=alt.Axis(title="along sin(w_k a)", tickCount=3, grid=False),
            ),
        )
    )
    thread = base.mark_line(style="thread", interpolate="linear-closed").encode(order="place:Q")
    tokens = base.mark_point(filled=True, size=46, opacity=1).encode(
        fill=alt.Fill("place:Q", scale=alt.Scale(scheme="rainbow", domain=[0, p]), legend=None),
        tooltip=[
            alt.Tooltip("token:Q"),
            alt.Tooltip("place:Q", title="k·token mod p"),
            alt.Tooltip("cos:Q", format=".3f"),
            alt.Tooltip("sin:Q", format=".3f"),
        ],
    )
    title = alt.Title(alt.ExprRef("'Epoch ' + format(epoch, ',') + ': the tokens at frequency ' + k"))
    return alt.layer(thread, tokens, width=theme.NARROW, height=theme.NARROW, title=title)


def _number(name: str, unit: str) -> str:
    return f"(toNumber(substring(datum.{name}, 3 * datum.token, 3 * datum.token + 3)) - {_ZERO}) * {unit}"
