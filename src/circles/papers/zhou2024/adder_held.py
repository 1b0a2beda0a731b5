"""The rescue in layers of Whisper's shape: random layers under token embeddings that are held fast, and its claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from circles.papers.zhou2024 import adder_runs
from circles.papers.zhou2024.adder_claims import SEEDS, Runs, by_mode, over_seeds, pairs
from circles.training import shelf
from circles.training.runs import Run

HELD, TRAINED, NULL = adder_runs.HELD  # Whisper's held fast, random ones trained, random ones held fast


def loudest() -> dict[str, list[Run]]:
    """Short trainings on sums to 200 by mode, each as loud as the validation pairs of one seed choose.

    Random embeddings held fast are not chosen: they stand beside Whisper's, as loud as these.
    """
    found = shelf.recorded([c for seed in SEEDS for c in (*adder_runs.parts(seed), *adder_runs.loud(seed))])
    chosen = {mode: _chosen(found, mode) for mode in (HELD, TRAINED)}
    chosen[NULL] = chosen[HELD]
    return {
        mode: [run for run in found if (run.config.mode, run.config.deviation) == (mode, deviation)]
        for mode, deviation in chosen.items()
    }


def at_loudness(deviation: float) -> dict[str, list[Run]]:
    """The same at one loudness for all modes."""
    return by_mode(lambda seed: [run for run in adder_runs.loud(seed) if run.deviation == deviation])


def paper_sums(*, deep: bool = False) -> dict[str, list[Run]]:
    """The longer trainings on the paper's sums, of four layers or of twelve."""
    return by_mode(adder_runs.deep_held if deep else adder_runs.held)


def by_table() -> dict[str, list[Run]]:
    """The trainings on sums to 200 under Whisper's embeddings at their loudest, whole or a part, by table."""
    found: dict[str, list[Run]] = {}
    for run in shelf.recorded([c for seed in SEEDS for c in adder_runs.tables(seed)]):
        found.setdefault(run.config.table, []).append(run)
    return found


def lead(claim: str, runs: Runs, behind: str = TRAINED) -> tuple[float, ...]:
    """How far Whisper's embeddings, held fast, are ahead of others at the end; nothing without enough seeds."""
    return over_seeds(claim, [float((a - b)[-1]) for a, b in pairs(runs, (HELD, behind))])


def lost_with_spikes(by_table: Runs, random: Sequence[Run]) -> tuple[float, ...]:
    """Which share of the whole table's lead over random embeddings is gone at the end without its spikes."""
    nets = {**by_table, NULL: random}
    led, left = (dict(_leads(nets, table)) for table in ("whole", "no-spikes"))
    return over_seeds("whisper-rows-spikes", [1 - left[seed] / led[seed] for seed in led if seed in left])


def rescued(runs: Runs) -> tuple[dict[str, float], ...]:
    """The share of test answers at the end under Whisper's embeddings, and their lead; nothing without enough seeds."""
    found = [{"accuracy": float(a[-1]), "lead": float((a - b)[-1])} for a, b in pairs(runs, (HELD, TRAINED))]
    return over_seeds("whisper-520-rows", found)


def deep_rescued(runs: Runs) -> tuple[dict[str, float], ...]:
    """The same of twelve layers as the paper puts it, of one net of each kind."""
    found = [(float(a[-1]), float(b[-1])) for a, b in pairs(runs, (HELD, TRAINED))]
    return over_seeds("whisper-deep-rows", [{"frozen": a, "random": b, "gain": a - b} for a, b in found], fewest=1)


def _leads(nets: Runs, table: str) -> Iterable[tuple[int, float]]:
    """How far a table is ahead of random embeddings at the end, by seed."""
    ends = {run.config.seed: float(run.measures["test exact"][-1]) for run in nets.get(NULL, ())}
    for run in nets.get(table, ()):
        if run.config.seed in ends:
            yield run.config.seed, float(run.measures["test exact"][-1]) - ends[run.config.seed]


def _chosen(found: list[Run], mode: str) -> float:
    """The loudness with the most exact validation answers at the end, of the nets of the first seed."""
    first = [run for run in found if (run.config.mode, run.config.seed) == (mode, adder_runs.LIVE_SEED)]
    return max(first, key=lambda run: float(run.measures["validation exact"][-1])).config.deviation
