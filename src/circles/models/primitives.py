"""Two operations whose usual gradients are slow, hungry or inexact, done once and well."""

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
        each = grad.unsqueeze(-1)
        if torch.is_grad_enabled():  # a second derivative will be asked for, so the slope must know its logits
            odds = logits.softmax(-1).scatter(-1, at, 0.0)
            return odds.scatter(-1, at, -odds.sum(-1, keepdim=True)) * each, None
        return (odds * each).scatter_(-1, at, -others * each), None


def lookup(table: Float[Tensor, "R t k"], index: Int[Tensor, "R n"]) -> Float[Tensor, "R n k"]:
    """Row ``index[r, i]`` of table r, with a fast, deterministic gradient with respect to the table."""
    return _Lookup.apply(table, index)


def answer_loss(logits: Float[Tensor, "R n p"], answer: Int[Tensor, "R n"]) -> Float[Tensor, "R n"]:
    """Cross-entropy of each row in nats, exact for losses far below the precision of the logits."""
    return _AnswerLoss.apply(logits, answer)
