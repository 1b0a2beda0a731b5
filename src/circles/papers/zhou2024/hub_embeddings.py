"""The number embeddings of the paper's own models: a download each, no GPU."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations import numbers
from circles.papers.zhou2024.number_waves import NumberWaves
from circles.training.computed import ComputedRun

MODELS = ("gpt2", "gpt2-xl", "roberta-base", "microsoft/phi-2")
LARGEST = 520  # the paper's numbers go from 0 to this


@dataclass(frozen=True, kw_only=True)
class EmbeddingsRun(ComputedRun):
    """The spectrum of one model's number embeddings. ``model`` is a name of ``numbers.HUB`` or a folder."""

    model: str = "gpt2"
    prefix: str = ""  # for a folder: what stands before a number in running text

    family: ClassVar[str] = "zhou2024-embeddings"

    @property
    def name(self) -> str:
        return re.sub(r"[^0-9a-zA-Z]+", "_", self.model.rstrip("/").rpartition("/")[2])

    def compute(self) -> dict[str, Tensor]:
        """``norms`` in the paper's waves, the four ``largest`` high periods, the ``p_values`` of the paper's four.

        The numbers are 0 ... 520, or, where fewer are single tokens, as many as leave ten a divisor.
        """
        rows = numbers.load(self.model, prefix=self.prefix).rows
        net = NumberWaves(rows[: min(LARGEST, (len(rows) - 1) // 10 * 10) + 1], self.model)
        paper = next(iter(net.norms))
        return {
            "norms": net.norms[paper],
            "largest": torch.tensor(net.largest_periods(paper)),
            "p_values": torch.tensor(list(net.p_values.values())),
        }


def configs(seed: int) -> list[EmbeddingsRun]:
    """The four models; nothing here depends on the seed."""
    return [EmbeddingsRun(model=model) for model in MODELS]
