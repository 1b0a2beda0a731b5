"""Tidy frames and numbers of the rescue: curves, errors, and what each embedding was worth."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import torch

from circles.papers.zhou2024.embeddings import KINDS
from circles.papers.zhou2024.rescue import RescueRun
from circles.training.runs import Run


def label(config: RescueRun) -> str:
    """The embedding of a run in words."""
    return f"{KINDS[config.embedding]}, {'trained' if config.trained else 'frozen'}"


def curves(found: Sequence[Run]) -> pd.DataFrame:
    """Held-out accuracy by epoch: net, seed, epoch, panel, value."""
    rows = []
    for run in found:
        name = {"net": label(run.config), "seed": run.config.seed, "panel": "held-out accuracy"}
        for epoch, value in zip(run.measures["epoch"].tolist(), run.measures["exact"].tolist(), strict=True):
            rows.append(name | {"epoch": epoch, "value": value})
    return pd.DataFrame(rows)


def errors(found: Sequence[Run], *, most: int = 25) -> pd.DataFrame:
    """How often each error occurs at the end, all seeds of a net together: net, error, share (of the wrong answers).

    Errors beyond ``most`` count as ``most``.
    """
    rows = []
    for net, group in _by(found).items():
        wrong = torch.cat([run.measures["errors"] for run in group]).long()
        wrong = wrong[wrong != 0].clamp(-most, most)
        for error in range(-most, most + 1):
            if count := int((wrong == error).sum()):
                rows.append({"net": net, "error": error, "share": count / len(wrong), "wrong": len(wrong)})
    return pd.DataFrame(rows, columns=["net", "error", "share", "wrong"])


def final(run: Run, measure: str = "exact") -> float:
    """This measure of the held-out pairs after the last epoch."""
    return float(run.measures[measure][-1])


def pooled(found: Sequence[Run], test: str) -> float:
    """The share of these runs' wrong answers that is "within_2", "below_6" or "tens" (whole tens); NaN without any."""
    wrong = torch.cat([run.measures["errors"] for run in found]).long()
    wrong = wrong[wrong != 0].abs()
    hit = {"within_2": wrong <= 2, "below_6": wrong < 6, "tens": wrong % 10 == 0}[test]
    return float(hit.double().mean()) if len(wrong) else math.nan


def _by(found: Sequence[Run]) -> dict[str, list[Run]]:
    groups: dict[str, list[Run]] = {}
    for run in found:
        groups.setdefault(label(run.config), []).append(run)
    return groups
