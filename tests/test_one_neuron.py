"""A neuron followed through training, against the net itself."""

from __future__ import annotations

import torch

from circles.analysis import one_neuron
from circles.models import modular
from circles.models.modular import ModularSpec

SPEC = ModularSpec(p=11, d_model=8, n_heads=2, d_mlp=6, positions=False, norm=True)


def snapshots() -> dict[int, dict[str, torch.Tensor]]:
    return {epoch: modular.initial(SPEC, [epoch], dtype=torch.float64) for epoch in (0, 5, 9)}


def signs(weights):
    return dict(weights) | {"W_in": torch.where(weights["W_in"] >= 0, 1.0, -1.0).double()}


def test_the_column_is_kept_before_and_after_the_map():
    kept = one_neuron.follow(snapshots(), SPEC, 4, signs)
    for i, weights in enumerate(snapshots().values()):
        assert (kept["neuron_latent"][i] - weights["W_in"][0, :, 4]).abs().max() < 1e-6
        assert torch.equal(kept["neuron_used"][i], torch.where(weights["W_in"][0, :, 4] >= 0, 1.0, -1.0))
    assert kept["neuron"] == 4


def test_the_map_is_that_of_the_net_with_the_mapped_weights():
    kept = one_neuron.follow(snapshots(), SPEC, 2, signs, stride=3)["neuron_map"]
    assert kept.shape == (3, 4, 4)
    for i, weights in enumerate(snapshots().values()):
        mlp = modular.activations(signs(weights), SPEC)["mlp"][0, :, 2]
        for a in range(0, 11, 3):
            for b in range(0, 11, 3):
                assert abs(kept[i, a // 3, b // 3] - mlp[a * 11 + b]) < 1e-5


def test_the_cleanest_neuron_is_lively_and_explained():
    """Neuron 3 reads cos w_2 a alone, neuron 1 does the same a thousand times weaker; the rest are noise."""
    weights = modular.initial(SPEC, [7], dtype=torch.float64)
    wave = (2 * torch.pi * 2 * torch.arange(11, dtype=torch.float64) / 11).cos()
    weights["W_E"][0, :-1, 0] = wave
    weights["W_Q"].zero_()  # attention the same everywhere
    weights["W_V"][0, :, :, :] = 0
    weights["W_V"][0, 0, 0, 0] = 1
    weights["W_O"][0, :, :, :] = 0
    weights["W_O"][0, 0, 0, 0] = 1
    weights["W_in"][0, :, 3] = 0
    weights["W_in"][0, 0, 3] = 1
    weights["b_in"][0, 3] = 5  # never clipped: a wave and nothing else
    weights["W_in"][0, :, 1] = 0
    weights["W_in"][0, 0, 1] = 1e-3
    weights["b_in"][0, 1] = 5
    assert one_neuron.cleanest(weights, SPEC) == 3
