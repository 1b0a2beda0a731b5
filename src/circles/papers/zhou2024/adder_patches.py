"""Waves put from one addition into another, where the answer is read: does the last digit follow, does the size stay?

After a layer the part of the state that some waves of the logits see is exchanged for that of another addition, or for
its mean over all. What follows is computed anew. If the units' digit is carried by the five periods of the last digit
and the size by the slow waves, the answer takes the other's digit and keeps its own size, or the other way round.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import filters, last_digit, paper_waves
from circles.papers.zhou2024 import adder_table
from circles.papers.zhou2024.adder_opened import Opened

WAVES = ("period 10", "the last digit's five", "low")
KINDS = ("exchanged", "averaged")


def components(p: int, waves: str) -> list[int]:
    """The components of ``WAVES`` on p numbers."""
    if waves == "low":
        return paper_waves.low(p)
    periods = last_digit.PERIODS if waves == "the last digit's five" else (10,)
    return [paper_waves.component(p, period) for period in periods]


def patches(net: Opened, *, generator: torch.Generator) -> dict[str, Tensor]:
    """``patched`` [layers kinds waves 2 n], the most likely numbers; the last two: those waves, random directions.

    Random are as many directions inside the span of the number rows. ``donors`` [n] are the answers of the additions
    from which the waves come.
    """
    donor = torch.randperm(len(net.answers), generator=generator)
    span, rows = adder_table.span(net.reads_state), []
    seen = {name: _seen(net, name) for name in WAVES}
    for layer, x in enumerate(net.stream[1:]):
        for other in (x[donor], x.mean(0).expand_as(x)):
            for name in WAVES:
                keep = adder_table.random_projection(span, round(float(seen[name].trace())), generator=generator)
                for P in (seen[name], torch.eye(net.d, dtype=torch.float64) - keep):
                    rows.append(net.patched(layer, ((other - x).double() @ P).to(x.dtype)) + net.answers)
    shape = (net.spec.depth, len(KINDS), len(WAVES), 2)
    return {"patched": torch.stack(rows).short().unflatten(0, shape), "donors": net.answers[donor].short()}


def _seen(net: Opened, waves: str) -> Float[Tensor, "d d"]:
    """The projection on what these waves of the logits see of a state, through a last norm where there is one."""
    left = filters.projection(net.reads_state.mT, components(net.spec.numbers, waves))
    return torch.eye(net.d, dtype=torch.float64) - left
