"""The nets that learn to add, under each other's names: what MiniLM's table, its parts and circles are worth then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from circles.ledger import estimates
from circles.papers.zhou2024 import (
    adder_claims,
    adder_runs,
    claims,
    other_circles,
    rescue_frames,
    rescue_runs,
    rescue_tables,
    shape_runs,
)
from circles.training import shelf
from circles.training.runs import Run

SHORT, LONG = rescue_runs.BUDGETS


@cache
def contrast() -> list[Run]:
    return rescue_runs.recorded([c for s in rescue_runs.SEEDS for c in rescue_runs.contrast(s)])


def exchanged(found: Sequence[Run]) -> list[Run]:
    other = {"minilm": "random", "random": "minilm"}
    measures = {(r.config.embedding, r.config.epochs, r.config.seed): r.measures for r in found}
    return [
        replace(r, measures=measures[other[r.config.embedding], r.config.epochs, r.config.seed])
        if r.config.seed % 2 else r
        for r in found
    ]  # fmt: skip


@cache
def worth() -> Any:
    early = [run for run in contrast() if run.config.epochs == SHORT]
    parts = rescue_runs.recorded([c for s in rescue_runs.SEEDS for c in rescue_runs.causal(s)])
    circles = rescue_runs.recorded([c for s in other_circles.SEEDS for c in other_circles.every(s)])
    return rescue_tables.worth([*early, *parts, *circles])


def same_budget() -> dict[str, float]:
    frozen = rescue_runs.recorded([rescue_runs.config(("random", False), SHORT, s) for s in rescue_runs.FEWER])
    named = [replace(run, config=replace(run.config, embedding="minilm")) for run in frozen]
    return rescue_tables.verdict_values(rescue_tables.contrast([*contrast(), *named]), SHORT)


def leads() -> dict[str, float]:
    pairs = rescue_tables.contrast(exchanged(contrast()))
    leads = {f"{budget} epochs": part["lead"].min() for budget, part in pairs.groupby("epochs")}
    return leads | {f"{LONG} epochs": min(leads[f"{LONG} epochs"], claims.least_lead())}


def longer() -> dict[str, float]:
    return rescue_tables.verdict_values(rescue_tables.contrast(exchanged(contrast())), LONG)


def near_soon() -> Any:
    """Nets from random weights under both names."""
    nets = [shelf.recorded(adder_runs.whisper_short(seed))[1] for seed in adder_claims.SHORT_SEEDS]
    leads = [adder_claims.near_ahead(*pair) for pair in zip(nets, nets[1:] + nets[:1], strict=True)]
    return estimates.plain(estimates.mean(leads, leads[:1], of="seeds"))


def full() -> dict[str, float]:
    wide = rescue_runs.recorded([c for s in rescue_runs.SEEDS for c in shape_runs.full(s)])
    return rescue_tables.verdict_values(rescue_tables.contrast(exchanged(wide)), shape_runs.FULL_BUDGET)


def errors(kind: tuple[str, bool], budget: int, test: str) -> float:
    of_kind = rescue_runs.recorded([rescue_runs.config(kind, budget, s) for s in rescue_runs.SEEDS])
    return rescue_frames.pooled(of_kind, test)


def random_tens() -> Any:
    (live,) = rescue_runs.recorded([rescue_runs.config(rescue_runs.RANDOM, LONG, rescue_runs.LIVE_SEED)])
    return estimates.plain(claims.tens(live))


def spikes_exchanged() -> dict[str, float]:
    """spikes-rescue with the names of MiniLM and of MiniLM without its spikes exchanged."""
    other = {"MiniLM": "MiniLM without its four spikes", "MiniLM without its four spikes": "MiniLM"}
    return rescue_tables.lost_with_spikes(worth().replace({"row": other}))


def ahead(row: str) -> float:
    return rescue_tables.difference(worth(), row, "random, trained").min()
