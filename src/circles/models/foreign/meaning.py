"""Settle what a state dict does not say: modulus, tokens, operation, heads, activation, attention, norms.

Told by the user, else said by the file, else read from the shapes; what is still open is tried on some pairs, and the
usual reading is taken among those that do as well as the best. Each choice keeps its reason, to be printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from circles.foundations.errors import CheckpointError
from circles.foundations.primes import is_prime
from circles.models.foreign.layout import Layout
from circles.models.foreign.operations import OPERATIONS, OTHERS
from circles.models.foreign.order import Order, order, read_order
from circles.models.foreign.said import Said
from circles.models.foreign.shapes import check
from circles.models.foreign.trying import Tried, choose, compared, try_all
from circles.models.one_layer import OneLayer, Wiring

ACTIVATIONS = ("relu", "gelu", "silu")  # tried where nobody says; the first where the answers do not tell
HEADS = (4, 1, 2, 3, 6, 8, 12, 16)


@dataclass(frozen=True)
class Meaning:
    """A net that is fully read: its weights and wiring, modulus, operation, tokens, and why each is what it is."""

    net: OneLayer
    p: int
    operation: str
    order: Order
    reasons: dict[str, str]


def settle(layout: Layout, told: Said, file: Said) -> Meaning:
    """The one reading of these weights.

    Raises CheckpointError, naming it, for weights that fit no reading, or that compute something with no circle.
    """
    known, reasons = file | told, {}

    def why(name: str) -> str:
        return "as told" if getattr(told, name) is not None else "the file says so"

    p, orders = read_order(layout.weights, known, reasons, why)
    options = _options(layout, known) | {"order": orders}
    operations = [known.operation] if known.operation else _operations(p)
    if known.operation == "a * b" and not _multiplies(p):
        raise CheckpointError(f"p is {p}, expected a prime of at least 5: the logarithms of a * b lie on a circle then")
    forwards = len(orders)
    for several in options.values():
        forwards *= len(several)
    check(layout.weights, p, forwards, len(order(orders[0], p).words))
    base = Wiring(scale=known.scale, epsilon=1e-5 if known.epsilon is None else known.epsilon)
    tried = try_all(layout.weights, base, p, options, operations)
    best = choose(tried)
    told_apart = best.accuracy > min(max(5 / p, 0.1), 0.9)
    if not told_apart:
        best = tried[0]
    if best.operation in OTHERS:
        what = f"{best.operation} ({best.accuracy:.1%} right)"
        raise CheckpointError(f"it computes {what}, and the circle is looked for in {', '.join(OPERATIONS)}")
    for name, several in (options | {"operation": operations}).items():
        if name == "heads" and layout.heads or name == "norm" and not layout.normed:
            continue
        if name != "order" and getattr(known, name) is not None:
            reasons[name] = why(name)
        elif len(several) > 1:
            reasons[name] = compared(name, best, tried) if told_apart else _untold(best)
        else:
            reasons.setdefault(name, "assumed")
    if known.scale is not None:
        reasons["scale"] = why("scale")
    return Meaning(OneLayer(layout.weights, best.wiring), p, best.operation, order(best.order, p), reasons)


def _untold(best: Tried) -> str:
    return f"assumed: {best.accuracy:.1%} right, which tells nothing"


def _options(layout: Layout, known: Said) -> dict[str, Sequence]:
    """What each setting may be: one value where it is known."""
    inner = layout.weights["W_Q"].shape[1]
    heads = layout.heads or known.heads
    if layout.heads and known.heads not in (None, layout.heads):
        raise CheckpointError(f"heads is {known.heads}, and its weights have {layout.heads}")
    if heads and inner % heads:
        raise CheckpointError(f"has {inner} columns of queries, expected a multiple of the {heads} heads")
    attention = (1.0, 0.0) if layout.mixed else (1.0,)
    return {
        "order": (),
        "heads": [heads] if heads else [h for h in HEADS if inner % h == 0],
        "activation": [known.activation] if known.activation else ACTIVATIONS,
        "attention": attention if known.attention is None else [known.attention],
        "norm": ["none"] if not layout.normed else [known.norm] if known.norm else ["post", "pre"],
    }


def _operations(p: int) -> list[str]:
    return [o for o in (*OPERATIONS, *OTHERS) if o != "a * b" or _multiplies(p)]


def _multiplies(p: int) -> bool:
    """Whether 1 ... p-1 are the powers of one number, and enough of them for a circle."""
    return p >= 5 and is_prime(p)
