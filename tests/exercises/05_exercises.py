"""Chapter 5's exercises: what the stubs are told, and wrong answers."""

from __future__ import annotations

import math

import torch

from circles.teaching import manifolds

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


def svd(x):
    u, _, vt = torch.linalg.svd(x)
    return u @ vt


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


TOLD = [
    (manifolds.kl_circle, [lambda t: math.log(2 * math.pi) - math.log(t) / 2 - 0.5], "the root of 2 pi t, not of t"),
    (manifolds.kl_circle, [lambda t: -math.log(2 * math.pi * t) / 2 - 0.5], "the log of the circle's length"),
    (manifolds.kl_circle, [lambda t: math.log(2 * math.pi / t) / 2], "the mean of r^2"),
    (manifolds.kl_circle, [lambda t: None], "expected a number"),
    (manifolds.scaled, [lambda d, s: (s**d, d * (d - 1) / s)], "a larger sphere is flatter"),
    (manifolds.scaled, [lambda d, s: (s**d, 1 / s**2)], "the circle is flat"),
    (manifolds.scaled, [lambda d, s: s**d], "expected two numbers"),
    (manifolds.turned, [lambda w: (2 * math.sqrt(2) * math.sin(w / 2), w)], "the angle itself is not the length"),
    (manifolds.turned, [lambda w: (2 * math.sqrt(2) * math.sin(w / 2), 2 * w)], "sum small chords"),
    (manifolds.mean_cosine, [lambda d, t: math.exp(-d * t)], "the square of what it should be"),
    (manifolds.mean_cosine, [lambda d, t: math.exp(-t / 2)], "its Laplacian?"),
    (manifolds.ahead, [lambda d: max(0.0, (3 - d) / 2)], "S^4 is behind heat by 0.50"),
    (manifolds.ahead, [lambda d: (3 - d) / 2 if d < 3 else 1.0], "S^3 is in step with heat"),
    (manifolds.nearest_rotation, [svd], "a mirrored rotation"),
    (manifolds.nearest_rotation, [lambda x: x], "no orthogonal matrix"),
    (manifolds.nearest_rotation, [lambda x: x.tolist()], "expected a 3 x 3 tensor"),
    (manifolds.around, [lambda n, g: torch.zeros(n)], "the same seed must give the same angles"),
    (manifolds.around, [lambda n, g: torch.rand(n - 1, generator=g)], "expected a tensor of shape (40000,)"),
    (manifolds.around, [lambda n, g: [0.0] * n], "gives list, expected a tensor"),
    (manifolds.around, [lambda n, g: fair(n)], "draw with the generator only"),
    (manifolds.around, [lambda n, g: fair(n, torch.Generator().manual_seed(3))], "draw with the generator only"),
    (manifolds.around, [too_few], "around(1, generator) gives a tensor of shape (0,), expected a tensor of shape (1,)"),
    (manifolds.around, [lambda n, g: (fair(n, g) / math.pi * 2).round() * math.pi / 2], "0.000: check the density"),
]
