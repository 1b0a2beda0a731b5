"""A table of a frame: HTML in a notebook, aligned text in a terminal."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral, Real

import pandas as pd

from circles.figures.frames import FigureError

Form = int | str | Callable[[object], str]
DECIMALS = 2


@dataclass(frozen=True, eq=False)
class Table:
    """Cells in words, rows named by the frame's index where it has names; `title` stands above."""

    cells: pd.DataFrame
    title: str = ""

    def __repr__(self) -> str:
        text = self.cells.to_string(index=_named(self.cells.index))
        return f"{self.title}\n{text}" if self.title else text

    def _repr_html_(self) -> str:
        caption = f"<caption>{html.escape(self.title)}</caption>" if self.title else ""
        sides = [_side(column) for _, column in self.cells.items()]
        rows = "".join(self._row(i, sides) for i in range(len(self.cells)))
        return (
            f'<div class="circles-table"><table>{caption}<thead>{self._heads(sides)}</thead><tbody>{rows}</tbody></table></div>'
        )

    def _heads(self, sides: list[str]) -> str:
        """One line of names; a second above it where the columns are of one kind, such as seeds."""
        rows = [str(name or "") for name in self.cells.index.names] if _named(self.cells.index) else []
        kind = self.cells.columns.name
        corner = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in rows)
        columns = zip(self.cells.columns, sides, strict=True)
        names = "".join(f'<th scope="col" class="{side}">{html.escape(str(name))}</th>' for name, side in columns)
        above = f'<tr>{"<td></td>" * len(rows)}<th scope="colgroup" colspan="{len(self.cells.columns)}">{html.escape(str(kind))}</th></tr>'
        return f"{above if kind else ''}<tr>{corner}{names}</tr>"

    def _row(self, i: int, sides: list[str]) -> str:
        columns = zip(self.cells.iloc[i], sides, strict=True)
        cells = "".join(f'<td class="{side}">{html.escape(text)}</td>' for text, side in columns)
        return f"<tr>{self._row_names(i)}{cells}</tr>"

    def _row_names(self, i: int) -> str:
        """The row's names; one that the rows below have too stands once, before them all."""
        if not _named(self.cells.index):
            return ""
        keys = [key if isinstance(key, tuple) else (key,) for key in self.cells.index]
        heads = ""
        for level, key in enumerate(keys[i]):
            group = keys[i][: level + 1]
            if i and level < len(keys[i]) - 1 and keys[i - 1][: level + 1] == group:
                continue
            deep = len(list(itertools.takewhile(group.__eq__, (other[: level + 1] for other in keys[i:]))))
            span = f' rowspan="{deep}"' if deep > 1 and level < len(keys[i]) - 1 else ""
            heads += f'<th scope="row"{span}>{html.escape(str(key))}</th>'
        return heads


def table(
    frame: pd.DataFrame | Mapping[str, Mapping[str, object]], title: str = "", *, digits: Form | Mapping[str, Form] = DECIMALS,
    names: Mapping[str, str] | None = None,
) -> Table:  # fmt: skip
    """The frame, or the columns' values by row, as a table: only the columns in `names`, where they are given, so named.

    `digits` says, for all columns or by column, how many decimals a number that is no integer has; a format such as
    ".2g"; or a function of the value. Raises FigureError for a column that is not there.
    """
    if isinstance(frame, Mapping):
        keys = [*frame]
        columns = dict.fromkeys(name for row in frame.values() for name in row)
        values = {name: [row.get(name) for row in frame.values()] for name in columns}
        frame = pd.DataFrame({name: pd.Series(v, dtype=object) for name, v in values.items()})
        frame.index = pd.Index(keys)
    wanted = [*(names or {}), *(digits if isinstance(digits, Mapping) else {})]
    if missing := [name for name in wanted if name not in frame.columns]:
        raise FigureError(f"table: no column {missing[0]!r}; expected one of {list(map(str, frame.columns))}")
    chosen = frame[[*names]] if names else frame
    forms = digits if isinstance(digits, Mapping) else dict.fromkeys(frame.columns, digits)
    columns = [_written(chosen.iloc[:, i], forms.get(name, DECIMALS)) for i, name in enumerate(chosen.columns)]
    cells = pd.concat(columns, axis=1) if columns else chosen
    kind = chosen.columns.name
    cells.columns = pd.Index([(names or {}).get(n) or _name(n) for n in chosen.columns], name=kind and _name(kind))
    return Table(cells.rename_axis(index=[n and _name(n) for n in cells.index.names]), title)


def _written(column: pd.Series, form: Form) -> pd.Series:
    return pd.Series([_words(value, form) for value in column], column.index, object)


def _named(index: pd.Index) -> bool:
    """Whether the rows have names, and not only numbers of their own."""
    return not isinstance(index, pd.RangeIndex) or index.name is not None


def _name(name: object) -> str:
    """An identifier in words; what has capitals, such as W_E, is a symbol."""
    text = f"{name:g}" if isinstance(name, float) else str(name)
    return text.replace("_", " ") if text.islower() else text


def _words(value: object, form: Form) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool_":
        return "yes" if value else "no"
    if value is None or isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_words(each, form) for each in value) or "none"
    if callable(form):
        return form(value)
    if isinstance(value, Integral) or not isinstance(value, Real):
        return f"{value:,}" if isinstance(value, Integral) else str(value)
    return format(value, form if isinstance(form, str) else f",.{form}f")


def _side(column: pd.Series) -> str:
    """Numbers end at the right, words begin at the left."""
    said = [text for text in column if text]
    return "number" if said and all(text.lstrip("-+±~")[:1].isdigit() for text in said) else "words"
