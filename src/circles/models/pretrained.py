"""Whole pre-trained models out of packages, each as the library's own class; nothing is asked of the hub."""

from __future__ import annotations

import json
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel, WhisperConfig, WhisperForConditionalGeneration

from circles.foundations import ctranslate2, model_packages
from circles.foundations.errors import ModelError
from circles.foundations.memory import needed
from circles.foundations.streams import streams
from circles.models import whisper_names

WHISPERS = {
    "whisper-tiny": {"d_model": 384, "layers": 4, "heads": 6, "vocab_size": 51864},
    "whisper-base": {"d_model": 512, "layers": 6, "heads": 8, "vocab_size": 51865},
}
ENCODERS = {"minilm": (BertConfig, BertModel), "mpnet": (MPNetConfig, MPNetModel)}
GIGABYTES = {"whisper-tiny": 0.6, "whisper-base": 1.0, "minilm": 0.3, "mpnet": 1.2}


def load(name: str, *, random: int | None = None, layers: int = 0) -> Any:
    """A pre-trained model in float32, in evaluation: WhisperForConditionalGeneration, BertModel or MPNetModel.

    With ``random``, a seed, the same architecture with the class's own random weights instead; for Whisper this needs
    no package. Such a net may have another number of ``layers``, which Whisper's decoder then has. Raises ModelError,
    one line, for an unknown name, missing packages, another hash, too little memory, or other layers than there are
    weights for.
    """
    if name not in GIGABYTES:
        raise ModelError(f"no whole model {name!r}, expected one of {', '.join(GIGABYTES)}")
    if layers and (random is None or layers < 0):
        raise ModelError(f"layers is {layers}, expected 0, {name}'s own, or with random weights a number above")
    with needed(GIGABYTES[name], name):
        model = _empty(name, 0 if random is None else random, layers)
        if random is None:
            _fill(model, name)
    return model.eval()


def whisper_config(d_model: int, layers: int, heads: int, vocab_size: int) -> WhisperConfig:
    """Whisper's shape: encoder and decoder alike, MLPs four times as wide."""
    return WhisperConfig(
        vocab_size=vocab_size, d_model=d_model, num_mel_bins=80, max_target_positions=448,
        encoder_layers=layers, decoder_layers=layers, encoder_attention_heads=heads, decoder_attention_heads=heads,
        encoder_ffn_dim=4 * d_model, decoder_ffn_dim=4 * d_model, pad_token_id=50256, bos_token_id=50256,
        eos_token_id=50256, decoder_start_token_id=50257, use_cache=False,
    )  # fmt: skip


def _empty(name: str, seed: int, layers: int) -> Any:
    """The model with random weights, drawn from a stream of their own; the global random state stays."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(streams(seed, "weights")["weights"].initial_seed() % 2**63)
        if name in WHISPERS:
            config = whisper_config(**WHISPERS[name])
            config.decoder_layers = layers or config.decoder_layers
            return WhisperForConditionalGeneration(config)
        kind, model = ENCODERS[name]
        shape = json.loads(model_packages.find(name)["config.json"].read_text(encoding="utf-8"))
        shape["num_hidden_layers"] = layers or shape["num_hidden_layers"]
        return model(kind(**shape), add_pooling_layer=False)


def _fill(model: Any, name: str) -> None:
    found = model_packages.find(name)
    if name in WHISPERS:
        state = whisper_names.to_transformers(ctranslate2.read(model_packages.weights(name, found)))
    else:
        state = load_file(found["model.safetensors"])
        state = {key: value for key, value in state.items() if not key.startswith("pooler.")}  # no part of an answer
        state.pop("embeddings.position_ids", None)
    model.load_state_dict(state, strict=True)
