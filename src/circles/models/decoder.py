"""A small GPT-2 for prompts ``a + b =``, computed only as far as the answer needs.

The answer is read at ``=``. In a causal net what stands at ``a`` and ``+`` depends on a alone, so these two
positions are computed once for each distinct a; before the first attention what stands at ``b`` and ``=`` depends
on one token; and the last layer computes keys and values everywhere, but all else at ``=`` only.

Every tensor of weights has a leading replicate axis R: R nets, each with its own weights and data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.models.decoder_spec import POSITIONS, DecoderSpec
from circles.models.primitives import answer_loss, lookup

Weights = Mapping[str, Tensor]
Edit = Callable[[int, str, Tensor], Tensor]  # (layer, "attn" or "mlp", its output at =) to the output used instead

EPSILON = 1e-5  # GPT-2's, in every layer norm


def forward(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    spec: DecoderSpec,
    *,
    edit: Edit | None = None,
) -> Float[Tensor, "R n v"]:
    """Logits over all tokens at ``=``, where the answer a + b is read.

    ``edit`` sees, and may replace, the output of every attention and every MLP at ``=``.
    """
    return unembed(residual(weights, a, b, spec, edit=edit), weights)


def unembed(x: Float[Tensor, "R n d"], weights: Weights) -> Float[Tensor, "R n v"]:
    """LN_f(x) W_U^T: the final layer norm and the unembedding, also for the logit lens."""
    return _norm(x, weights["g_f"], weights["c_f"]) @ unembedding(weights).mT


def unembedding(weights: Weights) -> Float[Tensor, "R v d"]:
    """The rows that are multiplied with the last state: numbers first, then + and =."""
    return weights["W_U"] if "W_U" in weights else torch.cat([weights["W_E"], weights["W_S"]], 1)


def residual(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    spec: DecoderSpec,
    *,
    edit: Edit | None = None,
) -> Float[Tensor, "R n d"]:
    """The residual stream at ``=`` after the last layer. Raises ConfigError for an addend that is out of range."""
    _refuse(a, b, spec)
    at = _Index(a, b)
    single = _singles(weights, at)  # before the first attention a position holds one token
    x = at.spread(single)
    for layer in range(spec.depth):
        block = {name: weights[f"{layer}.{name}"] for name in _BLOCK}
        wanted = (3,) if layer == spec.depth - 1 else (0, 1, 2, 3)
        rows = single if layer == 0 else x
        others = _together(rows[:3], partial(_qkv, block=block, queries=len(wanted) > 1))
        qkv = [*others, _qkv(rows[3], block)]
        if layer == 0:
            qkv = at.spread(qkv)
        mixed = [_attend(qkv, position, at, spec.heads) for position in wanted]
        out = _together(mixed, partial(_affine, W=block["W_O"], b=block["b_O"]))
        x = [x[p] + _edited(y, layer, "attn", p, edit) for p, y in zip(wanted, out, strict=True)]
        out = _together(x, partial(_mlp, block=block))
        x = [t + _edited(y, layer, "mlp", p, edit) for t, p, y in zip(x, wanted, out, strict=True)]
    return x[-1]


def loss(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    spec: DecoderSpec,
) -> Float[Tensor, " R"]:
    """Mean cross-entropy of the R nets on the answers a + b of their own pairs, in nats."""
    return answer_loss(forward(weights, a, b, spec), a + b).mean(-1)


class _Index:
    """The distinct first addends and second addends of a batch, and which of them each pair has."""

    def __init__(self, a: Tensor, b: Tensor) -> None:
        self.first, self.of_a = a.unique(return_inverse=True)
        self.second, self.of_b = b.unique(return_inverse=True)

    def spread(self, single: list[Tensor]) -> list[Tensor]:
        """Rows by token to rows by position: one a distinct a at ``a`` and ``+``, one a pair at ``b`` and ``=``."""
        plus = single[1].expand(-1, len(self.first), -1)
        return [single[0], plus, lookup(single[2], self.of_b), single[3].expand(-1, self.of_a.shape[1], -1)]


_BLOCK = ("g1", "c1", "W_QKV", "b_QKV", "W_O", "b_O", "g2", "c2", "W_in", "b_in", "W_out", "b_out")


def _singles(weights: Weights, at: _Index) -> list[Tensor]:
    E, S, P = weights["W_E"], weights["W_S"], weights["W_P"]
    tokens = (E[:, at.first], S[:, :1], E[:, at.second], S[:, 1:])
    return [x + P[:, i : i + 1] for i, x in enumerate(tokens)]


def _together(parts: list[Tensor], function: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """A function of rows applied to several blocks of rows in one large product."""
    if len(parts) == 1:
        return [function(parts[0])]
    return list(function(torch.cat(parts, 1)).split([x.shape[1] for x in parts], 1))


def _qkv(x: Tensor, block: Weights, *, queries: bool = True) -> Tensor:
    """Queries (where wanted), keys and values side by side."""
    W, b = block["W_QKV"], block["b_QKV"]
    if not queries:
        W, b = W[..., x.shape[-1] :], b[..., x.shape[-1] :]
    return _affine(_norm(x, block["g1"], block["c1"]), W, b)


def _mlp(x: Tensor, block: Weights) -> Tensor:
    hidden = _affine(_norm(x, block["g2"], block["c2"]), block["W_in"], block["b_in"])
    return _affine(F.gelu(hidden, approximate="tanh"), block["W_out"], block["b_out"])


def _affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return torch.baddbmm(b.unsqueeze(1), x, W)


def _norm(x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    if len(gain) == 1:  # one net: the fused kernel does the gain as well
        return F.layer_norm(x, x.shape[-1:], gain[0], shift[0], EPSILON)
    return torch.addcmul(shift.unsqueeze(1), F.layer_norm(x, x.shape[-1:], eps=EPSILON), gain.unsqueeze(1))


def _attend(qkv: list[Tensor], position: int, at: _Index, heads: int) -> Tensor:
    """What the heads, side by side, read at this position from itself and the positions before it."""
    seen = qkv[: position + 1]
    width = seen[-1].shape[-1] // 3
    query, keys_values = seen[-1][..., :width], [t[..., -2 * width :] for t in seen]
    if position == 0:  # only itself to read
        return seen[0][..., -width:]
    if position >= 2:  # rows by distinct a to rows by pair
        both = lookup(torch.cat(keys_values[:2], -1), at.of_a)
        keys_values[:2] = both.chunk(2, -1)
    kv = torch.stack(keys_values, 2).unflatten(-1, (2, heads, -1))  # R n positions 2 heads d_head
    keys, values = kv.unbind(3)
    scores = (query.unflatten(-1, (heads, -1)).unsqueeze(2) * keys).sum(-1) / math.sqrt(keys.shape[-1])
    return (scores.softmax(2).unsqueeze(-1) * values).sum(2).flatten(2)


def _edited(out: Tensor, layer: int, part: str, position: int, edit: Edit | None) -> Tensor:
    return out if edit is None or position != POSITIONS - 1 else edit(layer, part, out)


def _refuse(a: Tensor, b: Tensor, spec: DecoderSpec) -> None:
    for name, addend in (("a", a), ("b", b)):
        if len(wrong := addend[(addend < 0) | (addend >= spec.addends)]):
            raise ConfigError(f"{name} holds {int(wrong[0])}, expected addends from 0 to {spec.addends - 1}")
