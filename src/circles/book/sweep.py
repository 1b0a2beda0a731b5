"""Many runs by one call: which of them, which side by side, here or on a cluster.

What is finished is never trained again: each job asks the cache first, so a sweep that was stopped, or whose
worker was lost, goes on from what is there.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from tqdm import tqdm

from circles.foundations.errors import ConfigError, RunError
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.run_config import RunConfig
from circles.training.runs import Run

Maker = Callable[[int], RunConfig | list[RunConfig]]


def configs(make: Maker, seeds: Sequence[int], only: str = "") -> list[RunConfig]:
    """What a name of the registry stands for with these seeds.

    ``only`` keeps the runs whose name has one of its parts, with or without its letters, or several in a row:
    "f0.6,f0.3" or "0.6,wd1-40000" of "p113-f0.6-wd1-40000-seed0". Raises ConfigError when a word fits none, or
    when there is no word in it.
    """
    made = [c for seed in seeds for found in [make(seed)] for c in (found if isinstance(found, list) else [found])]
    if not only:
        return made
    if not (words := [word for word in (part.strip() for part in only.split(",")) if word]):
        raise ConfigError(f"--only is {only!r}, expected parts of the runs' names with commas between them")
    for word in words:
        if not any(_has(c.name, word) for c in made):
            raise ConfigError(f"--only is {only!r}, but {word!r} is in none of {', '.join(c.name for c in made)}")
    return [c for c in made if any(_has(c.name, word) for word in words)]


def _has(name: str, word: str) -> bool:
    return f"-{word}-" in f"-{name}-" or word in (re.sub("^[a-z]+", "", part) for part in name.split("-"))


def batches(chosen: Sequence[RunConfig], device: str) -> list[list[RunConfig]]:
    """These runs in groups that train side by side: alike but for the fields that may vary in a batch.

    On a CPU a batch costs as much as its runs one by one, and those that have stopped early would be
    carried along to the end: there each run that may stop early trains alone. So does a unit of a study everywhere.
    """
    on_cpu = runs.pick(device).type == "cpu"
    groups: dict[str, list[RunConfig]] = {}
    for config in chosen:
        shared = {k: v for k, v in config.to_dict().items() if k not in config.varies}
        early = on_cpu and type(config).finished is not RunConfig.finished
        alone = config.digest if early or isinstance(config, ComputedRun) else ""
        groups.setdefault(f"{type(config).__name__} {sorted(shared.items())} {alone}", []).append(config)
    return list(groups.values())


def train(chosen: Sequence[RunConfig], *, device: str = "auto", scheduler: str = "") -> list[Run]:
    """The cached runs of these configurations, those missing trained; on a Dask cluster when one is named.

    The cluster must share this disk: its workers train into the cache of this process. Shows how many runs of the
    whole sweep are finished, and the time left.
    """
    cache = str(runs.cache().resolve())
    jobs = [partial(_job, group, device, cache) for group in batches(chosen, device)]
    with progress(chosen):
        return [run for batch in everywhere(jobs, scheduler) for run in batch]


def load_or_train(
    chosen: Sequence[RunConfig], *, fresh: bool = False, device: str = "auto", scheduler: str = ""
) -> list[Run]:
    """These runs as ``runs.get`` finds them, those missing trained as ``train`` does; with ``fresh`` none is recorded.

    Raises RunError where CIRCLES_RUNS=recorded forbids to train what is missing.
    """
    if runs.mode() == "recorded":
        if fresh:
            raise RunError("--fresh trains, and CIRCLES_RUNS=recorded forbids it")
        return [runs.get(config) for config in chosen]
    found = {} if fresh else {c: run for c in chosen if (run := runs.recorded(c)) is not None}
    if missing := [c for c in chosen if c not in found]:
        found |= {run.config: run for run in train(missing, device=device, scheduler=scheduler)}
    return [found[c] for c in chosen]


def everywhere(jobs: Sequence[Callable[[], Any]], scheduler: str = "") -> list[Any]:
    """The results of these jobs, done here one by one or, with a scheduler's address, by its Dask cluster.

    A job whose worker is lost is done again by another one. Raises ConfigError when Dask is not installed or no
    scheduler answers.
    """
    from joblib import Parallel, delayed, parallel_config

    tasks = [delayed(job)() for job in jobs]
    if not scheduler:
        return Parallel(n_jobs=1)(tasks)
    try:
        from dask.distributed import Client
    except ImportError:
        raise ConfigError("--scheduler needs Dask: from the repository's root, pip install -e '.[cluster]'") from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, ImportError) as error:
        raise ConfigError(f"--scheduler is {scheduler!r}: no scheduler answers there") from error
    with client, parallel_config("dask"):
        return Parallel()(tasks)


@contextmanager
def progress(chosen: Sequence[RunConfig], every: float = 1.0) -> Iterator[tqdm]:
    """A bar over the whole sweep: runs finished, wherever they are trained, and the time left.

    It counts the finished runs on disk, so it is right for one process, a cluster, and a sweep that goes on.
    """
    wanted = {runs.folder_of(c, runs.cache()) / "run.json" for c in chosen}

    def finished() -> int:
        return sum(file.exists() for file in wanted)

    layout = "{desc} {n}/{total}|{bar}| {elapsed}, {remaining} left"
    bar = tqdm(
        total=len(wanted),
        initial=finished(),
        desc="runs of the sweep",
        bar_format=layout,
        file=sys.stderr,
        disable=None,
    )
    stopped = threading.Event()

    def watch() -> None:
        while not stopped.wait(every):
            bar.update(finished() - bar.n)
            bar.refresh()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield bar
    finally:
        stopped.set()
        watcher.join()
        bar.update(finished() - bar.n)
        bar.close()


def _job(group: list[RunConfig], device: str, cache: str) -> list[Run]:
    """Train one group into this cache, here or in a worker that was started elsewhere."""
    os.environ["CIRCLES_CACHE"] = cache
    return runs.train(group, device=device)
