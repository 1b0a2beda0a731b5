"""Read anyone's checkpoint of the one-layer modular-addition transformer: ours, or the authors' naming.

A file is material from a stranger: pickles are read by torch's restricted reader, sizes are checked before
anything is computed, and every refusal is one line.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from circles.foundations.errors import CheckpointError, CirclesError
from circles.models.modular import ModularSpec

OURS = ("W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_in", "b_in", "W_out", "b_out", "W_U")
AUTHORS = {
    "W_E": "embed.W_E", "W_pos": "pos_embed.W_pos",
    "W_Q": "blocks.0.attn.W_Q", "W_K": "blocks.0.attn.W_K", "W_V": "blocks.0.attn.W_V",
    "W_O": "blocks.0.attn.W_O",
    "W_in": "blocks.0.mlp.W_in", "b_in": "blocks.0.mlp.b_in", "W_out": "blocks.0.mlp.W_out",
    "b_out": "blocks.0.mlp.b_out", "W_U": "unembed.W_U",
}  # fmt: skip
AXES = {"W_Q": 3, "W_K": 3, "W_V": 3, "b_in": 1, "b_out": 1}  # the authors' others have 2
BUFFERS = ("blocks.0.attn.mask", "blocks.0.attn.IGNORE")  # constants, stored beside the weights
LARGEST_P = 500  # all p^2 pairs by p logits are computed: 1 GB in float64
LARGEST = 50_000_000  # numbers in one weight; a view of stride 0 can claim any shape and be a small file


def load(path: str | Path) -> tuple[dict[str, Tensor], ModularSpec]:
    """The weights of one net (R = 1) and its shape, from our ``.safetensors`` or the authors' ``.pth``.

    Ours holds the weights of ``models.modular`` by name, with the replicate axis or without. The authors'
    state dict, at the top level or under ``model``, is turned into our layout: W_Q = blocks.0.attn.W_Q^T per
    head, and so on; the ``=`` column of unembed.W_U is dropped. Raises CheckpointError, one line, for a file
    that is missing, damaged, would run code, holds another model, or weights that are not finite.
    """
    path = Path(path)
    if not path.exists():
        raise CheckpointError(f"{path}: no such file")
    if not path.is_file():
        raise CheckpointError(f"{path}: not a file")
    readers = {".safetensors": _read_safetensors, ".pth": _read_pickle, ".pt": _read_pickle}
    if path.suffix not in readers:
        raise CheckpointError(f"{path}: its suffix is {path.suffix!r}, expected one of {', '.join(readers)}")
    try:
        state = readers[path.suffix](path)
        weights = _convert(state)
        spec = _spec(weights)
    except OSError as error:
        raise CheckpointError(f"{path}: cannot read ({error.strerror or 'not a whole file'})") from error
    except CirclesError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return {name: w.unsqueeze(0) for name, w in weights.items()}, spec


def _read_safetensors(path: Path) -> Mapping[str, Any]:
    content = path.read_bytes()
    try:
        return safetensors.torch.load(content)
    except Exception as error:  # whatever a damaged header provokes, it is the file's fault
        raise CheckpointError(f"damaged, not a safetensors file ({_line(error)})") from error


def _read_pickle(path: Path) -> Mapping[str, Any]:
    content = path.read_bytes()
    try:
        with warnings.catch_warnings(action="ignore"):  # a damaged file's odd pickle protocol
            state = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # as above: unpickling bytes of a stranger can raise anything
        text = str(error)
        if "Unsupported global" in text or "Unsupported class" in text:
            raise CheckpointError("refused, the pickle holds more than tensors and would run code") from error
        if "Unsupported operand" in text:  # torch never writes these: random bytes, or another pickler's calls
            raise CheckpointError("refused, damaged or a pickle that would run code") from error
        raise CheckpointError(f"damaged, not a checkpoint of torch ({_line(error)})") from error
    if isinstance(state, Mapping) and isinstance(state.get("model"), Mapping):
        state = state["model"]
    if not isinstance(state, Mapping):
        raise CheckpointError(f"holds a {type(state).__name__}, expected a state dict")
    return state


def _line(error: Exception) -> str:
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 100 else text[:97] + "..."


def _convert(state: Mapping[str, Any]) -> dict[str, Tensor]:
    """Our names and layout, without the replicate axis, all in the widest of the weights' types, float32 or float64."""
    if AUTHORS["W_E"] in state:
        if odd := [str(name) for name in state if name not in {*AUTHORS.values(), *BUFFERS}]:
            raise CheckpointError(f"another model, {odd[0]!r} is none of its weights")
        found = {name: _tensor(state, theirs) for name, theirs in AUTHORS.items()}
        found = _from_authors(found)
    elif "W_E" in state:
        if odd := [str(name) for name in state if name not in OURS]:
            raise CheckpointError(f"another model, {odd[0]!r} is none of its weights")
        found = {name: _tensor(state, name) for name in OURS if name in state or name != "W_pos"}
        found = _one_net(found)
    else:
        first = next((str(name) for name in state), None)
        holds = "no tensors" if first is None else repr(first)
        raise CheckpointError(f"another model, it holds {holds} and neither 'embed.W_E' nor 'W_E'")
    for name, w in found.items():
        if not w.isfinite().all():
            raise CheckpointError(f"{name} has {int((~w.isfinite()).sum())} entries that are NaN or infinite")
    widest = torch.float64 if any(w.dtype == torch.float64 for w in found.values()) else torch.float32
    return {name: w.to(widest) for name, w in found.items()}


def _tensor(state: Mapping[str, Any], name: str) -> Tensor:
    if name not in state:
        raise CheckpointError(f"another model, {name!r} is missing")
    w = state[name]
    if not isinstance(w, Tensor):
        raise CheckpointError(f"{name!r} is a {type(w).__name__}, expected a tensor")
    if w.layout != torch.strided or not w.dtype.is_floating_point or w.is_meta:
        raise CheckpointError(f"{name!r} is a tensor of {w.dtype} ({w.layout}), expected dense real numbers")
    if w.numel() > LARGEST:
        raise CheckpointError(f"{name!r} has {w.numel()} entries, expected at most {LARGEST}")
    return w.detach().to(torch.float64 if w.dtype == torch.float64 else torch.float32)


def _one_net(found: dict[str, Tensor]) -> dict[str, Tensor]:
    if found["W_E"].ndim == 3:
        counts = {name: w.shape[0] if w.ndim else 0 for name, w in found.items()}
        if set(counts.values()) != {1}:
            name = next(n for n, c in counts.items() if c != 1)
            raise CheckpointError(f"{name} holds {counts[name]} nets, expected 1")
        found = {name: w[0] for name, w in found.items()}
    return found


def _from_authors(found: dict[str, Tensor]) -> dict[str, Tensor]:
    for name, w in found.items():
        expected = AXES.get(name, 2)
        if w.ndim != expected:
            raise CheckpointError(f"{AUTHORS[name]} has shape {tuple(w.shape)}, expected {expected} axes")
    heads, d_head, _ = found["W_Q"].shape
    d_model, inner = found["W_O"].shape
    if inner != heads * d_head:
        raise CheckpointError(f"{AUTHORS['W_O']} has shape {(d_model, inner)}, expected ({d_model}, {heads * d_head})")
    if found["W_U"].shape[1] != found["W_E"].shape[1] or found["W_U"].shape[1] < 1:
        shapes = tuple(found["W_U"].shape), tuple(found["W_E"].shape)
        raise CheckpointError(f"{AUTHORS['W_U']} has shape {shapes[0]}, expected that of embed.W_E, {shapes[1]}")
    turned = {name: found[name].mT.contiguous() for name in ("W_E", "W_Q", "W_K", "W_V", "W_in", "W_out")}
    turned["W_O"] = found["W_O"].mT.reshape(heads, d_head, d_model)
    turned["W_U"] = found["W_U"][:, :-1].contiguous()
    return found | turned


def _spec(weights: dict[str, Tensor]) -> ModularSpec:
    """The shape of the net, read from its weights, every weight held against it."""
    for name, axes in (("W_E", 2), ("W_Q", 3), ("W_in", 2)):
        if weights[name].ndim != axes:
            raise CheckpointError(f"{name} has shape {tuple(weights[name].shape)}, expected {axes} axes")
    tokens, d_model = weights["W_E"].shape
    heads, d_mlp = weights["W_Q"].shape[0], weights["W_in"].shape[1]
    if not 4 <= tokens <= LARGEST_P + 1:
        raise CheckpointError(f"p is {tokens - 1}, expected 3 to {LARGEST_P}")
    spec = ModularSpec(p=tokens - 1, d_model=d_model, n_heads=heads, d_mlp=d_mlp, positions="W_pos" in weights)
    for name, shape in spec.shapes().items():
        if tuple(weights[name].shape) != shape:
            raise CheckpointError(f"{name} has shape {tuple(weights[name].shape)}, expected {shape}")
    return spec
