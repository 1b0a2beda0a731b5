"""The nets of one seed as a page computes them beside each other: their tables and what they answer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from torch import Tensor

from circles.analysis.tabled import tabled
from circles.models import modular
from circles.papers import net_frames
from circles.papers.li2024 import packed
from circles.papers.li2024.net import NAMES, Net
from circles.papers.li2024.training import SHOWN_SEED, recorded

NAME = "three-nets"  # of the nets on their page
KINDS = ("full", "ternary", "binary")  # by the values of a weight, many to few


def nets(start: str = "released", seed: int = SHOWN_SEED) -> dict[str, Net]:
    """The three recorded nets of a start and seed, by name; KeyError where one is not recorded."""
    return {NAMES[kind]: Net(recorded(kind, start=start)[seed]) for kind in KINDS}


def mapped(net: Net) -> dict[str, Tensor]:
    """The weights of a net in float64 with the values of its map themselves, as ``packed`` keeps them."""
    config = net.run.config
    return {name: W.double() for name, W in packed.unpack(packed.pack(config, net.run.weights), config).items()}


def tables(found: Mapping[str, Net]) -> dict[str, np.ndarray]:
    """The tables (``analysis.tabled``) of all nets, each named "net/table"."""
    every = {name: tabled(mapped(net), net.spec) for name, net in found.items()}
    return {f"{name}/{table}": x.numpy() for name, tables in every.items() for table, x in tables.items()}


def answered(found: Mapping[str, Net], a: int, b: int) -> dict[str, tuple[pd.DataFrame, np.ndarray, float]]:
    """Of each net the logits of one sum (c, logit), which of all pairs [p p] are right, and the mean loss (nats)."""
    logits = {name: modular.activations(mapped(net), net.spec)["logits"][0] for name, net in found.items()}
    return {name: net_frames.answered(x, a, b) for name, x in logits.items()}
