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
    "read_loop": "atan2 jumps by a whole turn where the path does not",
    "geodesic": "ReLU after the first two maps",
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


def short_steps(path):
    angle = torch.atan2(path[:, 1], path[:, 0])
    step = angle.roll(-1) - angle
    return step - 2 * math.pi * (step / (2 * math.pi)).round()


def read(path, limit=math.pi / 2, sign=1, steps=short_steps):
    step = steps(path)
    return round(sign * float(step.sum()) / (2 * math.pi)), (step.abs() > limit).nonzero().flatten().tolist()


def read_numpy(path):
    z = np.asarray(path) @ [1, 1j]
    step = np.angle(np.roll(z, -1) / z)
    return np.array([step.sum() / (2 * np.pi)]).round()[0], set(np.flatnonzero(np.abs(step) > np.pi / 2).tolist())


def read_cross(path):
    after = path.roll(-1, 0)
    cross = path[:, 0] * after[:, 1] - path[:, 1] * after[:, 0]
    step = torch.atan2(cross, (path * after).sum(1)).float()
    return torch.tensor([step.sum() / (2 * math.pi)]).round()[0], (step.abs() > math.pi / 2).nonzero()[:, 0]


def open_steps(path):
    return torch.cat([short_steps(path)[:-1], torch.zeros(1)])


def raw_steps(path):
    angle = torch.atan2(path[:, 1], path[:, 0])
    return angle.roll(-1) - angle


def by_sines(x, y, n):
    w = torch.acos((x @ y).clamp(-1, 1))
    t = torch.linspace(0, 1, n, dtype=x.dtype)[:, None]
    return x.expand(n, 3) if w < 1e-7 else ((1 - t) * w).sin() / w.sin() * x + (t * w).sin() / w.sin() * y


def by_angle(x, y, n):
    x, y = np.asarray(x), np.asarray(y)
    aside = y - (x @ y) * x
    length = np.linalg.norm(aside)
    angle = np.arctan2(length, x @ y) * np.linspace(0, 1, n)[:, None]
    return np.cos(angle) * x + np.sin(angle) * aside / max(length, 1e-12)


def by_turning(x, y, n):
    """A rotation about the axis of both, by equal angles (Rodrigues)."""
    axis = torch.linalg.cross(x, y)
    if axis.norm() < 1e-12:
        return x.expand(n, 3).tolist()
    angle, axis = torch.atan2(axis.norm(), x @ y), axis / axis.norm()
    aside = torch.linalg.cross(axis, x)
    return [(x * math.cos(t) + aside * math.sin(t)).tolist() for t in torch.linspace(0, 1, n).double() * angle]


def chord(x, y, n, project=False):
    t = torch.linspace(0, 1, n, dtype=x.dtype)[:, None]
    z = (1 - t) * x + t * y
    return z / z.norm(dim=1, keepdim=True) if project else z


def drawn_at(weights, z, relus=2, end=torch.sigmoid, bias=True):
    for i in range(3):
        z = z @ weights[f"decode{i}.weight"] + weights[f"decode{i}.bias"] * bias
        z = z.relu() if i < relus else z
    return end(z)


def drawn_numpy(weights, z):
    w = {name: np.asarray(x) for name, x in weights.items()}
    z = np.asarray(z)
    for i in (0, 1):
        z = np.maximum(z @ w[f"decode{i}.weight"] + w[f"decode{i}.bias"], 0)
    return 1 / (1 + np.exp(-(z @ w["decode2.weight"] + w["decode2.bias"])))


def drawn_one_by_one(weights, z):
    return [drawn_at(weights, point).float() for point in z]


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
    "read_loop": [[read], [read_numpy], [read_cross], [lambda path: list(read(path.float()))]],
    "geodesic": [[by_sines, drawn_at], [by_angle, drawn_numpy], [by_turning, drawn_one_by_one]],
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
    "read_loop": [
        ([lambda path: read(path, sign=-1)], "counter-clockwise is positive"),
        ([lambda path: read(path, steps=raw_steps)], "atan2 jumps by a whole turn where the path does not"),
        ([lambda path: read(path, limit=math.pi)], "which is more than a quarter turn"),
        ([lambda path: read(path, limit=0.05)], "turns by"),
        ([lambda path: (read(path)[0], [i + 1 for i in read(path)[1]])], "a step from point i to point i + 1 is called i"),
        ([lambda path: (2 * read(path)[0] + 1, read(path)[1])], "add up the short steps"),
        ([lambda path: (float(short_steps(path).sum()), read(path)[1])], "expected whole numbers"),
        ([lambda path: read(path)[0]], "expected the winding and the list of the torn steps"),
        ([lambda path: (read(path)[0], [])], "which is more than a quarter turn"),
    ],
    "geodesic": [
        ([chord, drawn_at], "a straight line goes through the ball"),
        ([lambda x, y, n: chord(x, y, n, project=True), drawn_at], "divide the angle, not the chord"),
        ([lambda x, y, n: by_sines(y, x, n), drawn_at], "start at x, end at y"),
        ([lambda x, y, n: by_sines(x, y, n + 1)[:-1], drawn_at], "turn by the same angle each time"),
        ([by_sines, lambda w, z: drawn_at(w, z, end=lambda x: x)], "these are logits"),
        ([by_sines, lambda w, z: drawn_at(w, z, relus=3)], "none after the third"),
        ([by_sines, lambda w, z: drawn_at(w, z, relus=0)], "ReLU after the first two maps"),
        ([by_sines, lambda w, z: drawn_at(w, z, bias=False)], "decode(weights, z) is off by"),
        ([by_sines, lambda w, z: drawn_at(w, z).reshape(-1, 28, 28)], "expected a tensor of shape (2, 784)"),
    ],
}  # fmt: skip
