"""Checks of Chapter 3's exercises about weights of few values: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from circles.foundations import fourier
from circles.models import quantized
from circles.teaching.check import NotYet, number

KINDS = {"full precision": "full", "binary": "binary", "ternary": "ternary", "2 bits": "2bit"}
QUESTIONS = ("shift", "positive scale", "negative scale", "twice")


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def tensor_like(got: Any, shape: tuple[int, ...], call: str) -> Tensor:
    """``got`` as a float64 tensor of this shape. Raises NotYet, naming the call that gave it."""
    if not isinstance(got, Tensor) or tuple(got.shape) != shape:
        found = f"shape {tuple(got.shape)}" if isinstance(got, Tensor) else type(got).__name__
        raise NotYet(f"{call} gives {found}, expected a tensor of shape {shape}")
    return got.double()


def bits(answer: Callable[[int], Any]) -> None:
    """bits(n): the information that a weight with n equally frequent values can hold."""
    for n in (1, 2, 3, 4, 16, 256):
        got = number(answer(n), f"bits({n})")
        if abs(got - math.log2(n)) > 1e-9:
            why = "one value tells nothing" if n == 1 else "two weights have n * n values, and information adds up"
            if abs(got - math.ceil(math.log2(n))) < 1e-9:
                why = "that many are enough, but three values need less than two whole bits each"
            raise NotYet(f"bits({n}) gives {got:g}, which is wrong: {why}")


def maps(binary: Callable[[Tensor], Any], ternary: Callable[[Tensor], Any]) -> None:
    """binary(W) and ternary(W) as in Li 2024, the sign of zero being 1."""
    cases = [noise(6, 9), 3 + 0.1 * noise(5, 5, seed=1), torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)]
    for W in cases:
        got = tensor_like(binary(W), tuple(W.shape), "binary(W)")
        if not set(got.unique().tolist()) <= {-1.0, 1.0}:
            raise NotYet(f"binary(W) has the values {_values(got)}, expected -1 and 1: torch.sign(0) is 0")
        want = [[1.0 if x >= float(W.mean()) else -1.0 for x in row] for row in W.tolist()]
        if got.tolist() != want:
            plain = torch.equal(got, torch.where(W >= 0, 1.0, -1.0).double())
            why = "take the mean off first" if plain else "the sign of W - mean W, of zero 1"
            raise NotYet(f"binary(W) has {int((got != torch.tensor(want)).sum())} wrong entries: {why}")
    for W in cases[:2]:
        got = tensor_like(ternary(W), tuple(W.shape), "ternary(W)")
        centred = W - W.mean()
        size = float(centred.abs().sum() / W.numel())
        rows = [[size * max(-1, min(1, round(x / size))) for x in row] for row in centred.tolist()]
        want = torch.tensor(rows, dtype=torch.float64)
        if (got - want).abs().max() > 1e-9:
            why = "round (W - mean W) / g, clip to -1 ... 1, times g, where g is the mean of |W - mean W|"
            if (got * size - want).abs().max() < 1e-9:
                why = "the scale g is missing at the end"
            raise NotYet(f"ternary(W) is off by {(got - want).abs().max():.3g}: {why}")


def invariances(answer: Mapping[str, Any]) -> None:
    """For each question, whether the binary map gives the same matrix."""
    W = noise(8, 8, seed=3)
    same = {
        "shift": (W + 5, W), "positive scale": (7 * W, W), "negative scale": (-W, W), "twice": (_binary(W), W),
    }  # fmt: skip
    for question in QUESTIONS:
        said = answer.get(question)
        if said not in (True, False):
            raise NotYet(f"the answer to {question!r} is {said!r}, expected True or False")
        true = torch.equal(*map(_binary, same[question]))
        if bool(said) != true:
            words = "stays the same" if true else "changes"
            hint = "what becomes of W - mean W?"
            if question == "twice":
                hint = "the mean of the signs lies between -1 and 1"
            raise NotYet(f"you say {bool(said)} to {question!r}, but the binary matrix {words}: {hint}")


def straight_through(answer: Callable[[Tensor], Any]) -> None:
    """quantize(W): values are the signs, the gradient goes to W unchanged."""
    W = noise(5, 7, seed=4).requires_grad_()
    x, g = noise(9, 7, seed=5), noise(9, 5, seed=6)
    used = tensor_like(answer(W), (5, 7), "quantize(W)")
    if not torch.allclose(used.detach(), _binary(W.detach()), atol=1e-12):
        raise NotYet("quantize(W) does not have the values of binary(W): add a difference that is detached")
    if not used.requires_grad:
        raise NotYet("quantize(W) carries no gradient: the sum must begin with W itself, not detached")
    (grad,) = torch.autograd.grad(((x @ used.mT) * g).sum(), W, allow_unused=True)
    want = g.mT @ x
    if grad is None or (grad - want).abs().max() > 1e-9:
        off = "no gradient" if grad is None else f"a gradient off by {(grad - want).abs().max():.3g}"
        raise NotYet(f"W gets {off}: what arrives at the signs must arrive at W unchanged")


def quiet_scores(answer: Mapping[str, Any]) -> None:
    """For each map, the power of t by which an attention score falls when W_Q and W_K are both multiplied by t."""
    query, key, W_Q, W_K = noise(6, seed=7), noise(6, seed=8), noise(6, 4, seed=9), noise(6, 4, seed=10)
    for name, kind in KINDS.items():
        mapped = (lambda W: W) if kind == "full" else (lambda W, k=kind: quantized.MAPS[k](W[None])[0])
        large, small = ((query @ mapped(t * W_Q)) @ (key @ mapped(t * W_K)) for t in (1.0, 0.1))
        true = round(math.log10(abs(large / small)))
        said = answer.get(name)
        if said not in range(4) or isinstance(said, bool):
            raise NotYet(f"the power for {name} is {said!r}, expected 0, 1, 2 or 3")
        if said != true:
            why = "a score has two matrices in it" if said == 1 else "does the map know how large its weights are?"
            raise NotYet(f"you say {said} for {name}, but at t = 0.1 the score is {10**true} times smaller: {why}")


def which_trains(answer: Mapping[str, Any]) -> None:
    """For each weight of the two-weight layer: its gradient after a backward pass, and whether AdamW changes it."""
    truth = {
        ("inner", "gradient"): "numbers", ("inner", "changes"): True,
        ("outer", "gradient"): "None", ("outer", "changes"): False,
    }  # fmt: skip
    for (weight, question), true in truth.items():
        said = answer.get((weight, question))
        if said == "?" or said is None:
            raise NotYet(f"the prediction for {weight}, {question} is {said!r}, expected one of the words above")
        if said != true:
            why = "backward fills in a gradient only where the loss depends on the weight"
            if question == "changes":
                why = "an optimiser passes by what has no gradient, and weight decay is part of its step"
                if weight == "inner":
                    why = "the straight-through gradient reaches it"
            raise NotYet(f"you say {said!r} for {weight}, {question}: {why}")


def sign_of_wave(answer: Callable[[int, int], Any]) -> None:
    """harmonics(p, k): the three frequencies 1 ... p//2 at which sign(cos(w_k x)) has the most energy."""
    for p, k in ((113, 1), (113, 35), (113, 52), (53, 20)):
        wave = torch.where(fourier.angles(p, k).cos() >= 0, 1.0, -1.0).double()
        power = fourier.bands(fourier.transform(wave)).square()
        power[0] = 0.0
        want = set(power.topk(3).indices.tolist())
        got = answer(p, k)
        if not isinstance(got, list | tuple | set) or len(got) != 3:
            raise NotYet(f"harmonics({p}, {k}) gives {got!r}, expected three frequencies")
        if {int(f) for f in got} != want:
            why = "a square wave has the odd multiples 1, 3, 5 of its frequency"
            if {int(f) % p for f in got} == {k * m % p for m in (1, 3, 5)}:
                why = "fold each multiple back: f and p - f are one frequency"
            raise NotYet(f"harmonics({p}, {k}) gives {sorted(int(f) for f in got)}: {why}")


def p_value(answer: Callable[[float, Tensor], Any]) -> None:
    """p_value(observed, controls): (1 + controls at least as large) / (1 + controls)."""
    controls = torch.arange(1.0, 100.0)
    for observed, true in ((500.0, 0.01), (99.0, 0.02), (50.5, 0.5), (0.0, 1.0)):
        got = number(answer(observed, controls), f"p_value({observed:g}, controls)")
        if abs(got - true) > 1e-9:
            why = "count the controls that are at least as large"
            if observed == 500 and abs(got) < 1e-9:
                why = "no finite number of controls makes a result impossible: the matrix is one order of its rows"
            elif abs(got - (1 - true)) < 0.02 and abs(true - 0.5) > 0.1:
                why = "large values speak for a pattern: count the other side"
            raise NotYet(f"p_value({observed:g}, controls) gives {got:.4g}, expected {true:g} for 1 ... 99: {why}")


def _binary(w: Tensor) -> Tensor:
    return torch.where(w >= w.mean(), 1.0, -1.0).double()


def _values(x: Tensor) -> str:
    found = [f"{v:g}" for v in x.unique().tolist()]
    return ", ".join(found[:4] + ["..."] * (len(found) > 4))
