"""Nets that did not learn, and the net that did, asked about frequencies that are not its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch

from circles.papers import nanda2023
from circles.papers.nanda2023 import claims, doubled, sweeps

UNTRAINED = "the net before its first step, at every checkpoint"
OTHER_KEYS = "the trained net, asked about as many frequencies that it does not use"
OTHER_NEURONS = "the trained net, each neuron held to the next key frequency and not to its own"
USUAL = "the net of the usual decay and share of the pairs"
NO_DECAY = "the net without weight decay, for as many epochs"
EXCHANGED = "the same seeds with the two decays exchanged"


@cache
def untrained() -> nanda2023.Net:
    run = nanda2023.main_run()
    first = type(run.config).initial([run.config])
    epochs = range(0, run.config.epochs + 1, run.config.epochs // 5)
    return nanda2023.Net(replace(run, weights=first, measures=run.config.measure(dict.fromkeys(epochs, first))))


@cache
def trained() -> nanda2023.Net:
    return nanda2023.Net(nanda2023.main_run())


@cache
def other_keys() -> nanda2023.Net:
    net, true = nanda2023.Net(nanda2023.main_run()), trained()
    used = {*true.keys, *true.three_rules["embedding"]}
    free = [k for k in range(1, net.p // 2 + 1) if k not in used and doubled.twice(k, net.p) not in used]
    net.curves = net.curves | {"keys": np.array(free[:: len(free) // len(true.keys)][: len(true.keys)])}
    return net


@cache
def other_neurons() -> nanda2023.Net:
    net, found = nanda2023.Net(nanda2023.main_run()), trained().neurons
    keys = sorted(found.counts)
    after = dict(zip(keys, [*keys[1:], keys[0]], strict=True))
    moved = torch.tensor([after.get(k, k) for k in found.frequency.tolist()])
    net.neurons = replace(found, frequency=moved)
    return net


def _decays_exchanged() -> list[float]:
    rows = sweeps.table(sweeps.recorded(sweeps.weight_decay))
    strong = rows[rows["weight_decay"] == 5].set_index("seed")["epochs_to_grok"]
    runs = nanda2023.recorded_seeds() | nanda2023.recorded_long()  # as in the chapter: the longer where there is one
    return [strong[seed] / nanda2023.Net(runs[seed]).first_epoch("test_accuracy", 0.99) for seed in strong.index]


def _of(what: str, net: Callable[[], nanda2023.Net], *names: str) -> dict[str, tuple[str, Callable[[], Any]]]:
    return {name: (what, lambda name=name: claims.VALUES[name](net())) for name in names}


def _doubles() -> list[bool]:
    found = doubled.beyond_readout({seed: other_keys() for seed in range(3)})
    return (found.groupby("seed")["twice"].first() > 0).tolist()


NULLS = {
    **_of(
        UNTRAINED, untrained, "grokking-epoch", "memorised-early", "key-frequency-count", "key-frequency-rules",
        "wl-rank", "neuron-share", "attention-to-equals", "restricted-leads", "phases-order", "gini-embedding",
        "gini-wl",
    ),
    **_of(
        OTHER_KEYS, other_keys, "wl-residual", "uv-variance", "logit-variance", "logit-fit-loss",
        "neurons-eight-components", "ablate-one-frequency",
    ),
    **_of(OTHER_NEURONS, other_neurons, "polynomial-replacement", "neurons-sum-directions"),
    "key-frequency-count-seeds": (UNTRAINED, lambda: [len(untrained().keys)]),
    "phases-order-seeds": (UNTRAINED, lambda: [untrained().phases.in_order] * 3),
    "neuron-clusters": (UNTRAINED, lambda: min(untrained().neurons.counts.values(), default=0)),
    "seeds-within-40000": (NO_DECAY, lambda: [float(run.measures["test_accuracy"].max())
                                              for run in sweeps.recorded(sweeps.no_weight_decay)]),
    "wl-residual-40000": (UNTRAINED, lambda: untrained().wl_residual),
    "neuron-share-40000": (UNTRAINED, lambda: claims.VALUES["neuron-share"](untrained())),
    "embedding-doubles": (OTHER_KEYS, _doubles),
    "embedding-doubles-needed": (OTHER_KEYS, lambda: [doubled.without(trained(), k) / trained().loss
                                                      for k in other_keys().keys]),
    "p109": (UNTRAINED, lambda: untrained().curves["test_accuracy"].tolist()),
    "no-weight-decay": (USUAL, lambda: [float(trained().curves["test_accuracy"][-1])] * 3),
    "fraction-low": (USUAL, lambda: [float(trained().curves["test_accuracy"][-1])] * 3),
    "fraction-high-immediate": (USUAL, lambda: [trained().first_epoch("test_accuracy", 0.99)
                                                - trained().first_epoch("train_accuracy", 0.99)]),
    "weight-decay-speeds": (EXCHANGED, _decays_exchanged),
}  # fmt: skip

NONE = {
    "excluded-rises": "an untrained net has no phases to compare",
    "sumsq-cleanup": "an untrained net has no phases to compare",
}
