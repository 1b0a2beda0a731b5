"""One sum through the trained net, step by step, and the net as a page computes it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from circles.analysis import ablations, losses
from circles.analysis.tabled import tabled
from circles.experiments.nanda2023.net import Net
from circles.foundations import fourier

NAME = "grokking"  # of the chapter's net on its page
SUM = "their sum"


def tables(net: Net) -> dict[str, np.ndarray]:
    """The net's tables (``analysis.tabled``) and ``written_mean`` [1 p], what the neurons write on the mean of all pairs."""
    found = tabled(net.weights, net.spec) | {"written_mean": _written(net).mean(0, keepdim=True)}
    return {name: x.numpy() for name, x in found.items()}


def walked(net: Net, a: int, b: int, k: int) -> dict[str, pd.DataFrame]:
    """Frames of the walk through the net with a + b: circle, attention, read, waves, as ``figures.walk`` takes them.

    ``read`` is u_k MLP and v_k MLP without their means over all pairs, for this a and every b; ``waves`` are the logits'
    components along cos and sin of w_k c for each key frequency. Source: Nanda et al. 2023, sections 4.1 and 4.2.
    """
    p, pair = net.p, a * net.p + b
    moments = net.curves["circles"][-1]
    circle = [
        pd.DataFrame({"frequency": key, "token": range(p), "x": moments[i, 0], "y": moments[i, 1]})
        for i, key in enumerate(net.keys)
    ]
    shares = net.attention[pair]
    attention = [(f"head {h}", to, float(shares[h, i])) for h in range(len(shares)) for i, to in enumerate("ab=")]
    written = _written(net)
    read = (written[a * p : (a + 1) * p] - written.mean(0)) @ _class_waves(p, k).mT
    logits = (net.skip_logits.double() + written)[pair]
    waves = {f"k = {key}": _class_waves(p, key).mT @ (_class_waves(p, key) @ logits) for key in net.keys}
    waves[SUM] = torch.stack(list(waves.values())).sum(0)
    return {
        "circle": pd.concat(circle, ignore_index=True),
        "attention": pd.DataFrame(attention, columns=["head", "to", "share"]),
        "read": pd.DataFrame({"b": range(p), "x": read[:, 0], "y": read[:, 1]}),
        "waves": pd.concat([pd.DataFrame({"wave": w, "c": range(p), "value": x}) for w, x in waves.items()], ignore_index=True),
    }  # fmt: skip


def answered(net: Net, a: int, b: int) -> tuple[pd.DataFrame, np.ndarray, float]:
    """The logits of one sum (c, logit), which of all pairs [p p] are right, and the mean loss over all pairs (nats)."""
    logits = ablations.logits_of(net.mlp, net.W_L, net.skip_logits)
    right = (logits.argmax(-1) == losses.answers(net.p, logits.device)).unflatten(0, (net.p, net.p))
    frame = pd.DataFrame({"c": range(net.p), "logit": logits[a * net.p + b]})
    return frame, right.numpy(), losses.loss(logits)


def _written(net: Net) -> Tensor:
    return net.mlp.double() @ net.W_L.double().mT


def _class_waves(p: int, k: int) -> Tensor:
    return fourier.basis(p)[2 * k - 1 : 2 * k + 1]
