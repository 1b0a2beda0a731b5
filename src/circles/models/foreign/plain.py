"""Plain PyTorch: one nn.MultiheadAttention, bare or in an nn.TransformerEncoderLayer, between layers of any name.

The attention is known by its ``in_proj_weight``; an encoder layer by ``linear1``, ``linear2``, ``norm1``, ``norm2``.
The others are known by their shapes, then by their names, then by their order: files of safetensors keep no order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import CheckpointError
from circles.models.foreign.layout import Layout, tensor


def plain(state: Mapping[str, Any]) -> Layout:
    """The weights of a module with one attention. Raises CheckpointError, naming the weight that fits nowhere."""
    attentions = [name.removesuffix("in_proj_weight") for name in state if name.endswith("in_proj_weight")]
    if len(attentions) > 1:
        raise CheckpointError(
            f"has {len(attentions)} attentions, {attentions[1] + 'in_proj_weight'!r} is the second; expected one layer"
        )
    at = attentions[0]
    joined = tensor(state, f"{at}in_proj_weight", 2)
    if joined.shape[0] != 3 * joined.shape[1]:
        raise CheckpointError(
            f"{at}in_proj_weight has shape {tuple(joined.shape)}, expected three times as many rows as columns"
        )
    if not (d := joined.shape[1]):
        raise CheckpointError(f"{at}in_proj_weight has shape {tuple(joined.shape)}, expected columns")
    weights = dict(zip(("W_Q", "W_K", "W_V"), joined.mT.chunk(3, 1), strict=True))
    if f"{at}in_proj_bias" in state:
        bias = tensor(state, f"{at}in_proj_bias", 1)
        if bias.shape != joined.shape[:1]:
            raise CheckpointError(f"{at}in_proj_bias has shape {tuple(bias.shape)}, expected {tuple(joined.shape[:1])}")
        weights |= zip(("b_Q", "b_K", "b_V"), bias.chunk(3), strict=True)
    weights |= _map(state, f"{at}out_proj", "O")
    used = {f"{at}{part}" for part in ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")}
    if odd := [
        name
        for name in state
        if name.startswith(at) and at and name not in used and ("bias_" in name or "proj" in name)
    ]:
        raise CheckpointError(f"another model, {odd[0]!r} is none of a plain attention's weights")
    layer = at.removesuffix("self_attn.") if at.endswith("self_attn.") else None
    normed = layer is not None and f"{layer}norm1.weight" in state
    if normed:
        for name in ("norm1", "norm2"):
            weights[name] = _norm(state, f"{layer}{name}", d)
            used |= {f"{layer}{name}.weight", f"{layer}{name}.bias"}
    rest = [name for name in state if name not in used]
    return Layout("plain PyTorch, nn.MultiheadAttention", weights | _others(state, rest, layer, d), None, normed)


def _map(state: Mapping[str, Any], name: str, ours: str) -> dict[str, Tensor]:
    """A Linear, turned to act on rows."""
    found = {f"W_{ours}": tensor(state, f"{name}.weight", 2).mT}
    if f"{name}.bias" in state:
        found[f"b_{ours}"] = tensor(state, f"{name}.bias", 1)
    return found


def _norm(state: Mapping[str, Any], name: str, d: int) -> Tensor:
    gain = tensor(state, f"{name}.weight", 1)
    shift = tensor(state, f"{name}.bias", 1) if f"{name}.bias" in state else torch.zeros_like(gain)
    if gain.shape != (d,) or shift.shape != (d,):
        raise CheckpointError(f"{name}.weight has shape {tuple(gain.shape)}, expected ({d},)")
    return torch.stack([gain, shift])


def _others(state: Mapping[str, Any], rest: list[str], layer: str | None, d: int) -> dict[str, Tensor]:
    """Embeddings, MLP and readout, each known by its shape, then by its name, then by its place."""
    tables = {name: _table(state, name) for name in rest if getattr(state[name], "ndim", 0) > 1}
    role: dict[str, str] = {}
    if layer is not None:
        role = {"in": f"{layer}linear1.weight", "out": f"{layer}linear2.weight"}
    else:
        role["out"] = _one(
            [n for n, w in tables.items() if w.shape[0] == d and w.shape[1] != d], "map from d_mlp to d_model"
        )
        rows = tables[role["out"]].shape[1]
        fits = [n for n, w in tables.items() if tuple(w.shape) == (rows, d)]
        role["in"] = _one(
            [n for n in fits if len(fits) == 1 or not _EMBEDS.search(n) and not _READS.search(n)],
            "map from d_model to d_mlp",
        )
    left = [n for n in tables if n not in role.values()]
    places = [n for n in left if re.search("pos", n, re.IGNORECASE)] or sorted(left, key=lambda n: len(tables[n]))[
        : len(left) - 2
    ]
    if len(places) == 1 and len(left) > 1:
        role["pos"] = places[0]
        left.remove(places[0])
    if len(left) != 2:
        raise CheckpointError(
            f"another model, {len(left)} tables are left for tokens and answers ({', '.join(left)[:80]}), expected 2"
        )
    reads = [n for n in left if f"{n.removesuffix('.weight')}.bias" in state] or [
        n for n in left if not _EMBEDS.search(n)
    ]
    role["U"] = reads[0] if len(reads) == 1 else next((n for n in left if _READS.search(n)), left[-1])
    role["E"] = next(n for n in left if n != role["U"])
    found: dict[str, Tensor] = {}
    used = set(role.values())
    for ours, name in role.items():
        if name not in tables:
            raise CheckpointError(f"another model, {name!r} is missing")
        found[f"W_{ours}"] = tables[name] if ours in ("E", "pos") else tables[name].mT
        bias = f"{name.removesuffix('.weight')}.bias"
        if ours in ("in", "out", "U") and bias in state:
            found[f"b_{ours}"] = tensor(state, bias, 1)
            used.add(bias)
    return found | _final_norm(state, [n for n in rest if n not in used], d)


_EMBEDS = re.compile(r"(^|[._])(tok\w*|emb\w*|wte|W_E|input\w*)", re.IGNORECASE)
_READS = re.compile(r"(^|[._])(un\w*|\w*head|out\w*|fc|dec\w*|cls|class\w*|read\w*|proj\w*|W_U)", re.IGNORECASE)


def _one(names: list[str], what: str) -> str:
    if len(names) != 1:
        raise CheckpointError(
            f"another model, it has {len(names)} weights shaped as a {what} ({', '.join(names)[:80]}), expected 1"
        )
    return names[0]


def _table(state: Mapping[str, Any], name: str) -> Tensor:
    table = tensor(state, name)
    if table.ndim == 3 and 1 in table.shape[:2]:  # positions, made to be added to a batch
        table = table.reshape(-1, table.shape[-1])
    if table.ndim != 2:
        raise CheckpointError(f"{name} has shape {tuple(table.shape)}, expected 2 axes")
    return table


def _final_norm(state: Mapping[str, Any], left: list[str], d: int) -> dict[str, Tensor]:
    """A norm before the readout, if that is what is left over."""
    if not left:
        return {}
    name = left[0].removesuffix(".weight").removesuffix(".bias")
    if not set(left) <= {f"{name}.weight", f"{name}.bias"} or not re.search(r"norm$|ln(_?f)?$", name, re.IGNORECASE):
        wanted = "those of nn.TransformerEncoderLayer or one before the readout"
        if re.search("norm|ln", left[0], re.IGNORECASE):
            raise CheckpointError(f"a net with LayerNorm of its own ({left[0][:80]!r}), expected none, {wanted}")
        raise CheckpointError(f"another model, {left[0][:80]!r} is none of its weights")
    return {"norm_final": _norm(state, name, d)}
