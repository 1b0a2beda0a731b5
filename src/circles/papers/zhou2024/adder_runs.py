"""Which nets are fine-tuned: a function from a seed to configurations for each name of the command line."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from circles.papers.zhou2024.adder_run import AMONG, TABLES, TOLD, AdderRun

LIVE_SEED = 0
CONTRAST = ("pretrained", "random")
MODES = (*CONTRAST, "rows-frozen", "rows-trained", "body")
ORDERS = TOLD[:2]
RATES = (1e-4, 2e-4, 5e-4, 1e-3)
CHOSEN = AdderRun.lr
DEEP = 12
HELD = ("rows-frozen", "random", "random-frozen")
LOUD = (0.02, 0.1, 0.5)  # of random rows as they come, and up to that of the small nets' rows
# At that rate MiniLM from random weights, whose norms stand after the sums, had learnt nothing after eight epochs.
CHOSEN_OF = {("minilm", "random"): 2e-4}


def whisper(seed: int) -> list[AdderRun]:
    """The paper's pairs, a, b to 260: every mode on bare sums; pre-trained and random in the other ways of telling."""
    bare = [AdderRun(mode=mode, seed=seed) for mode in MODES]
    return bare + [AdderRun(mode=mode, told=told, seed=seed) for told in ("sorted", "templates") for mode in CONTRAST]


def once(seed: int) -> list[AdderRun]:
    """The paper's pairs on bare sums, each told in one order only, by chance: every mode."""
    return [run for run in whisper(seed) if run.told == "bare"]


def ordered(seed: int) -> list[AdderRun]:
    """The paper's pairs on bare sums with the smaller number first, pre-trained and random."""
    return [run for run in whisper(seed) if run.told == "sorted"]


def ordered_100(seed: int) -> list[AdderRun]:
    """Sums to 200 with the smaller number first, 100 epochs: pre-trained and random."""
    return [AdderRun(mode=mode, told="sorted", largest=100, epochs=100, seed=seed) for mode in CONTRAST]


def either(seed: int, largest: int = 260) -> list[AdderRun]:
    """The paper's pairs, or the sums to 200, each told in either order anew every epoch: pre-trained and random.

    In half precision, in which the nets of ``precision`` end as in single. At sums to 200 the high band's filter, which
    takes a direction a wave, leaves more than half of them.
    """
    epochs = {260: AdderRun.epochs, 100: 100}[largest]
    told = partial(AdderRun, told="either", bfloat16=True, largest=largest, epochs=epochs, seed=seed)
    return [told(mode=mode) for mode in CONTRAST]


def longer(seed: int) -> list[AdderRun]:
    """The paper's pairs in either order for twice as many epochs, pre-trained: is it time that the nets lack?"""
    return [replace(either(seed)[0], epochs=2 * AdderRun.epochs)]


def whisper_short(seed: int) -> list[AdderRun]:
    """Three epochs of the sums to 200, pre-trained and random: the chapter's live fine-tuning, of one seed."""
    tier = "live" if seed == LIVE_SEED else "recorded"
    return [AdderRun(mode=mode, largest=100, epochs=3, seed=seed, tier=tier) for mode in CONTRAST]


def rates(seed: int, model: str = "whisper-tiny") -> list[AdderRun]:
    """The sweep that chooses each mode's rate, on validation pairs: 30 epochs of the sums to 200."""
    short = partial(AdderRun, model=model, largest=100, epochs=30, seed=seed)
    return [short(mode=mode, lr=lr) for mode in MODES for lr in RATES]


def parts(seed: int, model: str = "whisper-tiny") -> list[AdderRun]:
    """Of that sweep the nets at the chosen rate: every mode, to ask which part of what is pre-trained helps."""
    return [run for run in rates(seed, model) if run.lr == CHOSEN_OF.get((model, run.mode), CHOSEN)]


def orders(seed: int) -> list[AdderRun]:
    """Which number of a pair comes first, by chance or the smaller: pre-trained, 30 epochs of the sums to 200."""
    return [AdderRun(told=told, largest=100, epochs=30, seed=seed) for told in ORDERS]


def among(seed: int) -> list[AdderRun]:
    """Among which tokens the answer is sought, the numbers or all: pre-trained, the smaller number first, 30 epochs."""
    return [AdderRun(told="sorted", among=tokens, largest=100, epochs=30, seed=seed) for tokens in AMONG]


def precision(seed: int) -> list[AdderRun]:
    """Products in single and in half precision: sums to 200 with the smaller number first, pre-trained, to the end."""
    whole = ordered_100(seed)[0]
    return [replace(whole, bfloat16=half) for half in (False, True)]


def deep(seed: int) -> list[AdderRun]:
    """As many layers as GPT-2-small has, all random, under Whisper's rows held fast and under random ones.

    Otherwise the nets of ``parts``, so that depth alone differs: 30 epochs of the sums to 200.
    """
    return [AdderRun(mode=mode, layers=DEEP, largest=100, epochs=30, seed=seed) for mode in ("rows-frozen", "random")]


def loud(seed: int) -> list[AdderRun]:
    """How loud the rows are, Whisper's held fast, random ones trained and random ones held fast.

    Otherwise the nets of ``parts``: 30 epochs of the sums to 200.
    """
    short = partial(AdderRun, largest=100, epochs=30, seed=seed)
    return [short(mode=mode, deviation=deviation) for deviation in LOUD for mode in HELD]


def rows(seed: int) -> list[AdderRun]:
    """Of ``loud`` the nets under Whisper's rows at their loudest, held fast."""
    return [run for run in loud(seed) if (run.mode, run.deviation) == (HELD[0], LOUD[-1])]


def tables(seed: int) -> list[AdderRun]:
    """The nets of ``rows`` with a part of Whisper's waves, each table as loud as the whole one."""
    (whole,) = rows(seed)
    return [replace(whole, table=table) for table in TABLES]


def held(seed: int, layers: int = 0, epochs: int = AdderRun.epochs) -> list[AdderRun]:
    """The paper's pairs in either order: under Whisper's rows at their loudest, held fast, and under random ones."""
    told = partial(AdderRun, told="either", bfloat16=True, layers=layers, epochs=epochs, seed=seed)
    return [told(mode="rows-frozen", deviation=LOUD[-1]), told(mode="random")]


def deep_held(seed: int) -> list[AdderRun]:
    """As many layers as GPT-2-small has, half its width: the paper's rescue in 10 of its 700 epochs."""
    return held(seed, layers=DEEP, epochs=10)


def minilm(seed: int) -> list[AdderRun]:
    """MiniLM at its mask, a, b to 170: the largest sums that are single tokens there."""
    return [AdderRun(model="minilm", mode=mode, largest=170, epochs=100, seed=seed) for mode in MODES]


def mpnet(seed: int) -> list[AdderRun]:
    """mpnet at its mask, of GPT-2-small's size: sums to 200 in either order, 30 epochs, pre-trained and random."""
    told = partial(AdderRun, model="mpnet", told="either", bfloat16=True, largest=100, epochs=30, lr=2e-4, seed=seed)
    return [told(mode=mode) for mode in CONTRAST]


def templates(seed: int) -> list[AdderRun]:
    """The paper's pairs in its five templates, each told once: pre-trained and random, in half precision."""
    return [AdderRun(mode=mode, told="templates", bfloat16=True, seed=seed) for mode in CONTRAST]


NAMES = {
    "zhou2024-whisper": whisper,
    "zhou2024-whisper-100": ordered_100,
    "zhou2024-whisper-short": whisper_short,
    "zhou2024-whisper-rates": rates,
    "zhou2024-whisper-orders": orders,
    "zhou2024-whisper-among": among,
    "zhou2024-whisper-either": either,
    "zhou2024-whisper-100-either": partial(either, largest=100),
    "zhou2024-whisper-longer": longer,
    "zhou2024-whisper-precision": precision,
    "zhou2024-whisper-deep": deep,
    "zhou2024-whisper-loud": loud,
    "zhou2024-whisper-tables": tables,
    "zhou2024-whisper-held": held,
    "zhou2024-whisper-held-deep": deep_held,
    "zhou2024-minilm-rates": partial(rates, model="minilm"),
    "zhou2024-minilm": minilm,
    "zhou2024-mpnet": mpnet,
    "zhou2024-whisper-templates": templates,
}
