"""The figures of Chapter 3: nets with few values a weight beside the one of full precision."""

import pandas as pd

from circles.figures.bars import histograms
from circles.figures.beside import beside
from circles.figures.frames import require, thin
from circles.figures.grokking import attention_heads, logits_fit, progress_measures, slider, spectrum, training_curves
from circles.figures.heat import heat
from circles.figures.latent import latent_slider
from circles.figures.lines import lines
from circles.figures.quantity import EPOCH, Quantity
from circles.figures.settings import settings
from circles.figures.show import Figure
from circles.figures.switches_beside import switches_beside
from circles.figures.table import table

__all__ = [
    "against_controls", "attention_heads", "beside", "bits_against_algorithm", "block_maps", "latent_slider", "logits_fit", "matrices",
    "nets_through_training", "progress_measures", "slider", "spectrum", "switches_beside", "table", "training_curves", "two_weights",
    "variance_histograms",
]  # fmt: skip

SHARE = Quantity("variance explained", span=(0, 1), percent=True)


def nets_through_training(frame: pd.DataFrame, *, caption: str | None = None) -> Figure:
    """The median over seeds and its quartiles, a colour a net, a panel a measure. frame: net, seed, epoch, panel, value."""
    words = "Through training."
    seeds = " Lines are medians over the seeds, bands reach from quartile to quartile."
    return lines(frame, over="epoch", x=EPOCH, by="net", panel="panel", spread="quartiles", height=190, caption=(caption or words) + seeds)  # fmt: skip


def variance_histograms(frame: pd.DataFrame, *, threshold: float = 0.85) -> Figure:
    """How much of each neuron one frequency explains: 20 bins, shares of a net's neurons. frame: net, fve, a row a neuron."""
    require(frame, "variance_histograms", "net", "fve")
    left = (frame["fve"].clip(0, 0.999999) * 20).astype(int) / 20
    counts = frame.assign(left=left).groupby(["net", "left"], sort=False).size().rename("neurons").reset_index()
    counts["size"] = counts["neurons"] / counts["net"].map(frame["net"].value_counts())
    counts["right"] = counts["left"] + 0.05
    nets = list(dict.fromkeys(frame["net"]))
    over = ", ".join(f"{net} {(frame[frame['net'] == net]['fve'] > threshold).mean():.0%}" for net in nets)
    rules = pd.DataFrame({"net": nets, "at": threshold})
    return histograms(counts, x=SHARE, y=Quantity("share of the neurons", percent=True, ticks=4, zero=True), panel="net", rules=rules,
                      height=150, columns=3,
                      text=f"Histograms of the variance of each neuron that one frequency explains. Over {threshold:.0%}: {over}.",
                      caption=f"How much of each neuron one frequency explains; the rule stands at {threshold:.0%}.")  # fmt: skip


def block_maps(frame: pd.DataFrame) -> Figure:
    """The norm of all neurons in each block of the 2-D Fourier basis. frame: net, frequency_a, frequency_b, norm."""
    require(frame, "block_maps", "net", "frequency_a", "frequency_b", "norm")
    rows = frame.sort_values(["frequency_b", "frequency_a"], kind="stable")
    return heat(rows.sort_values("net", key=lambda s: s.map(list(dict.fromkeys(frame["net"])).index), kind="stable"),
                panel="net", row="frequency_b", column="frequency_a", value="norm", across="frequency of a",
                up="frequency of b", unit="norm, of the largest", each=True, origin="bottom",
                caption="The neurons in the two-dimensional Fourier basis; the constant is left out.")  # fmt: skip


def matrices(frame: pd.DataFrame, *, rows: str, columns: str, unit: str, caption: str) -> Figure:
    """Matrices side by side on one scale. frame: picture, row (a number that names it), column (0, 1, ...), value."""
    return heat(frame, panel="picture", row="row", column="column", value="value", across=columns, up=rows, unit=unit,
                side=230, caption=caption)  # fmt: skip


def two_weights(frame: pd.DataFrame) -> Figure:
    """How far each weight of the layer moves. frame: step, weight, change (||W - W_0|| / ||W_0||)."""
    require(frame, "two_weights", "step", "weight", "change")
    return lines(thin(frame, column="step", most=80), over="step", x=Quantity("training step"), value="change", by="weight",
                 y=Quantity("change, of the norm at the start", zero=True),
                 caption="How far each of the layer's two weights moves from its start.")  # fmt: skip


def against_controls(frame: pd.DataFrame, controls: pd.DataFrame, *, unit: str) -> Figure:
    """A statistic of several matrices against shuffled controls. frame: weight, observed. controls: weight, value."""
    require(frame, "against_controls", "weight", "observed")
    require(controls, "against_controls", "weight", "value")
    edge = 1.05 * max(float(frame["observed"].max()), float(controls["value"].max()))
    step = edge / 100
    binned = controls.assign(left=(controls["value"] / step).astype(int) * step)
    counts = binned.groupby(["weight", "left"], sort=False).size().rename("size").reset_index()
    counts["right"] = counts["left"] + step
    seen = "; ".join(
        f"{r.weight}: {r.observed:.3g} against {controls[controls['weight'] == r.weight]['value'].mean():.3g} on average in the controls"
        for r in frame.itertuples()
    )
    return histograms(counts, x=Quantity(unit, span=(0, float(f"{edge:.3g}"))), y=Quantity("shuffled controls", ticks=3, zero=True),
                      panel="weight", rules=frame.rename(columns={"observed": "at"}),
                      text=f"The {unit} of each matrix, a rule, beside a histogram of shuffled controls. {seen}.",
                      caption="Each matrix (orange) against copies of itself with shuffled rows (grey).")  # fmt: skip


def bits_against_algorithm(frame: pd.DataFrame, *, caption: str) -> Figure:
    """Measures against the bits of a weight. frame: bits, seed, panel (the title of the y axis), value."""
    return settings(frame, over="bits", value="value", title="bits a weight", panel="panel", caption=caption)
