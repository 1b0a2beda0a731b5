"""The claims about pictures with a shape: one formula each, over the many recorded nets and the chapter's live ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.papers.rey2020 import homology_runs, many, measures, shapes
from circles.papers.rey2020.digits import DigitsRun
from circles.papers.rey2020.measures import EVEN, EXPECTED
from circles.papers.rey2020.shapes import ShapeRun
from circles.training import runs

AnyRun = ShapeRun | DigitsRun
Measured = dict[str, Tensor]  # one value a net


def share(config: ShapeRun, holds: Callable[[Measured], Tensor]) -> Estimate:
    """In what share of the nets it holds."""
    return estimates.share(holds(many.measured(config)).tolist(), holds(_live(config)).tolist())


def winds(config: ShapeRun, times: int = 1) -> Estimate:
    """The share of nets that wind so often: a loop, |det W| of a torus, how many of three full turns."""
    return share(config, lambda net: net["winds"] == times)


def even(config: ShapeRun) -> Estimate:
    """The share of nets whose encoding is even: its largest stretch is at most three times the median one."""
    return share(config, lambda net: net["tear"] <= EVEN)


def jumps(config: ShapeRun, over: float = 10) -> Estimate:
    """The share of nets whose encoding jumps: one of its steps has at least so many times the median stretch."""
    return share(config, lambda net: net["tear"] >= over)


def lost(by_latent: Mapping[str, ShapeRun]) -> dict[str, Estimate]:
    """By manifold that does not fit: the median share of variance lost there, over that on the first, which fits."""
    (_, fits), *others = by_latent.items()
    return {m: _pair(config, fits, "unexplained", estimates.ratio) for m, config in others}


def loses_more(by_latent: Mapping[str, ShapeRun]) -> dict[str, Estimate]:
    """By manifold that does not fit: the chance that a net there loses more than one on the first, which fits."""
    (_, fits), *others = by_latent.items()
    return {m: _pair(config, fits, "unexplained", estimates.ahead) for m, config in others}


def looped(config: ShapeRun) -> Estimate:
    """The share of nets among whose codes the data's loops last, over each field, and no other."""
    return share(config, lambda net: _has_loops(config.data, net))


def unseen() -> Estimate:
    """Of the nets on the flat torus that are torn by their windings, the share that has the loops of a torus."""

    def blind(net: Measured) -> list[bool]:
        return _has_loops("torus", net)[net["winds"] == 0].tolist()

    config = shapes.config("torus")
    return estimates.share(blind(many.measured(config)), blind(_live(config)))


def accuracy(manifold: str) -> Estimate:
    """The median share of held-out digits whose five nearest neighbours name their class."""
    return _median(DigitsRun(manifold=manifold), "accuracy")


def gain(manifold: str) -> Estimate:
    """The same less that in the plane."""
    return _pair(DigitsRun(manifold=manifold), DigitsRun(manifold="euclidean2"), "accuracy", estimates.difference)


def _live(config: AnyRun) -> Measured:
    """What ``many.measured`` has, of the chapter's own nets."""
    run = runs.get(config)
    if isinstance(config, DigitsRun):
        return run.measures
    found = {"unexplained": run.measures["unexplained"], "tear": torch.tensor(measures.tears(run))}
    if config.manifold == config.setting.latents[0]:
        found["winds"] = torch.tensor(measures.winds(run))
    if config.data in homology_runs.DATA and config == shapes.config(config.data, config.manifold):
        codes = runs.get(homology_runs.HomologyRun(data=config.data, space=config.manifold))
        found |= {k: v for k, v in codes.measures.items() if k.startswith("loops/")}
    return found


def _has_loops(data: str, net: Measured) -> Tensor:
    return torch.stack([net[f"loops/{p}"] == n for p, n in EXPECTED[data].items()]).all(0)


def _median(config: AnyRun, key: str) -> Estimate:
    return estimates.median(many.measured(config)[key].tolist(), _live(config)[key].tolist())


def _pair(over: AnyRun, under: AnyRun, key: str, joined: Callable[..., Estimate]) -> Estimate:
    nets = [many.measured(c)[key].tolist() for c in (over, under)]
    return joined(*nets, tuple(_live(c)[key].tolist() for c in (over, under)))
