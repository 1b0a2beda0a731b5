"""A chart with what a page needs around it: a text description, a caption, a picture for when nothing else works.

In the book (the environment has CIRCLES_BOOK=1) a figure is one <figure>: the picture, the specification as JSON and
the caption; the page's own script draws the chart with the Vega served by the book, so no network is needed. Anywhere
else a figure is offered in every form that a notebook may know; see ``outside``.
"""

import base64
import copy
import html
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType

import altair as alt

from circles.figures import outside, theme
from circles.figures.frames import FigureError
from circles.figures.squeezed import squeezed

LARGEST_SPEC = 300_000
LARGEST_PICTURE = 60_000
_SCALES = (1.0, 0.8, 0.6, 0.45, 0.3)


@dataclass(frozen=True, eq=False)
class Figure:
    """An Altair chart, its text description and its caption.

    `columns` is the number of columns on a wide page; the specification itself has one, for phones. `margin` is what
    axes and names take of a panel's width (pixels), `still` the values of parameters in the picture, which nobody can
    move. Raises FigureError when the description or caption is empty, or the specification is over 300 kB.
    """

    chart: alt.TopLevelMixin
    alt: str
    caption: str
    columns: int = 1
    canvas: bool = False
    margin: int = 70
    still: Mapping[str, float | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("alt", "caption"):
            if not getattr(self, name).strip():
                raise FigureError(f"figure: {name} is empty; expected a sentence that says what is seen")

    @cached_property
    def spec(self) -> dict:
        """The Vega-Lite specification: validated, without config; both themes are under `usermeta`."""
        spec = self.chart.to_dict()
        spec.pop("config", None)
        spec["description"] = self.alt
        meta = {"light": theme.LIGHT, "dark": theme.DARK, "columns": self.columns, "margin": self.margin}
        if self.still:
            meta["still"] = dict(self.still)
        if self.canvas:
            meta["embedOptions"] = {"renderer": "canvas"}
        spec["usermeta"] = meta
        spec = json.loads(_renumbered(json.dumps(spec, ensure_ascii=False)))
        size = len(_compact(spec).encode())
        if size > LARGEST_SPEC:
            raise FigureError(
                f"figure: {size} bytes of data and specification; expected at most {LARGEST_SPEC}; thin the frame"
            )
        return spec

    def drawn(self, *, dark: bool = False, width: int = theme.WIDE) -> dict:
        """Returns the specification with a theme's config, a width in pixels and the wide page's columns."""
        return laid_out(self.spec, dark=dark, width=width)

    def png(self, *, dark: bool = False, width: int = theme.WIDE, scale: float | int = 1.0) -> bytes:
        """Returns the chart as a PNG picture. Raises FigureError without the package vl-convert-python."""
        return _drawer().svg_to_png(self._svg(dark=dark, width=width), scale=scale)

    def _svg(self, *, dark: bool = False, width: int = theme.WIDE) -> str:
        return _drawer().vegalite_to_svg(held_still(self.drawn(dark=dark, width=width), dark=dark))

    @cached_property
    def picture(self) -> bytes:
        """The largest light PNG under 60 kB."""
        svg, size = self._svg(), 0
        for scale in _SCALES:
            if size * scale**2 > LARGEST_PICTURE:
                continue  # a picture's bytes shrink no faster than its pixels
            png = squeezed(_drawer().svg_to_png(svg, scale=scale))
            if len(png) <= LARGEST_PICTURE:
                return png
            size = size or len(png)
        raise FigureError(f"figure: the picture takes {size} bytes; expected at most {LARGEST_PICTURE}")

    def html(self) -> str:
        """Returns the figure as the book embeds it."""
        text = html.escape(self.alt, quote=True)
        data = base64.b64encode(self.picture).decode()
        spec = _compact(self.spec).replace("</", "<\\/")
        return (
            f'<figure class="circles-figure"><div class="circles-chart" role="img" aria-label="{text}">'
            f'<img class="circles-fallback" alt="{text}" src="data:image/png;base64,{data}"></div>'
            f'<script type="application/json" class="circles-spec">{spec}</script>'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        if os.environ.get("CIRCLES_BOOK") == "1":
            return {"text/html": self.html(), "text/plain": self.alt}
        try:
            picture = self.picture
        except FigureError:  # no vl-convert: Colab is spared its 33 MB
            picture = None
        return outside.bundle(self.drawn(), alt_text=self.alt, caption=self.caption, picture=picture)


def _drawer() -> ModuleType:
    try:
        import vl_convert  # 33 MB that only pictures need
    except ImportError:
        raise FigureError("figure: no package vl_convert; expected vl-convert-python, which draws pictures") from None
    return vl_convert


def laid_out(spec: dict, *, dark: bool = False, width: int = theme.WIDE) -> dict:
    """Returns a figure's specification with a theme's config, a width in pixels and the wide page's columns."""
    spec = copy.deepcopy(spec)
    spec["config"] = spec["usermeta"]["dark" if dark else "light"]
    if spec.get("width") == "container":
        spec["width"] = width
    if "columns" in spec and width >= theme.WIDE:
        spec["columns"] = spec["usermeta"]["columns"]
    return spec


def held_still(spec: dict, *, dark: bool = False) -> dict:
    """Returns a laid out specification as a picture has it: its parameters where nobody can move them, its own ground."""
    still = spec["usermeta"].get("still", {})
    params = [
        {k: v for k, v in (param | {"value": still.get(param["name"], param.get("value"))}).items() if v is not None}
        for param in spec.get("params", [])
    ]
    # A picture cannot follow the page's theme, so it brings its own background.
    return spec | ({"params": params} if params else {}) | {"background": theme.GROUND["dark" if dark else "light"]}


def _compact(spec: dict) -> str:
    return json.dumps(spec, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _renumbered(text: str) -> str:
    """Renames Altair's view_17 and param_9, counted since the interpreter started, in order of appearance."""
    seen: dict[str, str] = {}

    def name(match: re.Match) -> str:
        kind = match.group(1)
        return seen.setdefault(match.group(0), f"{kind}_{sum(v.startswith(kind) for v in seen.values()) + 1}")

    return re.sub(r"\b(view|param)_\d+\b", name, text)
