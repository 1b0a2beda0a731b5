"""The scorecard: a table of claims that filters without a script, and a bar of verdicts."""

import html
from dataclasses import dataclass

import altair as alt
import pandas as pd

from circles.figures.frames import records, require
from circles.figures.show import Figure

VERDICTS = ["reproduced", "partly", "not reproduced", "beyond the paper", "not run"]
_COLUMNS = {
    "paper": "Paper",
    "claim": "Claim",
    "statement": "What it says",
    "published": "Paper's value",
    "ours": "Ours",
    "band": "Accepted",
    "verdict": "Verdict",
    "tier": "Tier",
}
_FILTERS = ("paper", "tier", "verdict")


@dataclass(frozen=True)
class Table:
    """HTML that notebooks and the book show, and the same in one plain sentence."""

    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/html": self.html, "text/plain": self.text}


def verdict_counts(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Claims of each paper, stacked by verdict. frame: paper, verdict, a row a claim. Raises FigureError when a column is missing."""
    require(frame, "verdict_counts", "paper", "verdict")
    counts = frame.groupby(["paper", "verdict"], sort=False).size().reset_index(name="claims")
    counts["order"] = counts["verdict"].map({v: i for i, v in enumerate(VERDICTS)})
    papers = list(dict.fromkeys(frame["paper"]))
    chart = (
        alt.Chart(records(counts, "paper", "verdict", "claims", "order"))
        .mark_bar()
        .encode(
            x=alt.X("claims:Q", axis=alt.Axis(title="claims", tickMinStep=1, grid=True)),
            y=alt.Y("paper:N", sort=papers, axis=alt.Axis(title=None, labelLimit=110)),
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=VERDICTS, range=["#009E73", "#E69F00", "#D55E00", "#56B4E9", "#8A929C"]),
                legend=alt.Legend(title=None, columns=2),
            ),
            order="order:Q",
            tooltip=[alt.Tooltip("paper:N"), alt.Tooltip("verdict:N"), alt.Tooltip("claims:Q")],
        )
        .properties(width="container", height=34 * len(papers))
    )
    total = frame["verdict"].value_counts()
    text = (
        f"{len(frame)} claims of {len(papers)} papers by verdict: "
        + ", ".join(f"{total[v]} {v}" for v in VERDICTS if v in total)
        + "."
    )
    return Figure(chart, text, caption or "Verdicts by paper.")


def scorecard_table(frame: pd.DataFrame, *, caption: str = "Claims and verdicts") -> Table:
    """A table of claims with lists that filter it by paper, tier and verdict; the filter is CSS, so it works without a script.

    frame: paper, claim, statement, published, ours, band, verdict, tier; cells are shown as text. Raises FigureError when a
    column is missing.
    """
    require(frame, "scorecard_table", *_COLUMNS)
    choices = {name: list(dict.fromkeys(str(v) for v in frame[name])) for name in _FILTERS}
    rules, menus = [], []
    for name, values in choices.items():
        options = "".join(f'<option value="{name}-{i}">{html.escape(v)}</option>' for i, v in enumerate(values))
        menus.append(f'<label>{_COLUMNS[name]} <select><option value="">all</option>{options}</select></label>')
        rules += [
            f'.circles-scorecard-box:has(option[value="{name}-{i}"]:checked) tbody tr:not([data-{name}="{i}"])'
            for i in range(len(values))
        ]
    body = []
    for row in frame[list(_COLUMNS)].astype(object).where(frame[list(_COLUMNS)].notna(), "").to_dict("records"):
        marks = "".join(f' data-{name}="{choices[name].index(str(row[name]))}"' for name in _FILTERS)
        cells = "".join(_cell(name, str(row[name])) for name in _COLUMNS)
        body.append(f"<tr{marks}>{cells}</tr>")
    heads = "".join(f'<th scope="col">{title}</th>' for title in _COLUMNS.values())
    page = (
        f'<div class="circles-scorecard-box"><style>.circles-scorecard-box{{overflow-x:auto}}'
        ".circles-scorecard-box label{margin-right:1em}.circles-scorecard{border-collapse:collapse;font-size:.9em}"
        ".circles-scorecard th,.circles-scorecard td{text-align:left;vertical-align:top;padding:.3em .6em}"
        f"{','.join(rules)}{{display:none}}</style><p>{' '.join(menus)}</p>"
        f'<table class="circles-scorecard"><caption>{html.escape(caption)}</caption><thead><tr>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )
    return Table(page, f"{caption}: {len(frame)} claims.")


def _cell(name: str, value: str) -> str:
    text = html.escape(value)
    if name == "claim":
        return f'<th scope="row">{text}</th>'
    mark = f' class="verdict verdict-{html.escape(value.replace(" ", "-"), quote=True)}"' if name == "verdict" else ""
    return f"<td{mark}>{text}</td>"
