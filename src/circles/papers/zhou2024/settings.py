"""The settings of the paper's two trainings and of ours side by side, a row a setting, and where they part.

No code of the authors was found in public, so the paper's own words are all there is to hold ours against.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import prod

import pandas as pd
import torch

from circles.models import pretrained
from circles.models.pretrained import whisper_config
from circles.papers import departures
from circles.papers.departures import UNKNOWN
from circles.papers.zhou2024 import adder_claims, adder_runs, mirrored, prompts, rescue_runs, shape_runs
from circles.papers.zhou2024.adder_run import AdderRun
from circles.papers.zhou2024.rescue import RescueRun
from circles.training import addition
from circles.training.minibatch import Adam

CODE = "none released"
WORDS = {"520": "", "200": ", sums to 200", "once": ", told once", "templates": ", templates", "mpnet": ", mpnet"}


def small() -> RescueRun:
    """The chapter's small net with MiniLM's table, at the larger budget."""
    return rescue_runs.config(rescue_runs.FROZEN, rescue_runs.BUDGETS[-1], rescue_runs.SEEDS[0])


def wide() -> RescueRun:
    """The net with nearly as many pairs as the paper's."""
    return shape_runs.full(rescue_runs.SEEDS[0])[0]


def adder(nets: str) -> AdderRun:
    """The trained model of the claims about these of ``adder_claims.NETS``, whose inside they ask."""
    mode = adder_claims.OPENED.get(nets, "pretrained")
    return next(c for c in adder_claims.NETS[nets](adder_claims.SEEDS[0]) if c.mode == mode)


def _list(values: object) -> str:
    return ", ".join(map(str, values))  # type: ignore[call-overload]


@cache
def _optimiser(config: RescueRun) -> Adam:
    return type(config).problem([config], torch.device("cpu"))[2]


@cache
def _precision(config: RescueRun) -> str:
    weights = type(config).problem([config], torch.device("cpu"))[0]
    return str(weights["W_E"].dtype).removeprefix("torch.")


def _rate(lr: float, steps: int | None) -> str:
    return f"{lr:g}" + (" linear to 0" if steps else "")


def _counts(sides: dict[str, int]) -> str:
    return " / ".join(f"{count:,}" for count in sides.values())


def _orders(config: RescueRun) -> str:
    count = sum(map(len, addition.split(config.addends, seed=config.seed).values()))
    return "in both orders" if count == config.addends**2 else "in one order"


def _parameters(config: RescueRun) -> str:
    return f"{sum(map(prod, config.spec.shapes().values())) / 1e6:.3g} million"


# Zhou et al. 2024: sections 2 and 4.2, appendix F. The widths and the number of heads are those of the model it names.
RESCUE: tuple[tuple[str, str, Callable[[RescueRun], str]], ...] = (
    ("net", "GPT-2, 12 layers of 768", lambda c: f"GPT-2, {c.depth} layers of {c.width}"),  # section 4.2
    ("heads", "12", lambda c: str(c.heads)),  # GPT-2's
    ("parameters", "124 million", _parameters),  # section 4.2
    ("addends", "0 to 260", lambda c: f"0 to {c.addends - 1}"),  # section 2
    # appendix F gives 27,400 + 3,420 + 3,420: pairs without order are 34,191, with order 68,121
    ("each pair of addends", "in one order", _orders),
    ("train, valid, test", "27,400 / 3,420 / 3,420",  # appendix F
     lambda c: _counts({k: len(v) for k, v in addition.split(c.addends, seed=c.seed).items()})),
    ("held out, b + a trained on", "0%", lambda c: f"{mirrored.share(c):.0%}"),  # follows from the order
    ("scored", "test", lambda c: "valid and test"),
    ("prompt", "five templates", lambda c: "a + b ="),  # appendix F
    ("frozen table", "GPT-2's own", lambda c: f"MiniLM's, {c.width} components, sd {c.std:g}"),  # section 4.2
    ("random table", "sd 0.02", lambda c: f"sd {c.std:g}"),  # appendix F: GPT-2's start
    ("optimiser", "AdamW", lambda c: "AdamW"),  # appendix F
    ("rate", "5e-05 linear to 0", lambda c: _rate(_optimiser(c).lr, _optimiser(c).steps)),  # appendix F
    ("warm-up", "none", lambda c: "none"),  # appendix F
    ("weight decay", UNKNOWN, lambda c: f"{_optimiser(c).weight_decay:g}"),
    ("betas, epsilon", UNKNOWN, lambda c: f"{_list(_optimiser(c).betas)}, {_optimiser(c).eps:g}"),
    ("dropout", "GPT-2's, 0.1", lambda c: "none"),  # appendix F: defaults
    ("batch", "16", lambda c: str(c.batch)),  # appendix F
    ("epochs", "700", lambda c: str(c.epochs)),  # appendix F
    ("steps", "1,199,100", lambda c: f"{_optimiser(c).steps:,}"),  # 700 epochs of ceil(27,400 / 16)
    ("precision", UNKNOWN, _precision),
    ("seeds", "5", lambda c: str(len(rescue_runs.SEEDS))),  # section 4.2
)  # fmt: skip


def _pairs(c: AdderRun) -> list[prompts.Problem]:
    return prompts.sums(c.largest, seed=c.seed, smaller_first=c.told == "sorted")


def _told(c: AdderRun) -> str:
    if len({frozenset((p.a, p.b)) for p in _pairs(c)}) < len(_pairs(c)):
        return "in both"
    return "in either, anew every epoch" if c.told == "either" else "in one order"


def _prompt(c: AdderRun) -> str:
    if c.told == "templates":
        return "five templates"
    return "a+b= and a mask" if c.model in pretrained.ENCODERS else "a+b="


def _seeds(c: AdderRun) -> str:
    make = next(make for make in (*adder_claims.NETS.values(), adder_runs.deep_held) if c in make(c.seed))
    return str(len(adder_claims.by_mode(make).get(c.mode, ())))


# Zhou et al. 2024: section 2, appendix F.
FINE_TUNED: tuple[tuple[str, str, Callable[[AdderRun], str]], ...] = (
    ("net", "gpt2-xl", lambda c: c.model),  # section 2
    ("addends", "0 to 260", lambda c: f"0 to {c.largest}"),  # section 2
    ("each pair of addends", "in one order", _told),  # appendix F, by its counts
    ("first of a pair", UNKNOWN, lambda c: "the smaller" if all(p.a <= p.b for p in _pairs(c)) else "by chance"),
    ("train, valid, test", "27,400 / 3,420 / 3,420",  # appendix F
     lambda c: _counts({k: len(v) for k, v in prompts.split(_pairs(c)).items()})),
    ("prompt", "five templates", _prompt),  # appendix F
    ("softmax over", "the vocabulary", lambda c: {"numbers": "the numbers"}.get(c.among, "the vocabulary")),
    ("optimiser", "AdamW", lambda c: "AdamW"),  # appendix F
    ("rate", "1e-05 linear to 0", lambda c: _rate(c.lr, c.epochs)),  # appendix F
    ("warm-up", "none", lambda c: "none"),  # appendix F
    ("weight decay", UNKNOWN, lambda c: f"{c.weight_decay:g}"),
    ("dropout", "GPT-2's, 0.1", lambda c: "none"),  # appendix F: defaults
    ("batch", "16", lambda c: str(c.batch)),  # appendix F
    ("epochs", "50", lambda c: str(c.epochs)),  # appendix F
    ("precision", UNKNOWN, lambda c: "bfloat16" if c.bfloat16 else "float32"),
    ("seeds", UNKNOWN, _seeds),
)  # fmt: skip


# Of RESCUE's rows what a net of Whisper's shape has: those of FINE_TUNED, and these.
HELD: dict[str, Callable[[AdderRun], str]] = {name: of for name, _, of in FINE_TUNED} | {
    "net": lambda c: f"Whisper, {_whisper(c, 'layers')} layers of {_whisper(c, 'd_model')}",
    "heads": lambda c: str(_whisper(c, "heads")),
    "held out, b + a trained on": lambda c: "0%",  # follows from pairs without order
    "scored": lambda c: "test",
    "frozen table": lambda c: f"Whisper's, sd {c.deviation:g}",
    "random table": lambda c: f"sd {whisper_config(**pretrained.WHISPERS[c.model]).init_std:g}",
    "betas, epsilon": lambda c: f"{_list(Adam.betas)}, {Adam.eps:g}",
    "steps": lambda c: f"{c.epochs * -(-len(prompts.split(_pairs(c))['train']) // c.batch):,}",
}


def _whisper(c: AdderRun, of: str) -> int:
    return c.layers if of == "layers" and c.layers else pretrained.WHISPERS[c.model][of]


def held(config: AdderRun) -> pd.DataFrame:
    """setting, paper, released code, ours, against: GPT-2-small's training and that of Whisper's shape."""
    rows = [(name, paper, CODE, HELD[name](config)) for name, paper, _ in RESCUE if name in HELD]
    return departures.frame(rows, ("setting", "paper", "released code", "ours"))


def held_beside() -> pd.DataFrame:
    """The rescue's rows in layers of Whisper's shape: setting, paper, four layers, twelve, against (of the twelve)."""
    nets = {"ours, 4 layers": adder_runs.held(0)[0], "ours, 12 layers": adder_runs.deep_held(0)[0]}
    return _beside({name: held(config) for name, config in nets.items()}, against="ours, 12 layers")


def rescue(config: RescueRun) -> pd.DataFrame:
    """setting, paper, released code, ours, against: GPT-2-small's training and this rescue run's."""
    rows = [(name, paper, CODE, of(config)) for name, paper, of in RESCUE]
    return departures.frame(rows, ("setting", "paper", "released code", "ours"))


def fine_tuned(config: AdderRun) -> pd.DataFrame:
    """setting, paper, released code, ours, against: GPT-2-XL's fine-tuning and Whisper's of this run."""
    rows = [(name, paper, CODE, of(config)) for name, paper, of in FINE_TUNED]
    return departures.frame(rows, ("setting", "paper", "released code", "ours"))


def table() -> pd.DataFrame:
    """All three, with a column that says which of our nets is meant."""
    each = {"small": rescue(small()), "wide": rescue(wide()), "Whisper": fine_tuned(adder("520"))}
    return pd.concat([rows.assign(net=name) for name, rows in each.items()], ignore_index=True)


def beside() -> pd.DataFrame:
    """The rescue's rows with both of our nets beside each other: setting, paper, small, wide, against (of the wide)."""
    return _beside({"ours, small": rescue(small()), "ours, wide": rescue(wide())}, against="ours, wide")


def tuned_beside(*nets: str) -> pd.DataFrame:
    """The fine-tuning's rows: setting, paper, a column for each of these nets, against (of the first)."""
    columns = {of: f"ours{WORDS[of]}" for of in nets}
    tables = {name: fine_tuned(adder(of)) for of, name in columns.items()}
    return _beside(tables, against=columns[nets[0]])


def _beside(tables: dict[str, pd.DataFrame], *, against: str) -> pd.DataFrame:
    first = tables[against]
    ours = {name: table["ours"] for name, table in tables.items()}
    return pd.DataFrame({"setting": first["setting"], "paper": first["paper"], **ours, "against": first["against"]})
