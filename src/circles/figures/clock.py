"""Addition as rotation: a clock with p hours, wound k times."""

import altair as alt

from circles.figures.frames import FigureError
from circles.figures.show import Figure

ARC = 60  # steps of an arc


def clock(p: int = 12, frequency: int = 1, *, caption: str | None = None) -> Figure:
    """A turn by w_k a, then a turn by w_k b, w_k = 2 pi k / p, and the hand at w_k(a+b); sliders for a, b and k.

    The numbers stand where k puts them, so the hand always points at (a + b) mod p. Whole turns are left out.

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
    names = ["turn by a", "then by b", "a + b"]
    hand = alt.Color(
        "hand:N",
        scale=alt.Scale(domain=names),
        legend=alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=4, symbolOpacity=1),
    )
    hands = (
        alt.Chart(alt.InlineData(values=[{"hand": names[0], "r": 0.92}, {"hand": names[2], "r": 0.92}]))
        .transform_calculate(n=f"datum.hand == 'a + b' ? (a + b) % {p} : a")
        .transform_calculate(**place)
    )
    lines = hands.mark_rule(strokeCap="round").encode(
        x=x,
        y=y,
        x2=alt.datum(0),
        y2=alt.datum(0),
        color=hand,
        size=alt.condition("datum.hand == 'a + b'", alt.value(4), alt.value(1.5)),
    )
    tips = hands.mark_point(filled=True, size=110, opacity=1).encode(
        x=x, y=y, color=hand, tooltip=alt.Tooltip("n:Q", title="number")
    )
    # The share of a turn at step s of each arc: a's begins at the top, b's where a's ends. A little spiral,
    # so that the two never lie over one another.
    share = f"datum.hand == 'turn by a' ? s * ((k * a) % {p}) : (k * a) % {p} + s * ((k * b) % {p})"
    arcs = (
        alt.Chart(alt.InlineData(values=[{"hand": names[0]}, {"hand": names[1]}]))
        .transform_calculate(step=f"sequence({ARC + 1})")
        .transform_flatten(["step"])
        .transform_calculate(turns=f"({share}) / {p}".replace("s *", f"datum.step / {ARC} *"))
        .transform_calculate(
            x="(0.34 + 0.2 * datum.turns) * sin(2 * PI * datum.turns)",
            y="(0.34 + 0.2 * datum.turns) * cos(2 * PI * datum.turns)",
        )
        .mark_line(strokeWidth=5, strokeCap="round")
        .encode(x=x, y=y, color=hand, order="step:Q")
    )
    title = alt.Title(
        alt.ExprRef(f"a + ' + ' + b + ' = ' + ((a + b) % {p}) + '  (mod {p})'"), fontSize=16, anchor="middle"
    )
    chart = alt.layer(rim, numbers, arcs, lines, tips, width=300, height=300, title=title).add_params(a, b, k)
    text = (
        f"The numbers 0 to {p - 1} on a circle. One arc turns by a, a second goes on from there by b, and a hand points at the "
        f"number where they end: the sum modulo {p}. Sliders set a, b and k, how many times the numbers wind around."
    )
    return Figure(
        chart,
        text,
        caption
        or "Addition is rotation: turn by a, then by b, and the hand stands at the sum, however often k winds the numbers around.",
    )
