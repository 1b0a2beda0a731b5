"""Autoencoders that learnt nothing, walks of one step, formulas with another term, other spaces' numbers."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from circles.foundations import heat, manifolds
from circles.papers.rey2020 import (
    claims,
    digits,
    heat_frames,
    homology_runs,
    many,
    measures,
    mnist_across,
    mnist_frames,
    shapes,
    vae_frames,
)  # fmt: skip
from circles.papers.rey2020.published import excess
from nulls import untrained_vae as untrained

UNTRAINED = "nets before their first step"
ONE_STEP = "the walk of one step"
FLAT = "the expansion without its last term, the curvature's"
OLD = "the first version of the coefficient, (d + 4) / 24"
SHUFFLED = "the recorded nets, the names of their spaces drawn anew"
EXPECTED = {"loop": "sphere1", "torus": "flat_torus", "coloured": "so3"}


def _walk(column: str) -> dict[str, float]:
    return heat_frames.by_manifold(heat_frames.walks(steps=(1,)), column, steps=1)


def _flat() -> dict[str, float]:
    whole = heat.kl_expansion
    with patch.object(heat, "kl_expansion", lambda z, x, t: whole(z, x, t, coefficient=0.0)):
        return heat_frames.largest_error()


def _old_kl(z: manifolds.Manifold, t: Tensor) -> Tensor:
    x = z.project(torch.full((1, z.ambient), 0.5, dtype=torch.float64)).expand(len(t), -1)
    return heat.kl_expansion(z, x, t, coefficient=(z.dim + 4) / 24)


def _old_coefficients() -> dict[str, float]:
    with patch.object(heat, "kl_uniform", _old_kl):
        return heat_frames.coefficients()


def _old_excess() -> list[float]:
    names = ("sphere1", "sphere2", "sphere3", "projective2", "projective3")
    return [excess(name, c=(manifolds.by_name(name).dim + 4) / 24) for name in names]


def _first_epoch(manifold: str) -> float:
    return statistics.median(float(r.measures["history"].flatten()[0]) for r in _long(manifold).values())


def _long(manifold: str) -> dict[int, Any]:
    return mnist_frames.long_runs(manifold)


def _parts(manifold: str) -> dict[str, float]:
    last = mnist_frames.last_line(_long(manifold))
    return {part: last[part] for part in ("kl", "reconstruction")}


def _one_dimension() -> float:
    rows = mnist_across.table(mnist_across.recorded())
    return mnist_across.apart(rows.assign(dimension=2))[0]


def _untrained(claim: Callable[[], Any]) -> tuple[str, Callable[[], Any]]:
    return UNTRAINED, lambda: untrained.instead(untrained.shapes, claim)


def _shuffled(data: str, claim: Callable[[], Any]) -> tuple[str, Callable[[], Any]]:
    """Each space is given as many nets as it has, drawn from those of all spaces."""

    def value() -> Any:
        recorded = {config: many.measured(config)["unexplained"] for config in shapes.latents(data).values()}
        drawn = torch.cat(list(recorded.values()))
        drawn = drawn[torch.randperm(len(drawn), generator=torch.Generator().manual_seed(0))]
        parts = drawn.split([len(nets) for nets in recorded.values()])
        by_config = {config: {"unexplained": part} for config, part in zip(recorded, parts, strict=True)}
        return untrained.instead(by_config.__getitem__, claim)

    return SHUFFLED, value


def _large() -> dict[str, float]:
    return vae_frames.against_fit({m: untrained.encoded(config) for m, config in shapes.large().items()})


def _looped(measured: Callable[[Any], dict[str, Tensor]]) -> dict[str, float]:
    return untrained.instead(measured, lambda: {
        m: claims.looped(shapes.config(data, m)) for data, m in EXPECTED.items()})  # fmt: skip


def _anywhere(config: shapes.ShapeRun) -> dict[str, Tensor]:
    """Loops among points drawn evenly over the space: no picture was seen."""
    space, draws = manifolds.by_name(config.manifold), torch.Generator().manual_seed(0)
    count = homology_runs.POINTS[config.data]
    codes = space.uniform(count, generator=draws)[None]  # one draw: the loops of so many points take seconds
    run = SimpleNamespace(config=config, measures={"latents": codes})
    return {f"loops/{p}": torch.tensor(n) for p, n in measures.loops(run).items()}


NULLS = {
    "walk-is-heat": (ONE_STEP, lambda: _walk("total_variation")),
    "ten-steps-cost": (ONE_STEP, lambda: _walk("nats")),
    "kl-expansion": (FLAT, _flat),
    "kl-coefficient": ("a KL with " + OLD, _old_coefficients),
    "published-kl-spheres": (OLD, _old_excess),
    "mnist-first-epoch": ("nets on the projective plane", lambda: _first_epoch("projective2")),
    "mnist-kl-first": ("the projective plane, of half the volume", lambda: vae_frames.kl_range("projective2")[0]),
    "mnist-sphere": ("nets on the plane", lambda: mnist_frames.last_line(_long("euclidean2"))["loss"]),
    "mnist-sphere-parts": ("nets on the flat torus", lambda: _parts("flat_torus")),
    "mnist-manifolds": ("spaces of two and of three dimensions taken for spaces of one", _one_dimension),
    "mnist-classes": (UNTRAINED, lambda: mnist_across.classes(untrained.placed())),
    "loop-winds": _untrained(lambda: claims.winds(shapes.config("loop"))),
    "loop-even": _untrained(lambda: claims.even(shapes.config("loop"))),
    "loop-line": _shuffled("loop", lambda: claims.lost(shapes.latents("loop"))["euclidean1"]),
    "torus-winds": _untrained(lambda: claims.winds(shapes.config("torus"))),
    "torus-mismatched": _shuffled("torus", lambda: claims.loses_more(shapes.latents("torus"))),
    "torus-longer": _untrained(lambda: claims.winds(shapes.longer_torus())),
    "rotations-turn": _untrained(lambda: claims.winds(shapes.config("coloured"), 3)),
    "rotations-mismatched": _shuffled("coloured", lambda: claims.lost(shapes.latents("coloured"))),
    "rotations-longer": _untrained(lambda: claims.winds(shapes.longer()["so3"], 3)),
    "rotations-longer-mismatched": _untrained(lambda: claims.lost(shapes.longer())),
    "torus-large-whole": (UNTRAINED, lambda: measures.winds(untrained.encoded(shapes.large(seed=1)["flat_torus"]))),
    "torus-large-mismatched": (UNTRAINED, _large),
    "homology-matching": (UNTRAINED, lambda: _looped(untrained.loops)),
    "digits-separate": (UNTRAINED, lambda: untrained.instead(
        untrained.digit_accuracies, lambda: {m: claims.accuracy(m) for m in digits.MANIFOLDS})),
}  # fmt: skip

NONE: dict[str, str] = {}

ANY = {
    "mnist-first-epoch": (
        "nets on the flat torus", lambda: _first_epoch("flat_torus"),
        "after one epoch the loss is the same on the sphere, the flat torus and the plane, so it names no space",
    ),
    "mnist-sphere": (
        "nets on the flat torus", lambda: mnist_frames.last_line(_long("flat_torus"))["loss"],
        "the loss alone does not tell the two spaces apart; its parts do (mnist-sphere-parts)",
    ),
    "mnist-manifolds": (
        UNTRAINED, lambda: mnist_across.apart(mnist_across.table(untrained.scored()))[0],
        "that spaces come out alike says nothing of how well; mnist-sphere holds the level",
    ),
    "homology-matching": (
        "points drawn evenly over the space, of no picture", lambda: _looped(_anywhere),
        "homology asks only whether the codes cover the space, not which picture lies where (homology-blind)",
    ),
}  # fmt: skip
