"""A fine-tuned adder with the additions that it was not trained on: its states, what its modules write, its errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from circles.analysis import addition_errors
from circles.models import adder
from circles.models.adder import AdderSpec, Edit
from circles.training.run_config import Weights

READ = 256  # additions at a time
PARTS = ("attn", "mlp")
Edits = Callable[[Tensor], Edit]  # the edit for these of the additions


@dataclass(frozen=True, eq=False)
class Opened:
    """A fine-tuned adder and the additions that it is asked.

    Where its norms stand after the sums, as in BERT and MPNet, what a module writes is rescaled by every norm above it.
    There, as in the paper's formula, W_U reads and filters it as if no norm stood between.
    """

    weights: Weights
    spec: AdderSpec
    prompts: Int[Tensor, "n longest"]
    answers: Int[Tensor, " n"]

    @property
    def d(self) -> int:
        """The width of the stream."""
        return self.weights["W_E"].shape[-1]

    @cached_property
    def unembedding(self) -> Float[Tensor, "p d"]:
        """The numbers' rows of W_U, through which the paper reads and filters what modules write; float64."""
        return self.weights["W_E"][0, : self.spec.numbers].double()

    @cached_property
    def normed(self) -> Float[Tensor, "p d"]:
        """The same with the last norm's gain and centring multiplied in, as the logits see what that norm is given.

        float64. What is orthogonal to a wave of these rows adds nothing to that wave but through the norm's length.
        """
        gain = self.weights["g_f" if self.spec.pre_norm else f"{self.spec.depth - 1}.g2"]
        rows = self.unembedding * gain[0].double()
        return rows - rows.mean(1, keepdim=True)

    @property
    def reads_state(self) -> Float[Tensor, "p d"]:
        """The rows through which the logits see the last state: after a last norm, or before it."""
        return self.normed if self.spec.pre_norm else self.unembedding

    def logits(self, edits: Edits | None = None) -> Float[Tensor, "n p"]:
        """The logits of the numbers, with what the modules write changed by ``edits``."""
        found = [
            adder.forward(self.weights, self.prompts[at], self.spec, edit=None if edits is None else edits(at))
            for at in self._parts
        ]
        return self._joined(found)[:, : self.spec.numbers]

    def errors(self, edits: Edits | None = None) -> Int[Tensor, " n"]:
        """The most likely number minus the answer."""
        return addition_errors.errors(self.logits(edits), self.answers, numbers=self.spec.numbers)

    def patched(self, layer: int, delta: Float[Tensor, "n d"]) -> Int[Tensor, " n"]:
        """The errors when this is added to the state after a layer, where the answer is read; layers from 0."""
        found = []
        for at, (x, answers) in zip(self._parts, self._after[layer], strict=True):
            changed = x.clone()
            changed[answers] += delta[at]
            found.append(adder.forward(self.weights, self.prompts[at], self.spec, after=(layer + 1, changed)))
        logits = self._joined(found)[:, : self.spec.numbers]
        return addition_errors.errors(logits, self.answers, numbers=self.spec.numbers)

    @cached_property
    def stream(self) -> Float[Tensor, "states n d"]:
        """The state where the answer is read, before the first layer and after each."""
        found = [torch.stack(adder.stream(self.weights, self.prompts[at], self.spec)) for at in self._parts]
        return self._joined(found, 1)

    @cached_property
    def outputs(self) -> Float[Tensor, "layers 2 n d"]:
        """What attention and MLP of each layer add to that state."""
        found: list[list[Tensor]] = [[] for _ in range(2 * self.spec.depth)]

        def note(layer: int, part: str, out: Tensor, answers: Tensor) -> Tensor:
            if part in PARTS:
                found[2 * layer + PARTS.index(part)].append(out[answers])
            return out

        self.logits(lambda at: note)
        return torch.stack([self._joined(rows) for rows in found]).unflatten(0, (self.spec.depth, 2))

    @cached_property
    def size(self) -> Float[Tensor, "n 1"]:
        """By how much the last norm divides: the deviation over the directions of what it is given."""
        given = self.stream[-1]
        if not self.spec.pre_norm:
            last = self.spec.depth - 1
            gain, shift = (self.weights[f"{last}.{name}"][0] for name in ("g1", "c1"))
            before = self.stream[-2] + self.outputs[-1, 0]
            given = F.layer_norm(before, (self.d,), gain, shift, self.spec.epsilon) + self.outputs[-1, 1]
        return given.std(-1, keepdim=True, unbiased=False)

    @cached_property
    def _after(self) -> list[list[tuple[Tensor, Tensor]]]:
        """By layer, and part by part of the additions: the state of all rows, and which of them are the answers'."""
        found: list[list[tuple[Tensor, Tensor]]] = [[] for _ in range(self.spec.depth)]

        def note(layer: int, part: str, out: Tensor, answers: Tensor) -> Tensor:
            if part == "state":
                found[layer].append((out, answers))
            return out

        self.logits(lambda at: note)
        return found

    @cached_property
    def _parts(self) -> tuple[Tensor, ...]:
        """Additions in the order of their tokens: what they begin with alike is computed once a part."""
        _, same = torch.unique(self.prompts, dim=0, return_inverse=True)
        return same.argsort(stable=True).split(READ)

    def _joined(self, found: list[Tensor], dim: int = 0) -> Tensor:
        """What was found of each part, in the order in which the additions were asked."""
        return torch.cat(found, dim).index_select(dim, torch.cat(self._parts).argsort())
