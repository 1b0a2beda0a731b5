"""Chapter 4's exercises: what the stubs are told, right answers of other forms, and wrong ones."""

from __future__ import annotations

import cmath
import math

import numpy as np
import torch

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
    "rate": "take the mean over seeds before the logarithm",
}
LEAST = {"all": 6, "prove": 2}
ONLY_SLOPES = {"constant": False, "slope": True, "bend": False, "scale": False}


def one(k, k2, D):
    return ((1 + k2) / 2 - k**2) / D


def paired(k, k2, D):
    return 2 * one(k, k2, D)


def cosine(k, k2, D):
    return one(k, k2, D) + 1 / (2 * D)


def normal(count, generator):
    return torch.randn(count, generator=generator)


def both_signs(count, generator):
    return normal(count, generator) + torch.tensor([3.0, -3.0])[torch.randint(2, (count,), generator=generator)]


def convolved(x, y):
    p = len(x)
    return [sum(float(x[j]) * float(y[(i - j) % p]) for j in range(p)) for i in range(p)]


def mean_of_shifts(C, count=None, back=True):
    p = len(C)
    S = np.roll(np.eye(p), 1, 0)
    power = [np.linalg.matrix_power(S, t) for t in range(p)]
    return sum((s.T if back else s) @ np.asarray(C) @ s for s in power[:count]) / (count or p)


def diagonal_means(C):
    p = len(C)
    first = [sum(float(C[(i + d) % p, i]) for i in range(p)) / p for d in range(p)]
    return [[first[(i - j) % p] for j in range(p)] for i in range(p)]


def by_blocks(K, y, penalty, forward=torch.fft.fft, back=torch.fft.ifft, more=1.0):
    eye = torch.eye(K.shape[-1], dtype=K.dtype)
    target = forward(y.to(K.dtype)).T.unsqueeze(-1)
    return back(torch.linalg.solve(K + more * penalty * eye, target)[..., 0].T)


def fitted(values, gaps, log=np.log):
    """The slope of the mean gap."""
    return np.polyfit(log(np.asarray(values)), log(np.asarray(gaps).mean(0)), 1)[0]


def left_out(values, gaps):
    return np.array([fitted(values, np.delete(np.asarray(gaps), i, 0)) for i in range(len(gaps))])


def by_jackknife(values, gaps):
    slopes = left_out(values, gaps)
    return fitted(values, gaps), np.sqrt((len(slopes) - 1) * slopes.var())


def by_bootstrap(values, gaps):
    draw = np.random.default_rng(0)
    again = [fitted(values, gaps[draw.integers(len(gaps), size=len(gaps))]) for _ in range(400)]
    return [fitted(values, gaps, np.log2), float(np.std(again))]


def by_influence(values, gaps):
    """What each seed adds to the slope, to first order: the slope of its gaps over their mean."""
    x = values.log() - values.log().mean()
    each = (gaps / gaps.mean(0)) @ x / x.square().sum()
    design = torch.stack([x, torch.ones_like(x)], 1)
    slope = torch.linalg.lstsq(design, gaps.mean(0).log()[:, None]).solution[0, 0]
    return torch.stack([slope, each.std() / len(each) ** 0.5]).float()


def by_regression(values, gaps):
    """The error that takes the points of the curve for independent."""
    x, y = np.log(values.numpy()), np.log(gaps.mean(0).numpy())
    (slope, _), cov = np.polyfit(x, y, 1, cov="unscaled")
    rest = y - np.polyval(np.polyfit(x, y, 1), x)
    return slope, np.sqrt(cov[0, 0] * rest @ rest / (len(x) - 2))


def in_numpy(K, y, penalty):
    K, f = np.asarray(K), np.fft.fft(np.asarray(y), axis=1)
    c = np.stack([np.linalg.inv(K[i] + penalty * np.eye(K.shape[1])) @ f[:, i] for i in range(len(K))], 1)
    return np.fft.ifft(c, axis=1).real


RIGHT = {
    "eigenvalues": [[lambda a, b: (a - b, a + b)], [lambda a, b: {a + b, a - b}], [lambda a, b: np.array([a + b, a - b], dtype=np.float32)],
                    [lambda a, b: torch.linalg.eigvalsh(torch.tensor([[a, b], [b, a]]))],
                    [lambda a, b: [complex(a + b), complex(a - b)]], [lambda a, b: np.roots([1, -2 * a, a * a - b * b])]],
    "product": [[convolved], [lambda x, y: np.fft.irfft(np.fft.rfft(x) * np.fft.rfft(y), len(x))],
                [lambda x, y: torch.fft.ifft(torch.fft.fft(x.float()) * torch.fft.fft(y.float())).real],
                [lambda x, y: tuple(torch.tensor(v) for v in convolved(x, y))]],
    "homogeneous": [[ONLY_SLOPES], [{q: int(v) for q, v in ONLY_SLOPES.items()}], [{q: np.bool_(v) for q, v in ONLY_SLOPES.items()}]],
    "modulation": [[lambda f, s, p: (f + s) % p, lambda spectrum: spectrum.sum()],
                   [lambda f, s, p: np.int64((f + s) - p * ((f + s) // p)), lambda spectrum: len(spectrum) * np.asarray(spectrum).mean()],
                   [lambda f, s, p: float(round(cmath.phase(cmath.exp(2j * math.pi * (f + s) / p)) * p / (2 * math.pi)) % p), lambda spectrum: sum(spectrum.tolist())],
                   [lambda f, s, p: torch.tensor(f + s).remainder(p), lambda spectrum: spectrum.sum().to(torch.complex64)]],
    "average": [[mean_of_shifts], [diagonal_means], [lambda C: torch.tensor(diagonal_means(C), dtype=torch.float32)],
                [lambda C: torch.stack([torch.stack([C.roll(-d, 0).diagonal().mean() for d in range(len(C))]).roll(j) for j in range(len(C))], 1)]],
    "frequencies": [[in_numpy], [lambda K, y, penalty: by_blocks(K, y, penalty).real], [by_blocks],
                    [lambda K, y, penalty: by_blocks(K.to(torch.complex64), y.float(), penalty).real.tolist()]],
    "spread": [[paired, cosine], [lambda k, k2, D: (1 + k2 - 2 * k * k) / D, lambda k, k2, D: (2 + k2 - 2 * k * k) / 2 / D],
               [lambda k, k2, D: np.float32(paired(k, k2, D)), lambda k, k2, D: torch.tensor(cosine(k, k2, D), dtype=torch.float32)]],
    "stretch": [[lambda a, b: max(1.0, a * b - 1)], [lambda a, b: np.abs(1 - a * np.linspace(0, b, 3)).max()],
                [lambda a, b: torch.tensor([1.0, abs(1 - a * b)]).max()], [lambda a, b: 1 if a <= 2 / b else a * b - 1]],
    "bochner": [[both_signs], [lambda count, generator: 3 + normal(count, generator)], [lambda count, generator: both_signs(count, generator).tolist()],
                [lambda count, generator: both_signs(count, generator).double().numpy()],
                [lambda count, generator: torch.normal(3.0, 1.0, (count,), generator=generator)]],
    "rate": [[by_jackknife], [by_bootstrap], [by_influence], [lambda values, gaps: np.array(by_jackknife(values.float(), gaps.float()))]],
}  # fmt: skip

WRONG = {
    "eigenvalues": [
        ([lambda a, b: a], "expected two numbers"),
        ([lambda a, b: [[a], [b]]], "expected two numbers"),
        ([lambda a, b: [a + b * 1j, a - b * 1j]], "has real eigenvalues"),
        ([lambda a, b: [a + b, b - a]], "try the vectors (1, 1) and (1, -1)"),
        ([lambda a, b: [a + b, a + b]], "try the vectors"),
        ([lambda a, b: {a + b}], "expected two numbers"),
        ([lambda a, b: [math.hypot(a, b), -math.hypot(a, b)]], "try the vectors"),
        ([lambda a, b: [a + b, abs(a - b)]], "try the vectors"),
    ],
    "product": [
        ([lambda x, y: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(y))], "is complex"),
        ([lambda x, y: x[:0]], "expected a tensor of shape (1,)"),
        ([lambda x, y: x * y], "entries multiply place by place"),
        ([lambda x, y: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(y).conj()).real], "multiply the spectra"),
        ([lambda x, y: torch.fft.fft(torch.fft.fft(x) * torch.fft.fft(y)).real], "multiply the spectra, then transform back"),
        ([lambda x, y: torch.fft.ifft(torch.fft.fft(x) + torch.fft.fft(y)).real], "multiply the spectra"),
        ([lambda x, y: np.convolve(x, y)[: len(x)]], "multiply the spectra"),
        ([lambda x, y: torch.fft.ifft(torch.fft.fft(x) * torch.fft.fft(y)).abs()], "multiply the spectra"),
    ],
    "homogeneous": [
        ([{"constant": True}], "at t near 0 every such function is near 0"),
        ([ONLY_SLOPES | {"scale": True}], "another c changes"),
        ([ONLY_SLOPES | {"slope": False}], "f(tx) = sum_j k(tx, x_j) c_j"),
        ([ONLY_SLOPES | {"bend": True}], "leaves no room for sin t"),
        ([{q: not v for q, v in ONLY_SLOPES.items()}], "at t near 0"),
        ([ONLY_SLOPES | {"bend": "?"}], "the answer to 'bend' is '?'"),
        (["slope"], "expected a dict with an entry for each question"),
    ],
    "modulation": [
        ([lambda f, s, p: f + s, torch.sum], "count it modulo p"),
        ([lambda f, s, p: (f + s) % p, torch.mean], "takes each eigenvalue's place once"),
        ([lambda f, s, p: (f - s) % p, torch.sum], "the exponents add up"),
        ([lambda f, s, p: f * s % p, torch.sum], "the exponents add up"),
        ([lambda f, s, p: abs(f + s) % p, torch.sum], "the exponents add up"),
        ([lambda f, s, p: (f + s) % p, lambda x: x[0]], "takes each eigenvalue's place once"),
        ([lambda f, s, p: (f + s) % p, lambda x: x.abs().sum()], "takes each eigenvalue's place once"),
        ([lambda f, s, p: (f + s) % p, lambda x: len(x) * x.sum()], "takes each eigenvalue's place once"),
    ],
    "average": [
        ([lambda C: sum(C.roll((-t, -t), (0, 1)) for t in range(len(C)))], "divide by the"),
        ([lambda C: (C + C.mT) / 2], "it is no circulant"),
        ([lambda C: mean_of_shifts(C, back=False)], "average(C)"),
        ([lambda C: mean_of_shifts(C, 1)], "it is no circulant"),
        ([lambda C: torch.eye(len(C)).double() * C.diagonal().mean()], "average all p shifts"),
        ([lambda C: C.mean() * torch.ones_like(C)], "average all p shifts"),
        ([lambda C: mean_of_shifts(C).T], "average all p shifts"),
        ([lambda C: C.mean(0)], "expected a tensor of shape (2, 2)"),
    ],
    "frequencies": [
        ([lambda K, y, penalty: y.T], "expected a tensor of shape (4, 3)"),
        ([lambda K, y, penalty: by_blocks(K, y, penalty, more=2.0).real], "solve (K_f + penalty) c_f = y_f"),
        ([lambda K, y, penalty: by_blocks(K, y, 1e-9).real], "solve is off by"),
        ([lambda K, y, penalty: by_blocks(K, y, penalty, forward=lambda v: v).real], "transform y along its entries"),
        ([lambda K, y, penalty: by_blocks(K, y, penalty, back=lambda v: v).real], "transform back"),
        ([lambda K, y, penalty: by_blocks(K.conj(), y, penalty).real], "solve is off by"),
        ([lambda K, y, penalty: by_blocks(K, y, penalty, forward=lambda v: torch.fft.fft(v, dim=0)).real], "transform y along its entries"),
        ([lambda K, y, penalty: 0 * y], "solve is off by"),
    ],
    "spread": [
        ([one, one], "D features are only D / 2 frequencies"),
        ([paired, one], "the phases add 1 / 2"),
        ([lambda k, k2, D: (1 + k2) / D, one], "at x = y every pair"),
        ([lambda k, k2, D: (1 - k**2) ** 2 / D, one], "right for the Gaussian kernel, where"),
        ([paired, lambda k, k2, D: (2 + k**4 - 2 * k * k) / 2 / D], "right for the Gaussian kernel, where"),
        ([paired, paired], "the phases add 1 / 2"),
        ([paired, lambda k, k2, D: cosine(k, k2, D / 2)], "take the square of the mean off"),
        ([lambda k, k2, D: float("nan"), cosine], "gives nan"),
    ],
    "stretch": [
        ([lambda a, b: max(1.0, a * b)], "no such f stretches by more than 1"),
        ([lambda a, b: 1.0], "a step may jump to the other side and farther"),
        ([lambda a, b: None], "gives None, expected a number"),
        ([lambda a, b: abs(1 - a * b)], "a flat direction keeps the distance"),
        ([lambda a, b: 1 + a * b], "no such f stretches by more than"),
        ([lambda a, b: max(1.0, a * b - 1) ** 2], "no such f stretches by more than"),
        ([lambda a, b: max(1 - a * b, a * b - 1)], "a flat direction keeps the distance"),
    ],
    "bochner": [
        ([lambda c, generator: 3.0], "expected a tensor of shape (40000,)"),
        ([lambda c, generator: torch.randn(c)], "pass generator=generator to each draw"),
        ([lambda c, generator: torch.full((c,), 3.0) + 1e-6 * normal(c, generator)], "you have the frequencies of cos(3 u) alone"),
        ([lambda c, generator: 2 + normal(c, generator)], "a sum of two independent frequencies"),
        ([lambda c, generator: 3 * normal(c, generator)], "a sum of two independent frequencies"),
        ([lambda c, generator: torch.where(torch.rand(c, generator=generator) < 0.5, 3.0, normal(c, generator))], "a sum of two independent"),
        ([lambda c, generator: both_signs(c, torch.Generator().manual_seed(1))], "another generator gives the same frequencies"),
        ([lambda c, generator: 3 + 2 * normal(c, generator)], "a sum of two independent frequencies"),
    ],
    "rate": [
        ([fitted], "expected the exponent and its standard error"),
        ([by_regression], "the scatter about the line says little"),
        ([lambda values, gaps: (fitted(values, gaps), left_out(values, gaps).std())], "by a 1 / (n - 1) part"),
        ([lambda values, gaps: (fitted(values, gaps), by_jackknife(values, gaps)[1] * len(gaps) ** 0.5)], "the mean of many is surer"),
        ([lambda values, gaps: (fitted(values, gaps), 0.0)], "expected about"),
        ([lambda values, gaps: (fitted(values, gaps), 2 * by_jackknife(values, gaps)[1])], "with other seeds"),
        ([lambda values, gaps: (fitted(values, gaps.log().mean(0, keepdim=True).exp()), 0.02)], "before the logarithm"),
        ([lambda values, gaps: (-fitted(values, gaps), by_jackknife(values, gaps)[1])], "the sign is turned round"),
        ([lambda values, gaps: (fitted(values, gaps, lambda v: v), 0.02)], "the logarithm of the gap against that of the setting"),
        ([lambda values, gaps: (fitted(values[[0, -1]], gaps[:, [0, -1]]), 0.02)], "not the two at the ends"),
        ([lambda values, gaps: (fitted(gaps.mean(0), values[None]), 0.02)], "turn the axes round"),
        ([lambda values, gaps: (0.2514, 0.022)], "the exponent is"),
    ],
}  # fmt: skip
