"""The negative log-likelihood of pixels under independent Bernoulli laws, with its gradient written out."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor
from torch.autograd.function import once_differentiable


def negative_log_likelihood(logits: Float[Tensor, "*n pixels"], x: Float[Tensor, "*n pixels"]) -> Float[Tensor, "*n"]:
    """-sum over the pixels of x log p + (1 - x) log(1 - p) with p = sigma(logit), in nats.

    Computed as softplus(l) - x l with softplus(l) = max(l, 0) - log max(p, 1 - p): the logarithm's argument lies
    between 1/2 and 1, so nothing overflows or cancels. The gradient is p - x. x may be any number from 0 to 1.
    """
    return _Bernoulli.apply(logits, x)


class _Bernoulli(torch.autograd.Function):
    @staticmethod
    def forward(ctx, logits: Tensor, x: Tensor) -> Tensor:
        p = logits.sigmoid()
        ctx.save_for_backward(p, x)
        rest = torch.maximum(p, 1 - p).log_()
        return logits.clamp_min(0).sub_(rest).addcmul_(logits, x, value=-1).sum(-1)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None]:
        p, x = ctx.saved_tensors
        return (p - x).mul_(grad.unsqueeze(-1)), None
