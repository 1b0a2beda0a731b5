"""Tidy frames of the chapter's figures: those of any net, and the paper's table of ablations."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from circles.experiments.nanda2023.net import Net
from circles.experiments.net_frames import (
    curves,
    directions,
    embedding,
    excluded_each,
    heads,
    logit_waves,
    measures,
    neurons,
    phases,
    singular_values,
    slider,
)

PAPER_ABLATIONS = {  # test losses, section 4.4 of the paper and its released code
    "clean": 2.41e-7,
    "replace_clustered": 2.48e-7,
    "keep_sum_waves": 5.54e-8,
    "keep_key_components": 7.24e-8,
    "onto_directions": 1.19e-7,
    "onto_null_space": 5.27,
}
NAMES = {
    "clean": "the net itself",
    "replace_clustered": "neurons replaced by polynomials",
    "keep_sum_waves": "neurons keep cos, sin of w(a+b)",
    "keep_key_components": "neurons keep key components",
    "onto_directions": "onto the directions of W_L",
    "onto_null_space": "onto their null space",
}


def ablations(nets: Mapping[int, Net]) -> pd.DataFrame:
    """Test loss of each ablation beside the paper's: ablation, seed, ours, paper."""
    rows = [
        (NAMES[name], seed, net.ablations[name], PAPER_ABLATIONS[name])
        for name in NAMES
        for seed, net in nets.items()
    ]
    return pd.DataFrame(rows, columns=["ablation", "seed", "ours", "paper"])


__all__ = [
    "ablations",
    "curves",
    "directions",
    "embedding",
    "excluded_each",
    "heads",
    "logit_waves",
    "measures",
    "neurons",
    "phases",
    "singular_values",
    "slider",
]
