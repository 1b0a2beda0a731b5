"""Which end of a trained net can be made of signs, and what it costs: at once, without a further step of training."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
import torch
from torch import Tensor

from circles.analysis import losses, readout
from circles.models import quantized
from circles.papers.li2024.net import Net
from circles.training.runs import Run

NOTHING, EMBEDDING, UNEMBEDDING = "nothing", "the embedding", "the unembedding"
NUMBERS, SIZED = "the numbers", "the numbers, sized"  # of the embedding, without ``=``; sized: times their mean size


def replaced(net: Net) -> dict[str, dict[str, Tensor]]:
    """By what is made of signs, the weights that stand in place of the net's.

    ``NUMBERS`` leaves the row of ``=`` as it is; ``SIZED`` does too and multiplies the signs by the mean size of
    what they are the signs of, the numbers' rows less their mean.
    """
    W_E, W_U = net.weights["W_E"], net.weights["W_U"]
    numbers, equals = W_E[:, :-1], W_E[:, -1:]
    signs, size = quantized.binary(numbers), quantized.centred(numbers).abs().mean(dim=(1, 2), keepdim=True)
    return {
        NOTHING: {},
        EMBEDDING: {"W_E": quantized.binary(W_E)},
        NUMBERS: {"W_E": torch.cat([signs, equals], dim=1)},
        SIZED: {"W_E": torch.cat([size * signs, equals], dim=1)},
        UNEMBEDDING: {"W_U": quantized.binary(W_U)},
    }


def apart(net: Net) -> pd.DataFrame:
    """Test accuracy, and the logits' variance explained by the waves of the net's key frequencies: signs, accuracy,
    variance."""
    rows = []
    for signs, changed in replaced(net).items():
        logits = net.with_weights(**changed)["logits"][0]
        fit = readout.fit_logits(logits, net.keys, net.test)
        rows.append({"signs": signs, "accuracy": losses.accuracy(logits, net.test), "variance": fit.explained})
    return pd.DataFrame(rows)


def table(found: Iterable[tuple[str, int, Run]]) -> pd.DataFrame:
    """``apart`` of each (kind, seed, run), with the columns kind and seed in front."""
    parts = []
    for kind, seed, run in found:
        frame = apart(Net(run))
        frame.insert(0, "seed", seed)
        frame.insert(0, "kind", kind)
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def by_seed(rows: pd.DataFrame, measure: str, signs: Iterable[str]) -> pd.DataFrame:
    """A measure of ``table``: a row a kind and what is made of signs, in the order asked for, a column a seed."""
    order = [(kind, s) for kind in rows["kind"].unique() for s in signs]
    return rows.pivot(index=["kind", "signs"], columns="seed", values=measure).reindex(order)
