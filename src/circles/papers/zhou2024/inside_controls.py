"""What chance gives inside an adding net: turned outputs in place of its own, turned filters in place of the paper's.

The unembedding of a net with MiniLM's table has MiniLM's waves in it, so whatever a module writes, its logits have them
too; and a filter of many waves leaves few directions of a narrow net. Both are held against the same thing turned at
random, which keeps its size and loses where it points.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import addition_errors
from circles.models import decoder
from circles.models.decoder_spec import DecoderSpec
from circles.papers.zhou2024 import inside
from circles.training.run_config import Weights

TURNS, FILTER_TURNS = 200, 20


def rotation(d: int, *, generator: torch.Generator) -> Float[Tensor, "d d"]:
    """A uniformly random orthogonal matrix, float64: Q of a Gaussian matrix's QR, with the signs of R's diagonal."""
    Q, R = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64, generator=generator))
    return Q * R.diagonal().sign()


def turned_norms(
    weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec, *, generator: torch.Generator, turns: int = TURNS
) -> Float[Tensor, "turns layers 2 components"]:
    """``inside.spectra`` of every module's outputs turned at random, one rotation a turn for all pairs and modules."""
    out, W_U = inside.written(weights, a, b, spec), inside.unembedding(weights, spec)
    turned = (rotation(spec.width, generator=generator).to(W_U.dtype) for _ in range(turns))
    return torch.stack([inside.norms(out @ Q @ W_U.mT) for Q in turned])


def turned_filters(
    weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec, *, generator: torch.Generator, turns: int = FILTER_TURNS
) -> Float[Tensor, "rows turns"]:
    """Held-out accuracy with each filter of ``inside.FILTERS`` turned at random, so that as many directions go."""
    rows = []
    for row in inside.FILTERS[1:]:
        band, _, parts = row.partition(", ")
        keep = inside.projection(weights, spec, band)
        accuracy = []
        for _ in range(turns):
            Q = rotation(spec.width, generator=generator)
            edit = inside.edit((Q @ keep @ Q.mT).to(weights["g_f"].dtype), parts)
            logits = decoder.forward(weights, a, b, spec, edit=edit)
            accuracy.append((addition_errors.errors(logits, a + b, numbers=spec.numbers)[0] == 0).double().mean())
        rows.append(torch.stack(accuracy))
    return torch.stack(rows)
