"""Tidy frames of the chapter's figures: nets side by side, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from circles.analysis import plane
from circles.analysis.alignment import Alignment
from circles.analysis.net import Net
from circles.experiments import net_frames

PANELS = {
    "training loss (nats)": "train_loss",
    "test loss (nats)": "test_loss",
    "restricted loss (nats)": "restricted_loss",
    "excluded loss (nats)": "excluded_loss",
}
BITS = {"binary": 1.0, "ternary": 1.58, "2 bits": 2.0, "4 bits": 4.0, "8 bits": 8.0, "full precision": 32.0}
MEASURES = {
    "epochs to grok": "grokked",
    "frequencies in W_L": "frequencies",
    "variance of the logits explained": "logit_variance",
}


def through_training(
    nets: Iterable[tuple[str, int, Net]], panels: Mapping[str, str] = PANELS
) -> pd.DataFrame:
    """Curves of every net: net, seed, epoch, panel, value."""
    parts = [
        pd.DataFrame({"net": kind, "seed": seed, "epoch": net.epochs, "panel": panel, "value": net.curves[curve]})
        for kind, seed, net in nets for panel, curve in panels.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def embeddings(nets: Mapping[str, Net]) -> pd.DataFrame:
    """The spectra of the embeddings: frequency, norm, kind, net."""
    return pd.concat([net_frames.embedding(net, name) for name, net in nets.items()], ignore_index=True)


def variances(nets: Mapping[str, Net]) -> pd.DataFrame:
    """The variance of each neuron that one frequency explains: net, neuron, frequency, fve."""
    parts = [net_frames.neurons(net).assign(net=name) for name, net in nets.items()]
    return pd.concat(parts, ignore_index=True)


def blocks(nets: Mapping[str, Net]) -> pd.DataFrame:
    """The neurons' norms in the 2-D Fourier basis: net, frequency_a, frequency_b, norm."""
    parts = []
    for name, net in nets.items():
        norms = plane.block_norms(plane.block_energy(net.mlp)).numpy()
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
        pd.DataFrame({"bits": rows["kind"].map(BITS), "seed": rows["seed"], "panel": panel, "value": rows[measure]})
        for panel, measure in MEASURES.items()
    ]  # fmt: skip
    frame = pd.concat(parts, ignore_index=True)
    return frame[frame["value"] >= 0]


def neuron(net: Net, moments: int = 13) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The slider's frames, from what ``one_neuron.follow`` kept.

    epoch, input, latent, used; and epoch, a, b, activation.
    """
    chosen = net_frames.spread(net.epochs, moments)
    side = net.curves["neuron_map"].shape[1]
    stride = -(-net.p // side)
    a, b = (stride * x.ravel() for x in np.indices((side, side)))
    weights = [
        pd.DataFrame({
            "epoch": net.epochs[i], "input": np.arange(net.curves["neuron_latent"].shape[1]),
            "latent": net.curves["neuron_latent"][i], "used": net.curves["neuron_used"][i],
        })
        for i in chosen
    ]  # fmt: skip
    maps = [
        pd.DataFrame({
            "epoch": net.epochs[i], "a": a, "b": b, "activation": net.curves["neuron_map"][i].ravel(),
        })
        for i in chosen
    ]  # fmt: skip
    return pd.concat(weights, ignore_index=True), pd.concat(maps, ignore_index=True)
