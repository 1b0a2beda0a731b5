"""A net taken apart over all pairs of a cyclic group, wherever it came from: what a picture or a table asks of it."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from circles.analysis import clusters, plane, readout, spectra


class Dissected:
    """Activations over all p^2 pairs, embedding and readout, and what the Fourier basis says of them.

    Whoever makes one sets ``p``; ``mlp`` [pairs m], ``logits`` [pairs p] and ``attention`` [pairs H places], row a p
    + b; ``W_E`` [p d], the numbers' embeddings; ``W_L`` [p m], what the logits read from the neurons. ``scored`` are
    the pairs over which a fit's loss is taken, all where it is None.
    """

    p: int
    mlp: Tensor
    logits: Tensor
    attention: Tensor
    W_E: Tensor
    W_L: Tensor
    scored: Tensor | None = None

    @property
    def keys(self) -> tuple[int, ...]:
        """The key frequencies of the readout: what reaches the logits."""
        return spectra.readout_frequencies(self.W_L)

    @cached_property
    def energy(self) -> Tensor:
        """[frequencies, frequencies, m]: the energy of each neuron in each block (k_a, k_b)."""
        return plane.block_energy(self.mlp)

    @cached_property
    def neurons(self) -> clusters.Clusters:
        return clusters.best(clusters.shares(self.energy, self.p))

    @cached_property
    def heads(self) -> clusters.Clusters:
        return clusters.clusters(self.attention[:, :, 0])

    @property
    def three_rules(self) -> dict[str, tuple[int, ...]]:
        """Key frequencies by W_E, by W_L and by the neurons' clusters."""
        return {
            "embedding": spectra.embedding_frequencies(self.W_E),
            "readout": spectra.readout_frequencies(self.W_L),
            "neurons": self.neurons.frequencies,
        }

    @property
    def wl_residual(self) -> float:
        return readout.residual_fraction(self.W_L, self.keys)

    @property
    def wl_best_residual(self) -> float:
        """What the best matrix of rank two for each key frequency leaves of W_L, over its norm."""
        left = self.singular_values[2 * len(self.keys) :]
        return (left.norm() / self.singular_values.norm()).item()

    @property
    def direction_variance(self) -> Tensor:
        """[keys, 2]: variance of u_k MLP and v_k MLP explained by cos and sin of w_k(a+b)."""
        return readout.direction_variance(self.mlp, self.W_L, self.keys)

    @cached_property
    def logit_fit(self) -> readout.LogitFit:
        return readout.fit_logits(self.logits, self.keys, self.scored)

    @cached_property
    def all_waves(self) -> readout.LogitFit:
        """The fit with every frequency, for the picture of alpha_k."""
        return readout.fit_logits(self.logits, tuple(range(1, (self.p + 1) // 2)), self.scored)

    @property
    def singular_values(self) -> Tensor:
        return torch.linalg.svdvals(self.W_L.double())
