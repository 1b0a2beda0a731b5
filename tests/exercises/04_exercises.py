"""Chapter 4's exercises: what the stubs are told, and wrong answers."""

from __future__ import annotations

import torch

from circles.teaching import kernels, sampled

STUB_SAYS = {
    "eigenvalues": "try the vectors (1, 1) and (1, -1)",
    "product": "entries multiply place by place for a signal",
    "homogeneous": "the answer to 'constant' is '?', expected True or False",
    "modulation": "the exponents add up",
    "average": "does not commute with the shift",
    "frequencies": "solve (K_f + penalty) c_f = y_f for each f",
    "spread": "at x = y every pair gives cos^2 + sin^2 = 1",
    "stretch": "a flat direction keeps the distance",
    "bochner": "you have the frequencies of exp(-u^2 / 2) alone",
}
LEAST = {"all": 6, "prove": 2}


def one(k, k2, D):
    return ((1 + k2) / 2 - k**2) / D


def paired(k, k2, D):
    return 2 * one(k, k2, D)


def normal(count, generator):
    return torch.randn(count, generator=generator)


TOLD = [
    (kernels.two_eigenvalues, [lambda a, b: a], "expected two numbers"),
    (kernels.two_eigenvalues, [lambda a, b: [[a], [b]]], "expected two numbers"),
    (kernels.two_eigenvalues, [lambda a, b: [a + b * 1j, a - b * 1j]], "has real eigenvalues"),
    (kernels.fast_product, [lambda x, y: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(y))], "is complex"),
    (kernels.fast_product, [lambda x, y: x[:0]], "expected a tensor of shape (1,)"),
    (kernels.modulation, [lambda f, s, p: f + s, torch.sum], "count it modulo p"),
    (kernels.modulation, [lambda f, s, p: (f + s) % p, torch.mean], "takes each eigenvalue's place once"),
    (kernels.best_coefficients, [lambda C: sum(C.roll((-t, -t), (0, 1)) for t in range(len(C)))], "divide by the"),
    (kernels.homogeneous, [{"constant": True}], "at t near 0 every such function is near 0"),
    (kernels.homogeneous, [{"constant": False, "slope": True, "bend": False, "scale": True}], "another c changes"),
    (kernels.ridge_by_frequency, [lambda K, y, penalty: y.T], "expected a tensor of shape (4, 3)"),
    (sampled.spread, [one, one], "D features are only D / 2 frequencies"),
    (sampled.spread, [paired, one], "the phases add 1 / 2"),
    (sampled.spread, [lambda k, k2, D: (1 + k2) / D, one], "at x = y every pair"),
    (sampled.spread, [lambda k, k2, D: (1 - k**2) ** 2 / D, one], "right for the Gaussian kernel, where"),
    (sampled.spread, [paired, lambda k, k2, D: (2 + k**4 - 2 * k * k) / 2 / D], "right for the Gaussian kernel, where"),
    (sampled.stretch, [lambda a, b: max(1.0, a * b)], "no such f stretches by more than 1"),
    (sampled.stretch, [lambda a, b: 1.0], "a step may jump to the other side and farther"),
    (sampled.stretch, [lambda a, b: None], "gives None, expected a number"),
    (sampled.frequencies, [lambda c, generator: 3.0], "gives float, expected a tensor of 40000 numbers"),
    (sampled.frequencies, [lambda c, generator: torch.randn(c)], "pass generator=generator to each draw"),
    (
        sampled.frequencies,
        [lambda c, generator: torch.full((c,), 3.0)],
        "you have the frequencies of cos(3 u) alone",
    ),
    (sampled.frequencies, [lambda c, generator: 2 + normal(c, generator)], "a sum of two independent frequencies"),
]
