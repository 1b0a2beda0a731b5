"""The small GPT-2 as a TransformerLens bridge: the hooks that open it open GPT-2-XL as well."""

from __future__ import annotations

import tempfile

import torch
from jaxtyping import Int
from torch import Tensor
from transformer_lens.model_bridge import TransformerBridge
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.utils import logging

from circles.models import decoder_spec
from circles.models.decoder_spec import POSITIONS, DecoderSpec, Weights

HOOKS = {"attn": "blocks.{}.hook_attn_out", "mlp": "blocks.{}.hook_mlp_out"}  # what a part adds to the stream


def to_bridge(weights: Weights, spec: DecoderSpec, *, replicate: int = 0) -> TransformerBridge:
    """One replicate as a GPT-2 of transformers in a bridge: tokens ``a, +, b, =`` in, logits over all tokens out.

    The tokens are 0 ... numbers - 1 for the numbers, then + and =. A model of the hub comes by
    ``TransformerBridge.boot_transformers("gpt2-xl")`` and has the same hooks.
    """
    spec.check(weights)
    model = GPT2LMHeadModel(
        GPT2Config(
            vocab_size=spec.vocabulary, n_positions=POSITIONS, n_embd=spec.width, n_layer=spec.depth, n_head=spec.heads,
            tie_word_embeddings=spec.tied, bos_token_id=0, eos_token_id=0,
            embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0,
        )
    )  # fmt: skip
    model.to(weights["W_E"].dtype)  # first, so that loading rounds nothing
    model.load_state_dict(decoder_spec.gpt2_state(weights, spec, replicate=replicate), strict=False)
    dtype, shown = weights["W_E"].dtype, logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        with tempfile.TemporaryDirectory() as folder:  # the bridge reads a model's configuration from its folder
            model.save_pretrained(folder)
            return TransformerBridge.boot_transformers(folder, hf_model=model.eval(), dtype=dtype, device="cpu")
    finally:
        if shown:
            logging.enable_progress_bar()


def prompt(a: Int[Tensor, " n"], b: Int[Tensor, " n"], spec: DecoderSpec) -> Int[Tensor, "n 4"]:
    """The tokens of ``a + b =``."""
    plus, equals = torch.full_like(a, spec.numbers), torch.full_like(a, spec.numbers + 1)
    return torch.stack([a, plus, b, equals], 1)
