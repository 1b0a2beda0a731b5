"""The table of ablations: what the loss becomes when neurons keep, or lose, a part we claim to understand.

Everywhere ``mlp`` [p^2, m] are the neurons after the ReLU, ``W_L`` [p, m] = W_U W_out, and
``skip_logits`` [p^2, p] what reaches the logits past the neurons: (resid_mid + b_out) W_U. The logits are
skip_logits + mlp W_L^T. The fits are over all pairs, the loss is the mean over ``pairs`` (all when None).
Source: Nanda et al. 2023, sections 4.2 to 4.4.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis.clusters import Clusters, drop_frequencies, keep_frequencies, polynomials
from circles.analysis.losses import Pairs, loss, modulus
from circles.analysis.readout import directions
from circles.foundations import fourier

Keys = tuple[int, ...]
Mlp = Float[Tensor, "pairs m"]
Readout = Float[Tensor, "p m"]
Logits = Float[Tensor, "pairs p"]


def logits_of(mlp: Mlp, W_L: Readout, skip_logits: Logits) -> Logits:
    """skip_logits + mlp W_L^T in float64: a loss of 1e-8 is the difference of logits near 20."""
    return skip_logits.double() + _written(mlp, W_L)


def clean(mlp: Mlp, W_L: Readout, skip_logits: Logits, pairs: Pairs = None) -> float:
    """The loss with nothing ablated."""
    return loss(logits_of(mlp, W_L, skip_logits), pairs)


def replace_clustered(mlp: Mlp, W_L: Readout, skip_logits: Logits, found: Clusters, pairs: Pairs = None) -> float:
    """Each clustered neuron replaced by its polynomial of degree 2, the others as they are (paper: +3%)."""
    fitted = torch.where(found.clustered, polynomials(mlp, found.frequency), mlp)
    return loss(logits_of(fitted, W_L, skip_logits), pairs)


def keep_sum_waves(mlp: Mlp, W_L: Readout, skip_logits: Logits, found: Clusters, pairs: Pairs = None) -> float:
    """Each clustered neuron replaced by its mean and its cos and sin of w_k(a+b) (paper: -77%).

    k is the neuron's own frequency. The others stay as they are, as in ``replace_clustered``: both rows
    ablate the same neurons.
    """
    p = modulus(mlp)
    fitted = mlp.double().clone()
    for k in found.counts:
        mine = found.clustered & (found.frequency == k)
        waves = fourier.sum_directions(p, k, device=mlp.device)
        x = fitted[:, mine]
        fitted[:, mine] = x.mean(0) + waves.mT @ (waves @ x)
    return loss(logits_of(fitted, W_L, skip_logits), pairs)


def keep_key_components(mlp: Mlp, W_L: Readout, skip_logits: Logits, keys: Keys, pairs: Pairs = None) -> float:
    """All neurons keep their constant and 8 components per key frequency (paper: -70%).

    Every neuron keeps all key frequencies, clustered or not; ``keep_at_logits`` does so one layer later.
    """
    return loss(skip_logits.double() + keep_frequencies(_written(mlp, W_L), keys), pairs)


def keep_at_logits(logits: Logits, keys: Keys, pairs: Pairs = None) -> float:
    """The logits keep their constant and 8 components per key frequency, as functions of (a, b).

    It differs from ``keep_key_components`` only in the logits that pass the neurons by.
    """
    return loss(keep_frequencies(logits.double(), keys), pairs)


def onto_directions(mlp: Mlp, W_L: Readout, skip_logits: Logits, keys: Keys, pairs: Pairs = None) -> float:
    """The neurons projected onto the span of u_k, v_k, 2 directions per key frequency (paper: 1.19e-7)."""
    return loss(logits_of(projected(mlp, W_L, keys), W_L, skip_logits), pairs)


def onto_null_space(mlp: Mlp, W_L: Readout, skip_logits: Logits, keys: Keys, pairs: Pairs = None) -> float:
    """The neurons without their projection onto the span of u_k, v_k (paper: 5.27, worse than log p)."""
    return loss(logits_of(mlp.double() - projected(mlp, W_L, keys), W_L, skip_logits), pairs)


def ablate_frequency(mlp: Mlp, W_L: Readout, skip_logits: Logits, k: int, pairs: Pairs = None) -> float:
    """All neurons lose their 8 components of one frequency; the constant stays (paper: 2.0e-4 to 2.4e-2)."""
    return loss(skip_logits.double() + drop_frequencies(_written(mlp, W_L), (k,)), pairs)


def table(
    mlp: Mlp, W_L: Readout, skip_logits: Logits, found: Clusters, keys: Keys, pairs: Pairs = None
) -> dict[str, float]:
    """The rows of the table by name: the functions of this module but the one that takes a single frequency."""
    net = (mlp, W_L, skip_logits)
    return {
        "clean": clean(*net, pairs),
        "replace_clustered": replace_clustered(*net, found, pairs),
        "keep_sum_waves": keep_sum_waves(*net, found, pairs),
        "keep_key_components": keep_key_components(*net, keys, pairs),
        "keep_at_logits": keep_at_logits(logits_of(*net), keys, pairs),
        "onto_directions": onto_directions(*net, keys, pairs),
        "onto_null_space": onto_null_space(*net, keys, pairs),
    }


def _written(mlp: Tensor, W_L: Tensor) -> Tensor:
    """mlp W_L^T. What is done to all neurons alike over the pairs commutes with W_L, and the logits are fewer."""
    return mlp.double() @ W_L.double().mT


def projected(mlp: Mlp, W_L: Readout, keys: Keys) -> Mlp:
    """The neurons projected onto the span of u_k, v_k of the key frequencies, in float64 (section 4.2)."""
    span = directions(W_L, keys).flatten(0, 1).mT if keys else W_L.new_zeros(W_L.shape[1], 0).double()
    # u_k and v_k are neither unit vectors nor orthogonal
    orthonormal = torch.linalg.qr(span).Q
    return mlp.double() @ orthonormal @ orthonormal.mT
