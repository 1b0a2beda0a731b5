"""Tidy frames of a net's figures, whatever its paper; ``name`` says which net where several stand side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float
from torch import Tensor

from circles.analysis import clusters, losses, spectra
from circles.analysis.net import Net
from circles.foundations import fourier

FULL = "full precision"


def curves(nets: Mapping[int, Net]) -> pd.DataFrame:
    """Loss and accuracy of each seed: seed, epoch, split, loss, accuracy."""
    parts = [
        pd.DataFrame({
            "seed": seed, "epoch": net.epochs, "split": split,
            "loss": net.curves[f"{split}_loss"], "accuracy": net.curves[f"{split}_accuracy"],
        })
        for seed, net in nets.items() for split in ("train", "test")
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def phases(nets: Mapping[int, Net]) -> pd.DataFrame:
    """The phases that the rule finds: seed, phase, start, end."""
    rows = [(seed, name, *span) for seed, net in nets.items() for name, span in net.phases.spans.items()]
    return pd.DataFrame(rows, columns=["seed", "phase", "start", "end"])


def embedding(net: Net, name: str = FULL) -> pd.DataFrame:
    """Norms of W_E's Fourier components: frequency, norm, kind, net."""
    norms = spectra.components(net.W_E).numpy()[1:]
    k = fourier.frequencies(net.p).numpy()[1:]
    kind = np.where(np.arange(len(k)) % 2 == 0, "cos", "sin")
    return pd.DataFrame({"frequency": k, "norm": norms, "kind": kind, "net": name})


def singular_values(net: Net, name: str = FULL) -> pd.DataFrame:
    """Singular values of W_L: index, value, net."""
    values = net.singular_values.numpy()
    return pd.DataFrame({"index": np.arange(1, len(values) + 1), "value": values, "net": name})


def directions(net: Net) -> pd.DataFrame:
    """Variance explained of u_k MLP and v_k MLP: frequency, part, fve."""
    rows = [
        (k, part, float(value))
        for k, pair in zip(net.keys, net.direction_variance, strict=True)
        for part, value in zip(("cos", "sin"), pair, strict=True)
    ]
    return pd.DataFrame(rows, columns=["frequency", "part", "fve"])


def logit_waves(net: Net) -> pd.DataFrame:
    """alpha_k for every frequency: frequency, alpha, key."""
    alpha = net.all_waves.alpha
    return pd.DataFrame(
        {"frequency": list(alpha), "alpha": list(alpha.values()), "key": [k in net.keys for k in alpha]}
    )


def neurons(net: Net) -> pd.DataFrame:
    """Each neuron's best frequency: neuron, frequency, fve."""
    found = net.neurons
    return pd.DataFrame({
        "neuron": np.arange(len(found.frequency)), "frequency": found.frequency.numpy(), "fve": found.explained.numpy(),
    })  # fmt: skip


def heads(net: Net) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Each head's frequency (head, frequency, fve), and its attention to a, averaged over b, with the fit."""
    found, paid = net.heads, net.attention[:, :, 0]
    fitted = clusters.polynomials(paid, found.frequency)
    table = pd.DataFrame({
        "head": range(paid.shape[1]), "frequency": found.frequency.numpy(), "fve": found.explained.numpy(),
    })  # fmt: skip
    means = [x.unflatten(0, (net.p, net.p)).mean(1).numpy() for x in (paid, fitted)]
    parts = [
        pd.DataFrame({"head": h, "a": range(net.p), "attention": means[0][:, h], "fitted": means[1][:, h]})
        for h in table["head"]
    ]
    return table, pd.concat(parts, ignore_index=True)


_PANELS = {
    "loss (nats)": {
        "train": "train_loss", "test": "test_loss", "restricted": "restricted_loss", "excluded": "excluded_loss",
    },
    "Gini coefficient": {"Gini of W_E": "gini_E", "Gini of W_L": "gini_L"},
    "sum of squared weights": {"sum of squares": "sum_of_squares"},
}  # fmt: skip


def measures(nets: Mapping[int, Net]) -> pd.DataFrame:
    """The progress measures by epoch: seed, epoch, panel, measure, value."""
    parts = [
        pd.DataFrame({"seed": seed, "epoch": net.epochs, "panel": panel, "measure": name, "value": net.curves[key]})
        for seed, net in nets.items() for panel, names in _PANELS.items() for name, key in names.items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def excluded_each(net: Net, seed: int) -> pd.DataFrame:
    """The excluded loss with one key frequency removed at a time, in the columns of ``measures``."""
    parts = [
        pd.DataFrame({
            "seed": seed, "epoch": net.epochs, "panel": "excluded loss (nats)", "measure": f"without {k}",
            "value": net.curves["excluded_each"][:, i],
        })
        for i, k in enumerate(net.keys)
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def slider(net: Net, moments: int = 30) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Frames of the slider: spectrum (epoch, frequency, norm), circle (epoch, token, frequency, x, y), losses."""
    chosen = spread(net.epochs, moments)
    spectrum = [
        pd.DataFrame({
            "epoch": net.epochs[i], "frequency": np.arange(1, (net.p + 1) // 2), "norm": net.curves["spectrum_E"][i],
        })
        for i in chosen
    ]  # fmt: skip
    circle = [
        pd.DataFrame({
            "epoch": net.epochs[i], "token": range(net.p), "frequency": k,
            "x": net.curves["circles"][i, net.keys.index(k), 0], "y": net.curves["circles"][i, net.keys.index(k), 1],
        })
        for i in chosen for k in net.keys
    ]  # fmt: skip
    names = _PANELS["loss (nats)"]
    lines = [
        pd.DataFrame({"epoch": net.epochs, "measure": m, "value": net.curves[c]}) for m, c in names.items()
    ]
    return pd.concat(spectrum), pd.concat(circle), pd.concat(lines)


def spread(epochs: np.ndarray, most: int) -> Iterable[int]:
    """Indices of at most ``most`` checkpoints spread evenly over training, first and last among them."""
    wanted = np.linspace(0, epochs[-1], most)
    return sorted({int(np.abs(epochs - e).argmin()) for e in wanted})


def answered(logits: Float[Tensor, "pairs p"], a: int, b: int) -> tuple[pd.DataFrame, np.ndarray, float]:
    """The logits of one sum (c, logit), which of all pairs [p p] are right, and the mean loss over all pairs (nats)."""
    p = logits.shape[1]
    right = (logits.argmax(-1) == losses.answers(p, logits.device)).unflatten(0, (p, p))
    return pd.DataFrame({"c": range(p), "logit": logits[a * p + b]}), right.numpy(), losses.loss(logits)
