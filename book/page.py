"""Sphinx extension: what the page needs beyond jupyter-book, above all to ask nothing of any other host.

Writes the Vega bundle of the installed vl-convert beside the page's own scripts, and takes out the scripts that would
load others from outside.
"""

from __future__ import annotations

from pathlib import Path

import vl_convert
from altair.utils._importers import vl_version_for_vl_convert


def name_book(app, config) -> None:
    """Write the book's title beside its logo; set in _config.yml it would displace the theme's other options."""
    config.html_theme_options["logo"] = {"text": config.html_title}


def write_vega(app, error) -> None:
    """Write ``_static/vega.js``, which ``circles.js`` loads on the pages that have charts."""
    if error is None and app.builder.format == "html":
        bundle = vl_convert.javascript_bundle(vl_version=vl_version_for_vl_convert())
        # In a function of its own: the bundle's short top-level names would collide with other scripts.
        text = f"(function () {{\n{bundle}\n}})();\n"
        (Path(app.outdir) / "_static" / "vega.js").write_text(text, encoding="utf-8")


def drop_thebe(app, page, template, context, doctree) -> None:
    """Take the scripts of Thebe, which is off but still there, out of the page; give the theme its mode."""
    context["script_files"] = [x for x in context["script_files"] if "thebe" not in _words(x)]
    context["default_mode"] = context.get("default_mode") or "auto"


def _words(script) -> str:
    return f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', {}).get('body', '')}"


def setup(app) -> dict[str, bool]:
    app.connect("config-inited", name_book)
    # After every extension and the theme have added their own.
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", write_vega)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
