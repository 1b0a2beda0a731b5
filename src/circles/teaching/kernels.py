"""Checks of Chapter 4's exercises on circulants and kernels with values: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Generator, Tensor

from circles.foundations import circulant
from circles.teaching import cases
from circles.teaching.answers import array, close, number, off, real, said, shown, truth
from circles.teaching.check import NotYet


def two_eigenvalues(answer: Callable[[float, float], Any], *, draw: Generator) -> None:
    """eigenvalues(a, b) of the circulant of (a, b)."""
    drawn = [(cases.between(-4, 4, draw=draw), cases.between(-4, 4, draw=draw)) for _ in range(4)]
    for a, b in ((1.0, 2.0), (3.0, -1.0), (0.5, 0.5), (2.0, 0.0), *drawn):
        call, word = f"eigenvalues({a:g}, {b:g})", answer(a, b)
        got = _complex(word, call)
        if len(got) == 1 and isinstance(word, set | frozenset) and b == 0:
            got = got * 2  # a set holds a double value once
        if len(got) != 2:
            raise NotYet(f"{call} gives {shown(word)}, expected two numbers")
        if max(abs(v.imag) for v in got) > 1e-5:
            raise NotYet(f"{call} gives {got}, but a real symmetric matrix has real eigenvalues")
        true = sorted(torch.linalg.eigvalsh(torch.tensor([[a, b], [b, a]], dtype=torch.float64)).tolist())
        found = sorted(v.real for v in got)
        if not all(close(x, y, 1e-5) for x, y in zip(found, true, strict=True)):
            raise NotYet(f"{call} gives {found}: try the vectors (1, 1) and (1, -1)")


def _complex(value: Any, call: str) -> list[complex]:
    plain = value.tolist() if hasattr(value, "tolist") else value
    try:
        return [complex(v) for v in plain]
    except (TypeError, ValueError, RuntimeError):
        raise NotYet(f"{call} gives {shown(value)}, expected two numbers") from None


def fast_product(answer: Callable[[Tensor, Tensor], Any], *, draw: Generator) -> None:
    """multiply(x, y): the first column of the product of two real circulants, through the FFT."""
    for p in (1, 2, 5, 8, cases.integer(9, 40, draw=draw)):
        x, y = cases.fixed(p, seed=p), cases.noise(p, draw=draw)
        call = f"multiply(x, y) with p = {p}"
        got = real(array(answer(x, y), (p,), call), call, "x and y are real, the imaginary part is rounding")
        true = (circulant.dense(x) @ circulant.dense(y))[:, 0]
        if gap := off(got, true):
            why = "multiply the spectra, then transform back"
            if p > 1 and not off(got, x * y):
                why = "entries multiply place by place for a signal, but spectra do so for a circulant"
            raise NotYet(f"multiply(x, y) is off by {gap:.3g} with p = {p}: {why}")


def modulation(where: Callable[[int, int, int], Any], total: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """where(f, s, p): the frequency that M_s turns f into; total(spectrum): the number that sum_s M_s X M_s* is."""
    for p in (5, 8, cases.integer(9, 24, draw=draw)):
        drawn = [(cases.integer(0, p - 1, draw=draw), cases.integer(-2 * p, 2 * p, draw=draw)) for _ in range(3)]
        for f, s in ((1, 2), (p - 1, 1), (2, -3), (0, p), *drawn):
            got = number(where(f, s, p), f"where({f}, {s}, {p})")
            wave = torch.exp(2j * math.pi * f * torch.arange(p, dtype=torch.float64) / p)
            turned = wave * torch.exp(2j * math.pi * s * torch.arange(p, dtype=torch.float64) / p)
            true = int(torch.fft.fft(turned).abs().argmax())
            if got != true:
                why = "count it modulo p" if got % p == true else "the exponents add up"
                raise NotYet(f"where({f}, {s}, {p}) gives {got:g}: {why}")
        x = cases.noise(p, draw=draw)
        word = total(circulant.spectrum(x))
        got = _complex([word], "total(spectrum)")[0]
        mixed = torch.zeros(p, p, dtype=torch.complex128)
        for s in range(p):
            M = torch.diag(torch.exp(2j * math.pi * s * torch.arange(p, dtype=torch.float64) / p))
            mixed += M @ circulant.dense(x).to(M) @ M.mH
        if not abs(got - complex(mixed[0, 0])) <= 1e-4:
            raise NotYet(
                f"total(spectrum) gives {got:.3g} with p = {p}: every frequency takes each eigenvalue's place once"
            )


def best_coefficients(answer: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """average(C): the circulant matrix that is the mean of S^-t C S^t over all shifts S^t."""
    for p in (2, 5, cases.integer(6, 9, draw=draw)):
        C = cases.noise(p, p, draw=draw)
        got = array(answer(C), (p, p), f"average(C) with p = {p}")
        S = torch.roll(torch.eye(p, dtype=torch.float64), 1, 0)
        true = sum(
            torch.linalg.matrix_power(S, p - t) @ C @ torch.linalg.matrix_power(S, t) for t in range(p)
        ) / p  # fmt: skip
        if off(got @ S, S @ got):
            raise NotYet("average(C) does not commute with the shift: it is no circulant")
        if gap := off(got, true):
            why = "divide by the number of shifts" if not off(got, p * true) else "average all p shifts"
            raise NotYet(f"average(C) is off by {gap:.3g} with p = {p}: {why}")
        square = array(answer(C.mT @ C), (p, p), f"average(C) with p = {p}")
        below = torch.linalg.eigvalsh(square - got.mT @ got).min()
        if below < -1e-4:
            raise NotYet(
                f"average(C*C) - average(C)*average(C) has the eigenvalue {below:.3g}, expected none below zero"
            )


def homogeneous(answer: Mapping[str, Any]) -> None:
    """For functions along a ray t -> f(t x), t > 0: which can the module of a kernel with k(tx, y) = t k(x, y) hold?"""
    right = {"constant": False, "slope": True, "bend": False, "scale": False}
    hints = {
        "constant": "at t near 0 every such function is near 0",
        "slope": "f(tx) = sum_j k(tx, x_j) c_j = t f(x)",
        "bend": "f(tx) = t f(x) leaves no room for sin t",
        "scale": "another c changes the features, but each of them stays homogeneous",
    }
    for question, true in right.items():
        word = said(answer, question)
        holds = truth(word)
        if holds is None:
            raise NotYet(f"the answer to {question!r} is {shown(word)}, expected True or False")
        if holds != true:
            raise NotYet(f"you say {holds} to {question!r}: {hints[question]}")


def ridge_by_frequency(answer: Callable[[Tensor, Tensor, float], Any], *, draw: Generator) -> None:
    """solve(K, y, penalty): coefficients of the ridge regression from spectra K [p, n, n] and columns y [n, p]."""
    drawn = cases.integer(2, 5, draw=draw), cases.integer(7, 10, draw=draw), cases.between(0.1, 2, draw=draw)
    for n, p, penalty in ((4, 3, 0.5), (1, 5, 0.5), (3, 6, 0.5), drawn):
        x, y = cases.noise(n, p, draw=draw), cases.noise(n, p, draw=draw)
        f = circulant.spectrum(x).T
        K = f.unsqueeze(-1) * f.conj().unsqueeze(-2) + 1
        call = f"solve(K, y, {penalty}) with n = {n}, p = {p}"
        got = array(answer(K, y, penalty), (n, p), call)
        if got.is_complex():
            got = got.real
        blocks = circulant.dense(circulant.from_spectrum(K.permute(1, 2, 0), real=True))
        G = blocks.transpose(1, 2).reshape(n * p, n * p)
        one = torch.eye(n * p, dtype=torch.float64)
        true = torch.linalg.solve(G + penalty * one, y.reshape(-1)).reshape(n, p)
        if not (got - true).abs().max() <= 1e-4:
            why = "transform y along its entries, solve (K_f + penalty) c_f = y_f for each f, transform back"
            bare = torch.linalg.lstsq(G, y.reshape(-1, 1)).solution.reshape(n, p)
            if (got - bare).abs().max() < 1e-6:
                why = "the penalty is missing on the diagonal"
            raise NotYet(f"solve is off by {(got - true).abs().max():.3g} with n = {n}, p = {p}: {why}")
