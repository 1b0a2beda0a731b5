"""The claims about nets that are trained live: one formula each, over many recorded seeds and the live one."""

from __future__ import annotations

from collections.abc import Mapping

from circles.experiments.zhou2024 import rescue_frames, rescue_runs
from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.training.runs import Run


def lead(live: Mapping[str, Run]) -> Estimate:
    """The median over seeds of MiniLM's mean lead in held-out accuracy over the random net, over all checkpoints."""
    found = rescue_runs.many()
    leads = [_lead(a, b) for a, b in zip(found["minilm"], found["random"], strict=True)]
    return estimates.median(leads, [_lead(live["minilm"], live["random"])])


def tens(live: Run) -> Estimate:
    """The median over seeds of the share of whole tens among the wrong answers without the low band, over chance."""
    found = rescue_runs.many()[live.config.embedding]
    return estimates.median(*([10 * rescue_frames.pooled([run], "tens") for run in group] for group in (found, [live])))


def _lead(ahead: Run, behind: Run) -> float:
    return float((ahead.measures["exact"] - behind.measures["exact"]).mean())
