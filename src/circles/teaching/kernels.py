"""Checks of Chapter 4's exercises on circulants and kernels with values: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from circles.foundations import circulant
from circles.teaching.check import NotYet, number


def noise(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def like(got: Any, shape: tuple[int, ...], call: str) -> Tensor:
    """``got`` as a tensor of this shape. Raises NotYet, naming the call that gave it."""
    if not isinstance(got, Tensor) or tuple(got.shape) != shape:
        found = f"shape {tuple(got.shape)}" if isinstance(got, Tensor) else type(got).__name__
        raise NotYet(f"{call} gives {found}, expected a tensor of shape {shape}")
    return got


def two_eigenvalues(answer: Callable[[float, float], Any]) -> None:
    """eigenvalues(a, b) of the circulant of (a, b)."""
    for a, b in ((1.0, 2.0), (3.0, -1.0), (0.5, 0.5)):
        call, said = f"eigenvalues({a:g}, {b:g})", answer(a, b)
        try:
            got = [complex(v) for v in said]
        except (TypeError, ValueError, RuntimeError):
            got = []
        if len(got) != 2:
            raise NotYet(f"{call} gives {said!r}, expected two numbers")
        if max(abs(v.imag) for v in got) > 1e-9:
            raise NotYet(f"{call} gives {got}, but a real symmetric matrix has real eigenvalues")
        true = sorted(torch.linalg.eigvalsh(torch.tensor([[a, b], [b, a]], dtype=torch.float64)).tolist())
        real = sorted(v.real for v in got)
        if max(abs(x - y) for x, y in zip(real, true, strict=True)) > 1e-6:  # an answer may be in float32
            raise NotYet(f"{call} gives {real}: try the vectors (1, 1) and (1, -1)")


def fast_product(answer: Callable[[Tensor, Tensor], Any]) -> None:
    """multiply(x, y): the first column of the product of two real circulants, through the FFT."""
    for p in (1, 2, 5, 8):
        x, y = noise(p, seed=p), noise(p, seed=p + 20)
        got = like(answer(x, y), (p,), f"multiply(x, y) with p = {p}")
        if got.is_complex():
            raise NotYet(f"multiply(x, y) is complex for real x and y with p = {p}: the imaginary part is rounding")
        true = (circulant.dense(x) @ circulant.dense(y))[:, 0]
        if (got - true).abs().max() > 1e-9:
            why = "multiply the spectra, then transform back"
            if (got - x * y).abs().max() < 1e-9:
                why = "entries multiply place by place for a signal, but spectra do so for a circulant"
            raise NotYet(f"multiply(x, y) is off by {(got - true).abs().max():.3g} with p = {p}: {why}")


def modulation(where: Callable[[int, int, int], Any], total: Callable[[Tensor], Any]) -> None:
    """where(f, s, p): the frequency that M_s turns f into; total(spectrum): the number that sum_s M_s X M_s* is."""
    for p in (5, 8):
        for f, s in ((1, 2), (p - 1, 1), (2, -3), (0, p)):
            got = number(where(f, s, p), f"where({f}, {s}, {p})")
            wave = torch.exp(2j * math.pi * f * torch.arange(p, dtype=torch.float64) / p)
            turned = wave * torch.exp(2j * math.pi * s * torch.arange(p, dtype=torch.float64) / p)
            true = int(torch.fft.fft(turned).abs().argmax())
            if got != true:
                why = "count it modulo p" if got % p == true else "the exponents add up"
                raise NotYet(f"where({f}, {s}, {p}) gives {got:g}: {why}")
        x = noise(p, seed=p)
        got = complex(total(circulant.spectrum(x)))
        mixed = torch.zeros(p, p, dtype=torch.complex128)
        for s in range(p):
            M = torch.diag(torch.exp(2j * math.pi * s * torch.arange(p, dtype=torch.float64) / p))
            mixed += M @ circulant.dense(x).to(M) @ M.mH
        if abs(got - complex(mixed[0, 0])) > 1e-9:
            raise NotYet(
                f"total(spectrum) gives {got:.3g} with p = {p}: every frequency takes each eigenvalue's place once"
            )


def best_coefficients(answer: Callable[[Tensor], Any]) -> None:
    """average(C): the circulant matrix that is the mean of S^-t C S^t over all shifts S^t."""
    for p in (2, 5):
        C = noise(p, p, seed=p)
        got = like(answer(C), (p, p), f"average(C) with p = {p}")
        S = torch.roll(torch.eye(p, dtype=torch.float64), 1, 0)
        true = sum(
            torch.linalg.matrix_power(S, p - t) @ C @ torch.linalg.matrix_power(S, t) for t in range(p)
        ) / p  # fmt: skip
        if (got @ S - S @ got).abs().max() > 1e-9:
            raise NotYet("average(C) does not commute with the shift: it is no circulant")
        if (got - true).abs().max() > 1e-9:
            why = "divide by the number of shifts" if (got - p * true).abs().max() < 1e-9 else "average all p shifts"
            raise NotYet(f"average(C) is off by {(got - true).abs().max():.3g} with p = {p}: {why}")
        below = torch.linalg.eigvalsh(answer(C.mT @ C) - got.mT @ got).min()
        if below < -1e-9:
            raise NotYet(
                f"average(C*C) - average(C)*average(C) has the eigenvalue {below:.3g}, expected none below zero"
            )


def homogeneous(answer: Mapping[str, Any]) -> None:
    """For functions along a ray t -> f(t x), t > 0: which can the module of a kernel with k(tx, y) = t k(x, y) hold?"""
    truth = {"constant": False, "slope": True, "bend": False, "scale": False}
    hints = {
        "constant": "at t near 0 every such function is near 0",
        "slope": "f(tx) = sum_j k(tx, x_j) c_j = t f(x)",
        "bend": "f(tx) = t f(x) leaves no room for sin t",
        "scale": "another c changes the features, but each of them stays homogeneous",
    }
    for question, true in truth.items():
        said = answer.get(question)
        if said not in (True, False):
            raise NotYet(f"the answer to {question!r} is {said!r}, expected True or False")
        if bool(said) != true:
            raise NotYet(f"you say {bool(said)} to {question!r}: {hints[question]}")


def ridge_by_frequency(answer: Callable[[Tensor, Tensor, float], Any]) -> None:
    """solve(K, y, penalty): coefficients of the ridge regression from spectra K [p, n, n] and columns y [n, p]."""
    for n, p in ((4, 3), (1, 5), (3, 6)):
        x, y = noise(n, p, seed=n), noise(n, p, seed=n + 9)
        f = circulant.spectrum(x).T
        K = f.unsqueeze(-1) * f.conj().unsqueeze(-2) + 1
        got = like(answer(K, y, 0.5), (n, p), f"solve(K, y, 0.5) with n = {n}, p = {p}")
        blocks = circulant.dense(circulant.from_spectrum(K.permute(1, 2, 0), real=True))
        G = blocks.transpose(1, 2).reshape(n * p, n * p)
        one = torch.eye(n * p, dtype=torch.float64)
        true = torch.linalg.solve(G + 0.5 * one, y.reshape(-1)).reshape(n, p)
        if got.is_complex():
            got = got.real
        if (got - true).abs().max() > 1e-8:
            why = "transform y along its entries, solve (K_f + penalty) c_f = y_f for each f, transform back"
            bare = torch.linalg.lstsq(G, y.reshape(-1, 1)).solution.reshape(n, p)
            if (got - bare).abs().max() < 1e-6:
                why = "the penalty is missing on the diagonal"
            raise NotYet(f"solve is off by {(got - true).abs().max():.3g} with n = {n}, p = {p}: {why}")
