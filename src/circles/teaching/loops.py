"""Checks of Chapter 5's exercises on its recorded nets: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from circles.analysis import topology
from circles.models import vae
from circles.papers.rey2020 import mnist, shapes
from circles.teaching import cases
from circles.teaching.answers import array, integer, members, number, off, pair
from circles.teaching.check import NotYet
from circles.training import runs

TEAR = math.pi / 2  # a step longer than a quarter turn is a tear


@cache
def codes() -> tuple[Float[Tensor, "128 2"], ...]:
    """Where the recorded nets put 128 clock hands, one after the other around the clock, on the circle."""
    found = [runs.get(config).measures["latents"] for config in (shapes.little_noise(), shapes.config("loop"))]
    return tuple(path.double() for nets in found for path in nets)


def seen_from(path: Tensor, *, draw: Generator) -> Tensor:
    """The same loop begun elsewhere, turned, and half of the time run backwards."""
    turn = cases.between(0, 6.28, draw=draw)
    c, s = math.cos(turn), math.sin(turn)
    path = path.roll(cases.integer(0, len(path) - 1, draw=draw), 0) @ torch.tensor([[c, s], [-s, c]], dtype=path.dtype)
    return path.flip(0) if cases.integer(0, 1, draw=draw) else path


def steps(path: Float[Tensor, "n 2"]) -> Float[Tensor, " n"]:
    """The angle from each point to the next, the short way round, the last back to the first."""
    angles = torch.atan2(path[:, 1], path[:, 0])
    moved = angles.roll(-1) - angles
    return moved - 2 * math.pi * (moved / (2 * math.pi)).round()


def read_loop(answer: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """read_loop(path): how often a closed path of codes winds, counter-clockwise positive, and where it is torn."""
    for path in codes():
        path = seen_from(path, draw=draw)
        found = pair(answer(path.clone()), "read_loop(path)", "the winding and the list of the torn steps")
        winds = integer(number(found[0], "read_loop(path): the winding"), "read_loop(path): the winding")
        torn = [integer(i, "a torn step") for i in members(found[1], "read_loop(path)", "a list of steps")]
        moved = steps(path)
        true = int(topology.winding(torch.atan2(path[:, 1], path[:, 0])))
        right = set((moved.abs() > TEAR).nonzero().flatten().tolist())
        if set(torn) != right:
            missing, more = sorted(right - set(torn)), sorted(set(torn) - right)
            if missing:
                i = missing[0]
                where = "the last step goes from the last point back to the first" if i == len(path) - 1 else ""
                why = where or "a step from point i to point i + 1 is called i"
                raise NotYet(f"step {i} turns by {float(moved[i]):.2f}, which is more than a quarter turn: {why}")
            i = more[0]
            short = f"turns by {float(moved[i]):.2f} only" if 0 <= i < len(path) else "is no step of this path"
            raise NotYet(f"step {i} {short}: atan2 jumps by a whole turn where the path does not")
        if winds != true:
            why = "the direction counts: counter-clockwise is positive" if winds == -true else "add up the short steps"
            raise NotYet(f"a path with {len(right)} tears winds {true} times, not {winds}: {why}")


@cache
def decoder() -> dict[str, Tensor]:
    """The decoder of the recorded net that put MNIST on the sphere, without the axis of replicates."""
    found = runs.get(mnist.MnistRun(manifold="sphere2")).measures
    held = {name.removeprefix("decoder/"): w for name, w in found.items() if name.startswith("decoder/")}
    return {name: w[0].double().squeeze(0) if name.endswith("bias") else w[0].double() for name, w in held.items()}


@cache
def placed() -> tuple[Float[Tensor, "2000 3"], Tensor]:
    """Where that net puts 2,000 test pictures on the sphere, and which digits they are."""
    found = runs.get(mnist.MnistRun(manifold="sphere2")).measures
    return found["placed"].double(), found["labels"].long()


def pictures(z: Float[Tensor, "n 3"]) -> Float[Tensor, "n 784"]:
    """The chance of each pixel at these points of the sphere."""
    spec = mnist.MnistRun(manifold="sphere2").spec
    weights = {name: (w[None, None] if name.endswith("bias") else w[None]) for name, w in decoder().items()}
    return vae.decode(weights, z[None], spec)[0].sigmoid()


def geodesic(along: Callable[..., Any], decode: Callable[..., Any], *, draw: Generator) -> None:
    """along(x, y, n): n points evenly along the great circle; decode(weights, z): the chances of each pixel there."""
    where, labels = placed()
    for n in (2, 5, 9):
        i, j = (cases.integer(0, len(where) - 1, draw=draw) for _ in range(2))
        x, y = (w / w.norm() for w in (where[i], where[j]))
        call = f"along(x, y, {n})"
        got = array(along(x, y, n), (n, 3), call)
        _even(got, x, y, call)
        z = _circle(x, y, n)
        shown = array(decode(dict(decoder()), z), (n, 784), "decode(weights, z)")
        _chances(shown, pictures(z), labels[i])
    near = torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64)
    _even(array(along(near, near, 4), (4, 3), "along(x, x, 4)"), near, near, "along(x, x, 4)")


def _circle(x: Tensor, y: Tensor, n: int) -> Tensor:
    """The points at equal angles from x to y, by their angle in the plane of both."""
    aside = y - (x @ y) * x
    length = aside.norm()
    if length < 1e-12:
        return x.expand(n, -1)
    angle = torch.atan2(length, x @ y) * torch.linspace(0, 1, n, dtype=x.dtype)
    return angle.cos()[:, None] * x + angle.sin()[:, None] * aside / length


def _even(got: Tensor, x: Tensor, y: Tensor, call: str) -> None:
    want = _circle(x, y, len(got))
    if not off(got, want):
        return
    radius = got.norm(dim=1)
    why = "start at x, end at y, and turn by the same angle each time"
    if off(radius, torch.ones_like(radius)):
        why = "the points leave the sphere: a straight line goes through the ball"
    elif not off(got[0], want[0]) and not off(got[-1], want[-1]):
        why = "both ends are right, but the steps are not even: divide the angle, not the chord"
    raise NotYet(f"{call} is off by {off(got, want):.3g}: {why}")


def _chances(got: Tensor, want: Tensor, digit: Tensor) -> None:
    if gap := off(got, want):
        why = "ReLU after the first two maps, none after the third, and then the sigmoid"
        if not off(got.sigmoid(), want):
            why = "these are logits: a sigmoid makes chances of them"
        raise NotYet(f"decode(weights, z) is off by {gap:.3g} near a {int(digit)}: {why}")

