"""Checks of Chapter 2's exercises about waves on Z_p: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

import torch
from torch import Tensor

from circles.analysis.spectra import gini as gini_of
from circles.foundations import fourier
from circles.teaching.check import NotYet, number

PAIRS = ("cos cos", "sin sin", "cos sin", "sin cos")


def clean_logits(p: int, ks: Sequence[int]) -> Tensor:
    """f(d) = sum_k cos(w_k d), d = 0 ... p-1: the clean net's logit of an answer c = a + b - d."""
    return torch.stack([fourier.angles(p, k).cos() for k in ks]).sum(0)


def alias(answer: Callable[[int, int], Any]) -> None:
    """alias(k, p) is the frequency 0 ... p//2 with the same cosine as k on Z_p."""
    for p in (7, 12, 113):
        for k in range(2 * p + 1):
            call = f"alias({k}, {p})"
            got = number(answer(k, p), call)
            if got != int(got) or not 0 <= got <= p // 2:
                raise NotYet(f"{call} gives {got:g}, expected a whole number from 0 to p//2 = {p // 2}")
            gap = (fourier.angles(p, k).cos() - fourier.angles(p, int(got)).cos()).abs()
            if gap.max() > 1e-9:
                raise NotYet(
                    f"{call} gives {got:g}, but at a = {int(gap.argmax())} the two cosines differ by "
                    f"{gap.max():.2f}: they are not the same wave"
                )


def coefficients(answer: Callable[[int], Any]) -> None:
    """coefficients(p): the four numbers of the table cos(w_k(a+b)) in the orthonormal basis."""
    for p, k in ((7, 2), (11, 3), (113, 35)):
        wave = fourier.angles(p, k)
        table = (wave.unsqueeze(1) + wave).cos()
        block = fourier.transform2(table)[2 * k - 1 : 2 * k + 1, 2 * k - 1 : 2 * k + 1]
        want = dict(zip(PAIRS, (block[0, 0], block[1, 1], block[0, 1], block[1, 0]), strict=True))
        got = answer(p)
        if not isinstance(got, Mapping) or set(got) != set(PAIRS):
            raise NotYet(f"coefficients({p}) gives {got!r}, expected a dict with the keys {', '.join(PAIRS)}")
        for pair in PAIRS:
            value, true = number(got[pair], f"coefficients({p})[{pair!r}]"), want[pair].item()
            if abs(value - true) < 1e-9:
                continue
            absent = abs(true) < 1e-9
            why = "cos(x+y) has no such product" if absent else "multiply the table by that basis table and sum"
            if abs(value + true) < 1e-9:
                why = "the size is right, the sign is not: look at cos(x+y) again"
            elif abs(abs(value) - 1) < 1e-9:
                why = "that is the factor of the plain product; the basis rows carry sqrt(2/p) each"
            raise NotYet(f"the coefficient {pair!r} for p = {p} is {value:g}, which is wrong: {why}")


def sharp_argmax(margin: Callable[..., Any], sharp: Callable[..., Any]) -> None:
    """margin(p, ks) is f(0) - max f(d != 0); sharp(p, ks) says whether it is positive."""
    for p in range(2, 17):
        for ks in [(k,) for k in range(1, p)] + list(combinations(range(1, p), 2)):
            others = clean_logits(p, ks)[1:]
            true = len(ks) - others.max().item()
            got = number(margin(p, ks), f"margin({p}, {ks})")
            if abs(got - true) > 1e-9:
                zero = abs(got) < 1e-9
                hint = "leave out d = 0, the right answer" if zero else "take f(0) minus the largest other f(d)"
                raise NotYet(f"margin({p}, {ks}) gives {got:.4g}: {hint}")
            said = sharp(p, ks)
            if said not in (True, False):
                raise NotYet(f"sharp({p}, {ks}) gives {said!r}, expected True or False")
            if bool(said) and true < 1e-9:
                d = int(others.argmax()) + 1
                raise NotYet(f"sharp({p}, {ks}) says True, but the answer a + b - {d} gets the same logit as a + b")
            if not said and true >= 1e-9:
                raise NotYet(f"sharp({p}, {ks}) says False, but every wrong answer gets a lower logit than a + b")


def gini(answer: Callable[[int, int], Any]) -> None:
    """gini(n, m) of n numbers of which m are equal and the rest zero."""
    for n in (5, 57, 113):
        for m in {1, (n + 1) // 2, n}:
            got = number(answer(n, m), f"gini({n}, {m})")
            true = gini_of(torch.arange(n).lt(m).double())
            if abs(got - true) < 1e-9:
                continue
            if m == n:
                raise NotYet(f"gini({n}, {m}) gives {got:.4g}: all are equal, nothing is unequal, expected 0")
            if m == 1 and abs(got - 1) < 1e-9:
                raise NotYet(f"gini({n}, 1) gives 1: one of {n} holds all, but it is one of the {n}")
            raise NotYet(f"gini({n}, {m}) gives {got:.4g}: average |x_i - x_j|, then divide by twice the mean")


def key_frequencies(answer: Callable[[Tensor], Any]) -> None:
    """key_frequencies(W): the k whose band is more than a quarter of the largest, the constant left out."""
    cases = [
        (113, {14: (3, 3), 35: (2, 2), 52: (2, 3)}, 0.0, "these frequencies hold nearly everything"),
        (113, {14: (3, 3), 35: (2, 2)}, 50.0, "the constant row is large, and it is no frequency"),
        (113, {20: (0, 3), 41: (3, 0)}, 0.0, "one is all sine, one all cosine; a band is both together"),
        (113, {56: (3, 3), 9: (2, 2)}, 0.0, "the last frequency is (p-1)/2; a search that stops before it misses it"),
        (53, {5: (3e-3, 3e-3), 21: (2e-3, 2e-3)}, 0.0, "the rule must not depend on the scale of W"),
        (53, {7: (3, 3), 11: (0.6, 0.6)}, 0.0, "the weak one is below a quarter of the largest"),
        (53, {7: (3, 3), 11: (0.9, 0.9)}, 0.0, "the weak one is above a quarter of the largest; compare no squares"),
        (53, {20: (3, 3), 5: (0, 1)}, 0.0, "compare bands, cosine and sine together, and not a sine with a cosine"),
    ]
    for p, planted, constant, why in cases:
        c = 1e-5 * torch.randn(p, 4, generator=torch.Generator().manual_seed(p), dtype=torch.float64)
        c[0] += constant
        for k, (cos, sin) in planted.items():
            c[2 * k - 1, 0] += cos
            c[2 * k, 1] += sin
        top = max(math.hypot(*x) for x in planted.values())
        true = sorted(k for k, x in planted.items() if math.hypot(*x) > top / 4)
        got = answer(fourier.inverse(c, 0))
        if not isinstance(got, Sequence) or isinstance(got, str):
            raise NotYet(f"key_frequencies gives {got!r}, expected a list of frequencies")
        if sorted(int(k) for k in got) != true:
            shown = sorted(int(k) for k in got)
            few = shown if len(shown) < 8 else f"{len(shown)} frequencies"
            raise NotYet(f"for p = {p} with {sorted(planted)} planted you find {few}, expected {true}: {why}")
