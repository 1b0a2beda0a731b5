"""Sphinx extension: the built book asks nothing of any other host.

Writes the Vega bundle of the installed vl-convert beside the page's own scripts, and switches off the theme's
loaders of outside scripts.
"""

from __future__ import annotations

from pathlib import Path

import vl_convert
from altair.utils._importers import vl_version_for_vl_convert


def write_vega(app, error) -> None:
    """Write ``_static/vega.js``, which ``circles.js`` loads on the pages that have charts."""
    if error is None and app.builder.format == "html":
        bundle = vl_convert.javascript_bundle(vl_version=vl_version_for_vl_convert())
        # In a function of its own: the bundle's short top-level names would collide with other scripts.
        text = f"(function () {{\n{bundle}\n}})();\n"
        (Path(app.outdir) / "_static" / "vega.js").write_text(text, encoding="utf-8")


def setup(app) -> dict[str, bool]:
    app.connect("build-finished", write_vega)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
