"""Checks of Chapter 2's exercises about nets: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from circles.analysis.progress import excluded_loss, restricted_loss
from circles.foundations import fourier
from circles.teaching.check import NotYet, number
from circles.teaching.waves import clean_logits

P, KS = 53, (4, 11, 19)
NETS = ("memoriser", "generaliser", "both")


def bilinear(net: Mapping[str, Tensor], a: Tensor, b: Tensor) -> Tensor:
    """The hand-made net: logits = ((W_E[a] A) * (W_E[b] B)) W_L, the products being its only nonlinearity."""
    return ((net["W_E"][a] @ net["A"]) * (net["W_E"][b] @ net["B"])) @ net["W_L"]


def hand_made(kind: str) -> tuple[Tensor, Tensor]:
    """Logits [p^2, p] of a net made by hand and its training pairs: kind is memoriser, generaliser or both.

    The memoriser knows 30% of the pairs by heart, the generaliser adds up three waves.
    """
    a, b = torch.arange(P * P) // P, torch.arange(P * P) % P
    train = torch.randperm(P * P, generator=torch.Generator().manual_seed(0))[: 3 * P * P // 10]
    logits = torch.zeros(P * P, P, dtype=torch.float64)
    if kind in ("memoriser", "both"):
        logits[train, ((a + b) % P)[train]] += 20
    if kind in ("generaliser", "both"):
        d = (a.unsqueeze(1) + b.unsqueeze(1) - torch.arange(P)) % P
        logits += 10 * clean_logits(P, KS)[d]
    return logits, train


def measured(kind: str) -> dict[str, float]:
    """Restricted loss over all pairs and excluded loss over the training pairs of a hand-made net."""
    logits, train = hand_made(kind)
    return {"restricted": restricted_loss(logits, KS), "excluded": excluded_loss(logits, KS, train)}


def two_losses(answer: Mapping[tuple[str, str], Any]) -> None:
    """A prediction, low or high (above half of log p), for each net and loss."""
    for kind in NETS:
        for name, value in measured(kind).items():
            said = answer.get((kind, name))
            if said not in ("low", "high"):
                raise NotYet(f"the prediction for {kind}, {name} is {said!r}, expected the word low or high")
            if said != ("high" if value > math.log(P) / 2 else "low"):
                kept = "only the key waves are kept" if name == "restricted" else "the key waves are taken away"
                raise NotYet(
                    f"you say the {name} loss of {kind} is {said}, but it is {value:.2g} "
                    f"(guessing gives {math.log(P):.2g}): "
                    f"{kept}; what is left that knows the answer?"
                )


def split(answer: Callable[[Tensor, Sequence[int]], Any]) -> None:
    """split(logits, ks) is (restricted, excluded): key waves plus class means, and all but the key waves."""
    draw = torch.Generator().manual_seed(1)
    logits = torch.randn(P * P, P, generator=draw, dtype=torch.float64) + torch.arange(P)
    total = (torch.arange(P * P) // P + torch.arange(P * P) % P) % P
    by_sum = torch.zeros(P, P, dtype=torch.float64).index_add_(0, total, logits) / P
    c = fourier.transform(by_sum, 0)
    c[~torch.isin(fourier.frequencies(P), torch.tensor(KS))] = 0
    waves, mean = fourier.inverse(c, 0)[total], logits.mean(0)
    got = answer(logits, KS)
    if not isinstance(got, tuple) or len(got) != 2 or any(getattr(x, "shape", None) != logits.shape for x in got):
        raise NotYet(f"split gives {type(got).__name__}, expected a pair of tensors of shape {tuple(logits.shape)}")
    if not torch.allclose(got[0], waves + mean):
        why = "project each column, a function of the pair, on both unit waves of each k"
        if torch.allclose(got[0], waves):
            why = "add back the mean logit of each class"
        raise NotYet(f"the restricted logits are off by {(got[0] - waves - mean).abs().max():.3g}: {why}")
    if not torch.allclose(got[1], logits - waves):
        without = torch.allclose(got[1], logits - waves - mean)
        why = "the mean stays in" if without else "take the key waves away, nothing else"
        raise NotYet(f"the excluded logits are off by {(got[1] - logits + waves).abs().max():.3g}: {why}")


def addition_net(answer: Callable[..., Any]) -> None:
    """addition_net(p, ks): the weights of a bilinear net with 2K embedding dimensions that adds modulo p."""
    for p, ks in ((7, (1,)), (53, (4, 11, 19)), (113, (14, 35, 41, 42, 52))):
        net = answer(p, ks)
        if not isinstance(net, Mapping) or set(net) != {"W_E", "A", "B", "W_L"}:
            raise NotYet(f"addition_net gives {type(net).__name__}, expected a dict with W_E, A, B and W_L")
        n, width = net["A"].shape[-1], 2 * len(ks)
        for name, shape in {"W_E": (p, width), "A": (width, n), "B": (width, n), "W_L": (n, p)}.items():
            if tuple(net[name].shape) != shape:
                raise NotYet(f"{name} has shape {tuple(net[name].shape)}, expected {shape} for p = {p}, K = {len(ks)}")
        a, b = torch.arange(p * p) // p, torch.arange(p * p) % p
        said = bilinear(net, a, b).argmax(-1)
        right = (said == (a + b) % p).double().mean().item()
        if right < 1:
            first = int((said != (a + b) % p).nonzero()[0])
            why = "compare your logits of one pair with sum_k cos(w_k(a+b-c))"
            for other, what in (((a - b) % p, "a - b"), ((b - a) % p, "b - a"), ((-a - b) % p, "-(a+b)")):
                if torch.equal(said, other):
                    why = f"your net computes {what}: look at a sign"
            raise NotYet(
                f"for p = {p} your net is right on {right:.0%} of the pairs; {int(a[first])} + {int(b[first])} "
                f"gives {int(said[first])}. Hint: {why}"
            )


def finite_optimum(slope: Callable[..., Any], optimum: Callable[..., Any]) -> None:
    """slope(s, decay) is the derivative of the objective, optimum(decay) the scale where it is zero."""
    f = clean_logits(P, KS)

    def exact(s: float, decay: float) -> float:
        return (((s * f).softmax(0) * f).sum() - f[0] + decay * s).item()

    for s, decay in ((0.0, 0.0), (1.0, 0.0), (10.0, 0.0), (2.0, 0.1), (5.0, 0.01)):
        got = number(slope(s, decay), f"slope({s}, {decay})")
        if abs(got - exact(s, decay)) > 1e-5:
            lost = decay and abs(got - exact(s, 0.0)) < 1e-5
            why = "differentiate log sum_d exp(s f(d)) - s f(0) + decay s^2 / 2"
            if lost:
                why = "the term of the weight decay is missing"
            raise NotYet(f"slope({s}, {decay}) gives {got:.4g}: {why}")
    for decay in (1.0, 0.1, 0.01):
        s = number(optimum(decay), f"optimum({decay})")
        if not math.isfinite(s) or abs(exact(s, decay)) > 1e-6:
            side = "too large" if exact(s, decay) > 0 else "too small"
            raise NotYet(f"optimum({decay}) gives {s:.4g}, where the slope is {exact(s, decay):.3g}: s is {side}")


def attention_table(answer: Callable[..., Any]) -> None:
    """tables(E, pos, W_Q, W_K, W_V): scores [3, p+1] and values [3, p+1, h] by position and token."""
    p, d, h = 11, 6, 4
    draw = torch.Generator().manual_seed(2)
    shapes = ((p + 1, d), (3, d), (d, h), (d, h), (d, h))
    E, pos, W_Q, W_K, W_V = (torch.randn(*s, generator=draw, dtype=torch.float64) for s in shapes)
    got = answer(E, pos, W_Q, W_K, W_V)
    if not isinstance(got, tuple) or [tuple(getattr(x, "shape", ())) for x in got] != [(3, p + 1), (3, p + 1, h)]:
        raise NotYet(f"tables gives {type(got).__name__}, expected scores [3, p+1] and values [3, p+1, h]")
    scores, values = got
    for a in range(p):
        for b in range(p):
            tokens = torch.tensor([a, b, p])
            x = E[tokens] + pos
            raw = (x[2] @ W_Q) @ (x @ W_K).mT
            looked = scores[torch.arange(3), tokens], values[torch.arange(3), tokens]
            if torch.allclose(looked[0], raw) or not torch.allclose(looked[0].softmax(0), (raw / h**0.5).softmax(0)):
                why = "the query is that of the token = at position 2; a key is that of a token plus its position"
                if torch.allclose(looked[0], raw):
                    why = "divide the scores by sqrt(h)"
                raise NotYet(f"for a = {a}, b = {b} the pattern differs from that of the full attention: {why}")
            if not torch.allclose(looked[1], x @ W_V):
                raise NotYet(f"for a = {a}, b = {b} the values differ: a value is (token + position) W_V")
