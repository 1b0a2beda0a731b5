"""Fine-tuning of a whole pre-trained model on the paper's additions, and the same net with less that is pre-trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor

from circles.analysis import addition_errors
from circles.foundations.errors import ConfigError, RunError
from circles.foundations.streams import streams
from circles.models import adder, adder_weights, pretrained
from circles.models.adder import AdderSpec
from circles.papers.zhou2024 import adder_prompts, embeddings
from circles.papers.zhou2024.adder_prompts import Asked
from circles.training import runs, store
from circles.training.loop import Record
from circles.training.minibatch import Adam, Epoch, MinibatchDescent, MinibatchRun
from circles.training.run_config import Weights

# What is pre-trained and what is held fast; all else starts from the class's own random weights.
MODES = {
    "pretrained": "everything pre-trained",
    "random": "everything random",
    "rows-frozen": "pre-trained token embeddings held fast, all else random",
    "rows-trained": "pre-trained token embeddings, trained, all else random",
    "random-frozen": "everything random, the token embeddings held fast",
    "body": "everything pre-trained but the token embeddings",
}
TOLD = ("bare", "sorted", "either", "templates")
AMONG = ("numbers", "vocabulary")
FROZEN = ("rows-frozen", "random-frozen")
RANDOM_LAYERS = ("random", "rows-trained", *FROZEN)
TABLES = ("whole", "no-spikes", "low", "high", "moved")
READ = 256  # prompts at a time when they are only read


@dataclass(frozen=True)
class ReadingAdam(Adam):
    """AdamW's constants, and what is read off the net at an epoch: it stands in the record in the weights' place."""

    read: Callable[[int, Weights], Weights] = field(default=lambda epoch, weights: weights)


class ReadingDescent(MinibatchDescent):
    """The descent whose records carry what was read, so that no checkpoint has to hold a whole net."""

    def records(self, epoch: Epoch, epochs: int, *, flush: bool = True) -> Iterator[Record]:
        for record in super().records(epoch, epochs, flush=flush):
            yield replace(record, weights=self.settings.read(record.epoch, record.weights))


@dataclass(frozen=True, kw_only=True)
class AdderRun(MinibatchRun):
    """One net that learns a + b for a, b from 0 to ``largest``: AdamW, the rate linear to zero, no dropout.

    The paper's are 260, its five ``templates``, 80/10/10, a softmax over the whole ``vocabulary``, batches of 16, and
    for GPT-2-XL a rate of 1e-5. Ours differ: prompts are ``bare``, or told in ``either`` order, drawn anew every epoch;
    the softmax is ``among`` the numbers (no other token keeps any weight after the first steps); batch and rate are
    those of a first look at Whisper tiny.en. Where all ``layers`` start at random there may be another number of them;
    0 are as many as the model has. Token embeddings start as loud as ``deviation``, the standard deviation of the
    numbers' about their mean over all entries; at 0 as they come. Of these the ``table`` may hold some waves only.
    """

    model: str = "whisper-tiny"
    mode: str = "pretrained"
    told: str = "bare"
    among: str = "numbers"
    layers: int = 0
    deviation: float = 0.0
    table: str = "whole"
    largest: int = 260
    epochs: int = 45
    batch: int = 64
    lr: float = 5e-4
    weight_decay: float = 0.01
    bfloat16: bool = False

    family: ClassVar[str] = "adders"
    varies: ClassVar[tuple[str, ...]] = ()  # one net at a time: side by side they would share nothing
    keeps_weights: ClassVar[bool] = False

    def __post_init__(self) -> None:
        named = {"mode": MODES, "told": TOLD, "among": AMONG, "model": pretrained.GIGABYTES, "table": TABLES}
        for name, known in named.items():
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(known)}")
        if self.layers and (self.mode not in RANDOM_LAYERS or self.layers < 0):
            words = f"expected 0, the model's own, or more with mode {', '.join(RANDOM_LAYERS)}"
            raise ConfigError(f"layers is {self.layers} with mode {self.mode!r}, {words}")
        if not 0 <= self.deviation < math.inf:
            raise ConfigError(f"deviation is {self.deviation!r}, expected 0, as they come, or a number above")
        if self.table != "whole" and (not self.deviation or self.largest % 5):
            words = "expected a deviation above 0 and a largest number that 5 divides"
            raise ConfigError(f"table is {self.table!r}, deviation {self.deviation:g}, largest {self.largest}, {words}")
        if self.told == "templates" and self.model in pretrained.ENCODERS:
            words = f"{self.model} answers at a mask, not after a text"
            raise ConfigError(f"told is 'templates', expected bare, sorted or either: {words}")

    @property
    def name(self) -> str:
        size = f"n{self.largest}-lr{self.lr:g}-{self.epochs}{'-bf16' if self.bfloat16 else ''}"
        among = "" if self.among == "numbers" else f"-{self.among}"
        layers = f"-l{self.layers}" if self.layers else ""
        rows = "" if self.table == "whole" else f"-{self.table}"
        rows += f"-loud{self.deviation:g}" if self.deviation else ""
        return f"{self.model}{layers}-{self.mode}{rows}-{self.told}{among}-{size}-seed{self.seed}"

    def checkpoints(self) -> Sequence[int]:
        return range(0, self.epochs + 1, max(self.epochs // 50, 1))

    def asked(self) -> Asked:
        """The problems, in tokens."""
        return _asked(self.model, self.largest, self.told, self.seed, self.among)

    def spec(self) -> AdderSpec:
        asked = self.asked()
        answers = asked.numbers if self.among == "numbers" else len(asked.tokens)
        whole = _whole(self.model, self.seed, self.layers)
        return adder_weights.spec(whole, numbers=asked.numbers, answers=answers, mask=asked.mask)

    def initial(self) -> Weights:
        """The weights before the first step, as ``mode``, ``deviation`` and ``table`` say."""
        asked = self.asked()
        weights = self._start(asked.tokens)
        if not self.deviation:
            return weights
        W_E, N = weights["W_E"], asked.numbers
        mean = W_E[:, :N].mean(1, keepdim=True)
        about = W_E - mean
        if self.table != "whole":
            about = torch.cat([embeddings.edited(about[0, :N].double(), self.table).float()[None], about[:, N:]], 1)
        return weights | {"W_E": mean + about * self.deviation / about[:, :N].square().mean().sqrt()}

    def _start(self, tokens: Sequence[int]) -> Weights:
        random = adder_weights.weights(_whole(self.model, self.seed, self.layers), tokens)
        if self.mode in ("random", "random-frozen"):
            return random
        found = adder_weights.weights(_whole(self.model, None), tokens)
        if self.mode == "pretrained":
            return found
        if self.mode == "body":
            return found | {"W_E": random["W_E"]}
        return random | {"W_E": found["W_E"]}

    @classmethod
    def problem(cls, configs: Sequence[AdderRun], device: torch.device) -> tuple[Weights, Epoch, ReadingAdam]:
        (config,) = configs
        asked, spec = config.asked(), config.spec()
        prompts, answers = asked.prompts["train"].to(device), asked.answers["train"].to(device)

        def epoch(weights: Weights, number: int) -> Iterator[Tensor]:
            name = f"batches/{number}"
            order = torch.randperm(len(prompts), generator=streams(config.seed, name)[name]).to(device)
            told = prompts
            if config.told == "either":
                name = f"orders/{number}"
                told = adder_prompts.turned(prompts, generator=streams(config.seed, name)[name])
            for chosen in order.split(config.batch):
                yield adder.loss(weights, told[chosen], answers[chosen], spec, bfloat16=config.bfloat16)

        optimiser = ReadingAdam(
            lr=config.lr, weight_decay=config.weight_decay, steps=config.epochs * -(-len(prompts) // config.batch),
            frozen=("W_E",) if config.mode in FROZEN else (), read=config._read,
        )  # fmt: skip
        return {k: w.to(device) for k, w in config.initial().items()}, epoch, optimiser

    @classmethod
    def descent(cls, weights: Weights, optimiser: ReadingAdam) -> MinibatchDescent:
        return ReadingDescent(weights, optimiser)

    def _read(self, epoch: int, weights: Weights) -> Weights:
        """At a checkpoint every held-out answer and as many of the training ones; at the end the weights as well."""
        if epoch not in {*self.checkpoints(), self.epochs}:
            return {}
        asked, spec, found = self.asked(), self.spec(), {}
        for side, prompts in asked.prompts.items():
            prompts, answers = prompts[: len(asked.prompts["test"])], asked.answers[side][: len(asked.prompts["test"])]
            logits = self._logits(weights, prompts, spec)
            found[f"{side} errors"] = addition_errors.errors(logits, answers, numbers=asked.numbers)[None].short()
            found[f"{side} loss"] = torch.nn.functional.cross_entropy(logits, answers)[None]
        if epoch == self.epochs:
            found |= {f"weights {name}": w.detach() for name, w in weights.items()}
        return found

    @torch.no_grad()
    def _logits(self, weights: Weights, prompts: Tensor, spec: AdderSpec) -> Tensor:
        device = weights["W_E"].device
        with torch.autocast(device.type, torch.bfloat16, enabled=self.bfloat16):
            return torch.cat([adder.forward(weights, p.to(device), spec).float().cpu() for p in prompts.split(READ)])

    def measure(self, snapshots: dict[int, Weights]) -> dict[str, Tensor]:
        """At every checkpoint each side's loss and errors' shares; all errors of the test pairs at the last.

        The final weights are written to the cache (``net`` reads them) and are no part of the recording.
        """
        rows: dict[str, list[float]] = {}
        for epoch, read in snapshots.items():
            row: dict[str, float] = {"epoch": epoch}
            for side in adder_prompts.SIDES:
                row |= {f"{side} {k}": v for k, v in addition_errors.signature(read[f"{side} errors"][0]).items()}
                row[f"{side} loss"] = float(read[f"{side} loss"])
            for name, value in row.items():
                rows.setdefault(name, []).append(value)
        last = snapshots[max(snapshots)]
        weights = {k.removeprefix("weights "): w for k, w in last.items() if k.startswith("weights ")}
        store.write_tensors(self.net_file(), weights)
        return {name: torch.tensor(values) for name, values in rows.items()} | {"errors": last["test errors"][0]}

    def net_file(self) -> Path:
        """Where the final weights lie in the cache."""
        return runs.cache() / "adder-nets" / f"{self.name}-{self.digest}.safetensors"

    def net(self) -> Weights:
        """The final weights. Raises RunError when the net was not trained here, or its file is damaged."""
        if not self.net_file().exists():
            raise RunError(f"{self.net_file().name} is not here, expected the net trained here: a recording holds none")
        return store.read_tensors(self.net_file())


@cache  # several times the same in one run, and a second to read
def _whole(model: str, seed: int | None, layers: int = 0) -> Any:
    return pretrained.load(model, random=seed, layers=layers)


@cache
def _asked(model: str, largest: int, told: str, seed: int, among: str) -> Asked:
    vocabulary = 0
    if among == "vocabulary":
        vocabulary = _whole(model, seed).config.vocab_size
    return adder_prompts.asked(model, largest=largest, told=told, seed=seed, vocabulary=vocabulary)
