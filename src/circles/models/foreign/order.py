"""The tokens of a pair (a, b), in the order in which a net reads them, and what a net's shapes say of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from circles.foundations.errors import CheckpointError
from circles.models.foreign.said import Said

LARGEST_P = 500  # all p^2 pairs by p logits are computed: 1 GB in float64


@dataclass(frozen=True)
class Order:
    """The tokens of a pair: ``words`` such as ("a", "b", "="), and the number of the token of each that is none of a,
    b.
    """

    words: tuple[str, ...]
    fixed: tuple[int, ...]
    shift: int = 0  # b's tokens begin here

    def tokens(self, a: Int[Tensor, " n"], b: Int[Tensor, " n"]) -> Int[Tensor, "n places"]:
        column = {"a": a, "b": b + self.shift}
        return torch.stack(
            [column.get(w[0], torch.full_like(a, t)) for w, t in zip(self.words, self.fixed, strict=True)], 1
        )

    @property
    def largest(self) -> int:
        return max(self.fixed)


def order(text: str, p: int) -> Order:
    """``a b =`` as an order: a and b once each, other words are tokens.

    ``=`` is the token after all numbers; with ``+`` (any sign) that is p and ``=`` is p + 1. A whole number is itself.
    ``b+59`` gives b tokens of its own, from 59 on. Raises CheckpointError for anything else.
    """
    words = tuple(text.split())
    if [w[0] for w in words if w[0] in "ab"] not in (["a", "b"], ["b", "a"]) or not 2 <= len(words) <= 6:
        raise CheckpointError(f"order is {text[:40]!r}, expected a and b once each, such as 'a b ='")
    shift, after = 0, p
    for w in words:
        if match := re.fullmatch(r"b\+(\d{1,4})", w):
            shift = int(match[1])
            after = max(after, shift + p)
        elif w[0] in "ab" and len(w) > 1:
            raise CheckpointError(f"order has {w[:20]!r}, expected a, b or b+{p}")
    fixed = []
    for w in words:
        if w == "a":
            fixed.append(p - 1)
        elif w[0] == "b":
            fixed.append(shift + p - 1)
        elif w == "=":
            fixed.append(after + any(x in ("+", "-", "*", "o") for x in words))
        elif w in ("+", "-", "*", "o"):
            fixed.append(after)
        elif re.fullmatch(r"\d{1,4}", w):
            fixed.append(int(w))
        else:
            raise CheckpointError(f"order has {w[:20]!r}, expected a, b, =, + or a token's number")
    return Order(words, tuple(fixed), shift)


def read_order(
    weights: Mapping[str, Tensor], known: Said, reasons: dict[str, str], why: Callable[[str], str]
) -> tuple[int, list[str]]:
    """The modulus and the possible orders, from what is known and the numbers of tokens, classes and places."""
    tokens, classes = len(weights["W_E"]), weights["W_U"].shape[1]
    places = len(weights["W_pos"]) if "W_pos" in weights else None
    by_places = {2: "a b", 3: "a b =", 4: "a + b ="}
    text = known.order
    if text is None and known.p is not None:
        extra = tokens - known.p
        text = {0: "a b", 1: "a b =", 2: "a + b ="}.get(extra)
        if extra in (known.p, known.p + 1):
            text = f"a b+{known.p}" + (" =" if extra > known.p else "")
    if text is None:
        text = by_places.get(places or 0) or ("a + b =" if tokens - classes == 2 else "a b =")
    p = known.p
    if p is None:
        p = classes if classes < tokens else tokens - sum(w[0] not in "ab" for w in text.split())
    if not 3 <= p <= LARGEST_P:
        raise CheckpointError(f"p is {p}, expected 3 to {LARGEST_P}")
    read = order(text, p)
    if read.largest >= tokens:
        raise CheckpointError(
            f"has {tokens} tokens, and {text!r} modulo {p} needs number {read.largest}; say --order and --modulus"
        )
    if places is not None and len(read.words) > places:
        raise CheckpointError(f"has positions for {places} tokens, and {text!r} has {len(read.words)}; say --order")
    if classes < p:
        raise CheckpointError(f"has {classes} answers, expected at least p = {p}")
    shapes = f"{tokens} tokens, {classes} answers" + (f", {places} places" if places is not None else ", no positions")
    from_shape = f"from its shape: {shapes}"
    if places is None and classes == tokens and known.p is None and known.order is None:
        from_shape = f"assumed: {shapes} fit 'a b' modulo {tokens} too; say --order"
    reasons["p"] = why("p") if known.p is not None else from_shape
    reasons["order"] = why("order") if known.order is not None else from_shape
    if known.order is None and text == "a + b =":
        return p, [f"a {p} b {p + 1}", f"a {p + 1} b {p}"]
    return p, [text]
