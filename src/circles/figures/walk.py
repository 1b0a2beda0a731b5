"""One sum through a trained net, step by step: circles, attention, what the neurons hold, the waves of the answer."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.frames import records, require, series
from circles.figures.living import Living, named


def walk(
    circle: pd.DataFrame, attention: pd.DataFrame, read: pd.DataFrame, waves: pd.DataFrame, total: pd.DataFrame, *,
    pair: tuple[int, int], keys: tuple[int, ...], shown: int, net: str, tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """Six steps of one sum: two angles, attention, products, w_k(a+b) in the neurons, a wave over c each, their peak.

    circle: frequency, token, x, y (the embedding along its cosine and sine). attention: head, to ("a", "b", "="), share.
    read: b, x, y (u_k MLP and v_k MLP for this a and every b, without their means over all pairs), reach (the largest of
    all, over its frequency's A_k).
    waves: wave ("k = 16"), step (c - a - b), value (logit). total: c, value, the waves' sum. All but `circle` are of the `pair`
    (a, b), `read` of the frequency `shown`. `tables` are those of ``analysis.tabled``, and ``amplitude``, what is the radius
    of each frequency in the neurons. Raises FigureError when a column is missing.
    """
    require(circle, "walk", "frequency", "token", "x", "y")
    require(attention, "walk", "head", "to", "share")
    require(read, "walk", "b", "x", "y", "reach")
    require(waves, "walk", "wave", "step", "value")
    require(total, "walk", "c", "value")
    (a, b), p = pair, int(circle["token"].max()) + 1
    controls = [
        *(alt.param(name=n, value=v, bind=alt.binding_range(min=0, max=p - 1, step=1, name=f"{n} ")) for n, v in (("a", a), ("b", b))),
        alt.param(name="k", value=shown, bind=alt.binding_radio(options=list(keys), name="frequency k: ")),
    ]
    radius = [float(r) for r in tables["amplitude"]]
    held = float(read["x"][b]) / radius[keys.index(shown)]
    views = [
        _circle(circle, p), _attention(attention), _products(held, p), _read(read, radius, keys, p),
        _waves(waves, keys), _total(total, (a + b) % p),
    ]  # fmt: skip
    chart = alt.concat(*views, columns=1, spacing=20).resolve_scale(color="independent").add_params(*controls)
    peak = int(total.loc[total["value"].idxmax(), "c"])
    text = (
        f"One sum through a trained net of addition modulo {p}, here {a} + {b}, in six steps. The two numbers on the circle of "
        f"frequency {shown} in the embedding; the attention that = pays to a, b and itself in each of {attention['head'].nunique()} heads; "
        f"the products of their cosines and sines and the cosine of the sum, {held:.2f} of it in the neurons' measure; what the neurons "
        f"hold, for this a and every b, on a circle by the angle of a + b; a wave over the answers c for each of the key "
        f"frequencies {', '.join(map(str, keys))}; and the sum of the waves, highest at {peak}."
    )
    words = (
        "Choose a, b and a frequency k. The steps are those of the text. In 4 the grey points are this a with every other b, the dashed line "
        "is the true angle; A_k is how much of cos w_k(a+b) is in u_k · MLP over all pairs. The points in orange are the sum that you chose."
    )
    return Living(chart, text, words, columns=2, margin=110, program="walk", net=net, tables=tables, keys=tuple(keys))


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


def _products(held: float, p: int) -> alt.LayerChart:
    """The identity of the sum of two angles at this pair, and what the neurons have of its left side."""
    turn = f"2 * PI * k / {p}"
    parts = {
        "cos·cos": f"cos({turn} * a) * cos({turn} * b)",
        "−sin·sin": f"-sin({turn} * a) * sin({turn} * b)",
        "cos of a + b": f"cos({turn} * (a + b))",
    }
    names = [*parts, "in the neurons"]
    x = alt.X("value:Q", scale=alt.Scale(domain=[-1.35, 1.35], nice=False), axis=alt.Axis(title="value at frequency k", tickCount=5))
    y = alt.Y("part:N", sort=names, scale=alt.Scale(domain=names), axis=alt.Axis(title=None, grid=False))
    tip = [alt.Tooltip("part:N"), alt.Tooltip("value:Q", format=".3f")]
    true = alt.Chart(alt.InlineData(values=[{}])).transform_calculate(part=f"{list(parts)}").transform_flatten(["part"])
    chosen = " : ".join(f"datum.part == '{name}' ? {value}" for name, value in parts.items()) + " : 0"
    bars = true.transform_calculate(value=chosen).mark_bar(height={"band": 0.65}).encode(x=x, y=y, tooltip=tip)
    mine = alt.Chart(named([{"value": float(f"{held:.5g}")}], "held")).transform_calculate(part=f"'{names[-1]}'")
    bar = mine.mark_bar(height={"band": 0.65}, color=theme.ACCENT, clip=True).encode(x=x, y=y, tooltip=tip)
    return alt.layer(bars, bar, width=theme.NARROW, height=170, title=alt.Title("3  Two products make cos w_k(a + b)"))


def _read(read: pd.DataFrame, radius: list[float], keys: tuple[int, ...], p: int) -> alt.LayerChart:
    edge = float(f"{1.08 * float(read['reach'].iloc[0]):.3g}")
    scale = alt.Scale(domain=[-edge, edge], nice=False)
    axes = {
        "x": alt.X("u:Q", scale=scale, axis=alt.Axis(title="u_k · MLP(a, b) / A_k", tickCount=4, grid=False)),
        "y": alt.Y("v:Q", scale=scale, axis=alt.Axis(title="v_k · MLP(a, b) / A_k", tickCount=4, grid=False)),
    }
    over = "({" + ",".join(f"{k}:{r:.5g}" for k, r in zip(keys, radius, strict=True)) + "}[k])"
    base = (
        alt.Chart(named(records(read, "b", "x", "y", digits=5).values, "read"))
        .transform_calculate(u=f"datum.x / {over}", v=f"datum.y / {over}")
        .encode(**axes)
    )
    dots = base.mark_point(filled=True, size=14, color=theme.MUTED, opacity=0.7).encode(
        tooltip=[alt.Tooltip("b:Q"), alt.Tooltip("u:Q", format=".3~g"), alt.Tooltip("v:Q", format=".3~g")]
    )
    point = base.transform_filter("datum.b == b").mark_point(filled=True, size=90, color=theme.ACCENT, opacity=1)
    turn = f"2 * PI * k * (a + b) / {p}"
    ray = alt.Chart(alt.InlineData(values=[{"x0": 0, "y0": 0}])).transform_calculate(u=f"cos({turn})", v=f"sin({turn})")
    line = ray.mark_rule(strokeWidth=1.5, strokeDash=[4, 3]).encode(**axes, x2="x0:Q", y2="y0:Q")
    title = alt.Title("4  Neurons: the angle w_k(a + b)")
    return alt.layer(dots, line, point, width=theme.NARROW, height=theme.NARROW, title=title)


def _waves(waves: pd.DataFrame, keys: tuple[int, ...]) -> alt.LayerChart:
    names = [f"k = {k}" for k in keys]
    rows = records(waves, "wave", "step", "value", digits=4).values
    reach = float(waves["step"].max())
    x = alt.X("step:Q", axis=alt.Axis(title="c − (a + b)", tickCount=6), scale=alt.Scale(domain=[-reach, reach], nice=False))
    legend = alt.Legend(title=None, columns=4, symbolType="stroke", symbolStrokeWidth=3)
    lines = alt.Chart(named(rows, "waves")).mark_line(strokeWidth=1.6).encode(
        x=x,
        y=alt.Y("value:Q", axis=alt.Axis(title="logit from this wave", tickCount=5)),
        color=alt.Color("wave:N", sort=names, scale=alt.Scale(domain=names), legend=legend),
        opacity=alt.condition("datum.wave == 'k = ' + k", alt.value(1), alt.value(0.45)),
        tooltip=[alt.Tooltip("wave:N"), alt.Tooltip("step:Q", title="c - a - b"), alt.Tooltip("value:Q", format=".3~g")],
    )  # fmt: skip
    rule = alt.Chart(alt.InlineData(values=[{"step": 0}])).mark_rule(style="guide").encode(x=x)
    return alt.layer(rule, lines, width=theme.NARROW, height=220, title=alt.Title("5  A wave over c for each frequency"))


def _total(total: pd.DataFrame, answer: int) -> alt.LayerChart:
    x = alt.X("c:Q", axis=alt.Axis(title="answer c", tickCount=6), scale=alt.Scale(domain=[-1, len(total)], nice=False))
    y = alt.Y("value:Q", axis=alt.Axis(title="logit from the waves", tickCount=5))
    tip = [alt.Tooltip("c:Q"), alt.Tooltip("value:Q", format=".3~g")]
    base = alt.Chart(named(records(total, "c", "value", digits=5).values, "sum")).encode(x=x, y=y, tooltip=tip)
    bars = base.mark_bar(width=1.6)
    top = base.transform_window(rank="rank()", sort=[alt.SortField("value", order="descending")]).transform_filter("datum.rank == 1")
    point = top.mark_point(filled=True, size=70, color=theme.ACCENT, opacity=1)
    name = top.mark_text(style="note", fontWeight=700, dy=-11).encode(text="c:Q")
    rule = alt.Chart(named([{"c": answer}], "answer")).mark_rule(style="guide").encode(x=x)
    return alt.layer(rule, bars, point, name, width=theme.NARROW, height=220, title=alt.Title("6  Their sum peaks at a + b"))
