"""Checks of Chapter 5's exercises about manifolds and heat: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
from torch import Generator, Tensor

from circles.foundations import heat, manifolds
from circles.foundations.heat.radial import quadrature
from circles.foundations.manifolds.rotations import from_quaternion
from circles.teaching import cases
from circles.teaching.answers import array, close, number, off, pair
from circles.teaching.check import NotYet

TURNS = (0.1, 1.0, 2.0, math.pi)


def kl_circle(answer: Callable[[float], Any], *, draw: Generator) -> None:
    """kl_circle(t) is the KL of heat on the unit circle from uniform, for t up to 0.1, against an integral."""
    for t in (0.001, 0.01, 0.1, *(cases.between(0.002, 0.1, draw=draw) for _ in range(2))):
        call = f"kl_circle({t})"
        got, true = number(answer(t), call), _kl_by_integral(t)
        gap = got - true
        if close(got, true, 1e-5):
            continue
        if abs(gap - math.log(2 * math.pi) / 2) < 1e-3:
            raise NotYet(
                f"{call} is too large by half of log(2 pi): the normal density has the root of 2 pi t, not of t"
            )
        if abs(gap + math.log(2 * math.pi)) < 1e-3:
            raise NotYet(f"{call} is too small by log(2 pi): that is the log of the circle's length")
        if abs(gap - 0.5) < 1e-3:
            raise NotYet(f"{call} is too large by 1/2: the mean of r^2 / (2t) under heat is not 0")
        raise NotYet(f"{call} gives {got:.4f}, an integral over the circle gives {true:.4f}: it is int q log(2 pi q)")


def _kl_by_integral(t: float) -> float:
    r = (torch.arange(200_000, dtype=torch.float64) + 0.5) * (2 * math.pi / 200_000) - math.pi
    images = sum((-((r + 2 * math.pi * k) ** 2) / (2 * t)).exp() for k in (-1, 0, 1)) / math.sqrt(2 * math.pi * t)
    return float(torch.special.xlogy(images, 2 * math.pi * images).sum()) * (2 * math.pi / 200_000)


def scaled(answer: Callable[[int, float], Any], *, draw: Generator) -> None:
    """scaled(d, s): by what the volume of S^d is multiplied, and its scalar curvature, when all lengths are times s."""
    drawn = [(cases.integer(2, 6, draw=draw), cases.between(0.3, 4, draw=draw)) for _ in range(3)]
    for d, s in ((1, 2.0), (2, 0.5), (2, 3.0), (3, 2.0), *drawn):
        call = f"scaled({d}, {s})"
        volume, bend = _two(answer(d, s), call, "a factor of the volume and a scalar curvature")
        if not close(volume, s**d):
            raise NotYet(f"{call}: the volume is times {volume:g}, which is wrong: d lengths are multiplied, each by s")
        true = d * (d - 1) / s**2
        if not close(bend, true):
            right = "the circle is flat" if d == 1 else "a larger sphere is flatter, and Sc goes with 1 / length^2"
            raise NotYet(f"{call}: the curvature is {bend:g}, which is wrong: {right}")


def turned(answer: Callable[[float], Any], *, draw: Generator) -> None:
    """turned(w): the distance in R^9 between a rotation by w and 1, straight through space and along SO(3)."""
    z = manifolds.by_name("so3")
    one = torch.eye(3, dtype=torch.float64).flatten()
    for w in (*TURNS, *(cases.between(0.2, 3, draw=draw) for _ in range(3))):
        q = torch.tensor([math.cos(w / 2), 0.6 * math.sin(w / 2), 0.8 * math.sin(w / 2), 0.0], dtype=torch.float64)
        rotation = from_quaternion(q).flatten()
        straight, along = float((rotation - one).norm()), float(z.distance(one, rotation))
        got = _two(answer(w), f"turned({w:.3g})", "a straight distance and one along SO(3)")
        if not close(got[0], straight, 1e-5):
            raise NotYet(
                f"turned({w:.3g}): the straight distance is {straight:.4f}, not {got[0]:.4f}: square and sum the nine "
                "entries of the difference, for a turn about the third axis"
            )
        if not close(got[1], along, 1e-5):
            if close(got[1], w):
                raise NotYet(
                    "the angle itself is not the length: four of the nine entries move, two by cos, two by sin"
                )
            raise NotYet(
                f"turned({w:.3g}): the way along SO(3) is {along:.4f} long, not {got[1]:.4f}: sum small chords"
            )


def mean_cosine(answer: Callable[[int, float], Any], *, draw: Generator) -> None:
    """mean_cosine(d, t): the mean of cos r under heat on S^d at time t, against an integral."""
    for d in (1, 2, 3, 5):
        for t in (0.1, 1.0, cases.between(0.2, 1.5, draw=draw)):
            call = f"mean_cosine({d}, {t})"
            space = heat.Radial(d)
            r, weights = quadrature(space, math.sqrt(t))
            mass = weights * space.area(r) * space.relative(r, torch.full_like(r, t)) / math.exp(space.log_volume)
            true, got = float((mass * r.cos()).sum()), number(answer(d, t), call)
            if close(got, true):
                continue
            if close(got, true**2):
                raise NotYet(
                    f"{call} is the square of what it should be: time here has the factor 1/2 before Laplace's"
                )
            raise NotYet(
                f"{call} gives {got:.4f}, an integral gives {true:.4f}: cos r is a coordinate, and its Laplacian?"
            )


def ahead(answer: Callable[[int], Any], *, draw: Generator) -> None:
    """ahead(d): the walk of n steps on S^d is heat at the time t (1 + ahead(d) t / n), to first order."""
    for d in (*range(1, 7), cases.integer(7, 12, draw=draw)):
        law = heat.walk_law(manifolds.Sphere(d), 0.002, 4)
        true, got = (law.time_ratio - 1) * 4 / 0.002, number(answer(d), f"ahead({d})")
        if not abs(got - true) <= 0.02 * max(1.0, abs(true)):
            by = f" by {abs(true):.2f}"
            side = f"ahead of heat{by}" if true > 0.01 else f"behind heat{by}" if true < -0.01 else "in step with heat"
            raise NotYet(f"ahead({d}) gives {got:g}, but the exact law of the walk on S^{d} is {side}")


def nearest_rotation(answer: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """nearest_rotation(x): the rotation nearest to a 3 x 3 matrix, also when the determinant of x is negative."""
    z = manifolds.by_name("so3")
    for matrix in torch.cat([torch.randn(40, 3, 3, generator=_seeded(5), dtype=torch.float64), *_bent(draw)]):
        side = "negative" if torch.linalg.det(matrix) < 0 else "positive"
        got = array(answer(matrix.clone()), (3, 3), "nearest_rotation(x)")
        if not bool(z.contains(got.flatten(), 1e-4)):
            mirrored = not off(got.mT @ got, torch.eye(3, dtype=torch.float64))
            what = "a mirrored rotation: its determinant is -1" if mirrored else "no orthogonal matrix"
            raise NotYet(f"for a matrix with {side} determinant the result is {what}")
        best, found = (float((matrix - q).norm()) for q in (z.project(matrix.flatten()).unflatten(0, (3, 3)), got))
        if found > best + 1e-4:
            raise NotYet(
                f"for a matrix with {side} determinant the result is {found:.3f} away, but a rotation is only "
                f"{best:.3f} away: flip only the direction that costs least"
            )


def _seeded(seed: int) -> Generator:
    return torch.Generator().manual_seed(seed)


def _bent(draw: Generator) -> list[Tensor]:
    """Matrices of other sizes than a rotation's: large, small, and stretched along one axis."""
    stretch = torch.diag(torch.tensor([4.0, 1.0, 0.3], dtype=torch.float64))
    large, small = 10 * cases.noise(4, 3, 3, draw=draw), cases.noise(4, 3, 3, draw=draw) / 5
    return [large, small, cases.noise(8, 3, 3, draw=draw) @ stretch]


def around(answer: Callable[[int, Generator], Any], *, draw: Generator) -> None:
    """around(n, generator): n angles around the tube, uniform by area on the torus with R = 3 and r = 0.6."""
    n, big, small = 40_000, 3.0, 0.6
    seed = cases.integer(0, 10**6, draw=draw)
    b = _angles(answer, n, seed)
    if not torch.equal(b, _angles(answer, n, seed)) or torch.equal(b, _angles(answer, n, seed + 1)):
        raise NotYet("the same seed must give the same angles and another seed others: draw with the generator only")
    for other in range(200):
        _angles(answer, 1, seed + other)
    for k in range(1, 5):
        # The density is (R + r cos b) / (2 pi R), so cos kb has the mean r / 2R for k = 1 and 0 for all others.
        true, found = small / (2 * big) if k == 1 else 0.0, float((k * b).cos().mean())
        if not abs(found - true) <= 5 / math.sqrt(2 * n):
            flat = k == 1 and abs(found) < 5 / math.sqrt(2 * n)
            why = (
                "the inner side has less area than the outer, yet gets as many points" if flat else "check the density"
            )
            raise NotYet(f"the mean of cos {k}b is {found:.3f}, expected {true:.3f}: {why}")
    if abs(float(b.sin().mean())) > 5 / math.sqrt(2 * n):
        raise NotYet(f"the mean of sin b is {float(b.sin().mean()):.3f}, expected 0: above and below are alike")


def _angles(answer: Callable[[int, Generator], Any], n: int, seed: int) -> Tensor:
    return array(answer(n, _seeded(seed)), (n,), f"around({n}, generator)")


def _two(answer: Any, call: str, what: str) -> tuple[float, float]:
    first, second = pair(answer, call, f"two numbers, {what}")
    return number(first, call), number(second, call)
