"""Every weight's shape held against the others', and the work that they ask for before it is done."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from circles.foundations.errors import CheckpointError
from circles.models.one_layer import BLOCK

LARGEST_KEPT = 130_000_000  # numbers kept of p^2 pairs, or of one block of them: 1 GB in float64
LARGEST_WORK = 2_000_000_000_000  # multiplications: about a minute on two cores


def check(weights: Mapping[str, Tensor], p: int, forwards: int, places: int = 3) -> None:
    """Raise CheckpointError, naming the weight, where a shape does not fit or the work is beyond the bounds.

    ``forwards`` readings are tried on some pairs, and one is computed on all p^2 of them, of ``places`` tokens each.
    """
    d, k, m = weights["W_E"].shape[1], weights["W_Q"].shape[1], weights["W_in"].shape[1]
    classes = weights["W_U"].shape[1]
    expected = {
        "W_pos": (None, d), "W_Q": (d, k), "W_K": (d, k), "W_V": (d, k), "b_Q": (k,), "b_K": (k,), "b_V": (k,),
        "W_O": (k, d), "b_O": (d,), "W_in": (d, m), "b_in": (m,), "W_out": (m, d), "b_out": (d,),
        "W_U": (d, classes), "b_U": (classes,),
    }  # fmt: skip
    for name, shape in expected.items():
        if name in weights:
            _fits(name, tuple(weights[name].shape), shape)
    for rows, width, what in (
        (p * p, max(m, classes), f"p^2 pairs by {max(m, classes)} neurons or answers"),
        (BLOCK, max(m, classes), f"a block of {BLOCK} pairs by {max(m, classes)} neurons or answers"),
        (BLOCK * places, max(d, k), f"a block of {BLOCK} pairs by {places} tokens by {max(d, k)} of d_model or heads"),
    ):
        if rows * width > LARGEST_KEPT:
            wide = f"{what} are {rows * width:,} numbers"
            raise CheckpointError(f"is too wide to analyse: {wide}, expected {LARGEST_KEPT:,} at most")
    work = (2 * p * p + 1024 * forwards) * d * (2 * m + 4 * k + classes)
    if work > LARGEST_WORK:
        raise CheckpointError(
            f"is too wide to analyse: {work:.1e} multiplications, expected {LARGEST_WORK:.0e} at most"
        )


def _fits(name: str, shape: tuple[int, ...], expected: tuple[int | None, ...]) -> None:
    alike = len(shape) == len(expected) and all(e in (None, s) for e, s in zip(expected, shape, strict=True))
    if not alike:
        wanted = str(expected).replace("None", "any")
        raise CheckpointError(
            f"{name} has shape {shape}, expected {wanted} by the other weights (maps act on rows here)"
        )
