"""Neurons in the two-dimensional Fourier basis: do a and b meet at one frequency, or at two?

A unit's activations over all pairs have an energy, its sum of squares, in each block (k_a, k_b): the
products of a wave of frequency k_a in a with one of frequency k_b in b. A polynomial of degree 2 in the
waves of one frequency k has energy in (0, 0), (k, 0), (0, k) and (k, k) only.
"""

from __future__ import annotations

from jaxtyping import Float
from torch import Tensor

from circles.analysis.losses import modulus
from circles.foundations import fourier


def block_energy(units: Float[Tensor, "pairs units"]) -> Float[Tensor, "frequencies frequencies units"]:
    """The energy of each unit in each block (k_a, k_b), k = 0 ... (p-1)/2; their sum is ||unit||^2.

    The sum over the block of <f_i(a) f_j(b), unit>^2, f_i the orthonormal basis. Source: Li 2024, the norms
    of the neurons' activations in the 2-D Fourier basis. In float64.
    """
    p = modulus(units)
    grid = units.double().unflatten(0, (p, p))
    coefficients = fourier.transform(fourier.transform(grid, 0), 1)
    return fourier.paired(fourier.paired(coefficients.square(), 0), 1)


def diagonal_share(energy: Float[Tensor, "frequencies frequencies units"]) -> float:
    """Of the energy where a and b interact (k_a, k_b > 0), the share in the diagonal blocks k_a = k_b.

    Summed over the units before it is divided, so that units that do nothing count for nothing. For units
    without any structure it is 2/(p-1), one block in (p-1)/2. nan when nothing interacts.
    """
    both = energy[1:, 1:].sum(-1)
    return (both.diagonal().sum() / both.sum()).item()


def block_norms(
    energy: Float[Tensor, "frequencies frequencies units"],
) -> Float[Tensor, "frequencies frequencies"]:
    """The norm of all units together in each block, that of the constant (0, 0) set to 0: the picture."""
    norms = energy.sum(-1).sqrt()
    norms[0, 0] = 0.0
    return norms


def chance(p: int) -> float:
    """``diagonal_share`` of units without structure: 2/(p-1)."""
    return 2 / (p - 1)
