"""One convolutional net of any depth: with channels in the middle a deep net is cheaper than a wide one.

As many parameters cost a wide net of two layers three times the time of a net of three: its middle has ten times the
channels, and the time goes into moving them. The weights are those of ``models.convolution`` for one replicate.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import conv2d

from circles.foundations.errors import ShapeError


def forward(weights: Sequence[Tensor], images: Float[Tensor, "n h w"]) -> Float[Tensor, "n h w"]:
    """Each layer a 3 x 3 convolution, padded with zeros, and a ReLU; one channel in and one out.

    ``weights`` holds weights [out, in, 3, 3] and biases [out] in turn. Raises ShapeError for an odd number of them.
    """
    if len(weights) % 2 or not len(weights):
        raise ShapeError(f"weights are {len(weights)} tensors, expected weights and biases in turn")
    z = images.unsqueeze(1)
    for w, bias in zip(weights[::2], weights[1::2], strict=True):
        z = conv2d(z, w, bias, padding=1).relu()
    return z.squeeze(1)


def train(
    weights: Sequence[Tensor], x: Float[Tensor, "n h w"], y: Float[Tensor, "n h w"], *, epochs: int, lr: float
) -> list[Tensor]:
    """Weights after full-batch Adam on the mean squared error."""
    found = [w.clone().requires_grad_() for w in weights]
    adam = torch.optim.Adam(found, lr=lr)
    for _ in range(epochs):
        adam.zero_grad()
        (forward(found, x) - y).square().mean().backward()
        adam.step()
    return [w.detach() for w in found]
