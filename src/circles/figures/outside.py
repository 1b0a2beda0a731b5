"""A figure in a notebook outside the book: as many forms as notebooks know, and the notebook takes the best it can.

Vega-Lite's MIME type is what JupyterLab and VS Code draw by themselves, without a network; Colab takes the HTML, which
asks a host for Vega; where none of it runs there is the picture, and at last the description.
"""

import base64
import copy
import html
import json
import textwrap
import uuid

import altair as alt

from circles.figures import theme

LINE = 90  # letters of a caption's line below a chart
_LOOK = "circles-look"


def bundle(spec: dict, *, alt_text: str, caption: str, picture: bytes | None) -> dict:
    """Returns the MIME types of one figure: Vega-Lite's own, HTML, a PNG where there is a picture, text.

    Each HTML has an id of its own, or a page with several would draw all of them into the first.
    """
    card = _card(spec, caption)
    made = {f"application/vnd.vegalite.v{major}+json": card for major in (5, int(alt.VEGALITE_VERSION.split(".")[0]))}
    made["text/html"] = page(spec, alt_text=alt_text, caption=caption, picture=picture)
    if picture is not None:
        made["image/png"] = base64.b64encode(picture).decode()
    return made | {"text/plain": alt_text}


def _card(spec: dict, caption: str) -> dict:
    """The chart on a light card with its caption below: a MIME type cannot ask which theme the notebook has."""
    card = copy.deepcopy(spec)
    card.pop("usermeta", None)
    card["background"] = theme.GROUND["light"]
    card["padding"] = 12
    if "title" not in card:
        words = {"fontSize": 12, "fontWeight": "normal", "anchor": "start", "orient": "bottom", "offset": 12}
        card["title"] = {"text": textwrap.wrap(caption, LINE)} | words
    return card


def page(spec: dict, *, alt_text: str, caption: str, picture: bytes | None) -> str:
    """Returns the chart as HTML that draws itself, light or dark as the notebook is; a picture shows until it does."""
    name = f"circles-{uuid.uuid4().hex}"
    live = alt.utils.mimebundle.spec_to_mimebundle(
        {key: value for key, value in spec.items() if key != "usermeta"} | {"config": _LOOK},
        format="html",
        mode="vega-lite",
        template="universal",
        output_div=name,
        vega_version=alt.VEGA_VERSION,
        vegalite_version=alt.VEGALITE_VERSION,
        vegaembed_version=alt.VEGAEMBED_VERSION,
    )["text/html"]
    looks = json.dumps({"light": theme.LIGHT, "dark": theme.DARK}, ensure_ascii=False, separators=(",", ":"))
    live = live.replace(f'"{_LOOK}"', f'{looks}[({_DARK})("{name}") ? "dark" : "light"]', 1)
    still = ""
    if picture is not None:
        # Offline the chart's place holds an error: the picture says more, and goes when the chart is drawn.
        still = (
            f"<style>#{name} .error{{display:none}}body:has(#{name} :is(canvas,svg)) #{name}-still{{display:none}}</style>"
            f'<img id="{name}-still" style="background:#fff;max-width:100%" alt="{html.escape(alt_text, quote=True)}" '
            f'src="data:image/png;base64,{base64.b64encode(picture).decode()}">'
        )
    return f"{still}{live}<p><small>{html.escape(caption)}</small></p>"


# Whether the first ground that is painted behind an element is dark; where none is, what the reader's system prefers.
_DARK = """function (id) {
  for (let at = document.getElementById(id); at; at = at.parentElement) {
    const [r, g, b, a = 1] = (getComputedStyle(at).backgroundColor.match(/[\\d.]+/g) || [0, 0, 0, 0]).map(Number);
    if (a > 0.5) return 0.3 * r + 0.59 * g + 0.11 * b < 128;
  }
  return matchMedia("(prefers-color-scheme: dark)").matches;
}"""
