"""Tidy frames of the chapter's figures: nets side by side, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import torch

from circles.analysis import plane
from circles.analysis.alignment import Alignment, shares
from circles.analysis.net import Net
from circles.models.quantized import BITS
from circles.papers import net_frames
from circles.papers.li2024.measures import planes, shuffles
from circles.papers.li2024.net import NAMES
from circles.training.runs import Run

CURVES = {
    "test accuracy": "test_accuracy",
    "training loss (nats)": "train_loss",
    "restricted loss (nats)": "restricted_loss",
    "excluded loss (nats)": "excluded_loss",
}
WIDTH = {NAMES[kind]: round(bits, 2) for kind, bits in BITS.items()}  # bits a weight, by a net's name
MEASURES = {
    "epochs to grok": "grokked",
    "frequencies in W_L": "frequencies",
    "variance of the logits explained": "logit_variance",
}


def through_training(found: Iterable[tuple[str, int, Run]], panels: Mapping[str, str] = CURVES) -> pd.DataFrame:
    """Curves of every run: net, seed, epoch, panel, value."""
    parts = [
        pd.DataFrame({
            "net": kind, "seed": seed, "epoch": run.measures["epoch"].numpy(), "panel": panel,
            "value": run.measures[curve].numpy(),
        })
        for kind, seed, run in found for panel, curve in panels.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def variances(nets: Mapping[str, Net]) -> pd.DataFrame:
    """The variance of each neuron that one frequency explains: net, neuron, frequency, fve."""
    parts = [net_frames.neurons(net).assign(net=name) for name, net in nets.items()]
    return pd.concat(parts, ignore_index=True)


def blocks(nets: Mapping[str, Net]) -> pd.DataFrame:
    """The neurons' norms in the 2-D Fourier basis: net, frequency_a, frequency_b, norm."""
    parts = []
    for name, net in nets.items():
        norms = plane.block_norms(net.energy).numpy()
        a, b = np.indices(norms.shape)
        parts.append(pd.DataFrame({
            "net": name, "frequency_a": a.ravel(), "frequency_b": b.ravel(), "norm": norms.ravel(),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def alignments(found: Mapping[str, Alignment]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The observed values (weight, observed) and those of the controls (weight, value)."""
    observed = pd.DataFrame([(name, a.observed) for name, a in found.items()], columns=["weight", "observed"])
    controls = [pd.DataFrame({"weight": name, "value": a.controls.numpy()}) for name, a in found.items()]
    return observed, pd.concat(controls, ignore_index=True)


def bits(rows: pd.DataFrame) -> pd.DataFrame:
    """The measures against the bits of a weight, from ``measures.table``: bits, seed, panel, value.

    A net that never grokked has no epoch and is left out of that panel.
    """
    parts = [
        pd.DataFrame({"bits": rows["kind"].map(WIDTH), "seed": rows["seed"], "panel": panel, "value": rows[measure]})
        for panel, measure in MEASURES.items()
    ]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["value"] >= 0]


def neuron(net: Net, stride: int = 2) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The slider's frames, from what ``LiRun.measure`` kept of one neuron.

    epoch, input, latent, used; and epoch, a, b, activation, of every ``stride``-th a and b.
    """
    kept = {name: net.curves[f"neuron_{name}"] for name in ("epoch", "latent", "effective", "map")}
    maps = kept["map"][:, ::stride, ::stride].astype(np.float32)
    a, b = (stride * x.ravel() for x in np.indices(maps.shape[1:]))
    weights = [
        pd.DataFrame({"epoch": e, "input": np.arange(len(latent)), "latent": latent, "used": used})
        for e, latent, used in zip(kept["epoch"], kept["latent"], kept["effective"], strict=True)
    ]
    cells = [
        pd.DataFrame({"epoch": e, "a": a, "b": b, "activation": answers.ravel()})
        for e, answers in zip(kept["epoch"], maps, strict=True)
    ]
    return pd.concat(weights, ignore_index=True), pd.concat(cells, ignore_index=True)


TRAINED, SHUFFLED = "as trained", "rows in random order"


def signs(net: Net, size: int = 128) -> pd.DataFrame:
    """W_in's first ``size`` neurons as a picture, trained and with shuffled rows: picture, row, column, value."""
    W = net.weights["W_in"][0, :, :size]
    return _pictures({TRAINED: W, SHUFFLED: W[_order(net)]})


def read_by_neurons(net: Net) -> pd.DataFrame:
    """Which frequency each neuron reads: picture, row (the frequency), column, value.

    The value is ``alignment.shares``, ||P_k s||^2 / ||s||^2; the neurons are sorted by the frequency that
    holds most of theirs, then by how much.
    """
    W = net.weights["W_in"][0]
    found = {name: shares(W[order], planes(net)) for name, order in (
        (TRAINED, torch.arange(len(W))), (SHUFFLED, _order(net)),
    )}  # fmt: skip
    for name, x in found.items():
        most, which = x.max(0)
        found[name] = x[:, sorted(range(x.shape[1]), key=lambda i, w=which, m=most: (int(w[i]), -float(m[i])))]
    return _pictures(found, rows=net.keys)


def _order(net: Net) -> torch.Tensor:
    """The first of the random orders that ``measures.structure`` holds against the trained one."""
    return torch.randperm(net.weights["W_in"].shape[1], generator=shuffles(net))


def _pictures(found: Mapping[str, torch.Tensor], rows: Iterable[int] | None = None) -> pd.DataFrame:
    parts = []
    for name, x in found.items():
        names = np.arange(len(x)) if rows is None else np.array(list(rows))
        row, column = np.indices(tuple(x.shape))
        parts.append(pd.DataFrame({
            "picture": name, "row": names[row.ravel()], "column": column.ravel(), "value": x.numpy().ravel(),
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)
