"""Chapter 5's exercises: what the stubs are told, right answers of other forms, and wrong ones."""

from __future__ import annotations

import math

import numpy as np
import torch

STUB_SAYS = {
    "kl_circle": "an integral over the circle gives 3.8728",
    "scaled": "d lengths are multiplied, each by s",
    "turned": "square and sum the nine entries",
    "mean_cosine": "time here has the factor 1/2",
    "ahead": "is ahead of heat by 0.50",
    "nearest_rotation": "flip only the direction that costs least",
    "around": "the inner side has less area than the outer",
}
LEAST = {"all": 5}


def svd(x, flip=None):
    u, s, vt = torch.linalg.svd(x)
    signs = torch.ones_like(s)
    if flip is not None:
        signs[flip] = torch.linalg.det(u @ vt).sign()
    return u @ torch.diag(signs) @ vt


def by_numpy(x):
    u, _, vt = np.linalg.svd(np.asarray(x))
    u[:, -1] *= np.sign(np.linalg.det(u @ vt))
    return u @ vt


def by_polar(x):
    """From the symmetric root of x^T x; where the determinant is negative the least axis is turned."""
    size, axes = torch.linalg.eigh(x.mT @ x)
    root = size.clamp_min(1e-30).sqrt()
    root[0] *= torch.linalg.det(x).sign()
    return x @ (axes / root) @ axes.mT


def turned(w):
    return 2 * math.sqrt(2) * math.sin(w / 2), math.sqrt(2) * w


def by_entries(w):
    x = np.array([[np.cos(w), -np.sin(w)], [np.sin(w), np.cos(w)]]) - np.eye(2)
    return np.array([np.linalg.norm(x), np.sqrt(2) * w], dtype=np.float32)


def fair(n, generator=None):
    """The right law: more draws until there are enough."""
    b = torch.empty(0)
    while len(b) < n:
        b = torch.cat([b, too_few(n, generator)])
    return b[:n]


def too_few(n, generator=None):
    """The right law, but all of 2n draws may be thrown away."""
    b = 2 * math.pi * torch.rand(2 * n, generator=generator)
    return b[torch.rand(2 * n, generator=generator) * 3.6 < 3 + 0.6 * b.cos()][:n]


def by_inversion(n, generator):
    """Kepler's equation b + 0.2 sin b = 2 pi u, by fixed steps."""
    u = 2 * math.pi * torch.rand(n, generator=generator, dtype=torch.float64)
    b = u
    for _ in range(60):
        b = u - 0.2 * b.sin()
    return b


def by_flipping(n, generator):
    """Half of the points of the inner side go to the outer, as many as the difference of areas asks."""
    b = math.pi * (torch.rand(n, generator=generator) - 0.5)
    inner = torch.rand(n, generator=generator) > (1 + 0.2 * b.cos()) / 2
    return torch.where(inner, math.pi - b, b)


RIGHT = {
    "kl_circle": [[lambda t: (math.log(2 * math.pi / t) - 1) / 2], [lambda t: np.float32(0.5 * np.log(2 * np.pi / (np.e * t)))],
                  [lambda t: torch.tensor(2 * math.pi / t).log() / 2 - 0.5],
                  [lambda t: math.log(2 * math.pi) - (math.log(2 * math.pi * math.e * t)) / 2]],
    "scaled": [[lambda d, s: [s**d, d * (d - 1) / s**2]], [lambda d, s: torch.tensor([s**d, d * (d - 1) / s**2])],
               [lambda d, s: np.array([s**d, d * (d - 1) / s / s], dtype=np.float32)],
               [lambda d, s: (math.exp(d * math.log(s)), torch.tensor(d * (d - 1) / s**2))]],
    "turned": [[turned], [by_entries], [lambda w: torch.tensor(turned(w))], [lambda w: [math.sqrt(4 - 4 * math.cos(w)), w * 2**0.5]]],
    "mean_cosine": [[lambda d, t: math.exp(-d * t / 2)], [lambda d, t: np.float32(np.exp(-0.5 * d * t))],
                    [lambda d, t: torch.tensor(-d * t / 2).exp()], [lambda d, t: math.exp(-t / 2) ** d]],
    "ahead": [[lambda d: 1.5 - d / 2], [lambda d: np.float32((3 - d) / 2)], [lambda d: torch.tensor((3 - d) / 2)]],
    "nearest_rotation": [[lambda x: svd(x, -1)], [by_numpy], [by_polar], [lambda x: svd(x.float(), -1)], [lambda x: by_numpy(x).tolist()]],
    "around": [[fair], [by_inversion], [by_flipping], [lambda n, g: fair(n, g).numpy()], [lambda n, g: fair(n, g).tolist()]],
}  # fmt: skip

WRONG = {
    "kl_circle": [
        ([lambda t: math.log(2 * math.pi) - math.log(t) / 2 - 0.5], "the root of 2 pi t, not of t"),
        ([lambda t: -math.log(2 * math.pi * t) / 2 - 0.5], "the log of the circle's length"),
        ([lambda t: math.log(2 * math.pi / t) / 2], "the mean of r^2"),
        ([lambda t: None], "expected a number"),
        ([lambda t: (math.log(2 * math.pi / t) - 1) / 2 / math.log(2)], "it is int q log(2 pi q)"),
        ([lambda t: (1 - math.log(2 * math.pi / t)) / 2], "it is int q log(2 pi q)"),
        ([lambda t: (math.log(2 * math.pi / t) - 1) / 2 + 1e-3], "it is int q log(2 pi q)"),
    ],
    "scaled": [
        ([lambda d, s: (s**d, d * (d - 1) / s)], "a larger sphere is flatter"),
        ([lambda d, s: (s**d, 1 / s**2)], "the circle is flat"),
        ([lambda d, s: s**d], "expected two numbers"),
        ([lambda d, s: (s**2, d * (d - 1) / s**2)], "d lengths are multiplied, each by s"),
        ([lambda d, s: (s ** (d + 1), d * (d - 1) / s**2)], "d lengths are multiplied, each by s"),
        ([lambda d, s: (s**d, d * (d - 1) * s**2)], "a larger sphere is flatter"),
        ([lambda d, s: (s**d, d * (d - 1))], "a larger sphere is flatter"),
    ],
    "turned": [
        ([lambda w: (turned(w)[0], w)], "the angle itself is not the length"),
        ([lambda w: (turned(w)[0], 2 * w)], "sum small chords"),
        ([lambda w: turned(w)[::-1]], "square and sum the nine entries"),
        ([lambda w: (2 * math.sin(w / 2), math.sqrt(2) * w)], "square and sum the nine entries"),
        ([lambda w: (math.sqrt(8) * math.sin(w), math.sqrt(2) * w)], "square and sum the nine entries"),
        ([lambda w: (turned(w)[0] ** 2, math.sqrt(2) * w)], "square and sum the nine entries"),
        ([lambda w: turned(w)[0]], "expected two numbers"),
    ],
    "mean_cosine": [
        ([lambda d, t: math.exp(-d * t)], "the square of what it should be"),
        ([lambda d, t: math.exp(-t / 2)], "its Laplacian?"),
        ([lambda d, t: math.exp(-d * (d - 1) * t / 2)], "its Laplacian?"),
        ([lambda d, t: math.exp(-(d + 2) * t / 2)], "its Laplacian?"),
        ([lambda d, t: 1 - d * t / 2], "its Laplacian?"),
        ([lambda d, t: math.cos(math.sqrt(d * t))], "its Laplacian?"),
        ([lambda d, t: "small"], "expected a number"),
    ],
    "ahead": [
        ([lambda d: max(0.0, (3 - d) / 2)], "S^4 is behind heat by 0.50"),
        ([lambda d: (3 - d) / 2 if d < 3 else 1.0], "S^3 is in step with heat"),
        ([lambda d: 3 - d], "ahead(1) gives 2"),
        ([lambda d: (d - 3) / 2], "ahead(1) gives -1"),
        ([lambda d: (2 - d) / 2], "is ahead of heat by 1.00"),
        ([lambda d: 0], "is ahead of heat by 1.00"),
        ([lambda d: float("nan")], "ahead(1) gives nan"),
    ],
    "nearest_rotation": [
        ([svd], "a mirrored rotation"),
        ([lambda x: x], "no orthogonal matrix"),
        ([lambda x: x.flatten()], "expected a tensor of shape (3, 3)"),
        ([lambda x: svd(x, 0)], "flip only the direction that costs least"),
        ([lambda x: svd(x, 1)], "flip only the direction that costs least"),
        ([lambda x: torch.linalg.det(svd(x)) * svd(x)], "flip only the direction that costs least"),
        ([lambda x: svd(x, -1).mT], "away, but a rotation is only"),
        ([lambda x: torch.linalg.qr(x)[0]], "the result is"),
        ([lambda x: x / x.norm() * 3**0.5], "no orthogonal matrix"),
        ([lambda x: torch.eye(3)], "away, but a rotation is only"),
    ],
    "around": [
        ([lambda n, g: torch.zeros(n)], "the same seed must give the same angles"),
        ([lambda n, g: torch.rand(n - 1, generator=g)], "expected a tensor of shape (40000,)"),
        ([lambda n, g: [0.0] * n], "the same seed must give the same angles"),
        ([lambda n, g: fair(n)], "draw with the generator only"),
        ([lambda n, g: fair(n, torch.Generator().manual_seed(3))], "draw with the generator only"),
        ([too_few], "around(1, generator) gives shape (0,), expected a tensor of shape (1,)"),
        ([lambda n, g: (fair(n, g) / math.pi * 2).round() * math.pi / 2], "0.000: check the density"),
        ([lambda n, g: math.pi * (fair(n, g) / 2).cos()], "check the density"),
        ([lambda n, g: fair(n, g) + math.pi], "check the density"),
        ([lambda n, g: fair(n, g) + 1], "check the density"),
    ],
}  # fmt: skip
