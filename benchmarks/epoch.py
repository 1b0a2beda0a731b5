"""One training epoch: this book's net against the public loop, on this machine, in one run.

The reference is TransformerLens' native model with the loss on the test pairs every epoch, as its grokking
demo does. Both start from the same weights, first those before training and then those of the recorded run.
The floor is what cannot be left out: the products of the hidden layer, each as one call. Beside it stand the products
that a net without tables would need, and the share of each operation of torch in our epoch. Also the peak memory of
both, and what five replicates cost. ``python benchmarks/epoch.py --record`` keeps it.
"""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile

from circles.models.bridge import to_bridge
from circles.papers import nanda2023
from circles.training import benchmarks, runs, tasks
from circles.training.loop import Descent

REPLICATES = 5


def measured(steps: int) -> dict[str, benchmarks.Row]:
    rows = {name: _times(name, steps) for name in ("first epoch", "last epoch")}
    rows |= {"floor": _floor(steps), "share of each operation": _shares(steps)}
    return rows | {"replicates": _replicates(steps), "peak memory": _memory()}


def _times(moment: str, steps: int) -> dict[str, float]:
    ours, theirs = in_turn(lambda n: _ours(moment, n), lambda n: _reference(moment, n), steps=steps)
    return {"ours_ms": round(ours, 1), "reference_ms": round(theirs, 1), "times": round(theirs / ours, 1)}


def _floor(steps: int) -> dict[str, float]:
    ours, floor, untabled = in_turn(
        lambda n: _ours("first epoch", n), lambda n: _products(n), lambda n: _products(n, tables=False), steps=steps
    )
    found = {"ours_ms": ours, "hidden_products_ms": floor, "products_without_tables_ms": untabled}
    return {name: round(ms, 1) for name, ms in found.items()} | {"times": round(ours / floor, 2)}


def _products(epochs: int, *, tables: bool = True) -> Iterator:
    """Each product that has a row for every pair, forwards and backwards, as one call on numbers of its own."""
    config = nanda2023.config()
    n, d, m, p = int(config.fraction * config.p**2), config.d_model, config.d_mlp, config.p
    shapes = [(n, m, p)] if tables else [(n, m, p), (n, d, m), (n, d, p)]
    source = torch.Generator().manual_seed(0)
    layers = [[torch.randn(*shape, generator=source) for shape in ((n, k), (k, q), (n, q))] for n, k, q in shapes]
    for _ in range(epochs):
        for x, W, grad in layers:
            _ = x @ W, x.T @ grad, grad @ W.T
        yield


def _shares(steps: int, shown: int = 8) -> dict[str, float]:
    """Of the seconds of an epoch, those inside each of torch's operations: the largest."""
    epochs = _ours("first epoch", steps + 2)
    next(epochs)
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        for _ in epochs:
            pass
    seconds = {event.key: event.self_cpu_time_total for event in seen.key_averages()}
    largest = sorted(seconds, key=seconds.__getitem__, reverse=True)[:shown]
    return {name: round(seconds[name] / sum(seconds.values()), 3) for name in largest}


def _replicates(steps: int) -> dict[str, float]:
    one, many = in_turn(lambda n: _ours("first epoch", n), lambda n: _ours("first epoch", n, REPLICATES), steps=steps)
    return {"one_ms": round(one, 1), "five_ms": round(many, 1), "times": round(many / one, 1)}


def _memory() -> dict[str, float]:
    """Megabytes above what the process held before its first epoch; a process for each side."""
    found = {}
    for side in (_ours, _reference):
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            found[side] = pool.apply(_peak, (side,))
    ours, theirs = found[_ours], found[_reference]
    return {"ours_MB": round(ours), "reference_MB": round(theirs), "share": round(ours / theirs, 2)}


def _peak(side: Callable[..., Iterator]) -> float:
    epochs = side("first epoch", 3)
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")  # the kernel's high-water mark starts anew
    for _ in epochs:
        pass
    return _status("VmHWM") - before


def _status(key: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1e3
    raise SystemExit(f"/proc/self/status has no {key}: the peak of memory is measured on Linux only")


def in_turn(*sides: Callable[[int], Iterator], steps: int, rounds: int = 5) -> list[float]:
    """Milliseconds an epoch of each side, the median over all rounds.

    The sides take turns, so that a busy moment of the machine does not fall on one alone.
    """
    found: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for times, side in zip(found, sides, strict=True):
            moments = [time.perf_counter() for _ in side(steps + 2)]
            times += [b - a for a, b in pairwise(moments)][1:]  # the first warms up the memory
    return [1e3 * statistics.median(times) for times in found]


def _weights(moment: str, first: dict) -> dict:
    return first if moment == "first epoch" else runs.get(nanda2023.config()).weights


def _ours(moment: str, epochs: int, replicates: int = 1) -> Iterator:
    configs = [nanda2023.config(seed) for seed in range(replicates)] if replicates > 1 else [nanda2023.config()]
    first, objective, optimiser = type(configs[0]).problem(configs, torch.device("cpu"))
    return Descent(_weights(moment, first), optimiser).records(objective, epochs)


def _reference(moment: str, epochs: int) -> Iterator:
    config = nanda2023.config()
    first, _, _ = type(config).problem([config], torch.device("cpu"))
    bridge = to_bridge(_weights(moment, first), config.spec)
    train, test = (_tokens(index, config.p) for index in tasks.split(config.p, config.fraction, seed=config.seed))
    trained = [p for p in bridge.parameters() if p.requires_grad]
    adam = torch.optim.AdamW(trained, lr=config.lr, weight_decay=config.weight_decay, betas=(0.9, 0.98))

    def steps() -> Iterator:
        for _ in range(epochs):
            loss = _loss(bridge, *train)
            loss.backward()
            adam.step()
            adam.zero_grad()
            with torch.inference_mode():
                _loss(bridge, *test)
            yield loss

    return steps()


def _tokens(index, p):
    pairs = tasks.pairs_of(index, p)
    return torch.stack([pairs.a, pairs.b, torch.full_like(pairs.a, p)], 1), pairs.answer


def _loss(bridge, tokens, answer):
    log_probs = bridge(tokens)[:, -1].double().log_softmax(-1)
    return -log_probs.gather(-1, answer[:, None]).mean()


if __name__ == "__main__":
    benchmarks.command("epoch", __doc__, measured, steps=(3, "epochs timed in each of five rounds"))
