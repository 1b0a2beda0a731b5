"""``python tests/kills.py 100``: kill each kind of run at random moments, let it go on, compare bits with a whole one.

Half of the kills come after a random time, half while a random file is written. Each run is begun again in the same
cache until it ends by itself; then its results must be those of a run that nobody stopped, and nothing else be left.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from circles.foundations.streams import streams
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.grokking import GrokkingRun
from circles.training.minibatch import Adam, MinibatchRun

AFTER = 1.2  # kills by the clock come in this multiple of a whole run's time
WRITES = 30  # kills by the file come at one of so many


@dataclass(frozen=True, kw_only=True)
class Full(GrokkingRun):
    """A full-batch training of half a second."""

    family = "killed-full"

    def measure(self, snapshots: dict[int, Any]) -> dict[str, torch.Tensor]:
        return {"epoch": torch.tensor(list(snapshots))}


@dataclass(frozen=True, kw_only=True)
class Mini(MinibatchRun):
    """A regression in mini-batches, their order drawn anew each epoch."""

    family = "killed-mini"

    @property
    def name(self) -> str:
        return f"mini-seed{self.seed}"

    @classmethod
    def problem(cls, configs: Sequence[Mini], device: torch.device) -> tuple[dict[str, torch.Tensor], Any, Adam]:
        drawn = [torch.randn(1, 8, 40, generator=streams(c.seed, "data")["data"]) for c in configs]
        x = torch.cat(drawn)

        def epoch(weights: dict[str, torch.Tensor], number: int):
            name = f"batches/{number}"
            order = torch.randperm(40, generator=streams(configs[0].seed, name)[name])
            for batch in order.split(10):
                part = x[:, :, batch]
                yield (weights["w"] @ part - part.square().sum(1, keepdim=True)).square().mean((1, 2))

        return {"w": torch.zeros(len(configs), 1, 8)}, epoch, Adam(lr=0.01)

    def checkpoints(self) -> Sequence[int]:
        return range(0, self.epochs, 10)

    def measure(self, snapshots: dict[int, Any]) -> dict[str, torch.Tensor]:
        return {"w": torch.stack([w["w"] for w in snapshots.values()])}


@dataclass(frozen=True, kw_only=True)
class Unit(ComputedRun):
    """A unit of a study that takes a while."""

    family = "killed-unit"

    @property
    def name(self) -> str:
        return f"unit-seed{self.seed}"

    def compute(self) -> dict[str, torch.Tensor]:
        x = torch.randn(60, 60, generator=streams(self.seed, "x")["x"])
        for _ in range(2000):
            x = torch.tanh(x @ x.mT / 60)
        return {"x": x}


SIZE = {"p": 11, "d_model": 16, "n_heads": 2, "d_mlp": 32, "epochs": 300, "every": 20}
KINDS: dict[str, list[Any]] = {
    "full batch": [Full(**SIZE, seed=1)],
    "side by side": [Full(**SIZE, seed=seed) for seed in range(3)],
    "mini-batches": [Mini(seed=1, epochs=60)],
    "computed": [Unit(seed=1)],
}


def child(work: Callable[[], Any], dies: float | int | None) -> bool:
    """Do this in a process of its own; whether it ended by itself.

    ``dies``: killed after so many seconds, or, a whole number, while that file is written.
    """
    pid = os.fork()
    if pid == 0:
        written, fsync = iter(range(10**6)), os.fsync

        def sync(handle: int) -> None:
            if type(dies) is int and next(written) == dies:
                os.kill(os.getpid(), signal.SIGKILL)
            fsync(handle)

        os.fsync = sync
        with open(os.devnull, "wb") as nothing:
            os.dup2(nothing.fileno(), 2)
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    if type(dies) is float:
        timer = threading.Timer(dies, os.kill, (pid, signal.SIGKILL))
        timer.start()
    status = os.waitpid(pid, 0)[1]
    if type(dies) is float:
        timer.cancel()
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        raise AssertionError("a run that went on has failed")
    return os.WIFEXITED(status)


def killed(configs: list[Any], kills: int, seed: int = 0) -> dict[str, int]:
    """So many kills of these runs; how many runs ended meanwhile, and how many kills left a state to go on from."""
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as place:
        began = time.monotonic()
        with cache(Path(place)):
            whole = runs.train(configs)
        seconds = time.monotonic() - began
    found = {"kills": 0, "with a state": 0, "ended": 0}
    while found["kills"] < kills:
        with tempfile.TemporaryDirectory() as place, cache(Path(place)):
            while found["kills"] < kills:
                dies = draw.uniform(0, AFTER * seconds) if draw.random() < 0.5 else draw.randrange(WRITES)
                if child(lambda: runs.train(configs), dies):
                    break
                found["kills"] += 1
                found["with a state"] += any(Path(place).glob("*/*/partial.json"))
            child(lambda: runs.train(configs), None)
            same(whole, runs.train(configs))
            left_alone(Path(place), configs)
            found["ended"] += 1
    return found


class cache:  # noqa: N801
    """Within, runs are kept in this folder."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __enter__(self) -> None:
        self.before = {name: os.environ.get(name) for name in ("CIRCLES_CACHE", "CIRCLES_RUNS")}
        os.environ |= {"CIRCLES_CACHE": str(self.place), "CIRCLES_RUNS": ""}

    def __exit__(self, *_: object) -> None:
        for name, value in self.before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def same(whole: list[Any], found: list[Any]) -> None:
    """All bits of weights, measures and losses."""
    for one, other in zip(whole, found, strict=True):
        for mine, theirs in ((one.weights, other.weights), (one.measures, other.measures)):
            assert mine.keys() == theirs.keys()
            assert all(torch.equal(mine[name], theirs[name]) for name in mine), one.config.name
        assert torch.equal(one.losses.nan_to_num(-1.0), other.losses.nan_to_num(-1.0)), one.config.name


def left_alone(place: Path, configs: list[Any]) -> None:
    """Nothing lies in the cache but finished runs, their locks and what they say of their code."""
    kept = {"run.json", "measures.safetensors", "weights.safetensors"}
    folders = {runs.folder_of(config, place) for config in configs}
    odd = [
        path for path in place.glob("*/**/*")
        if path not in folders and path.suffix != ".lock" and not path.name.startswith("code-")
        and not (path.parent in folders and path.name in kept)
    ]  # fmt: skip
    assert not odd, odd


def main(kills: int) -> None:
    print("| runs | kills | left a state | ended, all bits the same |\n| --- | ---: | ---: | ---: |")
    each = -(-kills // len(KINDS))
    for number, (kind, configs) in enumerate(KINDS.items()):
        found = killed(configs, each, seed=number)
        print(f"| {kind} | {found['kills']} | {found['with a state']} | {found['ended']} |", flush=True)


if __name__ == "__main__":
    torch.set_num_threads(1)  # a process that has threads cannot fork
    main(int(sys.argv[1]))
