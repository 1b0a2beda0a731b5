"""Checks of Chapter 2's exercises about nets: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from circles.analysis.progress import excluded_loss, restricted_loss
from circles.foundations import fourier
from circles.teaching import cases
from circles.teaching.answers import array, number, off, pair, said, shown
from circles.teaching.check import NotYet
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
            word = said(answer, (kind, name))
            if not isinstance(word, str) or word.lower() not in ("low", "high"):
                raise NotYet(f"the prediction for {kind}, {name} is {shown(word)}, expected the word low or high")
            if word.lower() != ("high" if value > math.log(P) / 2 else "low"):
                kept = "only the key waves are kept" if name == "restricted" else "the key waves are taken away"
                raise NotYet(
                    f"you say the {name} loss of {kind} is {word}, but it is {value:.2g} "
                    f"(guessing gives {math.log(P):.2g}): "
                    f"{kept}; what is left that knows the answer?"
                )


def split(answer: Callable[[Tensor, Sequence[int]], Any], *, draw: Generator) -> None:
    """split(logits, ks) is (restricted, excluded): key waves plus class means, and all but the key waves."""
    drawn = cases.integer(5, 15, draw=draw) * 2 + 1
    for p, ks in ((P, KS), (drawn, cases.some(2, 1, drawn // 2, draw=draw))):
        logits = cases.noise(p * p, p, draw=draw) + torch.arange(p)
        total = (torch.arange(p * p) // p + torch.arange(p * p) % p) % p
        by_sum = torch.zeros(p, p, dtype=torch.float64).index_add_(0, total, logits) / p
        c = fourier.transform(by_sum, 0)
        c[~torch.isin(fourier.frequencies(p), torch.tensor(ks))] = 0
        waves, mean = fourier.inverse(c, 0)[total], logits.mean(0)
        parts = pair(answer(logits, ks), "split", f"two tables of shape {tuple(logits.shape)}")
        kept, rest = (array(x, tuple(logits.shape), "split") for x in parts)
        if off(kept, waves + mean):
            why = "project each column, a function of the pair, on both unit waves of each k"
            if not off(kept, waves):
                why = "add back the mean logit of each class"
            raise NotYet(f"the restricted logits are off by {off(kept, waves + mean):.3g}: {why}")
        if off(rest, logits - waves):
            without = not off(rest, logits - waves - mean)
            why = "the mean stays in" if without else "take the key waves away, nothing else"
            raise NotYet(f"the excluded logits are off by {off(rest, logits - waves):.3g}: {why}")


def addition_net(answer: Callable[..., Any], *, draw: Generator) -> None:
    """addition_net(p, ks): a bilinear net with 2K embedding dimensions that adds modulo p with the waves ks."""
    size = cases.prime(29, draw=draw)
    drawn = (size, cases.some(3, 1, size // 2, draw=draw))
    # On Z_15 the frequencies 3 and 5 add up right together, and neither does alone.
    for p, ks in ((7, (1,)), (15, (3, 5)), (53, (4, 11, 19)), drawn, (113, (14, 35, 41, 42, 52))):
        net = answer(p, ks)
        if not isinstance(net, Mapping) or set(net) != {"W_E", "A", "B", "W_L"}:
            raise NotYet(f"addition_net gives {shown(net)}, expected a dict with W_E, A, B and W_L")
        width = 2 * len(ks)
        A = array(net["A"], (width, None), f"A for p = {p}, K = {len(ks)}")
        shapes = {"W_E": (p, width), "B": (width, A.shape[1]), "W_L": (A.shape[1], p)}
        whole = {"A": A} | {n: array(net[n], s, f"{n} for p = {p}, K = {len(ks)}") for n, s in shapes.items()}
        a, b = torch.arange(p * p) // p, torch.arange(p * p) % p
        logits = bilinear(whole, a, b)
        answered = logits.argmax(-1)
        right = (answered == (a + b) % p).double().mean().item()
        if right < 1:
            first = int((answered != (a + b) % p).nonzero()[0])
            why = "compare your logits of one pair with sum_k cos(w_k(a+b-c))"
            for other, what in (((a - b) % p, "a - b"), ((b - a) % p, "b - a"), ((-a - b) % p, "-(a+b)")):
                if torch.equal(answered, other):
                    why = f"your net computes {what}: look at a sign"
            raise NotYet(
                f"for p = {p} your net is right on {right:.0%} of the pairs; "
                f"{int(a[first])} + {int(b[first])} gives {int(answered[first])}. Hint: {why}"
            )
        waves_are(logits, p, ks)


def waves_are(logits: Tensor, p: int, ks: Sequence[int]) -> None:
    """The logits, as a function of d = a + b - c, are made of the waves of ``ks``: each counts, and no other does."""
    total = (torch.arange(p * p) // p + torch.arange(p * p) % p).unsqueeze(1)
    d = (total - torch.arange(p)) % p
    by_d = torch.zeros(p, dtype=torch.float64).index_add_(0, d.flatten(), logits.flatten())
    band = fourier.bands(fourier.transform(by_d))
    band[0] = 0
    wanted = {min(k, p - k) for k in ks}
    for k in range(1, p // 2 + 1):
        counts = bool(band[k] > band.max() / 20)
        if k in wanted and not counts:
            raise NotYet(f"for p = {p}, ks = {ks} the net adds, but the wave {k} has no part in it: use every k of ks")
        if k not in wanted and counts:
            raise NotYet(f"for p = {p}, ks = {ks} the net adds, but with the wave {k}, which is not among ks")


def finite_optimum(slope: Callable[..., Any], optimum: Callable[..., Any], *, draw: Generator) -> None:
    """slope(s, decay) is the derivative of the objective, optimum(decay) the scale where it is zero."""
    f = clean_logits(P, KS)

    def exact(s: float, decay: float) -> float:
        return (((s * f).softmax(0) * f).sum() - f[0] + decay * s).item()

    drawn = [(cases.between(0, 8, draw=draw), cases.between(0.001, 0.5, draw=draw)) for _ in range(3)]
    for s, decay in ((0.0, 0.0), (1.0, 0.0), (10.0, 0.0), (2.0, 0.1), (5.0, 0.01), *drawn):
        got = number(slope(s, decay), f"slope({s}, {decay})")
        if not abs(got - exact(s, decay)) <= 1e-5:
            lost = decay and abs(got - exact(s, 0.0)) < 1e-5
            why = "differentiate log sum_d exp(s f(d)) - s f(0) + decay s^2 / 2"
            if lost:
                why = "the term of the weight decay is missing"
            raise NotYet(f"slope({s}, {decay}) gives {got:.4g}: {why}")
    for decay in (1.0, 0.1, 0.01, cases.between(0.02, 0.8, draw=draw)):
        s = number(optimum(decay), f"optimum({decay})")
        if not math.isfinite(s) or abs(exact(s, decay)) > 1e-5:
            side = "too large" if exact(s, decay) > 0 else "too small"
            raise NotYet(f"optimum({decay}) gives {s:.4g}, where the slope is {exact(s, decay):.3g}: s is {side}")


def attention_table(answer: Callable[..., Any], *, draw: Generator) -> None:
    """tables(E, pos, W_Q, W_K, W_V): scores [3, p+1] and values [3, p+1, h] by position and token."""
    for p, d, h in ((11, 6, 4), (cases.integer(5, 9, draw=draw), cases.integer(7, 9, draw=draw), 3)):
        shapes = ((p + 1, d), (3, d), (d, h), (d, h), (d, h))
        E, pos, W_Q, W_K, W_V = (cases.noise(*s, draw=draw) for s in shapes)
        parts = pair(answer(E, pos, W_Q, W_K, W_V), "tables", "scores [3, p+1] and values [3, p+1, h]")
        scores = array(parts[0], (3, p + 1), "tables: the first")
        values = array(parts[1], (3, p + 1, h), "tables: the second")
        for a in range(p):
            for b in range(p):
                tokens = torch.tensor([a, b, p])
                x = E[tokens] + pos
                raw = (x[2] @ W_Q) @ (x @ W_K).mT
                looked = scores[torch.arange(3), tokens], values[torch.arange(3), tokens]
                if not off(looked[0], raw) or off(looked[0].softmax(0), (raw / h**0.5).softmax(0)):
                    why = "the query is that of the token = at position 2; a key is that of a token plus its position"
                    if not off(looked[0], raw):
                        why = "divide the scores by sqrt(h)"
                    raise NotYet(f"for a = {a}, b = {b} the pattern differs from that of the full attention: {why}")
                if off(looked[1], x @ W_V):
                    raise NotYet(f"for a = {a}, b = {b} the values differ: a value is (token + position) W_V")
