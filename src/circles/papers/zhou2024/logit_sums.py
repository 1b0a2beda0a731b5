"""The final logits of one addition as a sum of waves, and how many of the largest it takes to name the answers."""

from __future__ import annotations

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import logit_components
from circles.models import decoder
from circles.models.decoder_spec import DecoderSpec
from circles.training.run_config import Weights

MOST = 12


def example(spec: DecoderSpec) -> tuple[int, int]:
    """The paper's example 15 + 93, or 15 and the largest number but seven where 93 is no addend."""
    return 15, min(93, spec.addends - 8)


def sums(weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec) -> dict[str, Tensor]:
    """``example_logits`` [N] of ``example(spec)`` on the numbers 0 ... N-1, and ``named_by_top`` [12].

    ``named_by_top``: the share of the pairs whose answer is largest in the sum of the m largest waves, m = 1 ... 12.
    Pairs whose sum is N are left out: in the waves of period N/k the numbers 0 and N are one.
    """
    N = (spec.numbers - 1) // 10 * 10  # 340 of 341 or 342 numbers, so that waves of period 10 fit
    one = torch.tensor(example(spec)).view(2, 1, 1).to(a.device)
    found = {"example_logits": decoder.forward(weights, *one, spec)[0, 0, :N]}
    keep = (a + b)[0] < N
    logits = decoder.forward(weights, a[:, keep], b[:, keep], spec)[0, :, :N]
    named = logit_components.named_by_top(logits, (a + b)[0, keep], MOST)
    return found | {"named_by_top": named.double().mean(0)}


def example_frames(logits: Float[Tensor, " N"], most: int = MOST) -> tuple[pd.DataFrame, pd.DataFrame]:
    """For the slider: the sums of the m largest waves (waves, number, value), and these waves (rank, period, norm)."""
    N = len(logits)
    logits = logits.double()
    partial = logit_components.top_sums(logits, most)
    order = logit_components.by_size(logits)[:most]
    norms = logit_components.norms(logits)
    curves = pd.concat(
        pd.DataFrame({"waves": m + 1, "number": range(N), "value": row.tolist()}) for m, row in enumerate(partial)
    )
    waves = pd.DataFrame({
        "rank": range(1, most + 1), "period": [N / int(k) for k in order], "norm": [norms[k].item() for k in order],
    })  # fmt: skip
    return curves, waves
