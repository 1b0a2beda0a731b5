"""One net's weights under the names of ``models.one_layer``, and a weight of a file read with distrust."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import CheckpointError

LARGEST = 50_000_000  # numbers in one weight


@dataclass(frozen=True)
class Layout:
    """One net's weights as ``OneLayer`` has them.

    ``heads`` is None where the shapes do not say; ``normed``: with LayerNorm; ``mixed``: nets that mix uniform
    attention in are saved under these names as well.
    """

    name: str
    weights: dict[str, Tensor]
    heads: int | None
    normed: bool = False
    mixed: bool = False


def tensor(state: Mapping[str, Any], name: str, axes: int | None = None) -> Tensor:
    """One weight in float32 or float64, its claims held against what it has. Raises CheckpointError, naming it."""
    if name not in state:
        raise CheckpointError(f"another model, {name!r} is missing")
    w = state[name]
    if not isinstance(w, Tensor):
        raise CheckpointError(f"{name!r} is a {type(w).__name__}, expected a tensor")
    if w.is_meta:
        raise CheckpointError(f"{name!r} is on torch's device 'meta', which keeps shapes and no numbers")
    if w.is_quantized:
        raise CheckpointError(f"{name!r} is quantised, {w.dtype}, expected real numbers: dequantize() gives them")
    if w.layout != torch.strided or w.is_nested or not w.dtype.is_floating_point:
        raise CheckpointError(f"{name!r} is a tensor of {w.dtype} ({w.layout}), expected dense real numbers")
    if w.numel() > LARGEST:
        raise CheckpointError(f"{name!r} has {w.numel()} entries, expected at most {LARGEST}")
    if w.numel() * w.element_size() > w.untyped_storage().nbytes():
        held = w.untyped_storage().nbytes() // w.element_size()
        raise CheckpointError(f"{name!r} claims {w.numel()} entries and holds {held}, expected all of them")
    if axes is not None and w.ndim != axes:
        raise CheckpointError(f"{name} has shape {tuple(w.shape)}, expected {axes} axes")
    try:
        return w.detach().cpu().to(torch.float64 if w.dtype == torch.float64 else torch.float32)
    except (RuntimeError, NotImplementedError) as error:  # numbers of 4 bits, packed by twos
        raise CheckpointError(f"{name!r} is a tensor of {w.dtype}, which torch turns into no other") from error
