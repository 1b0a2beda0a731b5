"""On a GPU every tensor must be made there: no call makes one without saying where, or without a tensor to follow."""

from __future__ import annotations

import sys

import pytest
import torch
from torch.overrides import TorchFunctionMode

from circles.analysis import stability
from circles.foundations import circulant
from circles.models import convolution, rkhm, rkhm_layers
from circles.models.margin_losses import Logistic
from circles.models.rkhm_kernels import Gaussian, Modulated, Polynomial, Products
from circles.models.rkhm_vector import AuthorsQR, NonSeparable, Separable, WithConstant
from circles.training import sgm

MAKERS = {
    getattr(torch, name)
    for name in ("arange", "as_tensor", "empty", "eye", "full", "linspace", "ones", "rand", "randn", "tensor", "zeros")
}
ON_PURPOSE = {"_flushes"}  # asks the processor


class Homeless(TorchFunctionMode):
    """Where tensors are made without a device."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        follows = bool(args) and isinstance(args[0], torch.Tensor)
        if func in MAKERS and kwargs.get("device") is None and not follows:
            frame = sys._getframe(1)
            if frame.f_code.co_name not in ON_PURPOSE:
                self.found.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {func.__name__}")
        return func(*args, **kwargs)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


X, Y, NEW = noise(6, 4), noise(6, 4, 4, seed=1), noise(3, 4, seed=2)
KERNELS = [
    Polynomial(), Gaussian(), Modulated(Gaussian(), (1.0, 0.2)), Separable(), Separable("polynomial"),
    NonSeparable(T=(1.0, 0.3, 0.0, 0.3)), Products((noise(2, 4, 4), noise(1, 4, 4))), AuthorsQR(0.5),
    AuthorsQR(0.5, signs="rotation"), WithConstant(AuthorsQR(0.5)),
]  # fmt: skip


def regression(kernel):
    for solver in ("auto", "dense"):
        fit = rkhm.ridge(kernel, X, Y, 0.3, solver=solver)
        fit(NEW), fit.norms()
    rkhm.path(kernel, X, Y, NEW, [0.3, 2.0])


def layers(full):
    a = noise(2, 4, 4, 4) if full else noise(2, 4, 4)
    rkhm_layers.train(a, X, Y[..., 0], penalty=0.7, b=0.1, steps=1)


def twins(decay):
    unit = torch.nn.functional.normalize(noise(3, 5, 4), dim=-1)
    draws = torch.arange(30).reshape(10, 3) % 5
    with torch.no_grad():
        found = stability.twins(
            unit, unit[:, 1], unit, draws, at=[5, 10], alpha=0.1, loss=Logistic(), norm=1.0, decay=decay
        )
    assert len(found.bound) == 2
    sgm.advance(unit[:, 0], *sgm.stacked(unit, draws), torch.full((3,), 0.1, device="cpu"), Logistic())


def algebra():
    circulant.project(circulant.dense(X))
    circulant.project(circulant.dense(noise(2, 3, 4), 2), 3, 4)


def convolutions():
    convolution.train([noise(4, 1, 3, 3), noise(4), noise(2, 2, 3, 3), noise(2)], noise(3, 2, 5, 5), noise(3, 2, 5, 5),
                      epochs=1, lr=0.1)  # fmt: skip


CALLS = {
    **{f"regression {i} {type(k).__name__}": (lambda k=k: regression(k)) for i, k in enumerate(KERNELS)},
    "layers": lambda: layers(False), "full layers": lambda: layers(True), "twins": lambda: twins(0.0),
    "twins with decay": lambda: twins(0.1), "algebra": algebra, "convolutions": convolutions,
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_every_tensor_is_made_where_its_input_lies(name):
    with Homeless() as seen:
        CALLS[name]()
    assert [place for place in seen.found if "circles" in place] == []


def test_the_check_sees_a_tensor_without_a_device():
    with Homeless() as seen:
        torch.eye(2), torch.eye(2, device="cpu"), torch.as_tensor(X)
    assert len(seen.found) == 1
