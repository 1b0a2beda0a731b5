"""Whisper's weights: from the names that CTranslate2 gives them to those of transformers' own class."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

# What stacks several linear maps in one: the parts by name, for the attention to itself and to the sound.
STACKED = {("self_attention", "linear_0"): "qkv", ("attention", "linear_0"): "q", ("attention", "linear_1"): "kv"}
LAST = {"self_attention": "linear_1", "attention": "linear_2"}
ATTENTION = {"self_attention": "self_attn", "attention": "encoder_attn"}
NORMS = {"self_attention": "self_attn_layer_norm", "attention": "encoder_attn_layer_norm", "ffn": "final_layer_norm"}
NORM = {"gamma": "weight", "beta": "bias"}


def to_transformers(found: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The state of a WhisperForConditionalGeneration in float32, every weight of the file used once.

    The keys' maps have no bias in Whisper; in the file it is there and zero, and is left out.
    """
    state: dict[str, Tensor] = {}
    for name, tensor in found.items():
        if tensor.dtype in (torch.float16, torch.float32):
            side, *path = name.split("/")
            state |= {f"model.{side}.{key}": value.float() for key, value in _named(path, tensor).items()}
    state["proj_out.weight"] = state.pop("model.decoder.projection.weight")
    return state


def _named(path: list[str], tensor: Tensor) -> dict[str, Tensor]:
    if path == ["embeddings", "weight"]:
        return {"embed_tokens.weight": tensor}
    if path == ["position_encodings", "encodings"]:
        return {"embed_positions.weight": tensor}
    if path[0] == "layer_norm":
        return {f"layer_norm.{NORM[path[1]]}": tensor}
    if not path[0].startswith("layer_"):  # the two convolutions, the projection
        return {".".join(path): tensor}
    layer, block, part, kind = f"layers.{path[0][6:]}", *path[1:]
    if part == "layer_norm":
        return {f"{layer}.{NORMS[block]}.{NORM[kind]}": tensor}
    if block == "ffn":
        return {f"{layer}.fc{int(part[-1]) + 1}.{kind}": tensor}
    if part == LAST[block]:
        return {f"{layer}.{ATTENTION[block]}.out_proj.{kind}": tensor}
    letters = STACKED[block, part]
    parts = zip(letters, tensor.chunk(len(letters)), strict=True)
    return {f"{layer}.{ATTENTION[block]}.{x}_proj.{kind}": t for x, t in parts if (x, kind) != ("k", "bias")}
