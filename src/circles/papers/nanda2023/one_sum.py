"""One sum through the trained net, step by step, and the net as a page computes it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from circles.analysis import ablations
from circles.analysis.tabled import tabled
from circles.foundations import fourier
from circles.papers import net_frames
from circles.papers.nanda2023.net import Net

NAME = "grokking"  # of the chapter's net on its page
NEAR = 8  # answers on either side of the right one


def tables(net: Net) -> dict[str, np.ndarray]:
    """The net's tables (``analysis.tabled``) and what tells its numbers: ``written_mean`` [1 p], ``amplitude`` [keys].

    The first is what the neurons write on the mean of all pairs, the second A_k of the best fit A_k cos w_k(a+b) to
    u_k MLP.
    """
    written = _written(net)
    amplitude = torch.stack([_amplitude(_read(written, net.p, k), net.p, k) for k in net.keys])
    told = {"written_mean": written.mean(0, keepdim=True), "amplitude": amplitude}
    return {name: x.numpy() for name, x in (tabled(net.weights, net.spec) | told).items()}


def walked(net: Net, a: int, b: int, k: int) -> dict[str, pd.DataFrame]:
    """Frames of the walk through the net with a + b, as ``figures.walk`` takes them.

    circle, attention; ``read``, which is u_k MLP and v_k MLP without their means over all pairs, for this a and every
    b, and ``reach``, the largest of all pairs and key frequencies over its A_k; ``waves``, the logits' components along
    cos and sin of w_k c for each key frequency, up to ``NEAR`` answers from the right one, in quarters; ``total``,
    their sum over all c. Source: Nanda et al. 2023, sections 4.1 and 4.2.
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
    reads = {key: _read(written, p, key) for key in {*net.keys, k}}
    read = reads[k][a * p : (a + 1) * p]
    reach = max(float(reads[key].abs().max() / _amplitude(reads[key], p, key)) for key in net.keys)
    logits = net.skip_logits[pair].double() + written[pair]
    step = torch.arange(-4 * NEAR, 4 * NEAR + 1).double() / 4
    waves, total = [], torch.zeros(p, dtype=torch.float64)
    for key in net.keys:
        cos, sin = math.sqrt(2 / p) * (_class_waves(p, key) @ logits)
        turn = 2 * math.pi * key / p * (a + b + step)
        waves.append(pd.DataFrame({"wave": f"k = {key}", "step": step, "value": cos * turn.cos() + sin * turn.sin()}))
        total += _class_waves(p, key).mT @ (_class_waves(p, key) @ logits)
    return {
        "circle": pd.concat(circle, ignore_index=True),
        "attention": pd.DataFrame(attention, columns=["head", "to", "share"]),
        "read": pd.DataFrame({"b": range(p), "x": read[:, 0], "y": read[:, 1], "reach": reach}),
        "waves": pd.concat(waves, ignore_index=True),
        "total": pd.DataFrame({"c": range(p), "value": total}),
    }


def answered(net: Net, a: int, b: int) -> tuple[pd.DataFrame, np.ndarray, float]:
    """The logits of one sum (c, logit), which of all pairs [p p] are right, and the mean loss over all pairs (nats)."""
    return net_frames.answered(ablations.logits_of(net.mlp, net.W_L, net.skip_logits), a, b)


def _written(net: Net) -> Tensor:
    return net.mlp.double() @ net.W_L.double().mT


def _read(written: Tensor, p: int, k: int) -> Tensor:
    """u_k MLP and v_k MLP of all pairs, each without its mean: [p^2, 2]."""
    read = written @ _class_waves(p, k).mT
    return read - read.mean(0)


def _amplitude(read: Tensor, p: int, k: int) -> Tensor:
    return (read[:, 0] @ fourier.sum_directions(p, k)[0]) * (math.sqrt(2) / p)


def _class_waves(p: int, k: int) -> Tensor:
    return fourier.basis(p)[2 * k - 1 : 2 * k + 1]
