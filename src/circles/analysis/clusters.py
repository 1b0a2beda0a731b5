"""Neurons and attention heads as polynomials of degree 2 in the waves of one frequency.

Such a polynomial of (a, b) is a constant plus the 8 other products of {1, cos w_k a, sin w_k a} and
{1, cos w_k b, sin w_k b}: 9 of the p^2 components of the 2-D transform.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from circles.analysis import plane
from circles.analysis.losses import modulus
from circles.foundations import fourier

THRESHOLD = 0.85  # Nanda et al. 2023, section 4.3
FEWEST = 2


@dataclass(frozen=True)
class Clusters:
    """Each unit's best ``frequency`` (0: a constant unit) and the share of its variance that explains."""

    frequency: Int[Tensor, " units"]
    explained: Float[Tensor, " units"]
    threshold: float = THRESHOLD

    @property
    def clustered(self) -> Bool[Tensor, " units"]:
        """Units of whose variance one frequency explains more than the threshold."""
        return self.explained > self.threshold

    @property
    def counts(self) -> dict[int, int]:
        """How many units are clustered at each frequency, frequencies rising."""
        found, number = self.frequency[self.clustered].unique(return_counts=True)
        return dict(zip(found.tolist(), number.tolist(), strict=True))

    @property
    def frequencies(self) -> tuple[int, ...]:
        """Key frequencies by the third rule: those of at least two clustered units.

        One neuron gives W_L one direction, and cos(w_k(a+b-c)) needs two: a lone neuron is no key frequency.
        """
        return tuple(k for k, number in self.counts.items() if number >= FEWEST)


def variance_by_frequency(units: Float[Tensor, "pairs units"]) -> Float[Tensor, "frequencies units"]:
    """Share of each unit's variance over all pairs in the 8 components of frequency k = 1 ... (p-1)/2.

    sum of the squared coefficients of the 8 components / sum of all but the constant's, which is the
    explained variance of the least-squares fit, because the components are orthonormal. Zero for a
    unit that does not vary. Source: Nanda et al. 2023, section 4.3; unlike the released code, which
    stops at 55, k = 56 is searched too.
    """
    return shares(plane.block_energy(units), modulus(units))


def shares(energy: Float[Tensor, "blocks blocks units"], p: int) -> Float[Tensor, "frequencies units"]:
    """``variance_by_frequency`` of units whose ``plane.block_energy`` over all pairs mod p is known."""
    constant = energy[0, 0]
    total = energy.sum((0, 1)) - constant
    k = torch.arange(1, (p + 1) // 2, device=energy.device)
    explained = energy[k, 0] + energy[0, k] + energy[k, k]
    # a constant unit leaves rounding dust, whose shares would be those of noise
    varies = total > 1e-20 * constant.clamp_min(1e-280)
    return torch.where(varies, explained / total, 0.0)


def clusters(units: Float[Tensor, "pairs units"], threshold: float = THRESHOLD) -> Clusters:
    """Each unit's best frequency, by its share of the unit's variance.

    For the neurons pass the MLP's activations; for the attention heads ``attn[:, :, 0]``, the
    attention paid to a (or the scores): both are one number a pair and head.
    """
    return best(variance_by_frequency(units), threshold)


def best(explained: Float[Tensor, "frequencies units"], threshold: float = THRESHOLD) -> Clusters:
    """The clusters by these shares of the units' variance."""
    explained, first = explained.max(0)
    return Clusters(torch.where(explained > 0, first + 1, 0), explained, threshold)


def polynomials(units: Float[Tensor, "pairs units"], frequency: Int[Tensor, " units"]) -> Float[Tensor, "pairs units"]:
    """The best fit to each unit by a polynomial of degree 2 in its own frequency, constant included."""
    p = modulus(units)
    k = fourier.frequencies(p).to(units.device).unsqueeze(1)
    wanted = (k == 0) | (k == frequency)
    kept = _coefficients(units) * (wanted.unsqueeze(1) & wanted.unsqueeze(0))
    return _functions(kept).to(units.dtype)


def keep_frequencies(x: Float[Tensor, "pairs k"], keys: tuple[int, ...]) -> Float[Tensor, "pairs k"]:
    """Keep of functions of (a, b) the constant and the 8 components of each key frequency."""
    return _functions(_coefficients(x) * _components(modulus(x), keys, constant=True).to(x.device)).to(x.dtype)


def drop_frequencies(x: Float[Tensor, "pairs k"], keys: tuple[int, ...]) -> Float[Tensor, "pairs k"]:
    """Remove from functions of (a, b) the 8 components of each of these frequencies; the constant stays."""
    gone = _components(modulus(x), keys, constant=False).to(x.device)
    return _functions(_coefficients(x) * ~gone).to(x.dtype)


def _components(p: int, keys: tuple[int, ...], *, constant: bool) -> Bool[Tensor, "p p 1"]:
    k = fourier.frequencies(p)
    found = torch.zeros(p, p, dtype=torch.bool)
    for key in keys:
        wanted = (k == 0) | (k == key)
        found |= wanted.unsqueeze(1) & wanted
    found[0, 0] = constant
    return found.unsqueeze(-1)


def _coefficients(units: Tensor) -> Float[Tensor, "p p units"]:
    p = modulus(units)
    return fourier.transform(fourier.transform(units.double().unflatten(0, (p, p)), 0), 1)


def _functions(coefficients: Tensor) -> Float[Tensor, "pairs units"]:
    return fourier.inverse(fourier.inverse(coefficients, 0), 1).flatten(0, 1)
