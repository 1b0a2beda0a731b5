"""Pairs through a hidden layer in one operation, with its gradient by hand."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from circles.models.pairs import Pairs


class _PairsMlp(torch.autograd.Function):
    """There is one array of n rows: sums and hidden layer first, in the backward pass their gradient.

    Its columns are the hidden layer's, then the answer's, then zeros up to a multiple of eight: a product whose rows
    are whole vectors of the processor is up to a third faster.
    """

    @staticmethod
    def forward(ctx, S: Tensor, T: Tensor, base: Tensor, B: Tensor, pairs: Pairs) -> Tensor:
        nets, heads, tokens, used = T.shape
        spare = -used % 8
        table, B = T.new_empty(nets, heads * tokens + 1, used + spare), pad(B, (0, spare))
        table[:, :-1, :used], table[:, -1:, :used], table[..., used:] = T.flatten(1, 2), base, 0
        w = pairs.attention(S)
        x = pairs.sums(w, table)
        h, out = x.split(B.shape[1:], -1)
        for net, rows in _blocks(x):
            h[net, rows].relu_()
            add_product = out[net, rows].addmm_ if isinstance(net, int) else out.baddbmm_
            add_product(h[net, rows], B[net])
        ctx.save_for_backward(w, table, B, x)
        ctx.pairs, ctx.spare = pairs, spare
        return out[..., : B.shape[2] - spare].clone()

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, ...]:
        w, table, B, x = ctx.saved_tensors
        h, out = x.split(B.shape[1:], -1)
        width = grad.shape[-1]
        out[..., :width], out[..., width:] = grad, 0
        dB = torch.stack([a.T @ b for a, b in zip(h, out, strict=True)])[..., :width]
        for net, rows in _blocks(x):
            d = out[net, rows] @ B[net].mT
            torch.ops.aten.threshold_backward.grad_input(d, h[net, rows], 0, grad_input=h[net, rows])
        dw, dT, dbase = ctx.pairs.sums_gradient(x, w, table)
        used = h.shape[-1] + width
        return ctx.pairs.attention_gradient(dw, w), dT[..., :used], dbase[..., :used], dB, None


_BLOCK_ROWS = 960  # the gradient of 960 x 512 float32, 2 MB, is still in the cache when it is masked


def _blocks(x: Tensor) -> list[tuple[int | slice, slice]]:
    """Blocks of one net's rows on a CPU; all at once on a GPU, where one large product is fastest."""
    if x.device.type != "cpu":
        return [(slice(None), slice(None))]
    starts = range(0, x.shape[1], _BLOCK_ROWS)
    return [(net, slice(start, start + _BLOCK_ROWS)) for net in range(x.shape[0]) for start in starts]


def pairs_mlp(
    S: Float[Tensor, "R t H"],
    T: Float[Tensor, "R H t c"],
    base: Float[Tensor, "R 1 c"],
    B: Float[Tensor, "R m q"],
    pairs: Pairs,
) -> Float[Tensor, "R n q"]:
    """x_q + relu(x_m) B for each pair, where x = (x_m, x_q) is its sum of T's rows with the attention of scores S.

    The gradient holds the only copy of the hidden layer: a second backward pass through one result raises torch's
    RuntimeError, and so does a second derivative.
    """
    return _PairsMlp.apply(S, T, base, B, pairs)
