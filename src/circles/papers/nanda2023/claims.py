"""The claims of the chapter that are about one net: one formula each, for the live net and for every seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from circles.ledger import estimates
from circles.ledger.checks import Paper
from circles.ledger.estimates import Estimate
from circles.ledger.rules import show
from circles.papers.nanda2023.net import Net


def _kept(net: Net, ablation: str) -> float:
    return net.ablations[ablation] / net.ablations["clean"]


def _rules_agree(net: Net) -> bool:
    embedding, readout, neurons = map(set, net.three_rules.values())
    return readout == neurons and readout <= embedding


def _memorised_early(net: Net) -> float:
    return 1 - net.first_epoch("train_accuracy", 0.99) / net.first_epoch("test_accuracy", 0.99)


def _excluded_rises(net: Net) -> float:
    found = net.phases
    return net.at("excluded_loss", found.formed) / net.at("excluded_loss", found.memorised)


VALUES: dict[str, Callable[[Net], Any]] = {
    "grokking-epoch": lambda net: net.first_epoch("test_accuracy", 0.99),
    "memorised-early": _memorised_early,
    "key-frequency-count": lambda net: len(net.keys),
    "key-frequency-rules": _rules_agree,
    "wl-rank": lambda net: net.wl_rank / len(net.keys),
    "wl-residual": lambda net: net.wl_residual,
    "uv-variance": lambda net: float(net.direction_variance.min()),
    "logit-variance": lambda net: net.logit_fit.explained,
    "logit-fit-loss": lambda net: net.logit_fit.loss / net.loss,
    "neuron-share": lambda net: float(net.neurons.clustered.double().mean()),
    "neuron-clusters": lambda net: min(net.neurons.counts[k] for k in net.neurons.frequencies),
    "head-fve": lambda net: float(net.heads.explained.min()),
    "attention-to-equals": lambda net: float(net.attention_to_equals.max()),
    "polynomial-replacement": lambda net: _kept(net, "replace_clustered"),
    "neurons-sum-directions": lambda net: _kept(net, "keep_sum_waves"),
    "neurons-eight-components": lambda net: _kept(net, "keep_key_components"),
    "project-wl-directions": lambda net: _kept(net, "onto_directions"),
    "project-null-space": lambda net: net.ablations["onto_null_space"],
    "ablate-one-frequency": lambda net: min(net.one_frequency_less.values()) / net.ablations["clean"],
    "restricted-leads": lambda net: net.restricted_lead,
    "excluded-rises": _excluded_rises,
    "restricted-variants": lambda net: net.restricted_ratio,
    "phases-order": lambda net: net.phases.in_order,
    "gini-embedding": lambda net: net.curves["gini_E"][-1] - net.curves["gini_E"][0],
    "gini-wl": lambda net: net.curves["gini_L"][-1] - net.curves["gini_L"][0],
    "sumsq-cleanup": lambda net: net.curves["sum_of_squares"][-1] / net.at("sum_of_squares", net.phases.formed),
}


def of(id: str, live: Net, nets: Mapping[int, Net]) -> Estimate:
    """The median over the nets that generalised, the live one held against them if it did."""
    now = VALUES[id](live) if live.generalised else None
    return estimates.few([VALUES[id](net) for net in nets.values() if net.generalised], now)


def median(id: str, nets: Iterable[Net]) -> Estimate:
    """The median over nets, whichever of them is the live one: of the claims about training as long as the paper's."""
    return estimates.few([VALUES[id](net) for net in nets], None)


def best(short: Mapping[int, Net], long: Mapping[int, Net]) -> list[float]:
    """The best test accuracy at any checkpoint, one value a seed: of the longer run where there is one."""
    return [float(max(net.curves["test_accuracy"])) for _, net in sorted((short | long).items())]


def verdicts(nets: Mapping[int, Net], book: Paper) -> pd.DataFrame:
    """What each net earns for each of these claims: seed, claim, verdict, ours; nets must have generalised."""
    rows = []
    for seed, net in sorted(nets.items()):
        for id, value in VALUES.items():
            claim, ours = book.claim(id), value(net)
            rows.append((seed, id, claim.judge(ours), f"{show(ours, claim.digits)} {claim.unit}".rstrip()))
    return pd.DataFrame(rows, columns=["seed", "claim", "verdict", "ours"])


def agreement(found: pd.DataFrame, seed: int) -> float:
    """The share of the other seeds' verdicts that are this seed's."""
    mine = found[found["seed"] == seed].set_index("claim")["verdict"]
    others = found[found["seed"] != seed]
    return float((others["verdict"] == others["claim"].map(mine)).mean())


def undivided(found: pd.DataFrame) -> tuple[int, int]:
    """How many claims earn one verdict from all seeds, and of how many."""
    verdicts = found.groupby("claim")["verdict"].nunique()
    return int((verdicts == 1).sum()), len(verdicts)


def as_in(found: pd.DataFrame, book: Paper, seed: int) -> tuple[int, int]:
    """How many of this seed's verdicts are those of the ledger, and of how many."""
    mine = found[found["seed"] == seed]
    return sum(book.claim(row.claim).verdict == row.verdict for row in mine.itertuples()), len(mine)
