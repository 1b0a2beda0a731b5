"""Pre-trained transformers as adders: Whisper's text decoder, BERT and MPNet by one forward pass that computes no more
than the answer needs.

Three savings, all exact: beginnings that prompts share are computed once (``prefixes``); the last layer is computed
where the answer is read, and nowhere else; the logits are those of the tokens that can be an answer. The attention is a
product of all rows with all, with a mask: batches are small, and nothing has to be gathered.

Whisper's decoder stands here without its attention to the sound, as transformers computes it when there is none. Speech
never enters, so this is the language model inside Whisper, not Whisper: the layers after a left-out part see a stream
that they were not trained on, and what it writes before fine-tuning is no good text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ShapeError
from circles.models import prefixes
from circles.models.prefixes import Rows

Weights = Mapping[str, Tensor]
# Sees layer, "attn" or "mlp" with what the part adds to the stream by row, or "state" with the stream after the layer,
# and the rows at which answers are read.
Edit = Callable[[int, str, Tensor, Tensor], Tensor]
BUCKETS, FAR = 32, 128  # MPNet's relative positions: so many kinds, and the distance from which all are one


@dataclass(frozen=True)
class AdderSpec:
    """A transformer over the tokens that the prompts use, the numbers 0 ... ``numbers`` - 1 first.

    ``pre_norm``: the norm stands before attention and MLP (Whisper) or after the sum (BERT, MPNet). ``mask`` is the
    token at which a model that reads both ways answers, -1 for a causal one. ``answers`` counts the tokens, the numbers
    first, among which the answer is sought.
    """

    depth: int
    heads: int
    numbers: int
    answers: int
    pre_norm: bool = True
    epsilon: float = 1e-5
    mask: int = -1

    def rows(self, prompts: Int[Tensor, "n longest"]) -> Rows:
        """The rows that a batch of prompts needs."""
        return prefixes.causal(prompts) if self.mask < 0 else prefixes.both_ways(prompts, self.mask)


def forward(
    weights: Weights, prompts: Int[Tensor, "n longest"], spec: AdderSpec, *, edit: Edit | None = None,
    after: tuple[int, Float[Tensor, "rows d"]] | None = None,
) -> Float[Tensor, "n answers"]:  # fmt: skip
    """Logits over the possible answers where each prompt is answered; the weights have a leading axis of 1."""
    return unembed(stream(weights, prompts, spec, edit=edit, after=after)[-1], weights, spec)


def unembed(x: Float[Tensor, "n d"], weights: Weights, spec: AdderSpec) -> Float[Tensor, "n answers"]:
    """The final norm, where there is one, and the embeddings of the possible answers: also for the logit lens."""
    if spec.pre_norm:
        x = _norm(x, weights, "g_f", "c_f", spec)
    return F.linear(x, weights["W_E"][0, : spec.answers])


def stream(
    weights: Weights, prompts: Int[Tensor, "n longest"], spec: AdderSpec, *, edit: Edit | None = None,
    after: tuple[int, Float[Tensor, "rows d"]] | None = None,
) -> list[Float[Tensor, "n d"]]:  # fmt: skip
    """The stream at the answers: before the first layer and after each.

    With ``after`` it goes on from there: so many layers, and the state of all rows after them, as an edit sees it.
    After all layers it has the rows of the answers alone.
    """
    if int(prompts.max()) >= weights["W_E"].shape[1]:
        raise ShapeError(f"token {int(prompts.max())}, expected one below {weights['W_E'].shape[1]}")
    rows = spec.rows(prompts)
    first, x = after or (0, _embedded(weights, rows, spec))
    seen, found = _seen(weights, rows), [x if first == spec.depth else x[rows.answers]]
    for layer in range(first, spec.depth):
        last = layer == spec.depth - 1
        at = torch.arange(len(rows.answers), device=x.device) if last else rows.answers
        x = _block(weights, f"{layer}.", x, seen, rows.answers if last else None, spec, edit, at)
        found.append(x[at])
    return found


def loss(
    weights: Weights, prompts: Int[Tensor, "n longest"], answers: Int[Tensor, " n"], spec: AdderSpec, *, bfloat16: bool
) -> Float[Tensor, " one"]:
    """Mean cross-entropy of the answers in nats; ``bfloat16`` rounds the products, not the weights or the sums."""
    with torch.autocast(prompts.device.type, torch.bfloat16, enabled=bfloat16):
        logits = forward(weights, prompts, spec)
    return F.cross_entropy(logits.float(), answers).unsqueeze(0)


def _embedded(weights: Weights, rows: Rows, spec: AdderSpec) -> Float[Tensor, "rows d"]:
    x = F.embedding(rows.tokens, weights["W_E"][0]) + F.embedding(rows.positions, weights["W_P"][0])
    return x if spec.pre_norm else _norm(x, weights, "g_e", "c_e", spec)


def _block(
    weights: Weights, at: str, x: Tensor, seen: Tensor, only: Tensor | None, spec: AdderSpec, edit: Edit | None,
    answers: Tensor,
) -> Tensor:  # fmt: skip
    """One layer; with ``only``, its output at these rows alone."""

    def written(part: str, out: Tensor) -> Tensor:
        return out if edit is None else edit(int(at[:-1]), part, out, answers)

    normed = _norm(x, weights, at + "g1", at + "c1", spec) if spec.pre_norm else x
    if only is None:
        q, k, v = _affine(normed, weights, at + "W_QKV", at + "b_QKV").chunk(3, -1)
    else:
        W, b, d = weights[at + "W_QKV"][0], weights[at + "b_QKV"][0], x.shape[1]
        q = F.linear(normed[only], W[:d], b[:d])
        k, v = F.linear(normed, W[d:], b[d:]).chunk(2, -1)
        x, seen = x[only], seen[..., only, :]
    q, k, v = (t.unflatten(-1, (spec.heads, -1)).transpose(0, 1)[None] for t in (q, k, v))
    mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=seen.to(q.dtype) if seen.is_floating_point() else seen)
    x = x + written("attn", _affine(mixed[0].transpose(0, 1).flatten(1), weights, at + "W_O", at + "b_O"))
    if not spec.pre_norm:
        x = _norm(x, weights, at + "g1", at + "c1", spec)
    normed = _norm(x, weights, at + "g2", at + "c2", spec) if spec.pre_norm else x
    hidden = F.gelu(_affine(normed, weights, at + "W_in", at + "b_in"))
    x = x + written("mlp", _affine(hidden, weights, at + "W_out", at + "b_out"))
    return written("state", x if spec.pre_norm else _norm(x, weights, at + "g2", at + "c2", spec))


def _seen(weights: Weights, rows: Rows) -> Tensor:
    """The mask of the attention; with MPNet's bias by relative position it is added to the scores, a head each."""
    if "relative" not in weights:
        return rows.sees
    apart = rows.positions[:, None] - rows.positions[None]
    bias = F.embedding(_bucket(apart), weights["relative"][0]).permute(2, 0, 1)
    return bias.masked_fill(~rows.sees, -torch.inf)


def _bucket(apart: Tensor) -> Tensor:
    """The kind of a distance to the left: exact below a quarter of the kinds, then by logarithm; half for each side."""
    half, exact = BUCKETS // 2, BUCKETS // 4
    size = apart.abs()
    far = exact + (torch.log(size.float() / exact) / math.log(FAR / exact) * (half - exact)).long().clamp(min=0)
    return torch.where(size < exact, size, far.clamp(max=half - 1)) + half * (apart < 0)


def _affine(x: Tensor, weights: Weights, W: str, b: str) -> Tensor:
    return F.linear(x, weights[W][0], weights[b][0])


def _norm(x: Tensor, weights: Weights, gain: str, shift: str, spec: AdderSpec) -> Tensor:
    return F.layer_norm(x, x.shape[-1:], weights[gain][0], weights[shift][0], spec.epsilon)
