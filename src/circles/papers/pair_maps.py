"""Heads and neurons as functions of both numbers, and the same in the two-dimensional Fourier basis."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from circles.analysis.net import Net
from circles.foundations import fourier

LEAST = 0.002  # of a unit's variance: smaller components are left out
NEURONS = 8  # a net that has not generalised has dozens of key frequencies: more than a figure can hold


def pair_maps(net: Net) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Maps [p p] over (a, b), and the share of their variance in each block: unit, frequency_a, frequency_b, share.

    Units are each head's attention to a and, of each key frequency that has neurons, the one that it explains best;
    of these at most ``NEURONS``. A block holds the products of cos or sin of w_j a with cos or sin of w_k b; the
    constant is left out, and so are shares below ``LEAST``. Source: Nanda et al. 2023, section 4.3.
    """
    units = {f"head {h} (k = {k})": net.attention[:, h, 0] for h, k in enumerate(net.heads.frequency.tolist())}
    found = net.neurons
    chosen = {}
    for k in net.keys:
        mine = torch.where(found.frequency == k, found.explained, -1.0)
        if (best := int(mine.argmax())) >= 0 and mine[best] > 0:
            chosen[f"neuron {best} (k = {k})"] = best
    most = sorted(chosen.values(), key=lambda neuron: -float(found.explained[neuron]))[:NEURONS]
    units |= {name: net.mlp[:, neuron] for name, neuron in chosen.items() if neuron in most}
    maps = {name: values.double().unflatten(0, (net.p, net.p)) for name, values in units.items()}
    blocks = pd.concat([_blocks(name, x) for name, x in maps.items()], ignore_index=True)
    return {name: x.numpy() for name, x in maps.items()}, blocks


def _blocks(name: str, x: torch.Tensor) -> pd.DataFrame:
    power = fourier.bands(fourier.bands(fourier.transform2(x - x.mean()), 0), 1).square()
    share = power / power.sum()
    rows = [(name, i, j, float(share[i, j])) for i, j in (share > LEAST).nonzero().tolist()]
    return pd.DataFrame(rows, columns=["unit", "frequency_a", "frequency_b", "share"])
