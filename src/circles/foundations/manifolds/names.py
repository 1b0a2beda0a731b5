"""Manifolds by name: ``sphere2``, ``flat_torus``, ``so3``."""

from __future__ import annotations

import difflib
import re

from circles.foundations.errors import ManifoldError
from circles.foundations.manifolds.base import Manifold
from circles.foundations.manifolds.euclidean import Euclidean
from circles.foundations.manifolds.ring import RingTorus
from circles.foundations.manifolds.rotations import Orthogonal3, Rotations
from circles.foundations.manifolds.spheres import FlatTorus, Projective, Sphere

SINGLE = {"torus": RingTorus, "so3": Rotations, "o3": Orthogonal3}
WRITTEN = {  # as a reader knows them
    "sphere1": "S¹", "sphere2": "S²", "sphere3": "S³", "projective2": "RP²", "projective3": "RP³",
    "flat_torus": "flat torus", "torus": "torus in R³", "so3": "SO(3)", "o3": "O(3)",
    "euclidean1": "R¹", "euclidean2": "R²", "euclidean3": "R³",
}  # fmt: skip
FAMILIES = {"sphere": Sphere, "projective": Projective, "flat_torus": FlatTorus, "euclidean": Euclidean}
NAMES = (
    *("sphere1", "sphere2", "sphere3", "projective2", "projective3", "flat_torus", "torus"),
    *("so3", "o3", "euclidean2", "euclidean3"),
)


def by_name(name: str) -> Manifold:
    """The manifold with this name; the number behind a family's name is the dimension, 2 for ``flat_torus`` alone.

    Raises ManifoldError, offering the nearest name.
    """
    if name in SINGLE:
        return SINGLE[name]()
    found = re.fullmatch(
        r"(sphere|projective|flat_torus|euclidean)([1-9]\d*)", "flat_torus2" if name == "flat_torus" else name
    )
    if found:
        return FAMILIES[found[1]](int(found[2]))
    near = difflib.get_close_matches(name, NAMES, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(NAMES)}"
    raise ManifoldError(f"no manifold {name!r}; {hint}")
