"""A net that adds with the waves of its number table on switches: which answers are left, and how it errs."""

from collections.abc import Mapping

import altair as alt
import numpy as np
import pandas as pd

from circles.figures import theme
from circles.figures.answered import logit_bars, right_table
from circles.figures.axes import number
from circles.figures.frames import FigureError, records, require
from circles.figures.living import Living, named

_SWITCHES = {
    "low": "low band (slow waves)", "ten": "period 10", "five": "period 5", "twoandahalf": "period 2.5", "two": "period 2",
    "others": "rest of the high band",
}  # fmt: skip
_WHERE = {"both": "both", "addends": "a and b only", "answers": "the answers only"}


def bands(
    waves: pd.DataFrame, logits: pd.DataFrame, right: np.ndarray, errors: pd.DataFrame, *, pair: tuple[int, int],
    net: str, tables: Mapping[str, np.ndarray],
) -> Living:  # fmt: skip
    """The waves of a number table with switches, the logits of one pair, the right answers and the errors of all pairs.

    waves: k, period (numbers), size, kept. logits: c, logit, of the `pair` (a, b). `right` [p, p] tells of each (a, b)
    whether the net answers it. errors: error (answer minus sum), count. All with every wave in place; `tables` are those
    of ``zhou2024.bands``. Raises FigureError when a column is missing or `right` is not square.
    """
    require(waves, "bands", "k", "period", "size", "kept")
    require(logits, "bands", "c", "logit")
    require(errors, "bands", "error", "count")
    if right.ndim != 2 or right.shape[0] != right.shape[1]:
        raise FigureError(f"bands: right has shape {right.shape}; expected as many b as a")
    a, b = pair
    controls = [
        *(alt.param(name=n, value=v, bind=alt.BindInput(input="number", name=f"{n} ")) for n, v in (("a", a), ("b", b))),
        *(alt.param(name=n, value=True, bind=alt.binding_checkbox(name=words)) for n, words in _SWITCHES.items()),
        alt.param(name="one", value=0, bind=alt.binding_range(min=0, max=len(waves), step=1, name="one wave more off, k (0: none) ")),
        alt.param(name="where", value="both", bind=alt.binding_radio(options=list(_WHERE), labels=list(_WHERE.values()), name="taken from the rows of: ")),
    ]  # fmt: skip
    views = [_waves(waves), logit_bars(logits, a + b), right_table(right, pair), _errors(errors, len(logits) - 1)]
    chart = alt.concat(*views, columns=1, spacing=18).add_params(*controls)
    largest = waves.nlargest(4, "size")["period"]
    text = (
        f"A trained net of addition up to {len(logits) - 1} with its number table's {len(waves)} waves on switches: "
        f"{', '.join(_SWITCHES.values())}, and any single one. The largest have the periods {', '.join(number(x) for x in largest)}. "
        f"With all of them the logits of {a} + {b} are largest at {int(logits.loc[logits['logit'].idxmax(), 'c'])}, and "
        f"{int(right.sum()):,} of {right.size:,} pairs are right, a square with a dot for each; a bar for each size of error."
    )
    words = (
        "Type a and b, and take waves out of the net's number table: where it embeds a and b, where it reads the answer, or "
        "both. Orange are waves that are off, the largest logit, and pairs that the net gets wrong; dashed is a + b. The last "
        "panel counts the wrong answers by how far they are off. Nothing is trained again."
    )
    return Living(chart, text, words, columns=2, program="bands", net=net, tables=tables)


def _waves(waves: pd.DataFrame) -> alt.Chart:
    rows = records(waves, "k", "period", "size", "kept", digits=5).values
    return (
        alt.Chart(named(rows, "waves"))
        .mark_bar(width=3)
        .encode(
            x=alt.X("k:Q", scale=alt.Scale(domain=[0, len(waves) + 1], nice=False), axis=alt.Axis(title="component k", tickCount=6)),
            y=alt.Y("size:Q", axis=alt.Axis(title="size in the table", tickCount=5)),
            color=alt.condition("datum.kept", alt.value(theme.LIGHT_COLOURS[5]), alt.value(theme.ACCENT)),
            tooltip=[alt.Tooltip("k:Q"), alt.Tooltip("period:Q", format=".3~g"), alt.Tooltip("size:Q", format=".3~g")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title("The waves of the number table"))
    )  # fmt: skip


def _errors(errors: pd.DataFrame, most: int) -> alt.Chart:
    rows = records(errors, "error", "count").values
    return (
        alt.Chart(named(rows, "errors"))
        .mark_bar(width=1.6)
        .encode(
            x=alt.X("error:Q", scale=alt.Scale(domain=[-most, most], nice=False), axis=alt.Axis(title="answer − (a + b)", tickCount=6)),
            y=alt.Y("count:Q", axis=alt.Axis(title="wrong pairs", tickCount=5)),
            tooltip=[alt.Tooltip("error:Q"), alt.Tooltip("count:Q")],
        )
        .properties(width=theme.NARROW, height=theme.NARROW, title=alt.Title("How far off the wrong ones are"))
    )  # fmt: skip
