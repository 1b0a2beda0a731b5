"""Many runs by one call: which of them, which side by side, here or on a cluster."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from circles.foundations.errors import ConfigError
from circles.training import runs
from circles.training.run_config import RunConfig
from circles.training.runs import Run

Maker = Callable[[int], RunConfig | list[RunConfig]]


def configs(make: Maker, seeds: Sequence[int], only: str = "") -> list[RunConfig]:
    """What a name of the registry stands for with these seeds.

    ``only`` keeps the runs whose name has one of its parts, with or without its letters: "f0.6,f0.3" or
    "0.6,0.3" of "p113-f0.6-wd1-40000-seed0". Raises ConfigError when a word fits none.
    """
    made = [c for seed in seeds for found in [make(seed)] for c in (found if isinstance(found, list) else [found])]
    if not only:
        return made
    words = [word.strip() for word in only.split(",")]
    parts = {c: {w for part in c.name.split("-") for w in (part, re.sub("^[a-z]+", "", part))} for c in made}
    for word in words:
        if not any(word in found for found in parts.values()):
            raise ConfigError(f"--only is {only!r}, but {word!r} is in none of {', '.join(c.name for c in made)}")
    return [c for c in made if parts[c] & set(words)]


def batches(chosen: Sequence[RunConfig], device: str) -> list[list[RunConfig]]:
    """These runs in groups that train side by side: alike but for the fields that may vary in a batch.

    On a CPU a batch costs as much as its runs one by one, and those that have stopped early would be
    carried along to the end: there each run that may stop early trains alone.
    """
    on_cpu = runs.pick(device).type == "cpu"
    groups: dict[str, list[RunConfig]] = {}
    for config in chosen:
        shared = {k: v for k, v in config.to_dict().items() if k not in config.varies}
        alone = config.digest if on_cpu and type(config).finished is not RunConfig.finished else ""
        groups.setdefault(f"{type(config).__name__} {sorted(shared.items())} {alone}", []).append(config)
    return list(groups.values())


def train(chosen: Sequence[RunConfig], *, device: str = "auto", scheduler: str = "") -> list[Run]:
    """The cached runs of these configurations, those missing trained; on a Dask cluster when one is named."""
    jobs = [lambda group=group: runs.train(group, device=device) for group in batches(chosen, device)]
    return [run for batch in everywhere(jobs, scheduler) for run in batch]


def everywhere(jobs: Sequence[Callable[[], Any]], scheduler: str = "") -> list[Any]:
    """The results of these jobs, done here one by one or, with a scheduler's address, by its Dask cluster.

    Raises ConfigError when Dask is not installed or no scheduler answers.
    """
    from joblib import Parallel, delayed, parallel_config

    tasks = [delayed(job)() for job in jobs]
    if not scheduler:
        return Parallel(n_jobs=1)(tasks)
    try:
        from dask.distributed import Client
    except ImportError:
        raise ConfigError("--scheduler needs Dask: pip install 'circles[cluster]'") from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(f"--scheduler is {scheduler!r}: no scheduler answers there") from error
    with client, parallel_config("dask"):
        return Parallel()(tasks)
