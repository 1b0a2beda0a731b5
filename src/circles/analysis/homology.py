"""Persistent homology of a cloud of points: which loops it has, and over what range of scales.

Balls of growing radius are put around the points and joined where they meet (the Vietoris-Rips complex). A loop is
born at the scale at which it closes and dies at the scale at which it is filled. GUDHI computes the pairs.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations.errors import RunError, ShapeError
from circles.foundations.manifolds import Manifold

LASTS = 3.0  # a loop counts when it dies at this many times the scale of its birth: see ``loops``


def distances(space: Manifold, points: Float[Tensor, "n m"]) -> Float[Tensor, "n n"]:
    """The lengths of the shortest paths in Z between all points, symmetric to the last bit."""
    points = space.project(points.double())  # on Z to the last bit of float64
    found = space.distance(*torch.broadcast_tensors(points[:, None], points[None])).clone()
    found = (found + found.mT) / 2
    return found.fill_diagonal_(0)


def persistence(apart: Float[Tensor, "rows columns"], *, field: int = 2) -> Float[Tensor, "loops 2"]:
    """Birth and death of each class of H_1 of the Rips complex, longest-lived first.

    Coefficients lie in the field of ``field`` elements, a prime: a loop that is closed only when gone around twice, as
    in SO(3), is there for 2 and not for 3. Memory allows some hundred points. Raises ShapeError for anything but a
    square, and RunError without GUDHI.
    """
    if apart.ndim != 2 or apart.shape[0] != apart.shape[1] or len(apart) < 3:
        raise ShapeError(f"distances have shape {tuple(apart.shape)}, expected a square of at least 3 points")
    try:
        from gudhi.sklearn.rips_persistence import RipsPersistence
    except ImportError:
        raise RunError("persistent homology needs GUDHI, expected pip install gudhi") from None
    rips = RipsPersistence(
        homology_dimensions=[1], homology_coeff_field=field, input_type="full distance matrix",
    )  # fmt: skip
    found = torch.as_tensor(rips.fit_transform([apart.double().numpy()])[0][0], dtype=torch.float64).reshape(-1, 2)
    return found[(found[:, 0] - found[:, 1]).argsort(stable=True)]


def loops(pairs: Float[Tensor, "loops 2"]) -> int:
    """How many classes last: death at least three times birth.

    Of random points on known spaces, as many as the chapter has codes, loops of the space last longer than that and
    loops between neighbours do not; a test draws them.
    """
    return int((pairs[:, 1] >= LASTS * pairs[:, 0]).sum())
