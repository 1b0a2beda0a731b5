"""Addition as rotation: a clock with p hours, wound k times."""

import altair as alt

from circles.figures.frames import FigureError
from circles.figures.show import Figure


def clock(p: int = 12, frequency: int = 1, *, caption: str | None = None) -> Figure:
    """Three hands at angles w_k a, w_k b and w_k(a+b), w_k = 2 pi k / p; sliders for a, b and k.

    Raises FigureError when p is below 3 or the frequency is outside 1..p//2.
    """
    if p < 3:
        raise FigureError(f"clock: p={p}; expected at least 3")
    if not 1 <= frequency <= p // 2:
        raise FigureError(f"clock: frequency={frequency}; expected 1 to {p // 2}")

    def bound(name: str, value: int, low: int, high: int) -> alt.Parameter:
        return alt.param(name=name, value=value, bind=alt.binding_range(min=low, max=high, step=1, name=f"{name} "))

    a, b, k = bound("a", p // 4, 0, p - 1), bound("b", p // 3, 0, p - 1), bound("k", frequency, 1, p // 2)
    axis = alt.Scale(domain=[-1.25, 1.25], nice=False)
    x, y = alt.X("x:Q", scale=axis, axis=None), alt.Y("y:Q", scale=axis, axis=None)
    turn = f"2 * PI * k * datum.n / {p}"
    place = {"x": f"datum.r * sin({turn})", "y": f"datum.r * cos({turn})"}
    hours = (
        alt.Chart(alt.InlineData(values=[{"r": 1}]))
        .transform_calculate(n=f"sequence({p})")
        .transform_flatten(["n"])
        .transform_calculate(**place)
    )
    rim = hours.mark_point(filled=True, size=26 if p > 40 else 60, opacity=0.55, color="#8A929C").encode(
        x=x, y=y, tooltip=alt.Tooltip("n:Q", title="number")
    )
    every = 1 if p <= 30 else 10
    numbers = (
        hours.transform_filter(f"datum.n % {every} == 0")
        .transform_calculate(x=f"1.14 * sin({turn})", y=f"1.14 * cos({turn})")
        .mark_text(style="quiet")
        .encode(x=x, y=y, text="n:Q")
    )
    names = ["a", "b", "a + b"]
    hand = alt.Color(
        "hand:N",
        scale=alt.Scale(domain=names),
        legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=4),
    )
    hands = (
        alt.Chart(
            alt.InlineData(values=[{"hand": "a", "r": 0.62}, {"hand": "b", "r": 0.62}, {"hand": "a + b", "r": 0.92}])
        )
        .transform_calculate(n=f"datum.hand == 'a' ? a : datum.hand == 'b' ? b : (a + b) % {p}")
        .transform_calculate(**place)
    )
    lines = hands.mark_rule(strokeWidth=4, strokeCap="round").encode(
        x=x,
        y=y,
        x2=alt.datum(0),
        y2=alt.datum(0),
        color=hand,
        tooltip=[alt.Tooltip("hand:N"), alt.Tooltip("n:Q", title="number")],
    )
    tips = hands.mark_point(filled=True, size=90, opacity=1).encode(x=x, y=y, color=hand)
    title = alt.Title(
        alt.ExprRef(f"a + ' + ' + b + ' = ' + ((a + b) % {p}) + '  (mod {p})'"), fontSize=16, anchor="middle"
    )
    chart = alt.layer(rim, numbers, lines, tips, width=300, height=300, title=title).add_params(a, b, k)
    text = (
        f"A clock with {p} hours. Two hands stand at the angles of a and b, a third at the angle of their sum modulo {p}: "
        f"turning by a and then by b is turning by a + b. Sliders set a, b and how many times k the numbers wind around."
    )
    return Figure(chart, text, caption or "Addition is rotation: move a and b and watch the third hand.")
