"""Waves taken from the number table of the net that adds: what it then answers, and the net as a page computes it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from circles.analysis import addition_errors, paper_waves
from circles.foundations import fourier
from circles.foundations.errors import ConfigError
from circles.models import decoder
from circles.papers.zhou2024 import embeddings
from circles.papers.zhou2024.inside import SmallNet
from circles.training.run_config import Weights

NAME = "adder"  # of the chapter's net on its page
WHERE = ("both", "addends", "answers")  # which use of the table loses the waves
GROUPS = ("low", "10", "5", "2.5", "2", "others")  # the low band, the paper's periods, the rest of the high band


def groups(numbers: int) -> list[int]:
    """Of each component k = 1, 2, ... its place in ``GROUPS``."""
    named = {paper_waves.component(numbers, float(period)): i for i, period in enumerate(GROUPS) if period[0].isdigit()}
    low = set(paper_waves.low(numbers))
    return [0 if k in low else named.get(k, len(GROUPS) - 1) for k in range(1, (numbers - 1) // 2 + 1)]


def without(net: SmallNet, components: Iterable[int], *, where: str = "both") -> Weights:
    """The net's weights with these components of W_E taken away where the addends are read, the answers, or both.

    W_E is frozen and is the unembedding too. Nothing is scaled up again. Raises ConfigError for another ``where``.
    """
    if where not in WHERE:
        raise ConfigError(f"where is {where!r}, expected one of {', '.join(WHERE)}")
    W_E = net.weights["W_E"][0].double()
    less = (W_E - embeddings.part(W_E, components)).to(net.weights["W_E"].dtype)[None]
    read, answers = (net.weights["W_E"] if where == other else less for other in ("answers", "addends"))
    return {**net.weights, "W_E": read, "W_U": torch.cat([answers, net.weights["W_S"]], 1)}


def all_logits(net: SmallNet, weights: Weights) -> Tensor:
    """[p^2 numbers] the logits of all pairs, a * p + b, p the number of addends."""
    index = torch.arange(net.spec.addends**2, device=weights["W_E"].device)[None]
    with torch.inference_mode():
        found = decoder.forward(weights, index // net.spec.addends, index % net.spec.addends, net.spec)
    return found[0, :, : net.spec.numbers]


def answered(net: SmallNet, a: int, b: int) -> dict[str, pd.DataFrame | np.ndarray]:
    """What the whole net answers, as ``figures.bands`` takes it: waves, logits, right, errors."""
    p, numbers = net.spec.addends, net.spec.numbers
    logits = all_logits(net, net.weights)
    sums = torch.arange(p)[:, None] + torch.arange(p)
    wrong = addition_errors.errors(logits, sums.flatten().to(logits.device), numbers=numbers)
    shown, counts = wrong[wrong != 0].unique(return_counts=True)
    N, k = numbers - 1, torch.arange(1, (numbers - 1) // 2 + 1)
    sizes = fourier.bands(fourier.transform(net.weights["W_E"][0, :N].double().mT)).norm(dim=0)[1:]
    return {
        "waves": pd.DataFrame({"k": k, "period": N / k, "size": sizes, "kept": True}),
        "logits": pd.DataFrame({"c": range(numbers), "logit": logits[a * p + b]}),
        "right": (wrong == 0).unflatten(0, (p, p)).numpy(),
        "errors": pd.DataFrame({"error": shown, "count": counts}),
    }


def tables(net: SmallNet) -> dict[str, np.ndarray]:
    """The weights, W_QKV as [d, 3, heads, d_head]; ``groups`` [components]; ``held_out`` [p p], 1 for such pairs."""
    heads, p = net.spec.heads, net.spec.addends
    found = {name: w[0].double() for name, w in net.weights.items()}
    for name in [name for name in found if name.endswith("W_QKV")]:
        found[name] = found[name].unflatten(1, (3, heads, -1))
    held_out = torch.zeros(p, p)
    held_out[net.a[0], net.b[0]] = 1
    told = {"groups": torch.tensor(groups(net.spec.numbers)), "held_out": held_out}
    return {name: x.numpy() for name, x in (found | told).items()}
