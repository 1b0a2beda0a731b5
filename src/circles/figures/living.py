"""A figure that computes: its chart's data are made anew in the page, from a net's weights, when a control is moved.

The chart is an Altair chart like any other. Data that the page makes anew have a name, and come with what they are at
first, so the picture and a notebook outside the book show that. ``_static/living.js`` has the program of each figure.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import altair as alt
import numpy as np

from circles.figures.frames import FigureError
from circles.figures.packed import BITS, pack
from circles.figures.show import Figure

LARGE = 50_000  # numbers in a table


@dataclass(frozen=True, eq=False)
class Living(Figure):
    """A figure, the `program` that moves it, the `net` that it asks, and that net's `tables` where they come with it.

    The tables of a net stand once on a page: a second figure of the same net leaves them out. `keys` are its key
    frequencies, `about` is what else goes with the tables. Numbers of tables over ``LARGE`` have `bits` each, all others 24.
    Raises FigureError without a program or a net.
    """

    program: str = ""
    net: str = ""
    tables: Mapping[str, np.ndarray] = field(default_factory=dict)
    keys: tuple[int, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict)
    bits: int = BITS

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("program", "net"):
            if not getattr(self, name):
                raise FigureError(f"living: {name} is empty; expected a name")

    def html(self) -> str:
        """Returns the figure as the book embeds it, with its program's name and the net."""
        named = {"program": self.program, "net": self.net}
        parts = [f'<script type="application/json" class="circles-living">{json.dumps(named)}</script>']
        if self.tables:
            text = json.dumps({"keys": self.keys, **self.about, "tables": self.packed()}, separators=(",", ":"))
            parts.append(f'<script type="application/json" class="circles-net" data-net="{self.net}">{text}</script>')
        head, end = super().html().rsplit("<figcaption>", 1)
        return f"{head}{''.join(parts)}<figcaption>{end}"

    def packed(self) -> dict[str, dict]:
        """Returns the tables as the page carries them."""
        every = sorted(self.tables.items())  # files do not keep their order, and a page should
        return {name: pack(x, bits=self.bits if x.size > LARGE else BITS) for name, x in every}

    def drawn(self, *, dark: bool = False, width: int | None = None) -> dict:
        """As ``Figure.drawn``, without the controls that only the page's program could answer."""
        spec = super().drawn(dark=dark, **({} if width is None else {"width": width}))
        for param in spec.get("params", []):
            param.pop("bind", None)
        return spec


def named(rows: list[dict], name: str) -> alt.InlineData:
    """Returns data that a program makes anew under this name."""
    return alt.InlineData(values=rows, name=name)
