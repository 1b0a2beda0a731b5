"""What is kept of a training run of the modular transformer: its measures at every checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Int
from torch import Tensor

from circles.analysis import losses, progress, spectra
from circles.analysis.readout import directions
from circles.models import modular
from circles.models.modular import ModularSpec, Weights


def trajectory(
    snapshots: Mapping[int, Weights],
    spec: ModularSpec,
    train: Int[Tensor, " train"],
    test: Int[Tensor, " test"],
) -> dict[str, Tensor]:
    """The measures of Nanda et al. 2023, section 5.1, one row a checkpoint, by name.

    ``epoch``; ``train_loss test_loss train_accuracy test_accuracy``; ``restricted_loss`` over all pairs and
    ``excluded_loss`` on the training pairs; ``excluded_each`` [checkpoints, keys]; ``gini_E gini_L``,
    ``sum_of_squares``; ``spectrum_E spectrum_L`` [checkpoints, frequencies]; ``circles``
    [checkpoints, keys, 2, p]: the numbers' embeddings in the plane of each key frequency at the end.
    ``keys`` are the key frequencies of the last checkpoint's W_L, which shows what reaches the logits: the
    paper too measures the whole run with the frequencies of its end. Here W_L = (W_out W_U)^T in ``keys``,
    ``gini_L`` and ``spectrum_L``, also for a net with a norm before the unembedding: the norm's gain g is left
    out, while ``analysis.net.Net.W_L`` is (W_out diag(g) W_U)^T.
    """
    final = snapshots[max(snapshots)]
    keys = spectra.readout_frequencies((final["W_out"] @ final["W_U"])[0].mT)
    planes = _planes(final["W_E"][0, :-1], keys)
    rows = [_row(weights, spec, keys, planes, train, test) for weights in snapshots.values()]
    table = {name: torch.stack([row[name] for row in rows]).float() for name in rows[0]}
    return {"epoch": torch.tensor(list(snapshots)), "keys": torch.tensor(keys)} | table


def _planes(W_E: Tensor, keys: tuple[int, ...]) -> Tensor:
    """For each key frequency two orthonormal directions of the residual stream, [keys 2 d].

    They span W_E^T cos(w_k) and W_E^T sin(w_k); the nearest orthonormal pair (polar factor) favours
    neither of the two.
    """
    if not keys:
        return W_E.new_zeros(0, 2, W_E.shape[1])
    left, _, right = torch.linalg.svd(directions(W_E, keys).to(W_E), full_matrices=False)
    return left @ right


def _row(
    weights: Weights, spec: ModularSpec, keys: tuple[int, ...], planes: Tensor, train: Tensor, test: Tensor
) -> dict[str, Tensor]:
    W_E, W_L = weights["W_E"][0, :-1], (weights["W_out"] @ weights["W_U"])[0].mT
    index = torch.arange(spec.p**2)[None]
    logits = modular.forward(weights, index // spec.p, index % spec.p, spec)[0]
    each = losses.pair_losses(logits)
    right = (logits.argmax(-1) == losses.answers(spec.p)).double()
    alone = progress.excluded_losses(logits, keys, train)
    numbers = {
        "restricted_loss": progress.restricted_loss(logits, keys),
        "excluded_loss": progress.excluded_loss(logits, keys, train),
        "gini_E": spectra.gini(spectra.components(W_E)),
        "gini_L": spectra.gini(spectra.components(W_L)),
        "sum_of_squares": spectra.sum_of_squares(weights),
    }
    return {name: torch.tensor(value) for name, value in numbers.items()} | {
        "train_loss": each[train].mean(),
        "test_loss": each[test].mean(),
        "train_accuracy": right[train].mean(),
        "test_accuracy": right[test].mean(),
        "excluded_each": torch.tensor([alone[k] for k in keys]),
        "spectrum_E": spectra.spectrum(W_E),
        "spectrum_L": spectra.spectrum(W_L),
        "circles": torch.einsum("kid,xd->kix", planes, W_E - W_E.mean(0)),
    }
