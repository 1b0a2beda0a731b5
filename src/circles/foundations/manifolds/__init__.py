"""Manifolds Z in R^m: project, walk, distance, volume, curvature; one class a shape, all under one suite of laws."""

from circles.foundations.manifolds.base import Manifold
from circles.foundations.manifolds.euclidean import Euclidean
from circles.foundations.manifolds.names import NAMES, by_name
from circles.foundations.manifolds.ring import RingTorus
from circles.foundations.manifolds.rotations import Orthogonal3, Rotations
from circles.foundations.manifolds.spheres import FlatTorus, Projective, Sphere

__all__ = [
    "NAMES",
    "Euclidean",
    "FlatTorus",
    "Manifold",
    "Orthogonal3",
    "Projective",
    "RingTorus",
    "Rotations",
    "Sphere",
    "by_name",
]
