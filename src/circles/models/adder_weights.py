"""The weights of transformers' own classes under the names of ``adder``, the embeddings cut to the tokens in use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import BertModel, MPNetModel, WhisperForConditionalGeneration

from circles.foundations.errors import ModelError
from circles.models.adder import AdderSpec


def spec(model: Any, *, numbers: int, answers: int, mask: int = -1) -> AdderSpec:
    """The shape of a WhisperForConditionalGeneration's decoder, a BertModel or an MPNetModel."""
    c = model.config
    if isinstance(model, WhisperForConditionalGeneration):
        return AdderSpec(c.decoder_layers, c.decoder_attention_heads, numbers, answers)
    if not isinstance(model, BertModel | MPNetModel):
        raise ModelError(f"{type(model).__name__} is no adder, expected Whisper, BertModel or MPNetModel")
    return AdderSpec(c.num_hidden_layers, c.num_attention_heads, numbers, answers, False, c.layer_norm_eps, mask)


def weights(model: Any, tokens: Sequence[int]) -> dict[str, Tensor]:
    """Copies of the weights, a leading axis of 1 each; row i of ``W_E`` is the embedding of ``tokens[i]``.

    Whisper's keys have no bias: here it is zero, and as it shifts all scores of a query alike it never learns.
    BERT's one kind of token is added to the positions.
    """
    found = _whisper(model) if isinstance(model, WhisperForConditionalGeneration) else _encoder(model)
    found["W_E"] = found["W_E"][torch.tensor(list(tokens))]
    return {name: w.detach().clone().unsqueeze(0) for name, w in found.items()}


def _whisper(model: Any) -> dict[str, Tensor]:
    decoder = model.model.decoder
    found = {"W_E": decoder.embed_tokens.weight, "W_P": decoder.embed_positions.weight}
    found |= _pair(decoder.layer_norm, "g_f", "c_f")
    for i, layer in enumerate(decoder.layers):
        a = layer.self_attn
        own = {
            "W_QKV": torch.cat([a.q_proj.weight, a.k_proj.weight, a.v_proj.weight]),
            "b_QKV": torch.cat([a.q_proj.bias, torch.zeros_like(a.q_proj.bias), a.v_proj.bias]),
        }
        own |= _pair(a.out_proj, "W_O", "b_O") | _pair(layer.self_attn_layer_norm, "g1", "c1")
        own |= _pair(layer.fc1, "W_in", "b_in") | _pair(layer.fc2, "W_out", "b_out")
        found |= {f"{i}.{name}": w for name, w in (own | _pair(layer.final_layer_norm, "g2", "c2")).items()}
    return found


def _encoder(model: Any) -> dict[str, Tensor]:
    e, bert = model.embeddings, isinstance(model, BertModel)
    # MPNet counts its positions from the one after its token for padding
    places = (
        e.position_embeddings.weight + e.token_type_embeddings.weight[0] if bert else e.position_embeddings.weight[2:]
    )
    found = {"W_E": e.word_embeddings.weight, "W_P": places} | _pair(e.LayerNorm, "g_e", "c_e")
    if not bert:
        found["relative"] = model.encoder.relative_attention_bias.weight
    for i, layer in enumerate(model.encoder.layer):
        if bert:
            a, out, norm = layer.attention.self, layer.attention.output.dense, layer.attention.output.LayerNorm
            parts = (a.query, a.key, a.value)
        else:
            a, norm = layer.attention.attn, layer.attention.LayerNorm
            parts, out = (a.q, a.k, a.v), a.o
        own = {"W_QKV": torch.cat([m.weight for m in parts]), "b_QKV": torch.cat([m.bias for m in parts])}
        own |= _pair(out, "W_O", "b_O") | _pair(norm, "g1", "c1") | _pair(layer.intermediate.dense, "W_in", "b_in")
        own |= _pair(layer.output.dense, "W_out", "b_out") | _pair(layer.output.LayerNorm, "g2", "c2")
        found |= {f"{i}.{name}": w for name, w in own.items()}
    return found


def _pair(module: Any, weight: str, bias: str) -> dict[str, Tensor]:
    return {weight: module.weight, bias: module.bias}
