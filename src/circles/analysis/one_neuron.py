"""One neuron followed through training: its incoming weights before and after a map, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from circles.analysis import clusters
from circles.analysis.losses import modulus
from circles.models import modular
from circles.models.modular import ModularSpec, Weights


def cleanest(weights: Weights, spec: ModularSpec) -> int:
    """The neuron of which one frequency explains most, among the livelier half of all neurons.

    By ``clusters.clusters``; ``weights`` are those the net computes with. A neuron that hardly ever answers can be
    explained to the last digit, so those whose activations vary less than the median are left out.
    """
    mlp = modular.activations(weights, spec)["mlp"][0]
    spread = mlp.std(0)
    explained = clusters.clusters(mlp).explained
    return int(torch.where(spread >= spread.median(), explained, -1.0).argmax())


def follow(
    snapshots: Mapping[int, Weights],
    spec: ModularSpec,
    neuron: int,
    effective: Callable[[Weights], Weights],
    *,
    stride: int = 2,
) -> dict[str, Tensor]:
    """``neuron``; ``neuron_latent neuron_used`` [checkpoints, d]; ``neuron_map`` [checkpoints, n, n].

    The neuron's column of W_in as it is trained, the same column as the net computes with (``effective`` maps
    latent weights to those), and its activations over every ``stride``-th a and b.
    """
    rows = []
    for weights in snapshots.values():
        used = effective(weights)
        answers = modular.activations(used, spec)["mlp"][0, :, neuron]
        side = modulus(answers)
        rows.append((
            weights["W_in"][0, :, neuron],
            used["W_in"][0, :, neuron],
            answers.unflatten(0, (side, side))[::stride, ::stride],
        ))  # fmt: skip
    latent, signs, maps = (torch.stack(part).float() for part in zip(*rows, strict=True))
    return {
        "neuron": torch.tensor(neuron), "neuron_latent": latent, "neuron_used": signs, "neuron_map": maps,
    }  # fmt: skip
