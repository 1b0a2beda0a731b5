"""The ledger's values of the claims about fine-tuned models, medians over seeds; none without enough seeds.

A claim is asked of Whisper with the paper's own sums, to 520, told in either order (``whisper-520-...``), in one order
only (``whisper-once-...``), in the paper's templates (``whisper-templates-...``) or for twice the epochs
(``whisper-longer-...``), with sums to 200 in either order (``whisper-200-...``), with these of mpnet
(``mpnet-...``). And of random layers under Whisper's rows, held fast: with the paper's sums (``whisper-held-...``) and
with sums to 200 (``whisper-rows-...``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from circles import ledger
from circles.foundations.errors import LedgerError
from circles.ledger import estimates
from circles.ledger.claims import Claim
from circles.ledger.estimates import Estimate
from circles.papers.zhou2024 import adder_frames, adder_runs, rescue_frames
from circles.papers.zhou2024.adder_frames import Look
from circles.papers.zhou2024.adder_insides import AdderInside
from circles.papers.zhou2024.adder_rows import AdderRows
from circles.papers.zhou2024.adder_run import AMONG, AdderRun
from circles.papers.zhou2024.number_models import Found
from circles.papers.zhou2024.number_waves import PAPER_PERIODS
from circles.training import shelf
from circles.training.runs import Run, get

SEEDS = range(5)
FEWEST = 3  # with fewer values, a seed each, a median says little, and the claim stays "not run" until it is decided
MODES = adder_runs.CONTRAST
SHORT_SEEDS = range(1, 6)
NETS: dict[str, Callable[[int], list[AdderRun]]] = {  # by what stands in the claims about them
    "520": adder_runs.either,
    "200": partial(adder_runs.either, largest=100),
    "longer": adder_runs.longer,
    "once": adder_runs.once,
    "templates": adder_runs.templates,
    "mpnet": adder_runs.mpnet,
    "held": adder_runs.held,
    "rows": adder_runs.rows,
}
OPENED = {"held": "rows-frozen", "rows": "rows-frozen"}  # whose inside is asked; of the others the pre-trained nets'
SINGLE = ("longer", "templates", "mpnet")  # one net is enough to ask these, as in the paper: their claims speak of one
Runs = Mapping[str, Sequence[Run]]
Looks = Mapping[str, Sequence[Look]]
Rows = Mapping[str, Sequence[Found]]


def trained(nets: str) -> dict[str, list[Run]]:
    """The recorded fine-tunings of these ``NETS``, by mode, in the order of the seeds."""
    return by_mode(NETS[nets])


def looks(nets: str) -> dict[str, list[Look]]:
    """The recorded looks inside these nets, by mode."""
    found = by_mode(lambda seed: [AdderInside.of(run) for run in NETS[nets](seed)])
    return {mode: [Look(run) for run in of_mode] for mode, of_mode in found.items()}


def rows(nets: str) -> dict[str, list[Found]]:
    """The recorded spectra of these nets' number rows, by mode, in the order of the seeds."""
    found = by_mode(lambda seed: [AdderRows.of(run) for run in NETS[nets](seed)])
    return {mode: [Found(run.config.name, run.measures) for run in of_mode] for mode, of_mode in found.items()}


def live() -> dict[str, Run]:
    """Three epochs of fine-tuning by mode, trained now where runs are made anew."""
    return {config.mode: get(config) for config in adder_runs.whisper_short(adder_runs.LIVE_SEED)}


def near_soon(now: Mapping[str, Run]) -> Estimate:
    """How far the pre-trained net is ahead after three epochs in test answers within 10, the mean over seeds."""
    recorded = [shelf.recorded(adder_runs.whisper_short(seed)) for seed in SHORT_SEEDS]
    here = near_ahead(*(now[mode] for mode in MODES))
    return estimates.mean([near_ahead(*pair) for pair in recorded], [here], of="seeds")


def lead(runs: Runs) -> list[float]:
    """How far the pre-trained net is ahead in exact test answers, the mean over all checkpoints, one value a seed."""
    return [float((a - b).mean()) for a, b in pairs(runs)]


def last(runs: Runs) -> list[float]:
    """How far it is ahead at the end, one value a seed."""
    return [float((a - b)[-1]) for a, b in pairs(runs)]


def chosen_rate(swept: pd.DataFrame) -> tuple[dict[str, float], ...]:
    """By net, how far the chosen rate is ahead of the best of all; nothing until each has all of ``RATES``."""
    if swept.shape != (len(MODES), len(adder_runs.RATES)) or swept.isna().to_numpy().any():
        return ()
    return ({net: float(row[adder_runs.CHOSEN] - row.max()) for net, row in swept.iterrows()},)


def parts(model: str = "whisper-tiny") -> dict[str, list[Run]]:
    """The recorded short fine-tunings of a model at the chosen rate, by what of them is pre-trained."""
    return by_mode(lambda seed: adder_runs.parts(seed, model))


def smaller_first(found: Sequence[Run]) -> tuple[float, ...]:
    """How much more the nets of ``orders`` answer at the end with the smaller number first; of seeds that have both."""
    return _gained("smaller-first", adder_frames.by_order(found), adder_frames.ORDERS, ("bare", "sorted"))


def all_tokens(found: Sequence[Run]) -> tuple[float, ...]:
    """The same of the nets of ``among``: with the softmax over all tokens, against one over the numbers alone."""
    return _gained("all-tokens", adder_frames.by_among(found), adder_frames.SOUGHT, AMONG)


def _gained(claim: str, table: pd.DataFrame, words: Mapping[str, str], pair: Sequence[str]) -> tuple[float, ...]:
    """The second row of the pair less the first, over the seeds that have both."""
    first, second = table.reindex([words[row] for row in pair]).to_numpy()
    return over_seeds(claim, [gain for gain in (second - first).tolist() if not math.isnan(gain)])


def over_seeds(claim: str, found: Sequence[Any], *, fewest: int = FEWEST) -> tuple[Any, ...]:
    """What ``ledger.check`` is given beside the claim's name: the median of one value a seed.

    With fewer seeds than ``fewest`` it is nothing, unless the verdict over as many is decided already.
    """
    return (_median(found),) if len(found) >= fewest or decided(ledger.paper("zhou2024").claim(claim), found) else ()


def contrast(look: Look, less: str, more: str, near: str = "exact") -> dict[str, float]:
    """How many fewer answers are that near without ``more`` than without ``less``, and the same beyond chance."""
    left = [look.shares(row)[near] for row in (less, more)]
    chance = [look.beyond_chance(row, near=near) for row in (less, more)]
    return {"difference": left[0] - left[1], "beyond chance": chance[1] - chance[0]}


def digit_follows(look: Look) -> dict[str, float]:
    """The last digit's five waves exchanged after the last layer but one: what follows beyond random directions."""
    rows = look.follows().set_index(["layer", "waves", "who"]).sort_index()
    rows = rows.loc[look.layers - 1, "the last digit's five"]
    ours, chance = rows.loc["these waves"], rows.loc["random directions"]
    return {"digit": float(ours["digit"]), "beyond chance": float(ours["digit"] - chance["digit"]),
            "own size": float(ours["own_size"])}  # fmt: skip


def _of_the_wrong(runs: Runs, test: str) -> list[float]:
    """Of the wrong test answers of each net from random weights, the share that pass a test of ``rescue_frames``."""
    return [rescue_frames.pooled([run], test) for run in runs.get("random", ())]


OVER_RUNS: dict[str, Callable[[Runs], list[Any]]] = {  # one value a seed, of the seeds that have what is asked
    "adds": lambda runs: [float(run.measures["test exact"][-1]) for run in runs.get("pretrained", ())],
    "leads": lead,
    "scratch-small-errors": lambda runs: _of_the_wrong(runs, "within_2"),
    "scratch-no-tens": lambda runs: _of_the_wrong(runs, "tens"),
    "ends-ahead": last,
}
OVER_LOOKS: dict[str, Callable[[Look], Any]] = {  # of the nets in ``OPENED``
    "lens": lambda look: float(look.lens_in_order()),
    "periods": Look.periods_beyond_chance,
    "low-band": Look.low_band_contrast,
    "filter-low": lambda look: contrast(look, "low, attention", "low, MLP"),
    "size": lambda look: contrast(look, "low, attention", "low, MLP", near="within 10"),
    "filter-high": lambda look: contrast(look, "high, MLP", "high, attention"),
    "low-tens": lambda look: look.error_share("low, MLP", tens=True),
    "high-near": lambda look: look.error_share("high, attention", below=6),
    "top-five": lambda look: float(look.found["named_by_top"][4]),
    "single-wave": lambda look: dict(
        zip(("parity", "wrong"), look.found["single_wave"].tolist(), strict=True)
    ),
    "digit-follows": digit_follows,
}


OVER_ROWS: dict[str, Callable[[Found], Any]] = {  # of the nets from random weights
    "scratch-no-spikes": lambda found: float(len(set(PAPER_PERIODS) & set(found.above_chance()))),
}


def value(
    claim: str, runs: Mapping[str, Runs], looks: Mapping[str, Looks], rows: Mapping[str, Rows] | None = None
) -> tuple[Any, ...]:
    """What ``ledger.check`` is given beside the claim's name: medians over seeds.

    ``runs``, ``looks`` and ``rows`` stand under the names of ``NETS``. Of too few seeds nothing: see ``over_seeds``.
    Raises LedgerError for a claim that is not one of these.
    """
    every = (*OVER_RUNS, *OVER_LOOKS, *OVER_ROWS)
    asked = {claim_of(nets, asks): (nets, asks) for nets in NETS for asks in every}
    if claim not in asked:
        begins, known = ", ".join(claim_of(nets, "") for nets in NETS), ", ".join(every)
        raise LedgerError(f"{claim!r} is no claim of these, expected one of {begins} and one of {known}")
    nets, asks = asked[claim]
    if asks in OVER_RUNS:
        found = OVER_RUNS[asks](runs.get(nets, {}))
    elif asks in OVER_ROWS:
        found = [OVER_ROWS[asks](of) for of in (rows or {}).get(nets, {}).get("random", ())]
    else:
        found = [OVER_LOOKS[asks](look) for look in looks.get(nets, {}).get(OPENED.get(nets, "pretrained"), ())]
    return over_seeds(claim, found, fewest=1 if nets in SINGLE else FEWEST)


def claim_of(nets: str, asks: str) -> str:
    """The name of the claim that asks this of these ``NETS``."""
    return f"{nets}-{asks}" if nets == "mpnet" else f"whisper-{nets}-{asks}"


def decided(claim: Claim, found: Sequence[Any]) -> bool:
    """Whether the median over ``FEWEST`` seeds earns one verdict whatever the seeds are that are still missing.

    The smallest and the largest possible median tell, and for one number the ends of its band that lie between them. Of
    several numbers at once only bands with a least value are told.
    """
    rules = [rule for rule in (claim.accept, claim.partly) if rule is not None]
    several = any(rule.each or rule.equals is not None for rule in rules)
    if not found or several and not all(rule.rising for rule in rules):
        return False
    missing = FEWEST - len(found)
    medians = [_median([*found, *[_filled(found[0], end)] * missing]) for end in (-math.inf, math.inf)]
    if not several:
        least, most = medians
        medians += [end for rule in rules for end in (rule.low, rule.high) if least < end < most]
    return len({claim.judge(median) for median in medians}) == 1


def _filled(like: Any, end: float) -> Any:
    return dict.fromkeys(like, end) if isinstance(like, dict) else end


def near_ahead(ahead: Run, behind: Run) -> float:
    """How far the first net is ahead of the second at the end in test answers within 10."""
    return float(ahead.measures["test within_10"][-1] - behind.measures["test within_10"][-1])


def _median(values: Sequence[Any]) -> Any:
    if isinstance(values[0], dict):
        return {name: _median([v[name] for v in values]) for name in values[0]}
    return float(np.median(values))


def by_mode(make: Callable[[int], Iterable[Any]]) -> dict[str, list[Run]]:
    """The recorded ones of these configurations, by mode, in the order of the seeds."""
    found: dict[str, list[Run]] = {}
    for run in shelf.recorded([c for seed in SEEDS for c in make(seed)]):
        found.setdefault(run.config.mode, []).append(run)
    return found


def pairs(runs: Runs, modes: Sequence[str] = MODES) -> Iterable[tuple[Any, Any]]:
    """Exact test answers by checkpoint of two modes, one pair a seed that both have."""
    ahead, behind = ({run.config.seed: run.measures["test exact"] for run in runs.get(mode, ())} for mode in modes)
    return [(ahead[seed], behind[seed]) for seed in ahead if seed in behind]
