"""What the logits read from the neurons, W_L = W_U W_out [p, m], and how they add up to cosines."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis.losses import Pairs, answers, loss, modulus
from circles.foundations import fourier

Keys = tuple[int, ...]


def directions(W_L: Float[Tensor, "p m"], keys: Keys) -> Float[Tensor, "keys 2 m"]:
    """u_k and v_k in neuron space: W_L = sum_k cos(w_k) u_k^T + sin(w_k) v_k^T + residual.

    cos(w_k) and sin(w_k) are unit vectors over the output class, so u_k = W_L^T cos(w_k).
    Source: Nanda et al. 2023, section 4.2.
    """
    return torch.stack([_class_waves(W_L.shape[0], k, W_L.device) @ W_L.double() for k in keys])


def residual_fraction(W_L: Float[Tensor, "p m"], keys: Keys) -> float:
    """||W_L - sum_k cos(w_k) u_k^T - sin(w_k) v_k^T||_F / ||W_L||_F.

    Source: Nanda et al. 2023, section 4.2 (under 0.55%).
    """
    W = W_L.double()
    left = fourier.transform(W, 0)
    left[[i for k in keys for i in (2 * k - 1, 2 * k)]] = 0.0
    return (left.norm() / W.norm()).item()


def rank(W_L: Float[Tensor, "p m"], residual: float = 0.01) -> int:
    """The least r such that the best approximation of rank r misses W_L by at most this share of its norm."""
    power = torch.linalg.svdvals(W_L.double()).square()
    left = power.sum() - power.cumsum(0)
    return int((left > residual**2 * power.sum()).sum()) + 1


def direction_variance(mlp: Float[Tensor, "pairs m"], W_L: Float[Tensor, "p m"], keys: Keys) -> Float[Tensor, "keys 2"]:
    """Variance of u_k.MLP(a,b) explained by cos(w_k(a+b)), and of v_k.MLP by sin(w_k(a+b)).

    <x, wave>^2 / ||x - mean x||^2 with the unit wave. Source: Nanda et al. 2023, section 4.2
    (93.2 to 98.2%).
    """
    p = modulus(mlp)
    read = torch.einsum("nm,kim->kin", mlp.double(), directions(W_L, keys))
    waves = torch.stack([fourier.sum_directions(p, k, device=mlp.device) for k in keys])
    centred = read - read.mean(-1, keepdim=True)
    return (centred * waves).sum(-1).square() / centred.square().sum(-1)


@dataclass(frozen=True)
class LogitFit:
    """logits ~ sum_k alpha_k cos(w_k(a+b-c)): ``alpha`` by frequency, variance explained, loss of the fit."""

    alpha: dict[int, float]
    explained: float
    loss: float


def fit_logits(logits: Float[Tensor, "pairs p"], keys: Keys, pairs: Pairs = None) -> LogitFit:
    """The least-squares fit of the logits by the waves cos(w_k(a+b-c)) of the key frequencies.

    The waves are orthogonal with squared norm p^3/2, so alpha_k = 2/p^3 <logits, wave> and the explained
    share is sum_k alpha_k^2 p^3/2 / ||logits - mean||^2, the mean being over all pairs and classes.
    The loss is that of the fitted logits on ``pairs``. Source: Nanda et al. 2023, section 4.1 (95%).
    """
    p = modulus(logits)
    exact = logits.double()
    # s = a + b - c: the mean over all entries with the same s holds all that the waves can see
    s = (answers(p, logits.device).unsqueeze(1) - torch.arange(p, device=logits.device)) % p
    mean = exact.new_zeros(p).index_add_(0, s.flatten(), exact.flatten()) / p**2
    rows = [fourier.angles(p, k).cos() for k in keys]
    waves = torch.stack(rows).to(exact) if rows else exact.new_zeros(0, p)
    alpha = waves @ mean * (2 / p)
    explained = alpha.square().sum() * p**3 / 2 / (exact - exact.mean()).square().sum()
    fitted = (alpha @ waves)[s]
    return LogitFit(dict(zip(keys, alpha.tolist(), strict=True)), explained.item(), loss(fitted, pairs))


def _class_waves(p: int, k: int, device: torch.device) -> Float[Tensor, "2 p"]:
    return fourier.basis(p, device=device)[2 * k - 1 : 2 * k + 1]
