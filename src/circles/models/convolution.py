"""Small convolutional nets, many side by side: one layer as in the authors' denoising, or several with channels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import fold, unfold

from circles.foundations.errors import ShapeError

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


def keras_weights(replicates: int, *, generator: torch.Generator, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """One layer of one channel as Keras starts it: uniform in +-sqrt(6 / (fan in + fan out)), a bias of zero."""
    edge = (6 / (2 * SIDE * SIDE)) ** 0.5
    weights = edge * (2 * torch.rand(replicates, 1, SIDE, SIDE, generator=generator, dtype=dtype) - 1)
    return [weights, torch.zeros(replicates, dtype=dtype)]


def forward(weights: Sequence[Tensor], images: Float[Tensor, "n replicates h w"]) -> Float[Tensor, "n replicates h w"]:
    """Each layer a 3 x 3 convolution, padded with zeros, and a ReLU; replicates never mix.

    Raises ShapeError unless ``weights`` are those of ``first_weights`` for so many replicates, with one channel in
    and one out.
    """
    return _through(weights, _patches(images), images.shape)


def train(
    weights: Sequence[Tensor],
    x: Float[Tensor, "n replicates h w"],
    y: Float[Tensor, "n replicates h w"],
    *,
    epochs: int,
    lr: float,
    eps: float = 1e-8,
) -> list[Tensor]:
    """Weights after full-batch Adam on the mean squared error of every replicate; ``eps`` is Adam's."""
    found = [w.clone().requires_grad_() for w in weights]
    adam = torch.optim.Adam(found, lr=lr, eps=eps)
    patches = _patches(x)
    for _ in range(epochs):
        adam.zero_grad()
        (_through(found, patches, x.shape) - y).square().mean((0, 2, 3)).sum().backward()
        adam.step()
    return [w.detach() for w in found]


def _patches(images: Tensor) -> Tensor:
    """[replicates, n * pixels, 9]: what the first layer multiplies, the same in every epoch."""
    n, replicates = images.shape[:2]
    cut = unfold(images.transpose(0, 1).reshape(replicates * n, 1, *images.shape[2:]), SIDE, padding=1)
    return cut.mT.reshape(replicates, -1, SIDE * SIDE)


def _through(weights: Sequence[Tensor], patches: Tensor, shape: torch.Size) -> Tensor:
    """Batched matrix products: several times faster here than a convolution in groups.

    Layers after the first have fewer outputs than nine times their inputs, so they multiply first and add their nine
    shifted products after.
    """
    n, replicates, *size = shape
    _check(weights, replicates)
    z = patches @ weights[0].reshape(replicates, -1, SIDE * SIDE).mT + weights[1].reshape(replicates, 1, -1)
    for w, bias in zip(weights[2::2], weights[3::2], strict=True):
        outputs, inputs = len(w) // replicates, w.shape[1]
        turned = w.flip(-2, -1).reshape(replicates, outputs, inputs, -1)  # adding up goes the other way
        turned = turned.transpose(1, 2).reshape(replicates, inputs, -1)
        products = (z.relu() @ turned).reshape(replicates * n, -1, outputs * SIDE * SIDE).mT
        added = fold(products, tuple(size), SIDE, padding=1).reshape(replicates, n, outputs, -1)
        z = added.transpose(2, 3).reshape(replicates, -1, outputs) + bias.reshape(replicates, 1, -1)
    return z.relu().reshape(replicates, n, *size).transpose(0, 1)


def _check(weights: Sequence[Tensor], replicates: int) -> None:
    inputs, fits = 1, len(weights) % 2 == 0 and len(weights) > 0
    for w, bias in zip(weights[::2], weights[1::2], strict=False):
        fits = fits and tuple(w.shape[1:]) == (inputs, SIDE, SIDE) and len(w) == len(bias) and len(w) % replicates == 0
        inputs = len(w) // replicates
    if not fits or inputs != 1:
        shapes = ", ".join(str(tuple(w.shape)) for w in weights)
        raise ShapeError(
            f"weights have the shapes {shapes}, expected weights [{replicates} * out, in, 3, 3] and biases in turn, "
            "one channel in and one out"
        )
