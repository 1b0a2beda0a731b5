"""Checks of Chapter 2's exercises about waves on Z_p: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Generator, Tensor

from circles.analysis.spectra import gini as gini_of
from circles.foundations import fourier
from circles.teaching import cases
from circles.teaching.answers import close, integer, members, number, shown, truth
from circles.teaching.check import NotYet

PAIRS = ("cos cos", "sin sin", "cos sin", "sin cos")


def clean_logits(p: int, ks: Sequence[int]) -> Tensor:
    """f(d) = sum_k cos(w_k d), d = 0 ... p-1: the clean net's logit of an answer c = a + b - d."""
    return torch.stack([fourier.angles(p, k).cos() for k in ks]).sum(0)


def alias(answer: Callable[[int, int], Any], *, draw: Generator) -> None:
    """alias(k, p) is the frequency 0 ... p//2 with the same cosine as k on Z_p."""
    for p in (7, 12, cases.integer(20, 60, draw=draw), 113):
        further = [cases.integer(2 * p, 9 * p, draw=draw) for _ in range(3)]
        for k in (*range(2 * p + 1), *further):
            call = f"alias({k}, {p})"
            got = number(answer(k, p), call)
            if not math.isfinite(got) or got != int(got) or not 0 <= got <= p // 2:
                raise NotYet(f"{call} gives {got:g}, expected a whole number from 0 to p//2 = {p // 2}")
            gap = (fourier.angles(p, k % p).cos() - fourier.angles(p, int(got)).cos()).abs()
            if gap.max() > 1e-9:
                raise NotYet(
                    f"{call} gives {got:g}, but at a = {int(gap.argmax())} the two cosines differ by "
                    f"{gap.max():.2f}: they are not the same wave"
                )


def coefficients(answer: Callable[[int], Any], *, draw: Generator) -> None:
    """coefficients(p): the four numbers of the table cos(w_k(a+b)) in the orthonormal basis."""
    drawn = cases.prime(13, draw=draw)
    for p, k in ((7, 2), (11, 3), (drawn, cases.integer(1, drawn // 2, draw=draw)), (113, 35)):
        wave = fourier.angles(p, k)
        table = (wave.unsqueeze(1) + wave).cos()
        block = fourier.transform2(table)[2 * k - 1 : 2 * k + 1, 2 * k - 1 : 2 * k + 1]
        want = dict(zip(PAIRS, (block[0, 0], block[1, 1], block[0, 1], block[1, 0]), strict=True))
        got = answer(p)
        if not isinstance(got, Mapping) or set(got) != set(PAIRS):
            raise NotYet(f"coefficients({p}) gives {shown(got)}, expected a dict with the keys {', '.join(PAIRS)}")
        for pair in PAIRS:
            value, true = number(got[pair], f"coefficients({p})[{pair!r}]"), want[pair].item()
            if close(value, true):
                continue
            absent = abs(true) < 1e-9
            why = "cos(x+y) has no such product" if absent else "multiply the table by that basis table and sum"
            if close(value, -true):
                why = "the size is right, the sign is not: look at cos(x+y) again"
            elif close(abs(value), 1):
                why = "that is the factor of the plain product; the basis rows carry sqrt(2/p) each"
            raise NotYet(f"the coefficient {pair!r} for p = {p} is {value:g}, which is wrong: {why}")


def sharp_argmax(margin: Callable[..., Any], sharp: Callable[..., Any], *, draw: Generator) -> None:
    """margin(p, ks) is f(0) - max f(d != 0); sharp(p, ks) says whether it is positive."""
    asked = [
        (p, ks) for p in range(2, 17) for ks in [(k,) for k in range(1, p)] + list(combinations(range(1, p), 2))
    ]  # fmt: skip
    asked += [(30, (6, 10, 15)), (30, (6, 10)), (30, (10, 20))]
    for p in (cases.integer(17, 60, draw=draw) for _ in range(20)):
        asked.append((p, cases.some(cases.integer(1, 3, draw=draw), 1, p - 1, draw=draw)))
    for p, ks in asked:
        others = clean_logits(p, ks)[1:]
        true = len(ks) - others.max().item()
        got = number(margin(p, ks), f"margin({p}, {ks})")
        if not close(got, true):
            zero = abs(got) < 1e-6
            hint = "leave out d = 0, the right answer" if zero else "take f(0) minus the largest other f(d)"
            raise NotYet(f"margin({p}, {ks}) gives {got:.4g}: {hint}")
        word = sharp(p, ks)
        said = truth(word)
        if said is None:
            raise NotYet(f"sharp({p}, {ks}) gives {shown(word)}, expected True or False")
        if said and true < 1e-9:
            d = int(others.argmax()) + 1
            raise NotYet(f"sharp({p}, {ks}) says True, but the answer a + b - {d} gets the same logit as a + b")
        if not said and true >= 1e-9:
            raise NotYet(f"sharp({p}, {ks}) says False, but every wrong answer gets a lower logit than a + b")


def gini(answer: Callable[[int, int], Any], *, draw: Generator) -> None:
    """gini(n, m) of n numbers of which m are equal and the rest zero."""
    asked = [(n, m) for n in (5, 57, 113) for m in (1, (n + 1) // 2, n)]
    for n in (cases.integer(6, 300, draw=draw) for _ in range(5)):
        asked.append((n, cases.integer(1, n, draw=draw)))
    for n, m in asked:
        got = number(answer(n, m), f"gini({n}, {m})")
        true = float(gini_of(torch.arange(n).lt(m).double()))
        if close(got, true):
            continue
        if m == n:
            raise NotYet(f"gini({n}, {m}) gives {got:.4g}: all are equal, nothing is unequal, expected 0")
        if m == 1 and close(got, 1):
            raise NotYet(f"gini({n}, 1) gives 1: one of {n} holds all, but it is one of the {n}")
        raise NotYet(f"gini({n}, {m}) gives {got:.4g}: average |x_i - x_j|, then divide by twice the mean")


def key_frequencies(answer: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """key_frequencies(W): the k whose band is more than a quarter of the largest, the constant left out."""
    planted = [
        (113, {14: (3, 3), 35: (2, 2), 52: (2, 3)}, 0.0, "these frequencies hold nearly everything"),
        (113, {14: (3, 3), 35: (2, 2)}, 50.0, "the constant row is large, and it is no frequency"),
        (113, {20: (0, 3), 41: (3, 0)}, 0.0, "one is all sine, one all cosine; a band is both together"),
        (113, {56: (3, 3), 9: (2, 2)}, 0.0, "the last frequency is (p-1)/2; a search that stops before it misses it"),
        (53, {5: (3e-3, 3e-3), 21: (2e-3, 2e-3)}, 0.0, "the rule must not depend on the scale of W"),
        (53, {7: (3, 3), 11: (0.6, 0.6)}, 0.0, "the weak one is below a quarter of the largest"),
        (53, {7: (3, 3), 11: (0.9, 0.9)}, 0.0, "the weak one is above a quarter of the largest; compare no squares"),
        (53, {20: (3, 3), 5: (0, 1)}, 0.0, "compare bands, cosine and sine together, and not a sine with a cosine"),
        (53, {20: (3, 3), 5: (0, 1.25)}, 0.0, "a band is the root of the sum of squares, not a sum of sizes"),
        (53, {20: (4, 0), 5: (0.6, 0.6)}, 0.0, "a band is the root of the sum of squares, not a sum of sizes"),
    ]
    drawn = "a band is the norm of all coefficients of the cosine and the sine, over all columns"
    for p, sizes, constant, why in (*planted, *((*_drawn(draw), drawn) for _ in range(6))):
        W, true = _plant(p, sizes, constant, draw)
        call = f"key_frequencies(W) for p = {p}"
        found = members(answer(W), call, "a list of frequencies")
        got = sorted({integer(k, call) for k in found})
        if got != true or len(found) != len(true):
            few = sorted(integer(k, call) for k in found) if len(found) < 8 else f"{len(found)} frequencies"
            raise NotYet(f"for p = {p} with {sorted(sizes)} planted you find {few}, expected {true}: {why}")


def _drawn(draw: Generator) -> tuple[int, dict[int, tuple[float, float]], float]:
    """Frequencies in random directions, some below a quarter of the largest and some above, none near it."""
    p = cases.prime(23, draw=draw)
    sizes = [1.0, *(cases.between(0.29, 1, draw=draw) for _ in range(2)), *(cases.between(0.05, 0.21, draw=draw),) * 2]
    turns = [cases.between(0, 2 * math.pi, draw=draw) for _ in sizes]
    order = torch.randperm(len(sizes), generator=draw).tolist()
    ks = cases.some(len(sizes), 1, p // 2, draw=draw)
    chosen = zip(ks, order, strict=True)
    return p, {k: (sizes[i] * math.cos(turns[i]), sizes[i] * math.sin(turns[i])) for k, i in chosen}, 5.0


def _plant(p: int, sizes: dict[int, tuple[float, float]], constant: float, draw: Generator) -> tuple[Tensor, list[int]]:
    """A matrix with these coefficients of cosine and sine, and its key frequencies.

    The strongest is spread over all columns, the others lie in one or two: a sum over columns is no norm.
    """
    top = max(math.hypot(*x) for x in sizes.values())
    spread = torch.tensor([[0.5, 0.5, 0.5, 0.5], [0.5, -0.5, 0.5, -0.5]], dtype=torch.float64)
    c = 1e-5 * cases.noise(p, 4, draw=draw)
    c[0] += constant
    for k, (cos, sin) in sizes.items():
        alone = torch.eye(4, dtype=torch.float64)[list(cases.some(2, 0, 3, draw=draw))]
        columns = spread if math.hypot(cos, sin) == top else alone
        c[2 * k - 1] += cos * columns[0]
        c[2 * k] += sin * columns[1]
    return fourier.inverse(c, 0), sorted(k for k, x in sizes.items() if math.hypot(*x) > top / 4)
