"""Checks of Chapter 3's exercises on its recorded nets: each rule raises NotYet and says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from circles.models import modular
from circles.papers.li2024 import KINDS
from circles.teaching import cases, trained
from circles.teaching.answers import array, members_of_words, off, shown
from circles.teaching.check import NotYet

MATRICES = ("W_in", "W_out", "W_V", "W_O", "W_Q")
LOOK = {
    "full": "its weights fill a whole interval",
    "binary": "its weights lie near two values and nothing lies between",
    "ternary": "its weights lie near three values, the middle one zero before the shift",
}


def hidden(draw: Generator) -> tuple[list[Tensor], list[str]]:
    """One matrix of a recorded net of each kind, in a drawn order, each with a scale, a shift and a little noise."""
    order = [KINDS[i] for i in torch.randperm(3, generator=draw)]
    name = MATRICES[cases.integer(0, len(MATRICES) - 1, draw=draw)]
    found = []
    for kind in order:
        seed = trained.QUANTIZED[cases.integer(0, len(trained.QUANTIZED) - 1, draw=draw)]
        W = trained.quantized(kind, seed)[name].flatten(0, -2)
        W = W[torch.randperm(len(W), generator=draw)] / W.std()
        scale, shift = cases.between(0.2, 5, draw=draw), cases.between(-2, 2, draw=draw)
        found.append(scale * (W + 0.05 * cases.noise(*W.shape, draw=draw) + shift))
    return found, order


def kinds(answer: Callable[[Sequence[Tensor]], Any], *, draw: Generator) -> None:
    """kinds(matrices): of each of three matrices the word full, binary or ternary."""
    for _ in range(6):
        matrices, right = hidden(draw)
        said = members_of_words(answer(list(matrices)), "kinds", "a list of three words")
        if len(said) != 3 or any(word not in KINDS for word in said):
            raise NotYet(f"kinds gives {shown(said)}, expected three of the words {', '.join(KINDS)}")
        for word, true in zip(said, right, strict=True):
            if word != true:
                seen = f"you say {word}, but it is {true}: {LOOK[true]}"
                raise NotYet(f"{seen}. Scale and shift differ, and noise is on it")


def halved(answer: Callable[..., Any], *, draw: Generator) -> None:
    """halved(weights, a, b): the logits of these pairs when every head pays half to each number, none to =."""
    for kind in ("binary", "ternary", "full"):
        seed = trained.QUANTIZED[cases.integer(0, len(trained.QUANTIZED) - 1, draw=draw)]
        weights = trained.quantized(kind, seed, cases.integer(2, trained.P - 2, draw=draw))
        p = weights["W_U"].shape[1]
        a, b = torch.randint(p, (2, 60), generator=draw)
        got = array(answer(dict(weights), a, b), (len(a), p), "halved(weights, a, b)")
        want = half(weights, a, b)
        if not off(got, want):
            continue
        for other, why in _slips(weights, a, b):
            if not off(got, other):
                raise NotYet(f"halved(weights, a, b) of a {kind} net is off by {off(got, want):.3g}: {why}")
        raise NotYet(
            f"halved(weights, a, b) of a {kind} net is off by {off(got, want):.3g}: each head writes "
            "(E[a] + E[b]) W_V W_O / 2, on top of the embedding of =; then ReLU, W_out, the norm with its gain, W_U"
        )


def half(weights: trained.Weights, a: Tensor, b: Tensor, share: float = 0.5, gain: bool = True) -> Tensor:
    """The logits with a fixed share of every head's attention on each number."""
    E = weights["W_E"]
    mixed = share * (E[a] + E[b])
    x = E[-1] + sum(mixed @ V @ W for V, W in zip(weights["W_V"], weights["W_O"], strict=True))
    x = x + (x @ weights["W_in"]).relu() @ weights["W_out"]
    scale = weights["gain"] if gain else torch.ones_like(weights["gain"])
    return modular.rms_norm(x[None], scale[None])[0] @ weights["W_U"]


def _slips(weights: trained.Weights, a: Tensor, b: Tensor) -> list[tuple[Tensor, str]]:
    without_equals = dict(weights) | {"W_E": torch.cat([weights["W_E"][:-1], 0 * weights["W_E"][-1:]])}
    return [
        (half(weights, a, b, share=1.0), "the two shares are halves: together they are one"),
        (half(weights, a, b, share=1 / 3), "a third is left over: nothing is paid to ="),
        (half(weights, a, b, gain=False), "the norm has a gain"),
        (half(without_equals, a, b), "what = brings itself stays: the head adds to it"),
        (trained.logits(weights, a, b), "that is the net's own attention"),
    ]
