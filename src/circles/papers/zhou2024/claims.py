"""The claims about nets that are trained live: one formula each, over many recorded seeds and the live one."""

from __future__ import annotations

from collections.abc import Mapping

from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.papers.zhou2024 import rescue_frames, rescue_runs
from circles.training.runs import Run


def lead(live: Mapping[str, Run]) -> Estimate:
    """The mean over seeds of MiniLM's mean lead in held-out accuracy over the random net, over all checkpoints."""
    return estimates.mean(_leads(), [_lead(live["minilm"], live["random"])], of="seeds")


def least_lead() -> float:
    """The same of the seed where it is least."""
    return min(_leads())


def tens(live: Run) -> Estimate:
    """The mean over seeds of the share of whole tens among the wrong answers without the low band, over chance."""
    groups = (rescue_runs.many()[live.config.embedding], [live])
    return estimates.mean(*([10 * rescue_frames.pooled([run], "tens") for run in g] for g in groups), of="seeds")


def _leads() -> list[float]:
    found = rescue_runs.many()
    return [_lead(a, b) for a, b in zip(found["minilm"], found["random"], strict=True)]


def _lead(ahead: Run, behind: Run) -> float:
    return float((ahead.measures["exact"] - behind.measures["exact"]).mean())
