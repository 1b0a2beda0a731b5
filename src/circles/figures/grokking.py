"""The figures of Chapter 2: a net that groks, its circles, its ablations, its measures, its sweeps."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from circles.figures.bars import bars
from circles.figures.diagram import one_layer
from circles.figures.frames import FigureError, require
from circles.figures.heads import attention_heads
from circles.figures.lines import lines
from circles.figures.moments import moments
from circles.figures.neurons import neuron_clusters
from circles.figures.pair_maps import pair_maps as _pair_maps
from circles.figures.phased import phased
from circles.figures.quantity import EPOCH, Quantity
from circles.figures.rows import rows
from circles.figures.settings import settings
from circles.figures.show import Figure
from circles.figures.slider import slider as _slider
from circles.figures.switches import switches
from circles.figures.table import table
from circles.figures.token_circles import token_circles
from circles.figures.verdicts import verdict_grid
from circles.figures.walk import walk

__all__ = [
    "ablation_table", "attention_heads", "direction_fit", "dots", "excluded_each", "logits_fit", "moments", "neuron_clusters", "one_layer",
    "pair_maps", "progress_measures", "singular_values", "slider", "spectrum", "step_time", "sweep", "switches", "table", "token_circles",
    "training_curves", "verdict_grid", "walk",
]  # fmt: skip

FREQUENCY = "frequency k"
SWEPT = {"fraction": "share of the pairs trained on", "weight_decay": "weight decay", "p": "prime p"}


def training_curves(frame: pd.DataFrame, phases: pd.DataFrame) -> Figure:
    """Loss and accuracy of each seed. frame: seed, epoch, split, loss (nats), accuracy. phases: seed, phase, start, end."""
    require(frame, "training_curves", "seed", "epoch", "split", "loss", "accuracy")
    named = {"loss (nats)": "loss", "accuracy": "accuracy"}
    parts = [frame.assign(panel=p, measure=frame["split"], value=frame[c]) for p, c in named.items()]
    several = frame["seed"].nunique() > 1
    words = "Loss and accuracy through training" + (", one line per seed; the phases are the thick one's." if several else ", the phases shaded.")
    return phased(pd.concat(parts), phases, every_seed=True, caption=words)


def progress_measures(frame: pd.DataFrame, phases: pd.DataFrame) -> Figure:
    """The progress measures. frame: seed, epoch, panel, measure, value. phases: seed, phase, start, end."""
    return phased(frame, phases, caption="The progress measures through training, the phases of the seed shaded.")


def excluded_each(frame: pd.DataFrame, phases: pd.DataFrame) -> Figure:
    """The excluded loss of each key frequency, in the columns of ``progress_measures``."""
    return phased(frame, phases, caption="The excluded loss with one key frequency removed at a time, the phases shaded.")


def slider(spectrum: pd.DataFrame, circle: pd.DataFrame, losses: pd.DataFrame) -> Figure:
    """Tokens on the circle of a frequency, spectrum and losses at one moment of training; columns as in ``slider``."""
    words = "Move the slider through training, and choose a key frequency: where the tokens lie, and what the losses are then."
    return _slider(spectrum, circle, losses, caption=words)


def pair_maps(maps: Mapping[str, np.ndarray], blocks: pd.DataFrame) -> Figure:
    """Heads and neurons over (a, b) and in the two-dimensional Fourier basis; columns as in ``pair_maps``."""
    words = "Choose a head (its attention to a) or a neuron: what it is at all pairs, and which frequencies of a and of b it has."
    return _pair_maps(maps, blocks, caption=words)


def spectrum(frame: pd.DataFrame, *, key: Iterable[int] | None = None) -> Figure:
    """Norm of each Fourier component of the embedding. frame: frequency, norm, kind ("cos", "sin"), net."""
    chosen = set() if key is None else {int(k) for k in key}
    x = Quantity(FREQUENCY, span=(-0.5, float(frame["frequency"].max()) + 1), ticks=8)
    words = "The embedding in the Fourier basis" + ("; key frequencies in full colour." if chosen else ".")
    nets = ", ".join(map(str, frame["net"].unique()))
    return bars(frame.assign(key=frame["frequency"].isin(chosen)), over="frequency", x=x, value="norm", kind="kind",
                y=Quantity("norm of the component"), bright="key", name="frequency", what=f"each cos and sin component, {nets}",
                caption=words)  # fmt: skip


def singular_values(frame: pd.DataFrame, *, rank: int) -> Figure:
    """Singular values of W_L, with a rule after the first `rank`. frame: index (from 1), value, net."""
    y = Quantity("singular value", log=True)
    return lines(frame, over="index", x=Quantity("index of the singular value"), y=y, by="net", points=True,
                 rules=(("x", rank + 0.5, f"rank {rank}"),), height=220, caption="Singular values of W_L = W_U W_out.")  # fmt: skip


def direction_fit(frame: pd.DataFrame) -> Figure:
    """Variance of u_k.MLP and v_k.MLP explained by cos(w_k(a+b)), sin(w_k(a+b)). frame: frequency, part, fve."""
    low = min(0.9, float(frame["fve"].min()) - 0.01)
    x = Quantity("variance explained", span=(low, 1), percent=True)
    named = frame.assign(row=[f"k = {int(k)}" for k in frame["frequency"]], seed="the net shown")
    return rows(named, value="fve", x=x, by="part", above=False,
                caption="How well the neurons' directions are cos(w_k(a+b)) and sin(w_k(a+b)).")  # fmt: skip


def logits_fit(frame: pd.DataFrame, *, fve: float | int | None = None) -> Figure:
    """The coefficient alpha_k of cos(w_k(a+b-c)) in the logits. frame: frequency, alpha, key (bool)."""
    x = Quantity(FREQUENCY, span=(0, float(frame["frequency"].max()) + 1), ticks=8)
    shared = "" if fve is None else f"; the key frequencies together explain {fve:.1%} of the variance"
    return bars(frame, over="frequency", x=x, value="alpha", y=Quantity("α_k (logit)"), bright="key", name="frequency",
                stems=True, what=f"cos(w_k(a+b-c)) in the logits{shared}",
                caption="The logits as a sum of cosines: one coefficient per frequency.")  # fmt: skip


def ablation_table(frame: pd.DataFrame) -> Figure:
    """Test loss with a part kept or removed. frame: ablation, seed, ours, paper (may be missing in a row)."""
    require(frame, "ablation_table", "ablation", "seed", "ours", "paper")
    ours = frame.rename(columns={"ours": "value"}).assign(who="ours")
    paper = frame.drop_duplicates("ablation").rename(columns={"paper": "value"}).assign(who="paper", seed=None)
    both = pd.concat([part[["ablation", "seed", "who", "value"]] for part in (ours, paper)])
    return rows(both, row="ablation", x=Quantity("test loss (nats)", log=True), by="who",
                caption="What the loss becomes when a part is kept or removed, one dot per seed.")  # fmt: skip


def dots(frame: pd.DataFrame, *, unit: str, rule: float, means: str, caption: str) -> Figure:
    """A dot a seed, and a rule that `means` something. frame: row, seed, value."""
    return rows(frame, x=Quantity(unit), rule=(rule, means), caption=caption)


def sweep(frame: pd.DataFrame, *, over: str) -> Figure:
    """Epochs until the net groks; one that never did stands at its budget as a cross.

    frame: `over`, seed, epochs_to_grok (missing: not within the budget), budget (epochs), final_test_accuracy. Raises
    FigureError when `over` is another setting.
    """
    if over not in SWEPT:
        raise FigureError(f"sweep: over={over!r}; expected one of {', '.join(SWEPT)}")
    require(frame, "sweep", over, "seed", "epochs_to_grok", "budget", "final_test_accuracy")
    done = frame["epochs_to_grok"].notna()
    rows_ = frame.assign(
        state=done.map({True: "grokked", False: "not within the budget"}),
        epochs=frame["epochs_to_grok"].where(done, frame["budget"]),
    )
    span = (float(rows_["epochs"].min()) / 1.3, float(1.3 * rows_["epochs"].max()))
    y = Quantity("epochs until it groks", log=True, span=span)
    words = f"When the net groks, by {SWEPT[over]}, one dot per seed" + ("." if done.all() else "; crosses did not within their budget.")
    return settings(rows_, over=over, value="epochs", title=SWEPT[over], y=y, state="state", medians=False,
                    tips=("final_test_accuracy",), caption=words)  # fmt: skip


def step_time(frame: pd.DataFrame) -> Figure:
    """Milliseconds a training step takes. frame: epoch, milliseconds, flushing (bool)."""
    require(frame, "step_time", "epoch", "milliseconds", "flushing")
    names = {True: "subnormals flushed to zero", False: "not flushed"}
    rows_ = frame.assign(setting=frame["flushing"].astype(bool).map(names))
    return lines(rows_, over="epoch", x=EPOCH, value="milliseconds", y=Quantity("time of a step (ms)", zero=True), by="setting",
                 points=True, caption="The time of a training step by epoch, with subnormal numbers flushed to zero and without.")  # fmt: skip
