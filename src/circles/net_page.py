"""One page about one net, to be kept or shown: what was read, what it learnt, the book's own figures of it.

The page asks nothing of any other host: figures are pictures, one for a light page and one for a dark, inside the file.
"""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from circles.analysis.checkpoint_report import Report
from circles.analysis.checkpoint_text import number, render
from circles.analysis.foreign_net import ForeignNet
from circles.figures import Figure
from circles.figures import grokking as figures
from circles.foundations import fourier
from circles.foundations.errors import ConfigError
from circles.papers import net_frames

MOST_CIRCLES = 4
_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
pre { white-space: pre-wrap; font-size: .8rem; padding: .8rem; border: 1px solid #8886; border-radius: 6px }
td { padding: .1rem 1rem .1rem 0 } caption { text-align: left; font-weight: 600 }
figure { margin: 2rem 0 } img { max-width: 100%; height: auto } figcaption { font-size: .9rem; opacity: .85 }
"""


def write(net: ForeignNet, found: Report, path: Path) -> None:
    """Write the page. Raises ConfigError, naming the place, where it cannot be written."""
    text = page(net, found)
    try:
        beside = path.with_name(f".{path.name}.part")
        try:
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(f"--html is {path}, which cannot be written ({error.strerror})") from error


def page(net: ForeignNet, found: Report) -> str:
    """The whole page as one string of HTML."""
    name = html.escape(Path(found["file"]).name)
    clock = found["clock_or_pizza"]["verdict"]
    shown = "\n".join(_figure(figure) for figure in _figures(net))
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}: what it learnt</title><style>{_STYLE}</style></head><body>
<h1>{name}</h1>
<p>{html.escape(found["operation"])} modulo {found["p"]}, {found["accuracy"]:.2%} right.
Frequencies of the readout: {", ".join(map(str, net.keys)) or "none"}. Clock or pizza: {clock}.</p>
<pre>{html.escape(render(found))}</pre>
{_losses(found)}
{shown}
<p><small>Made by <code>python -m circles analyse</code> of the book Learning in Circles.</small></p>
</body></html>
"""


def _losses(found: Report) -> str:
    """The losses as a table: of the net, of its key frequencies alone, without them, of the fit by cosines."""
    rows = {
        "the net": found["loss"],
        "restricted to its key frequencies": found["restricted_loss"],
        "without its key frequencies": found["excluded_loss"],
        "the fit by one cosine a frequency": found["logits_fit_loss"],
    }
    cells = "".join(f"<tr><td>{name}</td><td>{number(value, '.3e')}</td></tr>" for name, value in rows.items())
    rest = "" if found["group"] == found["p"] else ", the last three over those without 0, which has no logarithm"
    return f"<table><caption>Losses, in nats, over all pairs{rest}</caption>{cells}</table>"


def _figures(net: ForeignNet) -> Iterator[Figure]:
    """The book's figures of a net, from spectrum to logits."""
    yield figures.spectrum(net_frames.embedding(net, "this net"), key=net.keys)
    if net.keys:
        yield figures.token_circles(circles(net))
    still = "Neurons by the frequency that explains most of each, and how much it explains."
    yield figures.neuron_clusters(net_frames.neurons(net), caption=still)
    yield figures.logits_fit(net_frames.logit_waves(net), fve=net.logit_fit.explained)
    if len(net.singular_values) > 1:
        yield figures.singular_values(net_frames.singular_values(net, "this net"), rank=2 * len(net.keys))


def circles(net: ForeignNet) -> pd.DataFrame:
    """The numbers along cos and sin of the strongest key frequencies in W_E: frequency, token, x, y.

    Each circle is drawn in the plane of its own two Fourier components of W_E, unit by unit: x and y are the rows of
    W_E along the directions f_cos W_E and f_sin W_E, scaled to length one.
    """
    strongest = sorted(net.keys, key=lambda k: -abs(net.logit_fit.alpha[k]))[:MOST_CIRCLES]
    basis = fourier.basis(net.p)
    parts = []
    for k in strongest:
        plane = basis[2 * k - 1 : 2 * k + 1] @ net.W_E
        plane = plane / plane.norm(dim=1, keepdim=True).clamp_min(1e-30)
        x, y = (net.W_E @ plane.mT).T.numpy()
        parts.append(pd.DataFrame({"frequency": k, "token": net.group.first.numpy(), "x": x, "y": y}))
    return pd.concat(parts, ignore_index=True)


def _figure(figure: Figure) -> str:
    light, dark = (base64.b64encode(figure.png(dark=dark, scale=1.5)).decode() for dark in (False, True))
    alt = html.escape(figure.alt, quote=True)
    return (
        f'<figure><picture><source media="(prefers-color-scheme: dark)" srcset="data:image/png;base64,{dark}">'
        f'<img alt="{alt}" src="data:image/png;base64,{light}"></picture>'
        f"<figcaption>{html.escape(figure.caption)}</figcaption></figure>"
    )
