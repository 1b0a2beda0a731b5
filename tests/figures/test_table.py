"""Tables of frames, as text and as HTML."""

from __future__ import annotations

import pandas as pd
import pytest

from circles.figures.frames import FigureError
from circles.figures.table import table


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {"kind": ["a", "b"], "p_value": [0.12345, 2.0], "epochs": [12000, 3], "stands_out": [True, False]}
    )


def test_a_table_says_numbers_with_their_decimals_and_names_in_words(frame):
    made = table(frame, "what it shows", digits={"p_value": 3})
    assert repr(made).splitlines() == [
        "what it shows",
        "kind p value epochs stands out",
        "   a   0.123 12,000        yes",
        "   b   2.000      3         no",
    ]
    page = made._repr_html_()
    assert "<caption>what it shows</caption>" in page and '<th scope="col" class="number">p value</th>' in page
    assert '<td class="number">12,000</td><td class="words">yes</td>' in page


def test_only_the_named_columns_stand_in_their_order(frame):
    made = table(frame, names={"epochs": "by", "kind": "net"})
    assert list(made.cells.columns) == ["by", "net"]


def test_a_pivot_names_its_rows_and_what_its_columns_are():
    rows = pd.DataFrame(
        {"kind": ["x", "x", "<y>"], "part": ["u", "v", "u"], "seed": [0, 0, 0], "value": [0.5, None, 1.25]}
    )
    made = table(rows.pivot(index=["kind", "part"], columns="seed", values="value"), digits=".1f")
    page = made._repr_html_()
    assert '<th scope="colgroup" colspan="1">seed</th>' in page
    assert page.count('<th scope="row" rowspan="2">x</th>') == 1 and '<tr><th scope="row">v</th>' in page
    assert "&lt;y&gt;" in page and '<td class="number"></td>' in page


def test_a_column_that_is_not_there_is_named(frame):
    with pytest.raises(FigureError, match="no column 'size'; expected one of"):
        table(frame, names={"size": "size"})
    with pytest.raises(FigureError, match="no column 'size'"):
        table(frame, digits={"size": 1})


def test_rows_by_name_may_lack_a_value_and_may_hold_several():
    made = table({"first": {"periods": [5.0, 2.5], "right": 0.5}, "second": {"periods": []}}, digits={"periods": "g"})
    said = [line.split() for line in repr(made).splitlines()[-2:]]
    assert said == [["first", "5,", "2.5", "0.50"], ["second", "none"]]
    assert made._repr_html_().count('<th scope="row">') == 2
