"""Checks of Chapter 3's exercises about weights of few values: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from circles.foundations import fourier
from circles.models import quantized
from circles.teaching import cases
from circles.teaching.answers import array, close, integer, members, number, off, said, shown, truth
from circles.teaching.check import NotYet

KINDS = {"full precision": "full", "binary": "binary", "ternary": "ternary", "2 bits": "2bit"}
QUESTIONS = ("shift", "positive scale", "negative scale", "twice")


def bits(answer: Callable[[int], Any], *, draw: Generator) -> None:
    """bits(n): the information that a weight with n equally frequent values can hold."""
    for n in (1, 2, 3, 4, 16, 256, *(cases.integer(5, 5000, draw=draw) for _ in range(4))):
        got = number(answer(n), f"bits({n})")
        if not close(got, math.log2(n)):
            why = "one value tells nothing" if n == 1 else "two weights have n * n values, and information adds up"
            if close(got, math.ceil(math.log2(n))):
                why = "that many are enough, but three values need less than two whole bits each"
            raise NotYet(f"bits({n}) gives {got:g}, which is wrong: {why}")


def maps(binary: Callable[[Tensor], Any], ternary: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """binary(W) and ternary(W) as in Li 2024, the sign of zero being 1."""
    ties = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)
    tried = [cases.fixed(6, 9), 3 + 0.1 * cases.fixed(5, 5, seed=1), ties]
    size = cases.integer(2, 8, draw=draw), cases.integer(9, 12, draw=draw)
    # A heavy side: the median is not the mean, and a mean of squares is not a mean of sizes.
    tried.append(cases.between(-2, 2, draw=draw) + cases.noise(*size, draw=draw).exp())
    for W in tried:
        got = array(binary(W), tuple(W.shape), "binary(W)")
        if not set(got.unique().tolist()) <= {-1.0, 1.0}:
            raise NotYet(f"binary(W) has the values {_values(got)}, expected -1 and 1: torch.sign(0) is 0")
        want = [[1.0 if x >= float(W.mean()) else -1.0 for x in row] for row in W.tolist()]
        if got.tolist() != want:
            plain = torch.equal(got, torch.where(W >= 0, 1.0, -1.0).double())
            why = "take the mean off first" if plain else "the sign of W - mean W, of zero 1"
            raise NotYet(f"binary(W) has {int((got != torch.tensor(want)).sum())} wrong entries: {why}")
    for W in (tried[0], tried[1], tried[3]):
        got = array(ternary(W), tuple(W.shape), "ternary(W)")
        centred = W - W.mean()
        size = float(centred.abs().sum() / W.numel())
        rows = [[size * max(-1, min(1, round(x / size))) for x in row] for row in centred.tolist()]
        want = torch.tensor(rows, dtype=torch.float64)
        if gap := off(got, want):
            why = "round (W - mean W) / g, clip to -1 ... 1, times g, where g is the mean of |W - mean W|"
            if not off(got * size, want):
                why = "the scale g is missing at the end"
            raise NotYet(f"ternary(W) is off by {gap:.3g}: {why}")


def invariances(answer: Mapping[str, Any]) -> None:
    """For each question, whether the binary map gives the same matrix."""
    W = cases.fixed(8, 8, seed=3)
    same = {
        "shift": (W + 5, W), "positive scale": (7 * W, W), "negative scale": (-W, W), "twice": (_binary(W), W),
    }  # fmt: skip
    for question in QUESTIONS:
        word = said(answer, question)
        holds = truth(word)
        if holds is None:
            raise NotYet(f"the answer to {question!r} is {shown(word)}, expected True or False")
        true = torch.equal(*map(_binary, same[question]))
        if holds != true:
            words = "stays the same" if true else "changes"
            hint = "what becomes of W - mean W?"
            if question == "twice":
                hint = "the mean of the signs lies between -1 and 1"
            raise NotYet(f"you say {holds} to {question!r}, but the binary matrix {words}: {hint}")


def straight_through(answer: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """quantize(W): values are the signs, the gradient goes to W unchanged."""
    for rows, width in ((5, 7), (cases.integer(2, 4, draw=draw), cases.integer(3, 6, draw=draw))):
        W = (1 + cases.noise(rows, width, draw=draw)).requires_grad_()
        x, g = cases.noise(9, width, draw=draw), cases.noise(9, rows, draw=draw)
        used = answer(W)
        if off(array(used, (rows, width), "quantize(W)"), _binary(W.detach())):
            raise NotYet("quantize(W) does not have the values of binary(W): add a difference that is detached")
        if not getattr(used, "requires_grad", False):
            raise NotYet("quantize(W) carries no gradient: the sum must begin with W itself, not detached")
        (grad,) = torch.autograd.grad(((x @ used.double().mT) * g).sum(), W, allow_unused=True)
        want = g.mT @ x
        if grad is None or off(grad, want):
            size = "no gradient" if grad is None else f"a gradient off by {off(grad, want):.3g}"
            raise NotYet(f"W gets {size}: what arrives at the signs must arrive at W unchanged")


def quiet_scores(answer: Mapping[str, Any]) -> None:
    """For each map, the power of t by which an attention score falls when W_Q and W_K are both multiplied by t."""
    query, key = cases.fixed(6, seed=7), cases.fixed(6, seed=8)
    W_Q, W_K = cases.fixed(6, 4, seed=9), cases.fixed(6, 4, seed=10)
    for name, kind in KINDS.items():
        mapped = (lambda W: W) if kind == "full" else (lambda W, k=kind: quantized.MAPS[k](W[None])[0])
        large, small = ((query @ mapped(t * W_Q)) @ (key @ mapped(t * W_K)) for t in (1.0, 0.1))
        true = round(math.log10(abs(large / small)))
        power = said(answer, name)
        if isinstance(power, bool | str) or power not in range(4):
            raise NotYet(f"the power for {name} is {shown(power)}, expected 0, 1, 2 or 3")
        if power != true:
            why = "a score has two matrices in it" if power == 1 else "does the map know how large its weights are?"
            raise NotYet(f"you say {power:g} for {name}, but at t = 0.1 the score is {10**true} times smaller: {why}")


def which_trains(answer: Mapping[str, Any]) -> None:
    """For each weight of the two-weight layer: its gradient after a backward pass, and whether AdamW changes it."""
    right = {
        ("inner", "gradient"): "numbers", ("inner", "changes"): True,
        ("outer", "gradient"): "None", ("outer", "changes"): False,
    }  # fmt: skip
    for (weight, question), true in right.items():
        word = said(answer, (weight, question))
        asked = isinstance(answer, Mapping) and (weight, question) in answer
        if word is None:
            word = "None" if asked else "?"  # the value itself is as good as its name
        allowed = ("numbers", "zeros", "None") if question == "gradient" else ("True", "False")
        holds = truth(word) if question == "changes" else None
        word = next((w for w in allowed if str(word if holds is None else holds).lower() == w.lower()), word)
        if word not in allowed:
            raise NotYet(
                f"the prediction for {weight}, {question} is {shown(word)}, expected one of {', '.join(allowed)}"
            )
        if word != str(true):
            why = "backward fills in a gradient only where the loss depends on the weight"
            if question == "changes":
                why = "an optimiser passes by what has no gradient, and weight decay is part of its step"
                if weight == "inner":
                    why = "the straight-through gradient reaches it"
            raise NotYet(f"you say {word} for {weight}, {question}: {why}")


def sign_of_wave(answer: Callable[[int, int], Any], *, draw: Generator) -> None:
    """harmonics(p, k): the three frequencies 1 ... p//2 at which sign(cos(w_k x)) has the most energy."""
    drawn = [cases.prime(29, draw=draw) for _ in range(6)]
    asked = [(113, 1), (113, 35), (113, 52), (53, 20), *((p, cases.integer(1, p // 2, draw=draw)) for p in drawn)]
    for p, k in asked:
        call = f"harmonics({p}, {k})"
        wave = torch.where(fourier.angles(p, k).cos() >= 0, 1.0, -1.0).double()
        power = fourier.bands(fourier.transform(wave)).square()
        power[0] = 0.0
        want = set(power.topk(3).indices.tolist())
        got = [integer(f, call) for f in members(answer(p, k), call, "three frequencies")]
        if len(got) != 3:
            raise NotYet(f"{call} gives {got}, expected three frequencies")
        if set(got) != want:
            why = "a square wave has the odd multiples 1, 3, 5 of its frequency"
            if {f % p for f in got} == {k * m % p for m in (1, 3, 5)}:
                why = "fold each multiple back: f and p - f are one frequency"
            raise NotYet(f"{call} gives {sorted(got)}: {why}")


def p_value(answer: Callable[[float, Tensor], Any], *, draw: Generator) -> None:
    """p_value(observed, controls): (1 + controls at least as large) / (1 + controls)."""
    asked = [(500.0, 99), (99.0, 99), (50.5, 99), (0.0, 99)]
    for R in (cases.integer(20, 400, draw=draw) for _ in range(3)):
        asked.append((float(cases.integer(1, R, draw=draw)), R))
    for observed, R in asked:
        controls = torch.arange(1.0, R + 1)[torch.randperm(R, generator=draw)]
        true = (1 + sum(c >= observed for c in range(1, R + 1))) / (R + 1)
        got = number(answer(observed, controls), f"p_value({observed:g}, controls)")
        if not close(got, true):
            why = "count the controls that are at least as large"
            if observed == 500 and abs(got) < 1e-9:
                why = "no finite number of controls makes a result impossible: the matrix is one order of its rows"
            elif abs(got - (1 - true)) < 0.02 and abs(true - 0.5) > 0.1:
                why = "large values speak for a pattern: count the other side"
            raise NotYet(f"p_value({observed:g}, controls) gives {got:.4g}, expected {true:g} for 1 ... {R}: {why}")


def _binary(w: Tensor) -> Tensor:
    return torch.where(w >= w.mean(), 1.0, -1.0).double()


def _values(x: Tensor) -> str:
    found = [f"{v:g}" for v in x.unique().tolist()]
    return ", ".join(found[:4] + ["..."] * (len(found) > 4))
