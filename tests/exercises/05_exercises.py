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
    (manifolds.ahead, [lambda d: max(0.0, (3 - d) / 2)], "S^4 is behind heat by -0.50"),
    (manifolds.nearest_rotation, [svd], "a mirrored rotation"),
    (manifolds.nearest_rotation, [lambda x: x], "no orthogonal matrix"),
    (manifolds.nearest_rotation, [lambda x: x.tolist()], "expected a 3 x 3 tensor"),
    (manifolds.around, [lambda n, g: torch.zeros(n)], "cos 1b is 1.000, expected 0.100: check the density"),
    (manifolds.around, [lambda n, g: torch.rand(n - 1, generator=g)], "expected a tensor of 40000 angles"),
]
