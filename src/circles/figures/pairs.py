"""A square of cells, one for each pair (a, b): the heat maps of what depends on two numbers or two frequencies."""

import altair as alt


def pairs(rows: list[dict], side: int, *, title: str = "{}", ticks: int = 3, **formulas: str) -> alt.Chart:
    """Returns squares to be coloured: each of `rows` holds `v`, its values over (0, 0), (0, 1), ... (side - 1, side - 1).

    `formulas` are more columns to compute, such as a value from `datum.v`; `title` names the axes, with a or b for {}.
    """
    scale = alt.Scale(domain=[0, side], nice=False)
    return (
        alt.Chart(alt.InlineData(values=rows))
        .transform_calculate(cell=f"sequence({side * side})")
        .transform_flatten(["cell", "v"])
        .transform_calculate(
            a=f"floor(datum.cell / {side})",
            b=f"datum.cell % {side}",
            a2=f"floor(datum.cell / {side}) + 1",
            b2=f"datum.cell % {side} + 1",
            **formulas,
        )
        .mark_rect(strokeWidth=0)
        .encode(
            x=alt.X("a:Q", scale=scale, axis=alt.Axis(title=title.format("a"), tickCount=ticks)),
            x2="a2:Q",
            y=alt.Y("b:Q", scale=scale, axis=alt.Axis(title=title.format("b"), tickCount=ticks, grid=False)),
            y2="b2:Q",
        )
    )
