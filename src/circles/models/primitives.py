"""Three operations whose usual gradients are slow, hungry or inexact, done once and well."""

from __future__ import annotations

import torch
from jaxtyping import Float, Int
from torch import Tensor


class _Lookup(torch.autograd.Function):
    """Rows of a table; the gradient adds rows up by a product with the one-hot matrix.

    The usual backward scatters row by row; the product is several times faster on the CPU and is
    deterministic everywhere.
    """

    @staticmethod
    def forward(ctx, table: Tensor, index: Tensor) -> Tensor:
        ctx.save_for_backward(index)
        ctx.rows = table.shape[1]
        return table.gather(1, index.unsqueeze(-1).expand(-1, -1, table.shape[-1]))

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        (index,) = ctx.saved_tensors
        replicas, n = index.shape
        hot = grad.new_zeros(replicas, ctx.rows, n).scatter_(1, index.unsqueeze(1), 1.0)
        return hot @ grad, None


class _Mlp(torch.autograd.Function):
    """relu(z A + bias) B, block of rows by block of rows.

    Only the hidden layer is kept for the gradient; its own gradient lives one block at a time, in the
    processor's cache.
    """

    @staticmethod
    def forward(ctx, z: Tensor, A: Tensor, bias: Tensor, B: Tensor) -> Tensor:
        hidden = z.new_empty(*z.shape[:2], A.shape[2])
        out = z.new_empty(*z.shape[:2], B.shape[2])
        for net, rows in _blocks(z):
            h = hidden[net, rows]
            torch.matmul(z[net, rows], A[net], out=h)
            h.add_(bias[net]).relu_()
            torch.matmul(h, B[net], out=out[net, rows])
        ctx.save_for_backward(z, A, B, hidden)
        return out

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, ...]:
        z, A, B, hidden = ctx.saved_tensors
        dz, dA, dB = torch.empty_like(z), torch.zeros_like(A), torch.zeros_like(B)
        dbias = A.new_zeros(A.shape[0], 1, A.shape[2])
        for net, rows in _blocks(z):
            g, h = grad[net, rows], hidden[net, rows]
            dB[net] += h.mT @ g
            d = g @ B[net].mT
            torch.ops.aten.threshold_backward.grad_input(d, h, 0, grad_input=d)
            dA[net] += z[net, rows].mT @ d
            dbias[net] += d.sum(-2, keepdim=True)
            torch.matmul(d, A[net].mT, out=dz[net, rows])
        return dz, dA, dbias, dB


_BLOCK_ROWS = 960  # 960 x 512 float32 are 2 MB: measured best on CPUs with 1 to 2 MB of second-level cache


def _blocks(z: Tensor) -> list[tuple[int | slice, slice]]:
    """Blocks of one net's rows on a CPU; all at once on a GPU, where one large product is fastest."""
    if z.device.type != "cpu":
        return [(slice(None), slice(None))]
    starts = range(0, z.shape[1], _BLOCK_ROWS)
    return [(net, slice(start, start + _BLOCK_ROWS)) for net in range(z.shape[0]) for start in starts]


class _AnswerLoss(torch.autograd.Function):
    """Cross-entropy whose small values keep all their digits in float32.

    With d_j = l_j - l_y and M = max(0, max_j d_j):
    loss = M + log1p(sum_{j != y} exp(d_j - M) + expm1(-M)), so a confident net (M = 0) gets
    log1p of a small sum instead of the difference of two large numbers.
    """

    @staticmethod
    def forward(ctx, logits: Tensor, answer: Tensor) -> Tensor:
        at = answer.unsqueeze(-1)
        d = logits - logits.gather(-1, at)
        m = d.amax(-1, keepdim=True)  # never below 0: the answer's own entry is 0
        odds = d.sub_(m).exp_().scatter_(-1, at, 0.0)
        others = odds.sum(-1, keepdim=True)
        total = others + torch.exp(-m)
        ctx.save_for_backward(logits, odds.div_(total), others / total, at)
        return (m + torch.log1p(others + torch.expm1(-m))).squeeze(-1)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        logits, odds, others, at = ctx.saved_tensors
        if torch.is_grad_enabled():  # a second derivative will be asked for, so the slope must know its logits
            odds = logits.softmax(-1).scatter(-1, at, 0.0)
            return odds.scatter(-1, at, -odds.sum(-1, keepdim=True)) * grad.unsqueeze(-1), None
        return odds.scatter(-1, at, -others).mul_(grad.unsqueeze(-1)), None


def lookup(table: Float[Tensor, "R t k"], index: Int[Tensor, "R n"]) -> Float[Tensor, "R n k"]:
    """Row ``index[r, i]`` of table r, with a fast, deterministic gradient with respect to the table."""
    return _Lookup.apply(table, index)


def answer_loss(logits: Float[Tensor, "R n p"], answer: Int[Tensor, "R n"]) -> Float[Tensor, "R n"]:
    """Cross-entropy of each row in nats, exact for losses far below the precision of the logits."""
    return _AnswerLoss.apply(logits, answer)


def mlp(
    z: Float[Tensor, "R n k"],
    A: Float[Tensor, "R k m"],
    bias: Float[Tensor, "R 1 m"],
    B: Float[Tensor, "R m q"],
) -> Float[Tensor, "R n q"]:
    """relu(z A + bias) B, holding one copy of the hidden layer."""
    return _Mlp.apply(z, A, bias, B)
