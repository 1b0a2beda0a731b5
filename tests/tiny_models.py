"""Small random models of transformers' own classes, and a file of weights as a package holds it."""

import struct

import torch
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel, WhisperForConditionalGeneration

from circles.models import pretrained

KINDS = {"float32": 0, "int8": 1, "float16": 4}  # CTranslate2's numbers of types


def seeded(make):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return make().eval()


def tiny_whisper(layers=3):
    config = pretrained.whisper_config(d_model=16, layers=layers, heads=2, vocab_size=60)
    config.num_mel_bins, config.max_source_positions = 4, 10
    config.pad_token_id = config.bos_token_id = config.eos_token_id = config.decoder_start_token_id = 1
    return loud(seeded(lambda: WhisperForConditionalGeneration(config)))


def loud(model):
    """Larger random weights, so that every part matters."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for w in model.parameters():
            w.data.add_(0.2 * torch.randn_like(w))
    return model


SMALL = {"vocab_size": 60, "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32}


def tiny_bert():
    return loud(seeded(lambda: BertModel(BertConfig(**SMALL), add_pooling_layer=False)))


def tiny_mpnet():
    return loud(seeded(lambda: MPNetModel(MPNetConfig(**SMALL), add_pooling_layer=False)))


def text(word):
    data = word.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def packed(tensors, aliases=(), version=6):
    """A file in CTranslate2's format, written from the format's description."""
    data = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<II", 3, len(tensors))
    for name, values in tensors.items():
        raw = values.tobytes()
        data += text(name) + struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
        data += struct.pack("<BI", KINDS[str(values.dtype)], len(raw)) + raw
    return data + struct.pack("<I", len(aliases)) + b"".join(text(a) + text(b) for a, b in aliases)
