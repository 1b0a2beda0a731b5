"""Tidy frames of the chapter's figures: those of any net, and the paper's table of ablations."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from circles.analysis.null_space import PAST_HELD, WAYS
from circles.papers.nanda2023.net import Net
from circles.papers.net_frames import (
    curves,
    directions,
    embedding,
    excluded_each,
    heads,
    logit_waves,
    measures,
    neurons,
    phases,
    singular_values,
    slider,
)

PAPER_ABLATIONS = {  # test losses, section 4.4 of the paper and its released code
    "clean": 2.41e-7,
    "replace_clustered": 2.48e-7,
    "keep_sum_waves": 5.54e-8,
    "keep_key_components": 7.24e-8,
    "onto_directions": 1.19e-7,
    "onto_null_space": 5.27,
}
NAMES = {
    "clean": "the net itself",
    "replace_clustered": "neurons replaced by polynomials",
    "keep_sum_waves": "neurons keep cos, sin of w(a+b)",
    "keep_key_components": "neurons keep key components",
    "onto_directions": "onto the directions of W_L",
    "onto_null_space": "onto their null space",
}
COMPARED = (  # column of ``seeds``, what it is, the paper's value (sections 4.2 to 4.4)
    ("residual", "residual of W_L", "under 0.0055"),
    ("neurons", "neurons explained", "0.846"),
    ("head", "weakest head explained", "0.979"),
    ("onto", "loss ratio, onto W_L", "0.49"),
    ("onto_about_mean", "the same, means left", "not given"),
    ("null", "nats in the null space", "5.27"),
    ("null_past_held", "the same, past held", "not given"),
)


def ablations(nets: Mapping[int, Net]) -> pd.DataFrame:
    """Test loss of each ablation beside the paper's: ablation, seed, ours, paper."""
    rows = [
        (NAMES[name], seed, net.ablations[name], PAPER_ABLATIONS[name]) for name in NAMES for seed, net in nets.items()
    ]
    return pd.DataFrame(rows, columns=["ablation", "seed", "ours", "paper"])


def seeds(nets: Mapping[int, Net]) -> pd.DataFrame:
    """What differs from seed to seed, a row a net that generalised.

    seed; ``keys``: its key frequencies; ``neurons``: the share that one frequency explains to 85%; ``head``: the
    weakest head's variance explained; ``residual`` of W_L; ``onto``: the loss after projecting on W_L's directions
    over the net's, ``onto_about_mean`` with each neuron's mean left in place; ``null``: the loss in their null space,
    in nats, ``null_past_held`` with what passes the neurons by held at its mean.
    """
    return _asked({seed: net for seed, net in sorted(nets.items()) if net.generalised})


def _asked(nets: Mapping[int, Net]) -> pd.DataFrame:
    """The rows of ``seeds``, whether a net generalised or not."""
    rows = [
        (
            seed, " ".join(map(str, net.keys)), net.neurons.clustered.double().mean().item(),
            net.heads.explained.min().item(), net.wl_residual,
            net.ablations["onto_directions"] / net.ablations["clean"], net.ablations["onto_null_space"],
            net.onto_directions_about_mean / net.ablations["clean"], net.null_space[PAST_HELD],
        )
        for seed, net in nets.items()
    ]  # fmt: skip
    columns = ["seed", "keys", "neurons", "head", "residual", "onto", "null", "onto_about_mean", "null_past_held"]
    return pd.DataFrame(rows, columns=columns)


def null_space(nets: Mapping[str, Net]) -> pd.DataFrame:
    """Test loss in the null space of W_L's directions by what is held at its mean: row, seed (a net's name), value."""
    rows = [(way, name, net.null_space[way]) for way in WAYS for name, net in nets.items()]
    return pd.DataFrame(rows, columns=["row", "seed", "value"])


def lengths(short: Net, long: Mapping[int, Net]) -> pd.DataFrame:
    """One seed trained for less, it and others for longer, beside the paper: measure, a column a net, paper.

    The residual of W_L, the share of neurons that one frequency explains, the weakest head, and the two losses after
    projecting the neurons: over the net's own on W_L's directions, in nats on their null space.
    """
    live = short.run.config.seed
    seeds = sorted(long, key=lambda seed: (seed != live, seed))  # the one of both lengths side by side
    nets = [(live, short), *((seed, long[seed]) for seed in seeds)]
    found = _asked(dict(enumerate(net for _, net in nets)))
    rows = [(text, *(round(value, 3) for value in found[column]), paper) for column, text, paper in COMPARED]
    names = [f"{net.epochs[-1]:,} epochs, seed {seed}" for seed, net in nets]
    return pd.DataFrame(rows, columns=["measure", *names, "paper"])


__all__ = [
    "ablations",
    "curves",
    "directions",
    "embedding",
    "excluded_each",
    "heads",
    "lengths",
    "logit_waves",
    "measures",
    "neurons",
    "null_space",
    "phases",
    "seeds",
    "singular_values",
    "slider",
]
