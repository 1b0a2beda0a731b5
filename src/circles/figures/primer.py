"""The figures of the primer: waves that add up, a circulant in two bases, heat on a circle."""

import pandas as pd

from circles.figures.frames import require
from circles.figures.heat import heat as _heat
from circles.figures.show import Figure
from circles.figures.waves import heat_on_a_circle as heat
from circles.figures.waves import partial_sums

__all__ = ["circulant", "heat", "partial_sums"]


def circulant(frame: pd.DataFrame) -> Figure:
    """A circulant matrix beside itself in the Fourier basis. frame: basis (a title each), row, column, value."""
    require(frame, "circulant", "basis", "row", "column", "value")
    words = "Left, each row is its neighbour moved by one; right, the same matrix among waves is nearly diagonal."
    return _heat(frame, panel="basis", row="row", column="column", value="value", across="column", up="row", unit="entry",
                 diverging=True, side=250, caption=words)  # fmt: skip
