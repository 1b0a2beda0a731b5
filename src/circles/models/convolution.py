"""Small convolutional nets, many side by side: one layer as in the authors' denoising, or more with channels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d

SIDE = 3


def parameter_count(channels: Sequence[int]) -> int:
    """Weights and biases of 3 x 3 layers with these channels, input and output included."""
    return sum(SIDE * SIDE * i * o + o for i, o in zip(channels, channels[1:], strict=False))


def first_weights(
    replicates: int, channels: Sequence[int], *, generator: torch.Generator, dtype: torch.dtype = torch.float32
) -> list[Tensor]:
    """Uniform in +-1/sqrt(fan in), torch's own start: weights [R * out, in, 3, 3] and biases [R * out] in turn."""
    found = []
    for i, o in zip(channels, channels[1:], strict=False):
        edge = (SIDE * SIDE * i) ** -0.5
        for shape in ((replicates * o, i, SIDE, SIDE), (replicates * o,)):
            found.append(edge * (2 * torch.rand(shape, generator=generator, dtype=dtype) - 1))
    return found


def forward(weights: Sequence[Tensor], images: Float[Tensor, "n replicates h w"]) -> Float[Tensor, "n replicates h w"]:
    """Each layer a 3 x 3 convolution, padded with zeros, and a ReLU; replicates never mix."""
    z = images
    for w, bias in zip(weights[::2], weights[1::2], strict=True):
        z = conv2d(z, w, bias, padding=1, groups=images.shape[1]).relu()
    return z


def train(
    weights: Sequence[Tensor],
    x: Float[Tensor, "n replicates h w"],
    y: Float[Tensor, "n replicates h w"],
    *,
    epochs: int,
    lr: float,
) -> list[Tensor]:
    """Weights after full-batch Adam on the mean squared error of every replicate."""
    found = [w.clone().requires_grad_() for w in weights]
    adam = torch.optim.Adam(found, lr=lr)
    for _ in range(epochs):
        adam.zero_grad()
        (forward(found, x) - y).square().mean((0, 2, 3)).sum().backward()
        adam.step()
    return [w.detach() for w in found]
