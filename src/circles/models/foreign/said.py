"""What a checkpoint says of itself: the settings of TransformerLens, of the two papers' codes, of common habits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from circles.foundations.errors import CheckpointError

_ACTIVATIONS = {
    "relu": "relu", "gelu": "gelu", "gelu_new": "gelu_tanh", "gelu_fast": "gelu_tanh", "gelu_tanh": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh", "silu": "silu", "swish": "silu", "tanh": "tanh",
}  # fmt: skip
_OPERATIONS = {
    "add": "a + b", "addition": "a + b", "a + b": "a + b", "x + y": "a + b", "+": "a + b", "sum": "a + b",
    "plus": "a + b",
    "subtract": "a - b", "subtraction": "a - b", "sub": "a - b", "a - b": "a - b", "x - y": "a - b", "-": "a - b",
    "minus": "a - b", "multiply": "a * b", "multiplication": "a * b", "mul": "a * b", "times": "a * b",
    "a * b": "a * b", "x * y": "a * b", "*": "a * b", "product": "a * b",
}  # fmt: skip
_SUM = re.compile(r"lambda x:\s*\(x\[0\]\s*([-+*])\s*x\[1\]\)\s*%\s*(\d+)")


@dataclass(frozen=True)
class Said:
    """Settings by their meaning here; None is what the file does not say."""

    p: int | None = None
    operation: str | None = None
    order: str | None = None
    activation: str | None = None
    attention: float | None = None
    heads: int | None = None
    norm: str | None = None
    scale: float | None = None
    epsilon: float | None = None

    def __or__(self, over: Said) -> Said:
        """What ``over`` says, and what is said here where it says nothing."""
        return Said(**{f.name: _first(getattr(over, f.name), getattr(self, f.name)) for f in fields(self)})


def _first(*values: Any) -> Any:
    return next((v for v in values if v is not None), None)


def said(config: Mapping[str, Any]) -> Said:
    """The settings in a configuration, by the names people use.

    Raises CheckpointError, naming the setting, for what this net is not: several layers, a norm of TransformerLens,
    rotary positions, an unknown activation or operation.
    """
    _refuse(config)
    funcs = config.get("funcs")
    sum_of = _SUM.fullmatch(funcs.strip()) if isinstance(funcs, str) else None
    p = _whole(config, "p", "C", "modulus", "prime", "mod", "P")
    if sum_of and p is None:
        p = _whole({"p": sum_of[2]}, "p")
    order = None
    zhong = all(isinstance(config.get(name), bool | int) for name in ("eqn_sign", "diff_vocab"))  # their code's names
    if p is not None and zhong:
        order = f"a {f'b+{p}' if config['diff_vocab'] else 'b'}{' =' if config['eqn_sign'] else ''}"
    scale = None
    if config.get("use_attn_scale") is False:
        scale = 1.0
    elif type(divisor := config.get("attn_scale")) in (int, float) and 1e-6 < divisor < 1e6:  # -1 stands for unset
        scale = 1 / divisor
    norm_first = config.get("norm_first")
    return Said(
        p=p,
        operation=f"a {sum_of[1]} b" if sum_of else _operation(config),
        order=order,
        activation=_activation(config),
        attention=_share(config.get("attn_coeff")),
        heads=_whole(config, "n_heads", "num_heads", "nhead", "heads"),
        norm=None if not isinstance(norm_first, bool) else "pre" if norm_first else "post",
        scale=scale,
        epsilon=_share(config.get("layer_norm_eps")),
    )


def _refuse(config: Mapping[str, Any]) -> None:
    layers = _whole(config, "n_layers", "num_layers", "n_layer", "layers", "depth")
    if layers is not None and layers != 1:
        raise CheckpointError(f"its config says {layers} layers, expected one")
    norm = config.get("normalization_type")
    if norm not in (None, "None", ""):
        raise CheckpointError(
            f"its config says normalization_type {str(norm)[:20]!r}: a net with LayerNorm, expected one without"
        )
    if config.get("attn_only") is True:
        raise CheckpointError("its config says attn_only: it has no neurons, expected an MLP")
    if config.get("gated_mlp") is True:
        raise CheckpointError("its config says gated_mlp, expected a plain MLP")
    if config.get("parallel_attn_mlp") is True:
        raise CheckpointError("its config says parallel_attn_mlp, expected the MLP after the attention")
    positions = config.get("positional_embedding_type")
    if positions not in (None, "standard", "learned", "none"):
        raise CheckpointError(f"its config says positional_embedding_type {str(positions)[:20]!r}, expected 'standard'")
    for cap in ("attn_scores_soft_cap", "output_logits_soft_cap"):
        if type(value := config.get(cap)) in (int, float) and value > 0:
            raise CheckpointError(f"its config says {cap} {str(value)[:20]}, expected none")
    if config.get("use_linear") is True:
        raise CheckpointError("its config says use_linear: a net without attention layers, expected a transformer")


def _activation(config: Mapping[str, Any]) -> str | None:
    for key in ("act_fn", "act_type", "activation", "act", "hidden_act"):
        value = config.get(key)
        if isinstance(value, str):
            name = value.lower().removeprefix("torch.nn.").removeprefix("nn.")
            if name not in _ACTIVATIONS:
                raise CheckpointError(
                    f"its config says {key} {value[:30]!r}, expected one of {', '.join(_ACTIVATIONS)}"
                )
            return _ACTIVATIONS[name]
    return None


def _operation(config: Mapping[str, Any]) -> str | None:
    for key in ("fn_name", "operation", "operator", "funcs", "func_name", "task"):
        value = config.get(key)
        if isinstance(value, str) and value.strip():
            name = value.strip().lower()
            if name not in _OPERATIONS and key == "task":
                continue  # a task's name may be anything
            if name not in _OPERATIONS:
                raise CheckpointError(
                    f"its config says {key} {value[:40]!r}, and the circle is looked for in a + b, a - b and a * b"
                )
            return _OPERATIONS[name]
    return None


def _whole(config: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = config.get(name)
        if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value):  # metadata of safetensors are words
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**6:
            return value
    return None


def _share(value: Any) -> float | None:
    if isinstance(value, str) and re.fullmatch(r"\d?\.?\d{1,18}(e-\d+)?", value):
        value = float(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1 else None
