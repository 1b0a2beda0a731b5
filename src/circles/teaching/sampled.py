"""Checks of Chapter 4's exercises on sampled frequencies and stability: each rule raises NotYet and says why."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from circles.teaching import cases
from circles.teaching.answers import array, close, number
from circles.teaching.check import NotYet

TILT = 3.0  # the frequency of the kernel cos(3 u) exp(-u^2 / 2)


def spread(paired: Callable[..., Any], cosine: Callable[..., Any], *, draw: Generator) -> None:
    """The variance of z(x) . z(y) for D features of each kind, from k = k(u) and k2 = k(2 u), u = x - y."""
    for name, answer, exact in (("paired", paired, _paired), ("cosine", cosine, _cosine)):
        drawn = [(t, cases.between(0.2, 2, draw=draw), 2 * cases.integer(2, 90, draw=draw)) for t in (0.0, TILT)]
        for tilt, u, D in (*itertools.product((0.0, TILT), (0.0, 0.4, 1.0, 2.5), (2, 64)), *drawn):
            k, k2 = (math.cos(tilt * v) * math.exp(-(v**2) / 2) for v in (u, 2 * u))
            true, call = exact(u, tilt), f"{name}({k:.3g}, {k2:.3g}, {D})"
            got = number(answer(k, k2, D), call)
            if not abs(got - true / D) <= 1e-5 / D + 1e-6:
                why = _why(name, got * D, true, u)
                if tilt:
                    why = "right for the Gaussian kernel, where k2 = k^4, but wrong for cos(3 u) exp(-u^2 / 2)"
                raise NotYet(f"{call} gives {got:.4g}, {why}")


def _why(name: str, got: float, true: float, u: float) -> str:
    if u == 0 and name == "paired":
        return "but at x = y every pair gives cos^2 + sin^2 = 1: nothing is left to vary"
    if name == "paired" and abs(2 * got - true) < 1e-5:
        return "which is half of it: D features are only D / 2 frequencies to average over"
    if abs(got) < abs(true):
        where = "cos(u omega) has the mean k, and cos^2 = (1 + cos(2 u omega)) / 2"
        return f"which is too small: {where}" + ("; the phases add 1 / 2" if name == "cosine" else "")
    return "which is too large: take the square of the mean off"


def _frequencies(tilt: float) -> tuple[Tensor, Tensor]:
    """A fine grid of frequencies around ``tilt`` and normal weights on it: the kernel cos(tilt u) exp(-u^2 / 2)."""
    omega = torch.linspace(-9, 9, 4001, dtype=torch.float64)
    weight = torch.exp(-(omega**2) / 2)
    return omega + tilt, weight / weight.sum()


def _paired(u: float, tilt: float = 0.0) -> float:
    """D times the variance, by adding up over frequencies: D / 2 terms cos(omega u)."""
    omega, weight = _frequencies(tilt)
    wave = torch.cos(u * omega)
    mean = float((weight * wave).sum())
    return 2 * float((weight * (wave - mean) ** 2).sum())


def _cosine(u: float, tilt: float = 0.0) -> float:
    """D times the variance, by adding up over frequencies and phases: D terms 2 cos(omega x + b) cos(omega y + b)."""
    omega, weight = _frequencies(tilt)
    phase = 2 * math.pi * torch.arange(64, dtype=torch.float64)[:, None] / 64
    term = 2 * torch.cos(omega * u + phase) * torch.cos(phase)
    mean = float((weight * term).sum() / 64)
    return float((weight * (term - mean) ** 2).sum() / 64)


def stretch(answer: Callable[..., Any], *, draw: Generator) -> None:
    """stretch(alpha, beta): the largest factor by which a gradient step on a convex beta-smooth f can part weights."""
    drawn = [(cases.between(0.05, 3, draw=draw), cases.between(0.1, 6, draw=draw)) for _ in range(5)]
    fixed = ((0.1, 1.0), (1.0, 1.0), (2.0, 1.0), (0.5, 4.0), (3.0, 1.0), (0.75, 4.0), (1.0, 10.0))
    for alpha, beta in (*fixed, *drawn):
        got = number(answer(alpha, beta), f"stretch({alpha}, {beta})")
        bends = torch.linspace(0, beta, 2001, dtype=torch.float64)  # the curvatures that a parabola may have
        true = float((1 - alpha * bends).abs().max())
        if not close(got, true):
            if got < true:
                flat = got < 1
                hint = (
                    "a flat direction keeps the distance" if flat else "a step may jump to the other side and farther"
                )
                bend = 0.0 if flat else beta
                raise NotYet(
                    f"stretch({alpha}, {beta}) gives {got:.4g}, but on f(w) = {bend:g} w^2 / 2 the step multiplies "
                    f"every distance by {abs(1 - alpha * bend):.4g}: {hint}"
                )
            raise NotYet(f"stretch({alpha}, {beta}) gives {got:.4g}, but no such f stretches by more than {true:.4g}")


def frequencies(answer: Callable[..., Any], *, draw: Generator) -> None:
    """frequencies(count, generator): draws from the distribution whose mean cosine is cos(3 u) exp(-u^2 / 2)."""
    count, seed = 40_000, cases.integer(0, 10**6, draw=draw)
    call = f"frequencies({count}, generator)"
    omega = array(answer(count, torch.Generator().manual_seed(seed)), (count,), call)
    again = array(answer(count, torch.Generator().manual_seed(seed)), (count,), call)
    if not torch.equal(omega, again):
        raise NotYet(
            "the same generator gives other frequencies the second time: pass generator=generator to each draw"
        )
    if torch.equal(omega, array(answer(count, torch.Generator().manual_seed(seed + 1)), (count,), call)):
        raise NotYet("another generator gives the same frequencies: pass generator=generator to each draw")
    for u in (0.5, 1.0, math.pi / TILT, 1.5, 2.0, cases.between(0.3, 2.5, draw=draw)):
        mean, true = float(torch.cos(u * omega).mean()), math.cos(TILT * u) * math.exp(-(u**2) / 2)
        if not abs(mean - true) <= 5 / math.sqrt(2 * count):
            why = "what is the distribution of a sum of two independent frequencies?"
            if abs(mean - math.exp(-(u**2) / 2)) < 0.02:
                why = "you have the frequencies of exp(-u^2 / 2) alone"
            elif abs(mean - math.cos(TILT * u)) < 0.02:
                why = "you have the frequencies of cos(3 u) alone"
            raise NotYet(f"the mean of cos(u omega) at u = {u:.2f} is {mean:.3f}, expected {true:.3f}: {why}")
