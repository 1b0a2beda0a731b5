"""Tidy frames of the chapter's half about heat: how it spreads, the walk's law beside it, the KL and its expansion."""

from __future__ import annotations

import functools
import math

import pandas as pd
import torch
from torch import Tensor

from circles.foundations import heat, manifolds
from circles.foundations.heat.ring import kl_uniform_ring
from circles.foundations.manifolds.names import WRITTEN
from circles.ledger.rules import Below
from circles.papers.rey2020.published import PUBLISHED, excess

ROUNDING = 1e-5  # nats; what lies below differs from machine to machine
T_IN_USE = math.exp(-5)  # the largest time of the released code
WALKED = ("sphere1", "sphere2", "sphere3", "flat_torus", "so3")
CURVED = ("sphere2", "sphere3", "projective3", "so3")
TIMES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12)


def spreading() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Points of S^1 and of the visible half of S^2 with heat's density there, and KL to uniform, for each of TIMES.

    points: space, t, x, y, share (density over its largest value). divergence: space, t, kl (nats).
    """
    turns = torch.arange(90, dtype=torch.float64) * (2 * math.pi / 90)
    circle = torch.stack([turns.sin(), turns.cos()], dim=-1)
    k = torch.arange(520, dtype=torch.float64)
    height, around = 1 - (2 * k + 1) / 520, k * math.pi * (3 - math.sqrt(5))  # evenly over the whole sphere
    ball = torch.stack([(1 - height**2).sqrt() * around.cos(), (1 - height**2).sqrt() * around.sin(), height], -1)
    tilt = torch.tensor([[1, 0, 0], [0, 0.6, 0.8], [0, -0.8, 0.6]], dtype=torch.float64)  # start: up, towards us
    seen = (ball @ tilt.mT)[:, 2] > 0.02
    views = {
        "sphere1": (circle, circle[:, 1].clamp(-1, 1).acos()),
        "sphere2": ((ball @ tilt.mT)[seen, :2], height[seen].acos()),
    }
    points = pd.concat([_view(name, place, r, t) for name, (place, r) in views.items() for t in TIMES])
    times = torch.tensor(TIMES, dtype=torch.float64)
    rows = [
        {"space": WRITTEN[name], "t": t, "kl": float(kl)}
        for name in views
        for t, kl in zip(TIMES, heat.kl_uniform(manifolds.by_name(name), times), strict=True)
    ]
    return points, pd.DataFrame(rows)


def _view(name: str, place: Tensor, r: Tensor, t: float) -> pd.DataFrame:
    space = heat.radial(manifolds.by_name(name))
    density = space.relative(r, torch.full_like(r, t)).clamp_min(0)
    peak = space.relative(r.new_zeros(1), r.new_full((1,), t))
    x, y = place.unbind(-1)
    return pd.DataFrame({"space": WRITTEN[name], "t": t, "x": x, "y": y, "share": density / peak})


@functools.cache
def walks(t: float = T_IN_USE, steps: tuple[int, ...] = (1, 2, 5, 10, 20, 50, 100)) -> pd.DataFrame:
    """The walk's exact law beside heat at time t.

    Columns: manifold, space, steps, total_variation, ahead ((time of the heat it resembles / t - 1) steps / t),
    nats (heat's KL to uniform less its own, to five decimals).
    """
    rows = []
    for name in WALKED:
        z = manifolds.by_name(name)
        kl = float(heat.kl_uniform(z, torch.tensor([t], dtype=torch.float64))[0])
        for n in steps:
            law = heat.walk_law(z, t, n)
            rows.append(
                {"manifold": name, "space": WRITTEN[name], "steps": n, "total_variation": law.total_variation,
                 "ahead": (law.time_ratio - 1) * n / t, "nats": round(kl - law.kl, 5) + 0.0}
            )  # fmt: skip
    return pd.DataFrame(rows)


def by_manifold(frame: pd.DataFrame, column: str, steps: int = 10) -> dict[str, float]:
    """One column of ``walks`` at one number of steps, by manifold."""
    rows = frame[frame["steps"] == steps]
    return dict(zip(rows["manifold"], rows[column], strict=True))


def orders(frame: pd.DataFrame, few: int = 10, many: int = 100) -> dict[str, float]:
    """The power of 1 / steps by which the total variation falls between two numbers of steps."""
    at = [by_manifold(frame, "total_variation", n) for n in (few, many)]
    return {name: math.log(at[0][name] / at[1][name]) / math.log(many / few) for name in at[0]}


@functools.cache
def remainders() -> pd.DataFrame:
    """What is left of the exact KL without log vol - (d/2) log(2 pi t) - d/2, beside both coefficients of Sc t.

    Columns: manifold, space, t, what (exact, Sc t / 4, (d + 4) Sc t / 24), nats.
    """
    t = torch.linspace(0.01, 0.2, 12, dtype=torch.float64)
    rows = []
    for name in CURVED:
        z = manifolds.by_name(name)
        x = z.project(torch.full((1, z.ambient), 0.5, dtype=torch.float64)).expand(len(t), -1)
        flat = heat.kl_expansion(z, x, t, coefficient=0.0)
        bend = z.scalar_curvature(x) * t
        curves = {
            "exact": heat.kl_uniform(z, t) - flat,
            "Sc t / 4": bend / 4,
            "(d + 4) Sc t / 24": (z.dim + 4) / 24 * bend,
        }
        rows += [
            {"manifold": name, "space": WRITTEN[name], "t": float(s), "what": what, "nats": float(v)}
            for what, values in curves.items()
            for s, v in zip(t, values, strict=True)
        ]
    return pd.DataFrame(rows)


def coefficients() -> dict[str, float]:
    """The coefficient c of Sc t in the exact KL, by a fit of a + b t to (KL - flat) / (Sc t) over the times in use.

    On the torus in R^3 at its innermost points, over longer times for which the grid is small.
    """
    found = {}
    for name in CURVED:
        z = manifolds.by_name(name)
        t = torch.linspace(-7.5, -5, 6, dtype=torch.float64).exp()
        x = z.project(torch.full((1, z.ambient), 0.5, dtype=torch.float64)).expand(len(t), -1)
        left = heat.kl_uniform(z, t) - heat.kl_expansion(z, x, t, coefficient=0.0)
        found[name] = _at_zero(t, left / (z.scalar_curvature(x) * t))
    ring, t = manifolds.RingTorus(), torch.tensor([0.01, 0.015, 0.02, 0.03], dtype=torch.float64)
    b, kl = kl_uniform_ring(ring, t, places=2)
    x = ring.at(torch.stack([torch.zeros(1).double(), b[-1:]], -1)).expand(len(t), -1)
    left = kl[:, -1] - heat.kl_expansion(ring, x, t, coefficient=0.0)
    return found | {"torus": _at_zero(t, left / (ring.scalar_curvature(x) * t))}


def _at_zero(t: Tensor, values: Tensor) -> float:
    columns = torch.stack([torch.ones_like(t), t, t**2], dim=-1)
    return float(torch.linalg.lstsq(columns, values.unsqueeze(-1)).solution[0, 0])


def largest_error() -> dict[str, float]:
    """The expansion's largest error over the times in use, in nats to five decimals, by manifold."""
    t, found = torch.linspace(-7.5, -5, 6, dtype=torch.float64).exp(), {}
    for name in (*WALKED, "projective2", "projective3"):
        z = manifolds.by_name(name)
        x = z.project(torch.full((1, z.ambient), 0.5, dtype=torch.float64)).expand(len(t), -1)
        nats = float((heat.kl_uniform(z, t) - heat.kl_expansion(z, x, t)).abs().max())
        found[name] = round(nats, 5) if nats >= ROUNDING else Below(ROUNDING)
    return found


@functools.cache
def faults() -> pd.DataFrame:
    """manifold, space, nats: the released code's KL less the exact one at the largest time in use, to five decimals."""
    return pd.DataFrame(
        [{"manifold": n, "space": WRITTEN[n], "nats": round(excess(n), 5) + 0.0} for n in PUBLISHED]
    )  # no -0


def turn_length(angle: float = 1e-3) -> float:
    """The length in R^9 of a turn by a small angle, over that of the quaternions that describe it."""
    half = torch.tensor(angle / 2, dtype=torch.float64)
    turned = manifolds.rotations.from_quaternion(torch.stack([half.cos(), half.sin(), 0 * half, 0 * half]))
    return float((turned - torch.eye(3)).norm() / half)
