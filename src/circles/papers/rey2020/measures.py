"""What the claims about shapes ask of each net: windings, full turns, the largest stretch, the loops among its codes.

A run is anything with a ``ShapeRun`` as its ``config`` and that run's ``measures``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from circles.analysis import homology, topology
from circles.foundations import manifolds
from circles.papers.rey2020.shapes import GRID, TURNED, ShapeRun

# The rank of H_1 over the fields of two and of three elements: of S^1, of the torus, of SO(3).
EXPECTED = {"loop": {2: 1}, "torus": {2: 2}, "coloured": {2: 1, 3: 0}, "grey": {2: 1, 3: 0}}
EVEN = 3  # the largest stretch over the median one of a map that counts as even


class Encoded(Protocol):
    """Nets and what they make of their pictures."""

    config: ShapeRun
    measures: dict[str, Tensor]


def loop_windings(run: Encoded) -> list[int]:
    """How often the encoded loop goes around S^1, up to direction, a net each."""
    points = run.measures["latents"]
    return [abs(int(w)) for w in topology.winding(torch.atan2(points[..., 1], points[..., 0]))]


def torus_windings(run: Encoded) -> list[Tensor | None]:
    """The winding matrix of each net; None where the map is torn."""
    space = manifolds.FlatTorus()
    grids = run.measures["latents"].unflatten(1, (GRID, GRID))
    return [topology.winding_matrix(space.angles(z)) for z in grids]


def determinants(matrices: Sequence[Tensor | None]) -> list[int]:
    """|det W| of each winding matrix; 0 where the map is torn."""
    return [0 if w is None else abs(round(float(torch.linalg.det(w.double())))) for w in matrices]


def full_turns(run: Encoded) -> list[int]:
    """Of three full turns of the object, how many are encoded as paths in SO(3) that cannot be shrunk; a net each."""
    return [sum(not topology.is_contractible(p) for p in paths) for paths in run.measures["paths"]]


def winds(run: Encoded) -> list[int]:
    """On the space that fits: the winding number of a loop, |det W| of a torus, of three full turns those kept whole.

    A net each.
    """
    if run.config.data in TURNED:
        return full_turns(run)
    return loop_windings(run) if run.config.data == "loop" else determinants(torus_windings(run))


def tears(run: Encoded) -> list[float]:
    """Largest stretch over median stretch along closed paths of pictures; the median over the paths, a net each."""
    config, space = run.config, manifolds.by_name(run.config.manifold)
    found = []
    for net, latents in enumerate(run.measures["latents"]):
        x = config.pictures[net]
        if config.data in TURNED:
            paths = list(zip(run.measures["paths"][net], config.paths, strict=True))
        elif config.data == "torus":
            z, rows = (v.unflatten(0, (GRID, GRID)) for v in (latents, x))
            paths = [(z[i], rows[i]) for i in range(0, GRID, 6)]
            paths += [(z[:, i], rows[:, i]) for i in range(0, GRID, 6)]
        else:
            paths = [(latents, x)]
        found.append(float(torch.tensor([topology.tear(space, *p) for p in paths]).median()))
    return found


def loops(run: Encoded) -> dict[int, list[int]]:
    """How many loops last among the codes of each net, by the field over which they are counted."""
    space = manifolds.by_name(run.config.manifold)
    apart = [homology.distances(space, codes) for codes in run.measures["latents"]]
    return {p: [homology.loops(homology.persistence(a, field=p)) for a in apart] for p in EXPECTED[run.config.data]}
