"""Progress measures: the loss with only the key frequencies of the logits, and the loss without them."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis.losses import Pairs, loss, modulus
from circles.foundations import fourier
from circles.foundations.errors import ConfigError

Keys = tuple[int, ...]


def wave_space(p: int, keys: Keys, terms: str = "sums") -> Float[Tensor, "waves {p}*{p}"]:
    """Orthonormal functions of (a, b), none constant, on which the logits are projected.

    ``sums``: cos and sin of w_k(a+b), two for each key frequency (the released code). ``products``: the
    products of cos or sin of w_k a with cos or sin of w_k b, four for each, which span the sums and the
    differences (the text: for five frequencies "the constant and the 20 terms").
    Raises ConfigError for other terms.
    """
    if terms == "sums":
        found = [fourier.sum_directions(p, k) for k in keys]
    elif terms == "products":
        rows = fourier.basis(p)
        pairs = [rows[2 * k - 1 : 2 * k + 1] for k in keys]
        found = [torch.einsum("ia,jb->ijab", r, r).reshape(4, p * p) for r in pairs]
    else:
        raise ConfigError(f"terms is {terms!r}, expected 'sums' or 'products'")
    return torch.cat(found) if found else torch.zeros(0, p * p, dtype=torch.float64)


def project(logits: Float[Tensor, "pairs p"], keys: Keys, terms: str = "sums") -> Float[Tensor, "pairs p"]:
    """The part of each class's logit along the waves of the key frequencies, in float64."""
    waves = wave_space(modulus(logits), keys, terms).to(logits.device)
    return waves.mT @ (waves @ logits.double())


def restricted_loss(logits: Float[Tensor, "pairs p"], keys: Keys, pairs: Pairs = None, *, terms: str = "sums") -> float:
    """The loss of the logits restricted to the key frequencies: their projection plus each class's mean.

    It falls while the Fourier circuit forms, before the test loss does. We use the two sum waves of each
    frequency, as the released code does; ``restricted_gap`` measures what the text's four would change.
    The projection is over all pairs, the mean loss over ``pairs``. Source: Nanda et al. 2023, section 5.1.
    """
    return loss(project(logits, keys, terms) + logits.double().mean(0), pairs)


def restricted_gap(logits: Float[Tensor, "pairs p"], keys: Keys) -> float:
    """Share of the logits' variance in the products that is not in the sums: cos and sin of w_k(a-b).

    Zero where both readings of the restricted loss agree.
    """
    extra = project(logits, keys, "products") - project(logits, keys, "sums")
    exact = logits.double()
    return (extra.square().sum() / (exact - exact.mean(0)).square().sum()).item()


def excluded_loss(logits: Float[Tensor, "pairs p"], keys: Keys, pairs: Pairs = None, *, terms: str = "sums") -> float:
    """The loss of the logits without the waves of the key frequencies; ``pairs`` are the training pairs.

    It falls while the net memorises and rises as the answer comes to rest on the key frequencies.
    The projection is over all pairs. Source: Nanda et al. 2023, section 5.1.
    """
    return loss(logits.double() - project(logits, keys, terms), pairs)


def excluded_losses(logits: Float[Tensor, "pairs p"], keys: Keys, pairs: Pairs = None) -> dict[int, float]:
    """The excluded loss with one key frequency removed at a time."""
    return {k: excluded_loss(logits, (k,), pairs) for k in keys}
