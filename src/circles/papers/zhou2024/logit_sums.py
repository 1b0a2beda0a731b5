"""The final logits of one addition as a sum of waves."""

from __future__ import annotations

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import logit_components
from circles.models import decoder
from circles.models.decoder_spec import DecoderSpec
from circles.papers.zhou2024.inside import SmallNet

MOST = 12


def example(spec: DecoderSpec) -> tuple[int, int]:
    """The paper's example 15 + 93, or 15 and the largest number but seven where 93 is no addend."""
    return 15, min(93, spec.addends - 8)


def logits(net: SmallNet) -> Float[Tensor, " N"]:
    """Of ``example`` on the numbers 0 ... N - 1, the largest N that waves of period 10 fit."""
    N = (net.spec.numbers - 1) // 10 * 10  # 340 of 341 or 342 numbers
    one = torch.tensor(example(net.spec)).view(2, 1, 1).to(net.a.device)
    with torch.inference_mode():
        return decoder.forward(net.weights, *one, net.spec)[0, 0, :N]


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
