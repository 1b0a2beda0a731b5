"""The rescue in numbers: the contrast by budget, the parts of the table, the errors beside the paper's."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from statistics import median

import pandas as pd

from circles.papers.zhou2024 import embeddings, mirrored, rescue_frames, rescue_runs
from circles.papers.zhou2024.rescue import RescueRun
from circles.training.runs import Run

PARTS = {  # what a table holds, in the few words that a phone has room for
    "minilm": "MiniLM",
    "no-spikes": "MiniLM without its four spikes",
    "spikes-and-low": "MiniLM's low band and spikes",
    "moved": "MiniLM's low band, spikes moved",
    "low": "MiniLM's low band",
    "high": "MiniLM above its low band",
    "random": "random",
}
IN_WORDS = {  # what the paper's text and its figures 20 to 22 say of the errors of such a net
    "random, trained": "off by one or two, no modular structure",
    "MiniLM, frozen": "none: all answers right",
    "MiniLM, only above the low band, frozen": "of the last digit's kind: 10, 50, 100",
    "MiniLM, only the low band, frozen": "small, all below 6",
}


def by_budget(found: Sequence[Run]) -> pd.DataFrame:
    """Held-out accuracy by epoch with a panel for each budget: net, seed, epoch, panel, value."""
    parts = [rescue_frames.curves([run]).assign(panel=f"{run.config.epochs} epochs") for run in found]
    return pd.concat(parts, ignore_index=True)


def contrast(found: Sequence[Run]) -> pd.DataFrame:
    """MiniLM frozen beside random trained, a row a budget and seed: frozen, random, gain, lead.

    The first three are of held-out sums of which neither order was trained on, at the end: the paper's pairs have no
    order. The lead is of all held-out pairs, its mean over all checkpoints. Seeds with one of the two nets only are
    left out.
    """
    nets = {(run.config.embedding, run.config.trained, run.config.epochs, run.config.seed): run for run in found}
    rows = []
    for (embedding, trained, epochs, seed), run in nets.items():
        other = nets.get((*rescue_runs.RANDOM, epochs, seed))
        if (embedding, trained) == rescue_runs.FROZEN and other is not None:
            ends = tuple(mirrored.accuracy([run, other])["new"])
            lead = float((run.measures["exact"] - other.measures["exact"]).mean())
            rows.append((epochs, seed, *ends, ends[0] - ends[1], lead))
    return pd.DataFrame(rows, columns=["epochs", "seed", "frozen", "random", "gain", "lead"]).set_index("seed")


def verdict_values(pairs: pd.DataFrame, epochs: int) -> dict[str, float]:
    """Of one budget: the medians of both nets, the least gain of any seed."""
    at = pairs[pairs["epochs"] == epochs]
    return {"frozen": at["frozen"].median(), "random": at["random"].median(), "least-gain": at["gain"].min()}


def row(config: RescueRun) -> str:
    """What the table of a run holds, and whether it is trained on, in a few words."""
    if config.embedding == "circles":
        words = f"circles of {', '.join(map(str, getattr(config, 'periods', embeddings.CIRCLES)))}"
    else:
        words = PARTS[config.embedding]
    return f"{words}, trained" if config.trained else words


def worth(found: Sequence[Run]) -> pd.DataFrame:
    """Held-out accuracy by what the table holds, the best median first: row, who (kind of table), seed, accuracy."""
    kinds = {"circles": "circles", "random": "random"}
    rows = [
        {
            "row": row(run.config),
            "who": "trained on" if run.config.trained else kinds.get(run.config.embedding, "MiniLM"),
            "seed": run.config.seed, "accuracy": rescue_frames.final(run),
        }
        for run in found
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    order = frame.groupby("row")["accuracy"].median().sort_values(ascending=False, kind="stable").index
    return frame.set_index("row").loc[order].reset_index()


def lost_with_spikes(worth: pd.DataFrame) -> dict[str, float]:
    """The share of MiniLM's gain over random embeddings that is lost without its spikes, and how often by chance.

    By chance: of all ways to give the names of both tables to their nets, the share that lose as much or more.
    """
    of = worth.groupby("row")["accuracy"].apply(list)
    whole, without = of["MiniLM"], of["MiniLM without its four spikes"]
    nets, random = [*whole, *without], median(of["random, trained"])
    ours = _lost(nets, range(len(whole), len(nets)), random)
    ways = [_lost(nets, chosen, random) for chosen in combinations(range(len(nets)), len(without))]
    return {"lost": ours, "by chance": sum(lost >= ours for lost in ways) / len(ways)}


def _lost(nets: Sequence[float], without: Sequence[int], random: float) -> float:
    kept = median(x for i, x in enumerate(nets) if i not in without)
    return (kept - median(nets[i] for i in without)) / (kept - random)


def difference(parts: pd.DataFrame, one: str, other: str) -> pd.Series:
    """By seed, the accuracy of one row less that of another, of the seeds that have both; of a frame of ``worth``."""
    by_seed = parts.pivot(index="seed", columns="row", values="accuracy")
    return (by_seed[one] - by_seed[other]).dropna()


def errors_beside(found: Sequence[Run]) -> pd.DataFrame:
    """By net, what the paper says of its errors, and of ours the number and the shares of each kind."""
    rows = []
    for net, words in IN_WORDS.items():
        group = [run for run in found if rescue_frames.label(run.config) == net]
        if group:
            shares = {test: rescue_frames.pooled(group, test) for test in ("within_2", "below_6", "tens")}
            wrong = sum(int((run.measures["errors"] != 0).sum()) for run in group)
            rows.append({"net": net, "paper": words, "wrong": wrong} | shares)
    return pd.DataFrame(rows)
