"""Does a net add by turning a clock's hand, or by averaging two points of a pizza? Two measures that tell.

A clock multiplies: its hand at w_k(a+b) comes from products of waves of a and of b, and its logits are as sure for any
distance a - b. A pizza averages the two embeddings and reads off on which slice the mean lies: what is done to a is
done to b, and where a and b lie opposite each other, the mean is near the middle and the logits are small.
Source: Zhong et al. 2023, "The Clock and the Pizza" (arXiv 2306.17844), sections 3 and 4, and the released code.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.analysis.losses import answers, modulus

# Of the paper's 2,747 one-layer nets that generalise and have circles (its released table), those with an attention
# rate below 0.2 have a median gradient symmetricity of 0.99, those above 0.8 of 0.57; distance irrelevance 0.28 and
# 0.79.
ALIKE = 0.95
UNLIKE = 0.9
NEAR = 0.5
FAR = 0.6


def distance_irrelevance(logits: Float[Tensor, "pairs p"]) -> float:
    """How little the sureness depends on a - b: mean_d std(L | a - b = d) / std(L), L the answer's logit of each pair.

    0 where the answer's logit is a function of a - b alone, near 1 where it does not depend on it. nan for constant L.
    """
    p = modulus(logits)
    right = answers(p, logits.device)
    L = logits.double().gather(1, right.unsqueeze(1)).unflatten(0, (p, p))[..., 0]
    a = torch.arange(p, device=logits.device).unsqueeze(1)
    by_distance = L[a, (a - torch.arange(p, device=logits.device)) % p]  # [a, d], b = a - d
    return (by_distance.std(0, correction=0).mean() / L.std(correction=0)).item()


def gradient_symmetry(
    logits: Callable[[Float[Tensor, "n places d"]], Float[Tensor, "n classes"]],
    embedded: Float[Tensor, "n places d"],
    classes: Int[Tensor, " n"],
    places: tuple[int, int] = (0, 1),
) -> float:
    """How alike the net treats a and b: the mean cosine of dQ_c/dE_a and dQ_c/dE_b over triples (a, b, c).

    Q_c is the logit of class c, E_a and E_b the tokens' embeddings before positions, at ``places``. 1 where a and b
    enter alike. The triples are the caller's; the paper draws 100.
    """
    x = embedded.detach().clone().requires_grad_(True)
    found = logits(x).gather(1, classes.unsqueeze(1)).sum()
    (gradient,) = torch.autograd.grad(found, x)
    first, second = gradient[:, places[0]].double(), gradient[:, places[1]].double()
    return torch.nn.functional.cosine_similarity(first, second, dim=-1).mean().item()


def verdict(symmetry: float, irrelevance: float) -> str:
    """``clock``, ``pizza``, or ``between``: what both measures say together.

    A pizza is symmetric (over 0.95) and unsure at some distances (irrelevance under 0.5), a clock neither (under 0.9,
    over 0.6). Nets that add in another way, or not yet, fall where they fall: the words are for nets that generalise.
    """
    if symmetry > ALIKE and irrelevance < NEAR:
        return "pizza"
    return "clock" if symmetry < UNLIKE and irrelevance > FAR else "between"
