"""Diffusion autoencoders before their first step, in the places of the recorded nets of Perez Rey et al. 2020."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from circles.ledger import estimates
from circles.models import likelihood, ring_likelihood, vae
from circles.models.vae import VaeSpec
from circles.papers.rey2020 import claims, digits, many, measures, mnist, mnist_likelihood
from circles.papers.rey2020.digits import DigitsRun
from circles.papers.rey2020.mnist_frames import SEEDS
from circles.papers.rey2020.shapes import ShapeRun

NETS = 60  # as many as are recorded of most settings
WITH_LOOPS = 5  # of so many the loops are counted, which takes seconds a net
SCORED, DRAWS = 10, 2  # pictures whose likelihood is asked, by so many draws: of hundreds of nats, so a few suffice


@torch.no_grad()
def encoded(config: ShapeRun) -> SimpleNamespace:
    """What ``measures`` takes for a run: a config's nets, which have learnt nothing."""
    return SimpleNamespace(config=config, measures=config._measured(vae.initial(config.spec, config.seeds)))


def shapes(config: ShapeRun) -> dict[str, Tensor]:
    """What ``many.measured`` has of a setting, without loops; ``tear`` and ``winds`` only on the space that fits."""
    return _shapes(replace(config, steps=None, tier="live"))  # no step is taken, however many there would be


@cache
def _shapes(config: ShapeRun) -> dict[str, Tensor]:
    run = encoded(replace(many.of(config)[0], nets=NETS))
    found = {"unexplained": run.measures["unexplained"]}
    if config.manifold == config.setting.latents[0]:
        found |= {"tear": torch.tensor(measures.tears(run)), "winds": torch.tensor(measures.winds(run))}
    return found


@cache
def loops(config: ShapeRun) -> dict[str, Tensor]:
    """``loops/p`` of a few nets of a setting."""
    run = encoded(replace(many.of(config)[0], nets=WITH_LOOPS))
    return {f"loops/{p}": torch.tensor(n) for p, n in measures.loops(run).items()}


@cache
@torch.no_grad()
def digit_accuracies(config: DigitsRun) -> dict[str, Tensor]:
    """``accuracy`` of the nets on 8 x 8 digits."""
    unit = many.of(config)[0]
    x, labels = digits.pictures()
    mu = vae.encode(vae.initial(unit.spec, range(unit.nets)), x.expand(unit.nets, -1, -1), unit.spec).mu
    return {"accuracy": torch.tensor([digits.accuracy(z, labels) for z in mu])}


def instead(measured: Callable[[Any], dict[str, Tensor]], claim: Callable[[], Any]) -> Any:
    """The claim's value, its own formula, with other measures in the place of the recorded and of the live nets'."""
    with patch.object(many, "measured", measured), patch.object(claims, "_live", measured):
        return estimates.plain(claim())


@cache
def enlarged() -> tuple[Tensor, Tensor]:
    """The 8 x 8 digits at MNIST's size, black or white: pictures for its nets where MNIST itself is not at hand."""
    x, labels = digits.pictures()
    large = (x > 0.5).float().unflatten(1, (8, 8)).repeat_interleave(3, 1).repeat_interleave(3, 2)
    return torch.nn.functional.pad(large, (2, 2, 2, 2)).flatten(1), labels


@torch.no_grad()
def placed() -> list[SimpleNamespace]:
    """What ``mnist_across.classes`` takes: where nets in two dimensions put digits."""
    x, labels = enlarged()
    found = []
    for config in (mnist.MnistRun(manifold=m, seed=s) for m in mnist.MANIFOLDS for s in SEEDS):
        if config.spec.space.dim == 2:
            mu = vae.encode(vae.initial(config.spec, [config.seed]), x[None], config.spec).mu[0]
            found.append(SimpleNamespace(config=config, measures={"placed": mu, "labels": labels}))
    return found


@torch.no_grad()
def scored() -> list[SimpleNamespace]:
    """What ``mnist_across.table`` takes: loss and likelihood of a few digits on every manifold."""
    x, found = enlarged()[0][None, :SCORED], []
    for manifold in mnist.MANIFOLDS:
        score = (ring_likelihood if manifold == "torus" else likelihood).log_likelihood
        for seed in SEEDS:
            config = mnist_likelihood.LikelihoodRun(manifold=manifold, seed=seed)
            spec, draws = VaeSpec(manifold), torch.Generator().manual_seed(seed)
            weights = vae.initial(spec, [seed])
            terms = vae.terms(weights, x, spec, generator=draws)
            parts = torch.stack([terms.reconstruction.mean(), terms.kl.mean()])
            likely = score(weights, x, spec, DRAWS, generator=draws).mean()
            found.append(SimpleNamespace(config=config, measures={
                "loss/test": parts, "log_likelihood/test": likely, "history": parts.sum()[None]}))  # fmt: skip
    return found
