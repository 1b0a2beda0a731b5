"""Numbers in another order, nets under each other's names, nets of another table, a net that learnt nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from circles.foundations import numbers
from circles.papers.zhou2024 import (
    adder_claims,
    adder_frames,
    adder_held,
    adder_runs,
    embeddings,
    number_models,
    number_waves,
    rescue_runs,
    scratch,
)  # fmt: skip
from circles.papers.zhou2024.number_waves import NumberWaves
from circles.training.runs import Run
from nulls import rescue

PERMUTED = "the embeddings, given to the numbers in another order"
EXCHANGED = "the same nets, in every other seed under each other's names"
FROZEN_RANDOM = "a frozen random table in the place of MiniLM's"
FROM_RANDOM = "the nets whose table was random and trained"
RANDOM_AHEAD = "nets from random weights in the place of the pre-trained ones"
RANDOM_HELD = "nets under random embeddings in the place of Whisper's"
INSIDE = {"held": ("size",), "rows": ("top-five",)}  # what passed inside nets under Whisper's embeddings
FOUR = set(number_waves.PAPER_PERIODS)
FEWER = 200  # permutations: enough for a level of one in twenty


def _shuffled(rows: Tensor, seed: int = 0) -> Tensor:
    return rows[torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))]


def _largest() -> list[float]:
    net = NumberWaves(_shuffled(numbers.load("minilm").rows[:341]))
    return net.largest_periods(next(iter(net.norms)))


@cache
def _permuted_models() -> list[number_models.Found]:
    found = []
    for of in number_models.MODELS:
        net = NumberWaves(_shuffled(number_models.waves(of).rows))
        paper, exact = list(net.norms.values())[:2]
        with patch.object(number_waves, "PERMUTATIONS", FEWER):
            kept = {"components": net.spikes.components, "corrected": net.spikes.corrected}
        found.append(number_models.Found(of, {"paper_norms": paper, "exact_norms": exact} | kept))
    return found


def _of_the_paper(*tables: Tensor) -> list[int]:
    with patch.object(number_waves, "PERMUTATIONS", FEWER):
        return [scratch.of_the_paper(NumberWaves(rows)) for rows in tables]


def _random_table(seed: int) -> Tensor:
    config = scratch.config(seed)
    return embeddings.table("random", config.width, count=config.numbers, seed=seed, std=config.std)


def _layers_turned_round(nets: str) -> float:
    """The lens of the recorded nets, read from the last layer to the first."""
    found = [
        adder_frames.Look(replace(look.run, measures=look.found | {"lens_errors": look.found["lens_errors"].flip(0)}))
        for look in adder_claims.looks(nets)["pretrained"]
    ]
    return adder_claims.value(adder_claims.claim_of(nets, "lens"), {}, {nets: {"pretrained": found}})[0]


def _whisper_for_mpnet(claim: str) -> float:
    return adder_claims.value(claim, {}, {"mpnet": {"pretrained": adder_claims.looks("200")["pretrained"]}})[0]


def _random_held() -> float:
    """The lead of random embeddings, as loud and held fast as Whisper's, over random ones that are trained."""
    nets = adder_held.loudest()
    nets = {adder_held.HELD: nets[adder_held.NULL], adder_held.TRAINED: nets[adder_held.TRAINED]}
    return adder_held.lead("whisper-rows-loud", nets)[0]


def _spikes_exchanged() -> float:
    nets = adder_held.by_table()
    exchanged = {"whole": nets["no-spikes"], "no-spikes": nets["whole"]}
    return adder_held.lost_with_spikes(exchanged, adder_held.at_loudness(adder_runs.LOUD[-1])[adder_held.NULL])[0]


def _random_rescued(asked: Callable, *, deep: bool) -> dict[str, float]:
    random = adder_held.paper_sums(deep=deep)["random"]
    return asked({adder_held.HELD: random, adder_held.TRAINED: random})[0]


def _fine_tuned_for(nets: str, asks: str) -> Any:
    """What is asked inside random layers under Whisper's embeddings, asked of the nets that were pre-trained whole."""
    whole = adder_claims.looks({"held": "520", "rows": "200"}[nets])["pretrained"]
    return adder_claims.value(f"whisper-{nets}-{asks}", {}, {nets: {"rows-frozen": whole}})[0]


def _moved_periods(nets: str) -> dict[str, float]:
    """How many of other periods than the paper's, near 7, 3.5, 7/3 and 3, are beyond chance in the last layer."""
    looks = {nets: adder_claims.looks(nets)}
    N = looks[nets]["pretrained"][0].numbers - 1
    moved = tuple(N / round(N / period) for period in embeddings.MOVED)
    with patch.object(adder_frames, "PAPER_PERIODS", moved):
        return adder_claims.value(adder_claims.claim_of(nets, "periods"), {}, looks)[0]


def _random_leads_random(claim: str, runs: Sequence[Run], leads: Callable = adder_claims.lead) -> float:
    """The median lead of the nets from random weights over those of the next seed."""
    ahead = [replace(run, config=replace(run.config, seed=other.config.seed))
             for run, other in zip(runs, [*runs[1:], runs[0]], strict=True)]  # fmt: skip
    return adder_claims.over_seeds(claim, leads({"pretrained": ahead, "random": runs}))[0]


def _from_random(nets: str) -> float:
    """The accuracy of nets from random weights, trained on fewer sums for 30 epochs, in the pre-trained nets' place."""
    runs = {nets: {"pretrained": adder_claims.parts()["random"]}}
    return adder_claims.value(adder_claims.claim_of(nets, "adds"), runs, {})[0]


NULLS: dict[str, tuple[str, Callable[[], Any]]] = {
    "number-spikes": (PERMUTED, _largest),
    "spikes-in-four-models": (PERMUTED, lambda: sum(set(x.above_chance()) >= FOUR for x in _permuted_models())),
    "spikes-lead-in-four-models": (PERMUTED, lambda: sum(set(x.largest()) == FOUR for x in _permuted_models())),
    "scratch-no-spikes": ("MiniLM's table in the place of those that were learnt",
                          lambda: _of_the_paper(*[numbers.load("minilm").rows[:101]] * 3)),
    "rescue": (FROZEN_RANDOM, rescue.same_budget),
    "rescue-faster-seeds": (EXCHANGED, rescue.leads),
    "rescue-full": (EXCHANGED, rescue.full),
    "whisper-200-scratch-small-errors": ("small nets from random embeddings",
                                     lambda: rescue.errors(rescue_runs.RANDOM, rescue.SHORT, "within_2")),
    "whisper-200-scratch-no-tens": ("the nets of MiniLM's high frequencies",
                                lambda: rescue.errors(rescue_runs.HIGH, rescue.SHORT, "tens")),
    "scratch-no-tens": ("the nets of MiniLM's high frequencies",
                        lambda: rescue.errors(rescue_runs.HIGH, rescue.SHORT, "tens")),
    "high-only-tens": (FROM_RANDOM, lambda: rescue.errors(rescue_runs.RANDOM, rescue.LONG, "tens")),
    "high-only-tens-live": (FROM_RANDOM, rescue.random_tens),
    "low-only-near": (FROM_RANDOM, lambda: rescue.errors(rescue_runs.RANDOM, rescue.SHORT, "below_6")),
    "spikes-rescue": ("the names of both tables exchanged", rescue.spikes_exchanged),
    "rescue-longer": (EXCHANGED, rescue.longer),
    "whisper-near-soon": (FROM_RANDOM, rescue.near_soon),
    **{adder_claims.claim_of(nets, "adds"): ("nets from random weights, 30 epochs of the sums to 200",
                                lambda nets=nets: _from_random(nets))
       for nets in adder_claims.NETS if nets not in adder_claims.OPENED},
    **{
        claim: (RANDOM_AHEAD, lambda claim=claim, runs=runs: _random_leads_random(claim, runs()["random"]))
        for claim, runs in (
            ("whisper-200-leads", lambda: adder_claims.trained("200")),
            ("whisper-520-leads", lambda: adder_claims.trained("520")),
            ("minilm-leads", lambda: adder_claims.parts("minilm")),
        )
    },
    "whisper-520-periods": ("periods near 7, 3.5, 7/3 and 3 in their place", lambda: _moved_periods("520")),
    "whisper-200-ends-ahead": (RANDOM_AHEAD, lambda: _random_leads_random(
        "whisper-200-ends-ahead", adder_claims.trained("200")["random"], adder_claims.last)),
    "whisper-200-lens": ("the layers from the last to the first", lambda: _layers_turned_round("200")),
    "mpnet-lens": ("the layers from the last to the first", lambda: _layers_turned_round("mpnet")),
    **{claim: ("Whisper's nets in its place", lambda claim=claim: _whisper_for_mpnet(claim))
       for claim in ("mpnet-high-near", "mpnet-top-five")},
    "whisper-200-scratch-no-spikes": ("the pre-trained nets in their place", lambda: adder_claims.value(
        "whisper-200-scratch-no-spikes", {}, {}, {"200": {"random": adder_claims.rows("200")["pretrained"]}})[0]),
    "whisper-rows-loud": ("random embeddings as loud and held fast in the place of Whisper's", _random_held),
    "whisper-rows-spikes": ("the names of both tables exchanged", _spikes_exchanged),
    "whisper-520-rows": (RANDOM_HELD, lambda: _random_rescued(adder_held.rescued, deep=False)),
    "whisper-deep-rows": (RANDOM_HELD, lambda: _random_rescued(adder_held.deep_rescued, deep=True)),
    **{f"whisper-{nets}-{asks}": ("the nets that were pre-trained whole",
                                  lambda nets=nets, asks=asks: _fine_tuned_for(nets, asks))
       for nets, every in INSIDE.items() for asks in every},
    "circles-rescue": (FROZEN_RANDOM, lambda: rescue.ahead("random")),
}  # fmt: skip

NONE: dict[str, str] = {}

ANY = {
    "scratch-no-spikes": (
        "random tables that were never trained", lambda: _of_the_paper(*(_random_table(s) for s in scratch.SEEDS)),
        "the claim is that there is nothing, and a net that learns nothing makes nothing",
    ),
    "low-only-near": (
        "the nets of MiniLM's whole table", lambda: rescue.errors(rescue_runs.FROZEN, rescue.SHORT, "below_6"),
        "the errors of every net that does well are small, so this says nothing of the low band alone",
    ),
}  # fmt: skip
