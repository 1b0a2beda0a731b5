"""Lines: a quantity over another, a colour a name, a panel a measure, and how far the seeds are spread."""

import math
from dataclasses import replace

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.axes import number
from circles.figures.frames import FigureError, order, panels, records, require, series
from circles.figures.quantity import Quantity, of_panel
from circles.figures.show import Figure

SPREADS = ("seeds", "range", "quartiles", "deviation", "given")
LEGEND = {"title": None, "symbolType": "stroke", "symbolStrokeWidth": 3, "symbolOpacity": 1}
HIDDEN = 0.01  # of a panel's height: a line that keeps this near another cannot be told from it


def lines(
    frame: pd.DataFrame, *, over: str, x: Quantity, value: str = "value", y: Quantity | None = None, by: str = "who",
    panel: str | None = None, spread: str | None = None, points: bool = False, dashed: str | None = None,
    marked: tuple[str, ...] = (), rules: tuple[tuple[str, float, str], ...] = (), height: int = 200,
    linear: bool = False, columns: int = 2, caption: str,
) -> Figure:  # fmt: skip
    """Lines of `value` along `over`, a colour for each of `by`, a view for each of `panel`.

    spread: what is drawn of the seeds (column seed): "seeds" a line each; "range" their median, a band from least to
    most, thin lines; "quartiles" their median and a band; "deviation" their mean and bars of one standard deviation;
    "given" bars from the columns low to high. `dashed` names a bound, `marked` names drawn as diamonds; `rules` are
    (axis, place, words). Without `y` each panel's name is its quantity, `linear` though it may be a loss. Lines that cannot be told apart are said to
    coincide. Raises FigureError when a column is missing or the spread is unknown.
    """
    if spread is not None and spread not in SPREADS:
        raise FigureError(f"lines: spread={spread!r}; expected one of {', '.join(SPREADS)}")
    needed = [over, value, by, *([panel] if panel else [])]
    needed += ["low", "high"] if spread == "given" else ["seed"] if spread else []
    require(frame, "lines", *needed)
    views, said, same = [], [], []
    parts = panels(frame, panel)
    names = [n for n in order(frame[by]) if n != dashed]
    size = {"width": "container", "height": height + 40} if len(parts) == 1 else {"width": theme.NARROW, "height": height}
    pick = alt.selection_point(name=by, fields=[by], bind="legend") if spread == "seeds" else None
    for name, part in parts:
        measure = y or (Quantity(name) if linear else of_panel(name))
        rows = _summary(part, over, value, by, spread)
        under = _coinciding(rows[rows[by].isin(names)], over, by, measure)
        same += [f"{f'{name}: ' if y and name else ''}“{a}” lies on “{b}”" for a, b in under.items()]
        at = replace(x, at=tuple(sorted(part[over].unique().tolist()))) if x.at else x
        look = _Look(over, value, by, at, measure, rows, names, list(under), dashed, marked, points)
        title = {"title": alt.Title(name)} if y and name else {}
        layers = [*look.spread(part, spread), *look.middle(spread, pick, first=not views), *look.rules(rules)]
        views.append(alt.layer(*layers, **size, **title))
        said += look.words(name)
    chart = views[0] if len(views) == 1 else alt.concat(*views, columns=1, spacing=20)
    first = y or Quantity("measures")
    text = f"{first.title[0].upper()}{first.title[1:]} against {x.title}{_logs(x, y)}. {'; '.join(said)}."
    for _, at, words in rules:
        text += f" A rule at {number(at)}: {words}."
    if same:
        words = "; ".join(same)
        caption += f" {words[0].upper()}{words[1:]}."
    return Figure(chart, text, caption, columns=1 if len(views) == 1 else columns)


class _Look:
    """The layers of one panel."""

    def __init__(self, over, value, by, x, y, rows, names, under, dashed, marked, points):
        self.over, self.value, self.by, self.measure, self.x_measure = over, value, by, y, x
        self.rows, self.dashed, self.marked, self.points = rows, dashed, list(marked), points
        self.x = x.x(over, rows[over])
        self.heights = [*rows["low"], *rows["high"]]
        legend = alt.Legend(**LEGEND, columns=1 if max(map(len, map(str, names))) > 16 else 2)
        self.colour = alt.Color(f"{by}:N", scale=alt.Scale(domain=names), legend=legend if len(names) > 1 else None)
        self.under = under

    def y(self, name: str) -> alt.Y:
        return self.measure.y(name, self.heights)

    def tips(self) -> list[alt.Tooltip]:
        return [alt.Tooltip(f"{self.by}:N"), self.x_measure.tip(self.over), self.measure.tip("middle")]

    def spread(self, part: pd.DataFrame, kind: str | None) -> list[alt.Chart]:
        if kind in (None, "seeds"):
            return []
        rows = self.rows[~self.rows[self.by].isin([self.dashed, *self.marked])]
        data = series(rows, by=[self.by], over=[self.over, "low", "high"], digits=3)
        base = alt.Chart(data).transform_flatten([self.over, "low", "high"]).encode(x=self.x, color=self.colour)
        if kind in ("deviation", "given"):
            return [base.mark_rule(strokeWidth=2, opacity=0.4).encode(y=self.y("low"), y2="high:Q")]
        band = base.mark_area(opacity=0.16, line=False).encode(y=self.y("low"), y2="high:Q")
        if kind == "quartiles":
            return [band]
        seeds = series(part, by=[self.by, "seed"], over=[self.over, self.value], digits=3)
        thin = alt.Chart(seeds).transform_flatten([self.over, self.value]).mark_line(strokeWidth=0.8, opacity=0.55)
        return [band, thin.encode(x=self.x, y=self.y(self.value), color=self.colour, detail="seed:N")]

    def middle(self, kind: str | None, pick: alt.Parameter | None, *, first: bool) -> list[alt.Chart]:
        keys = [self.by, *(["seed"] if kind == "seeds" else [])]
        solid = self.rows[~self.rows[self.by].isin([self.dashed, *self.marked])]
        base = alt.Chart(series(solid, by=keys, over=[self.over, "middle"], digits=4))
        base = base.transform_flatten([self.over, "middle"])
        dot = alt.OverlayMarkDef(filled=True, size=32) if self.points else alt.Undefined
        line = base.mark_line(strokeWidth=1.5 if kind == "seeds" else 2.1, clip=True, point=dot).encode(
            x=self.x, y=self.y("middle"), color=self.colour, tooltip=self.tips()
        )
        if self.under:
            hidden = alt.FieldOneOfPredicate(field=self.by, oneOf=self.under)
            line = line.encode(strokeDash=alt.condition(hidden, alt.value([5, 5]), alt.value([1, 0])))
        if pick is not None:
            line = line.encode(detail="seed:N", opacity=alt.condition(pick, alt.value(0.85), alt.value(0.08)))
            line = line.add_params(pick) if first else line
        layers = [line]
        marks = self.rows[self.rows[self.by].isin(self.marked)]
        if len(marks):
            diamonds = alt.Chart(records(marks, self.by, self.over, "middle")).mark_point(
                filled=True, size=110, shape="diamond", opacity=1
            )
            tips = self.tips()
            layers.append(diamonds.encode(x=self.x, y=self.y("middle"), color=self.colour, tooltip=tips))
        bound = self.rows[self.rows[self.by] == self.dashed].sort_values(self.over)
        if len(bound):
            data = records(bound, self.over, "middle", digits=3)
            rule = alt.Chart(data).mark_line(color=theme.MUTED, strokeWidth=2, strokeDash=[6, 3])
            layers.append(rule.encode(x=self.x, y=self.y("middle")))
            half = bound.iloc[[len(bound) // 2]].assign(name=self.dashed)
            note = alt.Chart(records(half, self.over, "middle", "name", digits=3))
            falls = bound["middle"].iloc[0] > bound["middle"].iloc[-1]  # the note stands on the free side of its line
            note = note.mark_text(style="quiet", align="left" if falls else "right", dx=4 if falls else -4, dy=-8)
            layers.append(note.encode(x=self.x, y=self.y("middle"), text="name:N"))
        return layers

    def rules(self, rules: tuple[tuple[str, float, str], ...]) -> list[alt.Chart]:
        layers = []
        for axis, at, words in rules:
            mark = alt.Chart(alt.InlineData(values=[{"at": at, "name": words}]))
            layers.append(mark.mark_rule(style="guide").encode(**{axis: "at:Q"}))
            side = {"x": "at:Q", "y": alt.value(4)} if axis == "x" else {"x": alt.value(4), "y": "at:Q"}
            over = {"baseline": "top"} if axis == "x" else {"baseline": "bottom"}
            layers.append(mark.mark_text(style="note", align="left", dx=6, **over).encode(text="name:N", **side))
        return layers

    def words(self, panel: str) -> list[str]:
        """Where each name begins and ends: the median over the seeds."""
        found = []
        for place in dict.fromkeys((self.rows[self.over].min(), self.rows[self.over].max())):
            rows = self.rows[self.rows[self.over] == place].groupby(self.by, sort=False)["middle"].median()
            if len(rows):
                each = ", ".join(f"{name} {self.measure.words(v)}" for name, v in rows.items())
                found.append(f"{f'{panel}, ' if panel else ''}at {number(place)}: {each}")
        return found


def _summary(part: pd.DataFrame, over: str, value: str, by: str, spread: str | None) -> pd.DataFrame:
    """low, middle and high of each name at each place; a row a seed where each has a line of its own."""
    if spread in (None, "seeds", "given"):
        rows = part.assign(middle=part[value])
        return rows if spread == "given" else rows.assign(low=part[value], high=part[value])
    groups = part.groupby([by, over], sort=False)[value]
    if spread == "deviation":
        mean, off = groups.mean(), groups.std().fillna(0)
        low = (mean - off).where(mean - off > 0.5 * mean, 0.5 * mean)  # a logarithmic axis has no place below zero
        return pd.DataFrame({"low": low, "middle": mean, "high": mean + off}).reset_index()
    low, high = (0.0, 1.0) if spread == "range" else (0.25, 0.75)
    found = {"low": groups.quantile(low), "middle": groups.median(), "high": groups.quantile(high)}
    return pd.DataFrame(found).reset_index()


def _coinciding(rows: pd.DataFrame, over: str, by: str, y: Quantity) -> dict[str, str]:
    """The names whose line lies on an earlier one, and that one's."""
    if "seed" in rows.columns and rows["seed"].nunique() > 1:
        return {}
    table = rows.pivot_table(index=over, columns=by, values="middle", aggfunc="first", sort=False)
    table = table[order(rows[by])]
    if y.log:
        table = table.map(lambda v: math.log(v) if v > 0 else math.nan)
    reach = table.max().max() - table.min().min()
    found: dict[str, str] = {}
    for i, name in enumerate(table.columns):
        for other in table.columns[:i]:
            both = table[[name, other]].dropna()
            if other not in found and len(both) > 1 and (both[name] - both[other]).abs().max() <= HIDDEN * reach:
                found[name] = other
                break
    return found


def _logs(x: Quantity, y: Quantity | None) -> str:
    logs = [q.log for q in (x, y) if q is not None]
    return " on logarithmic axes" if all(logs) else " on a logarithmic scale" if any(logs) else ""
