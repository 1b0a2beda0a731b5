"""The namings in which people save this net, each turned into the one of ``models.one_layer``.

| layout | known by |
| --- | --- |
| this book's | ``W_E``, ``W_Q`` [H d dh] |
| Nanda et al. 2023, and Zhong et al. 2023 | ``embed.W_E`` [d tokens], ``blocks.0.attn.W_O`` [d k] |
| TransformerLens 1 to 3, HookedTransformer | ``embed.W_E`` [tokens d], ``blocks.0.attn.W_O`` [H dh d] |
| TransformerLens 4, a native TransformerBridge | ``blocks.0.attn.q.weight`` |
| plain PyTorch | one ``in_proj_weight`` (``plain``) |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import CheckpointError
from circles.models.foreign.layout import Layout, tensor
from circles.models.foreign.plain import plain

LARGEST_NET = 100_000_000  # in all; several copies of them are held in float64


def recognise(state: Mapping[str, Any]) -> Layout:
    """The weights by our names, whoever named them. Raises CheckpointError, one line, for another model."""
    if adapted := next((str(name) for name in state if re.search(r"(^|[._])lora_", str(name))), None):
        raise CheckpointError(f"holds {adapted[:80]!r} of a LoRA adapter; merge it into its net, and save that")
    if any(name.endswith("in_proj_weight") for name in state):
        found = plain(state)  # which counts its layers and knows its norms itself
        return replace(found, weights=_alike(found.weights))
    _refuse(state)
    if "W_E" in state:
        found = _ours(state)
    elif "embed.W_E" in state:
        hooked = getattr(state.get("blocks.0.attn.W_O"), "ndim", 2) == 3
        found = _hooked(state) if hooked else _authors(state)
    elif any(name.endswith("attn.q.weight") for name in state):
        found = _native(state)
    else:
        first = next((str(name) for name in state), "nothing")
        known = "'embed.W_E', 'W_E', 'blocks.0.attn.q.weight', '...in_proj_weight'"
        raise CheckpointError(f"another model, it holds {first[:80]!r} and none of {known}")
    return replace(found, weights=_alike(found.weights))


def _refuse(state: Mapping[str, Any]) -> None:
    """What names alone betray: other layers, norms, rotary positions, gates."""
    for name in map(str, state):
        if layer := re.search(r"(?:blocks|layers|h)\.([1-9]\d*)\.", name):
            raise CheckpointError(f"has more than one layer, {name[:80]!r} is of layer {layer[1]}; expected one")
        if re.search(r"(^|\.)ln\w*\.(w|b|weight|bias)$", name):
            raise CheckpointError(
                f"a net with LayerNorm ({name[:80]!r}), expected one without, normalization_type None"
            )
        if re.search(r"rotary_(sin|cos)", name):
            raise CheckpointError(f"a net with rotary positions ({name[:80]!r}), expected learned ones or none")
        if re.search(r"mlp\.(W_gate|gate)", name):
            raise CheckpointError(f"a net with a gated MLP ({name[:80]!r}), expected a plain one")


def _alike(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Finite numbers, all in the widest of the weights' types."""
    if (numbers := sum(w.numel() for w in found.values())) > LARGEST_NET:
        raise CheckpointError(f"has {numbers:,} weights, expected at most {LARGEST_NET:,}")
    for name, w in found.items():
        if not w.numel():
            raise CheckpointError(f"{name} has shape {tuple(w.shape)}, which holds no number")
        if not w.isfinite().all():
            raise CheckpointError(f"{name} has {int((~w.isfinite()).sum())} entries that are NaN or infinite")
    widest = torch.float64 if any(w.dtype == torch.float64 for w in found.values()) else torch.float32
    return {name: w.to(widest).contiguous() for name, w in found.items()}


def _only(state: Mapping[str, Any], known: set[str]) -> None:
    if odd := [name for name in state if name not in known]:
        raise CheckpointError(f"another model, {odd[0][:80]!r} is none of its weights")


def _as_many(w: Mapping[str, Tensor], names: tuple[str, ...]) -> int:
    """The number of heads, the first axis of W_Q. Raises CheckpointError where another weight has other heads."""
    heads = w["W_Q"].shape[0]
    for name in names:
        if name in w and w[name].shape[0] != heads:
            raise CheckpointError(f"{name} has {w[name].shape[0]} heads, expected {heads} as W_Q has")
    return heads


def _flat(w: Tensor) -> Tensor:
    """[H d dh] side by side: [d H*dh]."""
    return w.transpose(0, 1).flatten(1)


_BUFFERS = {"blocks.0.attn.mask", "blocks.0.attn.IGNORE"}  # constants, stored beside the weights
_EMBED = {
    "W_E": ("embed.W_E", 2),
    "W_pos": ("pos_embed.W_pos", 2),
    "W_U": ("unembed.W_U", 2),
    "b_U": ("unembed.b_U", 1),
}
_MLP = {
    f"{kind}_{side}": (f"blocks.0.mlp.{kind}_{side}", axes)
    for kind, axes in (("W", 2), ("b", 1))
    for side in ("in", "out")
}
_ATTENTION = {f"W_{x}": (f"blocks.0.attn.W_{x}", 3) for x in "QKV"}
_BIASES = {f"b_{x}": (f"blocks.0.attn.b_{x}", 2) for x in "QKV"} | {"b_O": ("blocks.0.attn.b_O", 1)}


def _named(state: Mapping[str, Any], names: Mapping[str, tuple[str, int]], missing: set[str]) -> dict[str, Tensor]:
    _only(state, {theirs for theirs, _ in names.values()} | _BUFFERS)
    there = {ours: at for ours, at in names.items() if at[0] in state or ours not in missing}
    return {ours: tensor(state, theirs, axes) for ours, (theirs, axes) in there.items()}


def _authors(state: Mapping[str, Any]) -> Layout:
    """einsum's habit: maps act on columns, W_E [d tokens], W_Q [H dh d], W_O [d k]."""
    names = {k: v for k, v in (_EMBED | _MLP | _ATTENTION | {"W_O": ("blocks.0.attn.W_O", 2)}).items() if k != "b_U"}
    w = _named(state, names, set())
    heads = _as_many(w, ("W_K", "W_V"))
    for x in "QKV":
        w[f"W_{x}"] = _flat(w[f"W_{x}"].mT)
    turned = w | {n: w[n].mT for n in ("W_E", "W_O", "W_in", "W_out")}
    return Layout("Nanda et al. 2023", turned, heads, mixed=True)  # by those names Zhong et al. 2023 save theirs


def _hooked(state: Mapping[str, Any]) -> Layout:
    names = _EMBED | _MLP | _ATTENTION | _BIASES | {"W_O": ("blocks.0.attn.W_O", 3)}
    w = _named(state, names, {"W_pos", "b_U", "b_in", "b_out", *_BIASES})
    heads = _as_many(w, ("W_K", "W_V", "W_O", "b_Q", "b_K", "b_V"))
    for x in "QKV":
        w[f"W_{x}"] = _flat(w[f"W_{x}"])
        if f"b_{x}" in w:
            w[f"b_{x}"] = w[f"b_{x}"].flatten()
    w["W_O"] = w["W_O"].flatten(0, 1)
    return Layout("TransformerLens 1 to 3, HookedTransformer", w, heads)


_NATIVE = {"embed": "E", "pos_embed": "pos", "blocks.0.mlp.in": "in", "blocks.0.mlp.out": "out", "unembed": "U"}
_NATIVE |= {f"blocks.0.attn.{x.lower()}": x for x in "QKVO"}
# the names of the module under the bridge, which its parameters have
_UNDER = {
    "tok_embed": "embed",
    "pos": "pos_embed",
    "head": "unembed",
    "layers": "blocks",
    "fc_in": "in",
    "fc_out": "out",
}


def _native(state: Mapping[str, Any]) -> Layout:
    renamed = {".".join(_UNDER.get(part, part) for part in name.split(".")): w for name, w in state.items()}
    known = {
        f"{module}.{kind}": f"{'W' if kind == 'weight' else 'b'}_{ours}"
        for module, ours in _NATIVE.items()
        for kind in ("weight", "bias")
    }
    _only(renamed, set(known) | _BUFFERS)
    optional = {"W_pos", *(ours for ours in known.values() if ours.startswith("b_"))}
    w = {}
    for name, ours in known.items():
        if name in renamed or ours not in optional:
            found = tensor(renamed, name, 1 if ours.startswith("b_") else 2)
            w[ours] = found if ours.startswith("b_") or ours in ("W_E", "W_pos") else found.mT
    return Layout("TransformerLens 4, TransformerBridge", w, None)


_OURS = {
    "W_E": 2,
    "W_pos": 2,
    "W_Q": 3,
    "W_K": 3,
    "W_V": 3,
    "W_O": 3,
    "W_in": 2,
    "b_in": 1,
    "W_out": 2,
    "b_out": 1,
    "W_U": 2,
}


def _ours(state: Mapping[str, Any]) -> Layout:
    """``models.modular``'s, with the replicate axis of one net or without."""
    _only(state, set(_OURS))
    raw = {name: tensor(state, name) for name in _OURS if name in state or name not in ("W_pos", "b_in", "b_out")}
    if raw["W_E"].ndim == 3:
        for name, w in raw.items():
            if w.ndim and w.shape[0] != 1:
                raise CheckpointError(f"{name} holds {w.shape[0]} nets, expected 1")
        raw = {name: w[0] if w.ndim else w for name, w in raw.items()}
    for name, w in raw.items():
        if w.ndim != _OURS[name]:
            raise CheckpointError(f"{name} has shape {tuple(w.shape)}, expected {_OURS[name]} axes")
    heads = _as_many(raw, ("W_K", "W_V", "W_O"))
    return Layout(
        "this book's", raw | {f"W_{x}": _flat(raw[f"W_{x}"]) for x in "QKV"} | {"W_O": raw["W_O"].flatten(0, 1)}, heads
    )
