"""What an axis measures: its name, its scale, and how its numbers are written, along the axis and in words."""

from collections.abc import Iterable
from dataclasses import dataclass

import altair as alt

from circles.figures.axes import THOUSANDS, decades, log_scale, number, power_axis, spanning_power_axis


@dataclass(frozen=True)
class Quantity:
    """An axis: `title` with the unit, linear or in powers of ten, from `span[0]` to `span[1]` where that is fixed.

    `whole` ends a logarithmic scale at powers of ten; `ticks` is about how many there are, `at` names them, `even` keeps
    these equally far apart where they begin at zero; `percent` writes shares; `zero` makes a linear scale begin there;
    `root` takes square roots along it, so that small bars can be seen beside large ones.
    """

    title: str
    log: bool = False
    whole: bool = False
    span: tuple[float, float] | None = None
    zero: bool = False
    root: bool = False
    percent: bool = False
    sign: bool = False
    ticks: int = 5
    at: tuple[float, ...] | None = None
    even: bool = False

    def scale(self, values: Iterable[float]) -> alt.Scale:
        """The scale that holds `values`."""
        values = list(values)
        if self.log and self.whole:
            low, high = min(decades(values, most=99)), max(decades(values, most=99))
            return alt.Scale(type="log", domain=[low, high], nice=False)
        if self.at and not self.log and not self.even and min(self.at) == 0 < len(self.at) - 1:
            # Zero and numbers of all sizes: below the least of them it is linear, beyond it logarithmic.
            return alt.Scale(type="symlog", constant=sorted(self.at)[1], domain=[0, max(self.at)], nice=False)
        if self.log and self.at:
            return alt.Scale(type="log", domain=[min(self.at) / 1.15, max(self.at) * 1.15], nice=False)
        if self.log:
            return log_scale(self.span or values)
        if self.span:
            return alt.Scale(domain=list(self.span), nice=False, **({"type": "sqrt"} if self.root else {}))
        return alt.Scale(zero=self.zero)

    def axis(self, values: Iterable[float], **options) -> alt.Axis:
        """The axis of that scale."""
        if self.at:
            form = "~s" if max(self.at) >= 10_000 and all(v % 100 == 0 for v in self.at) else "~r"
            options = {"values": list(self.at), "format": form, "labelOverlap": True} | options
            return alt.Axis(title=self.title, **options)
        if self.log:
            return (spanning_power_axis if self.whole else power_axis)(self.span or values, self.title, **options)
        written = {"format": self.form("%")} if self.percent else {"labelExpr": THOUSANDS}
        written |= {"labelOverlap": "parity"}  # every other label where all have no room: those that stay are even
        return alt.Axis(title=self.title, **({"tickCount": self.ticks} | written | options))

    def form(self, digits: str) -> str:
        """The d3 format with this many digits, signed where the quantity is."""
        return ("+" if self.sign else "") + digits

    def x(self, name: str, values: Iterable[float], **options) -> alt.X:
        """The quantity along, from the column `name`."""
        values = list(values)
        return alt.X(f"{name}:Q", scale=self.scale(values), axis=self.axis(values, **options))

    def y(self, name: str, values: Iterable[float], **options) -> alt.Y:
        """The quantity up, from the column `name`."""
        values = list(values)
        return alt.Y(f"{name}:Q", scale=self.scale(values), axis=self.axis(values, **options))

    @property
    def read(self) -> str:
        """The d3 format that a pointer reads."""
        return self.form(".1%") if self.percent else ",d" if self.title == "epoch" else self.form(".3g")

    def tip(self, name: str) -> alt.Tooltip:
        """What a pointer reads at a mark, from the column `name`."""
        return alt.Tooltip(f"{name}:Q", title=self.title, format=self.read)

    def words(self, value: float | int) -> str:
        """The value as the description says it."""
        if self.percent:
            return f"{value:+.0%}" if self.sign else f"{value:.0%}"
        return f"{value:+.3g}" if self.sign else number(value)


EPOCH = Quantity("epoch", ticks=6)


def of_panel(name: str) -> Quantity:
    """The quantity that a panel's name says: a loss is logarithmic, the axis of a sum of squares begins at zero."""
    return Quantity(name, log="loss" in name, zero="squared" in name)
