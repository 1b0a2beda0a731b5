"""How sparse a net is in the Fourier basis, and which frequencies it uses, by two of the three rules.

The third rule, the neurons' clusters, is in ``clusters``.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import fourier
from circles.foundations.errors import ShapeError

PROMINENT = 0.25  # of the largest band; see ``prominent``


def components(W: Float[Tensor, "p k"]) -> Float[Tensor, " p"]:
    """The norm of each Fourier component of a map from Z_p: ||sum_x f_i(x) W_x||, f_i the basis.

    For W_E the rows are the numbers' embeddings, for W_L [p m] the output classes.
    Source: Nanda et al. 2023, figure 3. In float64, as all of this module.
    """
    return fourier.transform(W.double(), 0).norm(dim=1)


def spectrum(W: Float[Tensor, "p k"]) -> Float[Tensor, " frequencies"]:
    """The norm of each frequency's part of W, k = 1 ... (p-1)/2, entry k - 1; a shift of Z_p changes none.

    Raises ShapeError for p < 3, where there is no frequency with a cosine and a sine.
    """
    p = W.shape[0]
    if p < 3:
        raise ShapeError(f"p is {p}, expected at least 3")
    return fourier.bands(components(W))[1 : (p + 1) // 2]


def prominent(norms: Float[Tensor, " frequencies"], share: float = PROMINENT) -> tuple[int, ...]:
    """Frequencies whose norm is more than ``share`` of the largest, in rising order.

    The authors publish no threshold. Relative to the largest, the rule does not depend on the scale of
    the weights, nor on how many frequencies there are. At initialisation the bands of W_E are equal
    within a few percent, and all 56 pass: the net has no key frequencies, and the rule does not invent
    some. After cleanup the weight decay has shrunk every band that does not pay, and the answer is
    the same for a wide range of shares (``stable_shares`` measures it).
    """
    top = norms.max()
    if not top > 0:
        return ()
    return tuple((norms > share * top).nonzero().flatten().add(1).tolist())


def stable_shares(norms: Float[Tensor, " frequencies"], share: float = PROMINENT) -> tuple[float, float]:
    """The interval of shares around ``share`` that gives the same key frequencies: how safe the choice is."""
    relative = norms / norms.max()
    above, below = relative[relative > share], relative[relative <= share]
    return (below.max().item() if len(below) else 0.0, above.min().item())


def embedding_frequencies(W_E: Float[Tensor, "p d"], share: float = PROMINENT) -> tuple[int, ...]:
    """Key frequencies by the norms of the Fourier bands of W_E (rows of numbers only, not of ``=``)."""
    return prominent(spectrum(W_E), share)


def readout_frequencies(W_L: Float[Tensor, "p m"], share: float = PROMINENT) -> tuple[int, ...]:
    """Key frequencies by the Fourier transform of W_L = W_U W_out over the output classes.

    The embedding may carry a frequency that does not reach the readout; W_L shows what reaches the logits.
    """
    return prominent(spectrum(W_L), share)


def gini(x: Float[Tensor, " n"]) -> float:
    """The Gini coefficient sum_i (2i - n - 1) x_(i) / (n sum_i x_i) of numbers x >= 0 in rising order.

    0 when all are equal, (n-1)/n when one holds everything; nan when all are 0.
    Source: Nanda et al. 2023, section 5.1, on ``components`` of W_E and of W_L.
    """
    n = len(x)
    rank = 2 * torch.arange(1, n + 1, dtype=torch.float64, device=x.device) - n - 1
    x = x.double().sort().values
    return (rank @ x / (n * x.sum())).item()


def sum_of_squares(weights: Mapping[str, Tensor]) -> float:
    """The sum of the squares of all weights of one net (Nanda et al. 2023, section 5.1)."""
    return sum(w.double().square().sum().item() for w in weights.values())
