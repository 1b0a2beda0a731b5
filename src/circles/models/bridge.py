"""To and from a TransformerLens 4 bridge, so that its cache and hooks work on the nets of this book."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from transformer_lens.config import TransformerBridgeConfig
from transformer_lens.model_bridge import TransformerBridge

from circles.foundations.errors import ConfigError, ShapeError
from circles.models.modular import ModularSpec, Weights

_ATTENTION = "layers.0.attn"
_NAMES = {
    "W_E": "tok_embed.weight",
    "W_pos": "pos.weight",
    "W_Q": f"{_ATTENTION}.q.weight",
    "W_K": f"{_ATTENTION}.k.weight",
    "W_V": f"{_ATTENTION}.v.weight",
    "W_O": f"{_ATTENTION}.o.weight",
    "W_in": "layers.0.mlp.fc_in.weight",
    "b_in": "layers.0.mlp.fc_in.bias",
    "W_out": "layers.0.mlp.fc_out.weight",
    "b_out": "layers.0.mlp.fc_out.bias",
    "W_U": "head.weight",
}


def to_bridge(weights: Weights, spec: ModularSpec, *, replicate: int = 0) -> TransformerBridge:
    """One replicate as a native bridge: tokens a, b, ``=`` (number p) in, logits over the p answers out.

    Biases and positions that the net lacks, and the bridge has, are zero and frozen. Raises ConfigError for a net with
    an RMSNorm or another score scale than d_head^-0.5, which has no native bridge.
    """
    if spec.norm:
        raise ConfigError("norm is True, expected False: a net with an RMSNorm has no native bridge")
    if spec.scale != spec.d_head**-0.5:
        raise ConfigError(f"score_scale is {spec.scale:g}, expected {spec.d_head**-0.5:g}, that of a native bridge")
    spec.check(weights)
    bridge = _empty(spec, weights["W_E"].dtype)
    parameters = _parameters(bridge)
    with torch.no_grad():
        for name, parameter in parameters.items():
            if name.endswith("bias") and (name.startswith(_ATTENTION) or not spec.biases):
                parameter.zero_().requires_grad_(False)
        if not spec.positions:
            parameters[_NAMES["W_pos"]].zero_().requires_grad_(False)
        for name, weight in weights.items():
            parameters[_NAMES[name]].copy_(_outward(name, weight[replicate]))
    return bridge


def from_bridge(
    bridge: TransformerBridge, *, take: Callable[[Tensor], Tensor] = torch.Tensor.detach
) -> dict[str, Tensor]:
    """The bridge's weights in this book's layout, with R = 1.

    ``take`` picks what is read of each parameter: ``lambda w: w.grad`` gives the gradients instead.
    Raises ShapeError when the bridge is not a one-layer net with learned positions.
    """
    parameters = _parameters(bridge)
    if missing := [name for name in _NAMES.values() if name not in parameters]:
        raise ShapeError(f"the bridge has no parameter {missing[0]!r}, expected a one-layer native net")
    heads = bridge.cfg.n_heads
    return {name: _inward(name, take(parameters[tl]), heads).unsqueeze(0) for name, tl in _NAMES.items()}


def _empty(spec: ModularSpec, dtype: torch.dtype) -> TransformerBridge:
    config = TransformerBridgeConfig(
        d_model=spec.d_model, d_head=spec.d_head, n_heads=spec.n_heads, n_layers=1, n_ctx=3,
        d_vocab=spec.p + 1, d_vocab_out=spec.p, d_mlp=spec.d_mlp, act_fn="relu", normalization_type=None,
    )  # fmt: skip
    state = torch.get_rng_state()  # the native model draws weights from the global stream; they are not used
    try:
        return TransformerBridge.boot_native(config, dtype=dtype)
    finally:
        torch.set_rng_state(state)


def _parameters(bridge: TransformerBridge) -> dict[str, torch.nn.Parameter]:
    return {name.replace("._original_component", ""): p for name, p in bridge.named_parameters()}


def _outward(name: str, weight: Tensor) -> Tensor:
    """One weight in the layout of torch's Linear and Embedding."""
    if name in ("W_Q", "W_K", "W_V"):
        return weight.transpose(0, 1).flatten(1).T
    if name == "W_O":
        return weight.flatten(0, 1).T
    return weight if name in ("W_E", "W_pos") or weight.ndim == 1 else weight.T


def _inward(name: str, weight: Tensor, heads: int) -> Tensor:
    """The inverse of ``_outward``."""
    if name in ("W_Q", "W_K", "W_V"):
        return weight.T.unflatten(1, (heads, -1)).transpose(0, 1)
    if name == "W_O":
        return weight.T.unflatten(0, (heads, -1))
    return weight if name in ("W_E", "W_pos") or weight.ndim == 1 else weight.T
