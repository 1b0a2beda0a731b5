"""One sum through a trained net, step by step: circles, attention, what the neurons hold, the waves of the answer."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require, series
from circles.figures.living import Living, named

SUM = "their sum"


def walk(
    circle: pd.DataFrame, attention: pd.DataFrame, read: pd.DataFrame, waves: pd.DataFrame, *, pair: tuple[int, int],
    keys: tuple[int, ...], shown: int, net: str, tables: Mapping[str, np.ndarray] | None = None,
) -> Living:  # fmt: skip
    """Four steps of one sum: a and b on the circle of a frequency k; what = attends to; w_k(a+b) in the neurons; waves over c.

    circle: frequency, token, x, y (the embedding along its cosine and sine). attention: head, to ("a", "b", "="), share.
    read: b, x, y (u_k MLP and v_k MLP for this a and every b, without their means over all pairs). waves: wave ("k = 16", or
    "their sum"), c, value (logit). All but `circle` are of the `pair` (a, b), `read` of the frequency `shown`. `tables` as in
    ``switches``. Raises FigureError when a column is missing.
    """
    require(circle, "walk", "frequency", "token", "x", "y")
    require(attention, "walk", "head", "to", "share")
    require(read, "walk", "b", "x", "y")
    require(waves, "walk", "wave", "c", "value")
    (a, b), p = pair, int(circle["token"].max()) + 1
    controls = [
        *(alt.param(name=n, value=v, bind=alt.binding_range(min=0, max=p - 1, step=1, name=f"{n} ")) for n, v in (("a", a), ("b", b))),
        alt.param(name="k", value=shown, bind=alt.binding_radio(options=list(keys), name="frequency k: ")),
    ]
    views = [_circle(circle, p), _attention(attention), _read(read, p), _waves(waves, keys, (a + b) % p)]
    chart = alt.concat(*views, columns=1, spacing=20).resolve_scale(color="independent").add_params(*controls)
    total = waves[waves["wave"] == SUM]
    peak = int(total.loc[total["value"].idxmax(), "c"])
    text = (
        f"One sum through a trained net of addition modulo {p}, here {a} + {b}, in four steps. The two numbers on the circle of "
        f"frequency {shown} in the embedding; the attention that = pays to a, b and itself in each of {attention['head'].nunique()} heads; "
        f"what the neurons hold, for this a and every b, on a circle by the angle of a + b; and the waves of the key frequencies "
        f"{', '.join(map(str, keys))} over the answers c, whose sum is highest at {peak}."
    )
    words = (
        "Choose a and b. 1: both on the circle of frequency k. 2: what the four heads attend to. 3: what the neurons say of "
        "a + b, grey for this a and any b; the line is the true angle. 4: one wave over the answers c for each key frequency, and their sum."
    )
    return Living(chart, text, words, columns=2, program="walk", net=net, tables=tables or {}, keys=tuple(keys))


def _square(frame: pd.DataFrame, along: str, high: str) -> dict:
    edge = float(f"{1.25 * frame[['x', 'y']].abs().to_numpy().max():.3g}")
    scale = alt.Scale(domain=[-edge, edge], nice=False)
    return {
        "x": alt.X("x:Q", scale=scale, axis=alt.Axis(title=along, tickCount=3, grid=False)),
        "y": alt.Y("y:Q", scale=scale, axis=alt.Axis(title=high, tickCount=3, grid=False)),
    }


def _circle(circle: pd.DataFrame, p: int) -> alt.LayerChart:
    axes = _square(circle, "embedding along cos(w_k ·)", "along sin(w_k ·)")
    base = (
        alt.Chart(series(circle, by=["frequency"], over=["token", "x", "y"], digits=3))
        .transform_filter("datum.frequency == k")
        .transform_flatten(["token", "x", "y"])
        .encode(**axes)
    )
    dots = base.mark_point(filled=True, size=14, color=theme.MUTED, opacity=0.7).encode(tooltip=[alt.Tooltip("token:Q", title="number")])
    mine = base.transform_calculate(
        name="datum.token == a && datum.token == b ? 'a, b' : datum.token == a ? 'a' : datum.token == b ? 'b' : ''"
    ).transform_filter("datum.name != ''")
    hands = mine.transform_calculate(x0="0", y0="0").mark_rule(strokeWidth=1.5, color=theme.ACCENT).encode(x2="x0:Q", y2="y0:Q")
    points = mine.mark_point(filled=True, size=90, color=theme.ACCENT, opacity=1)
    names = mine.transform_calculate(text="datum.name + ' = ' + datum.token").mark_text(style="note", fontWeight=700, dy=-13).encode(text="text:N")
    title = alt.Title(alt.ExprRef("'1  The numbers turn by w_k = 2π ' + k + '/" + str(p) + "'"))
    return alt.layer(dots, hands, points, names, width=theme.NARROW, height=theme.NARROW, title=title)


def _attention(attention: pd.DataFrame) -> alt.Chart:
    rows = records(attention, "head", "to", "share", digits=4).values
    return (
        alt.Chart(named(rows, "attention"))
        .mark_bar(height={"band": 0.7})
        .encode(
            x=alt.X("share:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(title="share of the attention of =", format=".0%", tickCount=4)),
            y=alt.Y("head:N", axis=alt.Axis(title=None, grid=False)),
            color=alt.Color("to:N", sort=["a", "b", "="], scale=alt.Scale(domain=["a", "b", "="]), legend=alt.Legend(title="to", columns=3)),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("head:N"), alt.Tooltip("to:N"), alt.Tooltip("share:Q", format=".1%")],
        )
        .transform_calculate(place="indexof(['a', 'b', '='], datum.to)")
        .properties(width=theme.NARROW, height=170, title=alt.Title("2  Attention: both numbers meet at ="))
    )


def _read(read: pd.DataFrame, p: int) -> alt.LayerChart:
    axes = {
        "x": alt.X("x:Q", axis=alt.Axis(title="u_k · MLP(a, b), meant for cos w_k(a+b)", tickCount=3, grid=False)),
        "y": alt.Y("y:Q", axis=alt.Axis(title="v_k · MLP(a, b), for sin w_k(a+b)", tickCount=3, grid=False)),
    }
    data = named(records(read, "b", "x", "y", digits=4).values, "read")
    base = alt.Chart(data).encode(**axes)
    dots = base.mark_point(filled=True, size=14, color=theme.MUTED, opacity=0.7).encode(
        tooltip=[alt.Tooltip("b:Q"), alt.Tooltip("x:Q", format=".3~g"), alt.Tooltip("y:Q", format=".3~g")]
    )
    point = base.transform_filter("datum.b == b").mark_point(filled=True, size=90, color=theme.ACCENT, opacity=1)
    turn = f"2 * PI * k * (a + b) / {p}"
    ray = alt.Chart(data).transform_calculate(r="sqrt(datum.x * datum.x + datum.y * datum.y)").transform_aggregate(reach="max(r)")
    ray = ray.transform_calculate(x=f"datum.reach * cos({turn})", y=f"datum.reach * sin({turn})", x0="0", y0="0")
    line = ray.mark_rule(strokeWidth=1.5, strokeDash=[4, 3]).encode(**axes, x2="x0:Q", y2="y0:Q")
    title = alt.Title("3  Neurons: the angle w_k(a + b)")
    return alt.layer(dots, line, point, width=theme.NARROW, height=theme.NARROW, title=title)


def _waves(waves: pd.DataFrame, keys: tuple[int, ...], answer: int) -> alt.LayerChart:
    names = [*(f"k = {k}" for k in keys), SUM]
    rows = records(waves, "wave", "c", "value", digits=4).values
    x = alt.X("c:Q", axis=alt.Axis(title="answer c", tickCount=6), scale=alt.Scale(domain=[0, int(waves["c"].max())], nice=False))
    y = alt.Y("value:Q", axis=alt.Axis(title="logit from these waves", tickCount=5))
    colours = alt.Scale(domain=names[:-1])
    base = alt.Chart(named(rows, "waves")).encode(x=x, y=y)
    each = base.transform_filter(f"datum.wave != '{SUM}'").mark_line(strokeWidth=1).encode(
        color=alt.Color("wave:N", sort=names, scale=colours, legend=alt.Legend(title=None, columns=4, symbolType="stroke", symbolStrokeWidth=3)),
        opacity=alt.condition("datum.wave == 'k = ' + k", alt.value(1), alt.value(0.45)),
        tooltip=[alt.Tooltip("wave:N"), alt.Tooltip("c:Q"), alt.Tooltip("value:Q", format=".3~g")],
    )
    whole = base.transform_filter(f"datum.wave == '{SUM}'")
    line = whole.mark_line(color=theme.ACCENT, strokeWidth=2)
    top = whole.transform_window(rank="rank()", sort=[alt.SortField("value", order="descending")]).transform_filter("datum.rank == 1")
    point = top.mark_point(filled=True, size=70, color=theme.ACCENT, opacity=1)
    text = top.mark_text(style="note", fontWeight=700, dy=-11).encode(text="c:Q")
    rule = alt.Chart(named([{"c": answer}], "answer")).mark_rule(style="guide").encode(x=x)
    return alt.layer(rule, each, line, point, text, width=theme.NARROW, height=theme.NARROW, title=alt.Title("4  The waves meet at c = a + b"))
