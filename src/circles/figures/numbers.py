"""The figures of Chapter 1: number embeddings, nets that add with them, what each part of a net is worth."""

from __future__ import annotations

import pandas as pd

from circles.figures.bands import bands
from circles.figures.bars import bars, histograms
from circles.figures.frames import order, require
from circles.figures.lines import lines
from circles.figures.logit_sums import logit_sums
from circles.figures.number_models import spikes_by_model
from circles.figures.plane import plane
from circles.figures.quantity import EPOCH, Quantity
from circles.figures.rows import rows
from circles.figures.settings import settings
from circles.figures.show import Figure
from circles.figures.table import table
from circles.figures.wheel import number_wheel as _wheel

__all__ = [
    "accuracy_dots", "bands", "curves_with_spread", "error_histograms", "followed_by_layer", "gains", "left_over", "lens_by_layer",
    "logit_sums", "nets_through_training", "number_spectra", "number_wheel", "spikes_against_chance", "spikes_by_model", "table",
]  # fmt: skip

RIVALS = ("as many random directions", "as many of the number rows")  # of a filter, by their colours
ACCURACY = Quantity("held-out accuracy", span=(0, 1), percent=True)


def number_spectra(
    frame: pd.DataFrame, *, what: str = "the number embeddings", root: bool = False, caption: str | None = None
) -> Figure:
    """The norm of each Fourier component of `what`. frame: panel, component, period (numbers), size, spike (bool).

    `root` takes square roots along the axis of norms.
    """
    require(frame, "number_spectra", "panel", "component", "period", "size", "spike")
    x = Quantity("component k", span=(0, int(frame["component"].max()) + 6), ticks=6)
    words = f"{what[0].upper()}{what[1:]} in the Fourier basis. The figures on the bars are periods, in numbers."
    words += " The axis of norms is one of square roots." if root else ""
    panel = "panel" if frame["panel"].nunique() > 1 else None
    return bars(frame, over="component", x=x, value="size", y=Quantity("norm, in medians", root=root), bright="spike", name="period",
                panel=panel, what=what, caption=caption or words)  # fmt: skip


def spikes_against_chance(frame: pd.DataFrame, controls: pd.DataFrame) -> Figure:
    """The energy of each high component; the rule is what the largest stays below in 95% of the permutations.

    frame: component, period, size (energy a wave over the median), spike. controls: largest, one row a permutation.
    """
    require(frame, "spikes_against_chance", "component", "period", "size", "spike")
    require(controls, "spikes_against_chance", "largest")
    limit = float(controls["largest"].quantile(0.95))
    x = Quantity("component k", span=(float(frame["component"].min()) - 3, float(frame["component"].max()) + 6), ticks=6)
    return bars(frame.assign(above=frame["size"] > limit), over="component", x=x, value="size",
                y=Quantity("energy, in medians"), bright="above", name="period", rule=(limit, "largest by chance, 95%"),
                what=f"each high component, held against {len(controls)} permutations of the numbers",
                caption="The energy of each high component. The rule comes from permuted numbers; the labels are periods.")  # fmt: skip


def number_wheel(frame: pd.DataFrame) -> Figure:
    """Numbers in the plane of a chosen period. frame: number, digit, period, x, y."""
    return _wheel(frame, caption="Choose a period. Left, held-out numbers; right, on a scale of its own, the mean of each last digit.")


def left_over(frame: pd.DataFrame) -> Figure:
    """Numbers by two principal components of what is left without the last digit. frame: number, digits, x, y."""
    require(frame, "left_over", "number", "digits", "x", "y")
    named = (frame["number"] % 50 == 0) | (frame["number"] == 10)
    rows_ = frame.assign(name=frame["number"].astype(str).where(named, ""))
    return plane(rows_, x="x", y="y", across=Quantity("first principal component"), up=Quantity("second principal component"),
                 kind="digits", title="digits of the number", name="name", tips=("number",),
                 text=f"The {len(frame)} numbers by two principal components of what is left without the last digit's waves.",
                 caption="What is left without the waves of the last digit: numbers by their first two principal components.")  # fmt: skip


def nets_through_training(frame: pd.DataFrame) -> Figure:
    """A line a seed, a colour a net. frame: net, seed, epoch, panel, value."""
    y = ACCURACY if frame["panel"].nunique() == 1 else None
    return lines(frame, over="epoch", x=EPOCH, by="net", spread="seeds", y=y, panel=None if y else "panel",
                 caption="Through training, one line per seed. Click a net in the legend to see it alone.")  # fmt: skip


def curves_with_spread(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """Held-out accuracy: median, band from least to most, thin lines. frame: net, seed, epoch, panel, value."""
    words = "The held-out accuracy: medians over the seeds, one thin line per seed, bands from the least to the most."
    return lines(frame, over="epoch", x=EPOCH, y=ACCURACY, by="net", panel="panel", spread="range", caption=caption or words)


def error_histograms(frame: pd.DataFrame, *, most: int = 25) -> Figure:
    """How often each error occurs among a net's wrong answers; whole tens have a colour of their own.

    frame: net, error (answer minus sum; `most` and -`most` stand for all beyond), share (of the wrong answers), wrong.
    """
    require(frame, "error_histograms", "net", "error", "share", "wrong")
    kinds = (frame["error"] % 10 == 0).map({True: "whole tens", False: "other errors"})
    counts = frame.assign(left=frame["error"] - 0.45, right=frame["error"] + 0.45, size=frame["share"], kind=kinds)
    seen = "; ".join(
        f"{net} ({int(part['wrong'].iloc[0])} errors): {part[part['error'].abs() == 1]['share'].sum():.0%} off by one, "
        f"{part[part['error'].abs().isin([10, 20])]['share'].sum():.0%} off by 10 or 20"
        for net, part in frame.groupby("net", sort=False)
    )
    x = Quantity("answer minus sum", span=(-most - 1, most + 1), ticks=6)
    return histograms(counts, x=x, y=Quantity("share of the errors", percent=True, ticks=4, zero=True), panel="net", kind="kind",
                      text=f"Histograms of the errors of each net. {seen}.",
                      caption=f"How far off the wrong answers are. The outermost bars hold all errors of {most} and more.")  # fmt: skip


def accuracy_dots(frame: pd.DataFrame, *, caption: str) -> Figure:
    """Held-out accuracy, a row a setting. frame: row, who ("paper" is a diamond), seed, accuracy.

    Random directions are a bar from the least to the greatest of their draws, with a tick at the median.
    """
    drawn = tuple(who for who in order(frame["who"]) if who in RIVALS)
    colours = ("ours", *RIVALS, "paper") if drawn else ()
    return rows(frame, value="accuracy", x=ACCURACY, by="who", ranges=drawn, colours=colours, caption=caption)


def gains(frame: pd.DataFrame, *, title: str, caption: str) -> Figure:
    """What one net is ahead of another by. frame: what (is changed), value, seed, gain (-1 to 1, in accuracy)."""
    require(frame, "gains", "what", "value", "seed", "gain")
    least, most = min(0.0, float(frame["gain"].min())), max(0.0, float(frame["gain"].max()))
    y = Quantity(title, span=(round(least - 0.06, 1), round(most + 0.06, 1)), percent=True, sign=True)
    return settings(frame, over="value", value="gain", y=y, panel="what", zero=True, columns=3, caption=caption)


def followed_by_layer(frame: pd.DataFrame) -> Figure:
    """What answers follow when a part of the state is exchanged after a layer. frame: panel, layer, what, share."""
    require(frame, "followed_by_layer", "panel", "layer", "what", "share")
    layers = tuple(int(n) for n in sorted(frame["layer"].unique()))
    x = Quantity("exchanged after layer", at=layers, even=True, span=(min(layers), max(layers)))
    y = Quantity("share of the answers", span=(0, 1), percent=True)
    return lines(frame, over="layer", x=x, value="share", y=y, by="what", panel="panel", points=True,
                 caption="Answers that have the last digit of the sum that the waves came from, that are within 10 of "
                 "that sum, that are within 10 of their own, and that are as before. Random instead: as many random directions.")  # fmt: skip


def lens_by_layer(frame: pd.DataFrame) -> Figure:
    """How near the state after each layer comes to the answer. frame: layer, near (such as "within 2"), share."""
    require(frame, "lens_by_layer", "layer", "near", "share")
    layers = tuple(int(n) for n in sorted(frame["layer"].unique()))
    x = Quantity("after layer", at=layers, even=True, span=(0, max(layers)))
    y = Quantity("share of the answers", span=(0, 1), percent=True)
    return lines(frame, over="layer", x=x, value="share", y=y, by="near", points=True,
                 caption="What the final norm and the unembedding read from the state after each layer.")  # fmt: skip
