"""The claims about pictures with a shape: one formula each, over the many recorded nets and the chapter's live ones."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from circles.experiments.rey2020 import homology_runs, many, measures, shapes
from circles.experiments.rey2020.digits import DigitsRun
from circles.experiments.rey2020.measures import EVEN, EXPECTED
from circles.experiments.rey2020.shapes import ShapeRun
from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.training import runs

AnyRun = ShapeRun | DigitsRun
Measured = dict[str, Tensor]  # one value a net


def share(config: ShapeRun, holds: Callable[[Measured], Tensor]) -> Estimate:
    """In what share of the nets it holds."""
    return estimates.share(holds(many.measured(config)).tolist(), holds(_live(config)).tolist())


def winds(data: str, times: int = 1) -> Estimate:
    """The share of nets on the space that fits that wind so often: a loop, |det W| of a torus, of three full turns."""
    return share(_on(data), lambda net: net["winds"] == times)


def even(data: str, manifold: str | None = None) -> Estimate:
    """The share of nets whose encoding is even: its largest stretch is at most three times the median one."""
    return share(_on(data, manifold), lambda net: net["tear"] <= EVEN)


def torn(config: ShapeRun, over: float = 10) -> Estimate:
    """The share of nets whose encoding has a step that is stretched at least so many times as far as the median one."""
    return share(config, lambda net: net["tear"] >= over)


def stretch(data: str) -> dict[str, Estimate]:
    """The median over nets of the largest stretch over the median one, by manifold."""
    return {m: _median(_on(data, m), "tear") for m in shapes.SETTINGS[data].latents}


def lost(data: str) -> dict[str, Estimate]:
    """By manifold that does not fit: the median share of variance lost there, over that on the one that fits."""
    fits, *others = shapes.SETTINGS[data].latents
    return {m: _ratio(_on(data, m), _on(data, fits), "unexplained") for m in others}


def looped(data: str) -> dict[str, Estimate]:
    """By manifold: the share of nets among whose codes the data's loops last, over each field, and no other."""
    return {m: share(_on(data, m), lambda net: _has_loops(data, net)) for m in shapes.SETTINGS[data].latents}


def unseen() -> Estimate:
    """Of the nets on the flat torus that are torn by their windings, the share that has the loops of a torus."""

    def blind(net: Measured) -> list[bool]:
        return _has_loops("torus", net)[net["winds"] == 0].tolist()

    config = _on("torus")
    return estimates.share(blind(many.measured(config)), blind(_live(config)))


def apart(data: str) -> Estimate:
    """Of the nets on the space that fits, the share of which windings and homology say the same: whole, or not."""
    once = 3 if data in shapes.TURNED else 1
    return share(_on(data), lambda net: (net["winds"] == once) == _has_loops(data, net))


def accuracy(manifold: str) -> Estimate:
    """The median share of held-out digits whose five nearest neighbours name their class."""
    return _median(DigitsRun(manifold=manifold), "accuracy")


def gain(manifold: str) -> Estimate:
    """The same less that in the plane."""
    return _pair(DigitsRun(manifold=manifold), DigitsRun(manifold="euclidean2"), "accuracy", estimates.difference)


def _on(data: str, manifold: str | None = None) -> ShapeRun:
    return ShapeRun(data=data, manifold=manifold or shapes.SETTINGS[data].latents[0])


def _live(config: AnyRun) -> Measured:
    """What ``many.measured`` has, of the chapter's own nets."""
    run = runs.get(config)
    if isinstance(config, DigitsRun):
        return run.measures
    found = {"unexplained": run.measures["unexplained"], "tear": torch.tensor(measures.tears(run))}
    if config.manifold == config.setting.latents[0]:
        found["winds"] = torch.tensor(measures.winds(run))
    if config.data in homology_runs.DATA and config.log_t is None:
        codes = runs.get(homology_runs.HomologyRun(data=config.data, space=config.manifold))
        found |= {k: v for k, v in codes.measures.items() if k.startswith("loops/")}
    return found


def _has_loops(data: str, net: Measured) -> Tensor:
    return torch.stack([net[f"loops/{p}"] == n for p, n in EXPECTED[data].items()]).all(0)


def _median(config: AnyRun, key: str) -> Estimate:
    return estimates.median(many.measured(config)[key].tolist(), _live(config)[key].tolist())


def _ratio(over: ShapeRun, under: ShapeRun, key: str) -> Estimate:
    return _pair(over, under, key, estimates.ratio)


def _pair(over: AnyRun, under: AnyRun, key: str, joined: Callable[..., Estimate]) -> Estimate:
    nets = [many.measured(c)[key].tolist() for c in (over, under)]
    return joined(*nets, tuple(_live(c)[key].tolist() for c in (over, under)))
