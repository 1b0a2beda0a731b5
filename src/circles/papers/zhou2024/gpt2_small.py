"""The rescue at the size of GPT-2-small: its recipe, and what it costs, counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from circles.papers.zhou2024.shapes import ShapeRun
from circles.training import addition

SIZE = {"width": 768, "depth": 12, "heads": 12, "components": 340}  # 340 directions hold 341 centred numbers entirely
LOUDNESS = {"std": 0.5 * (96 / 768) ** 0.5}  # the first logits spread as in the chapter's small setting, of width 96
RECIPE = {"epochs": 700, "batch": 16, "lr": 5e-5}  # Zhou et al. 2024; the batch is the one they give for GPT-2-XL


@dataclass(frozen=True, kw_only=True)
class SmallGptRun(ShapeRun):
    """A net of GPT-2-small's size that learns to add from random weights, with MiniLM's number embeddings or others.

    x to (x, 0) is an orthonormal map, so all distances between MiniLM's numbers stay; there is no dropout, which GPT-2
    has. The net is saved a few times only: it weighs a third of a gigabyte.
    """

    family: ClassVar[str] = "rescue-gpt2-small"

    def checkpoints(self) -> Sequence[int]:
        return range(0, self.epochs + 1, max(self.epochs // 10, 1))

    @property
    def steps(self) -> int:
        """Steps of the optimiser in the whole run."""
        return self.epochs * -(-len(addition.split(self.addends, seed=self.seed)["train"]) // self.batch)


def configs(seed: int) -> list[SmallGptRun]:
    """MiniLM frozen and random trained, at GPT-2-small's size."""
    shared = SIZE | RECIPE | LOUDNESS | {"seed": seed}
    return [
        SmallGptRun(embedding="minilm", **shared),
        SmallGptRun(embedding="random", trained=True, **shared | {"components": 0}),
    ]


def products(config: ShapeRun, pairs: int, first: int, second: int) -> float:
    """Floating-point operations in the matrix products of one training step, forward and backward.

    ``pairs`` in the batch, with ``first`` distinct first and ``second`` distinct second addends. A product of n rows
    with a matrix of k x m takes 2nkm, and its backward pass twice that; where rows by addend become rows by pair, only
    the backward pass has one. Attention itself, of four positions, is left out.
    """
    d, spec = config.width, config.spec
    rows = 2.0 * pairs * d * spec.vocabulary  # the unembedding
    looked_up = 0.0
    for layer in range(spec.depth):
        last = layer == spec.depth - 1
        before = first + 1 + second if layer == 0 else 2 * first + pairs  # at a, + and b
        at_answer = 1 if layer == 0 else pairs  # at =
        wanted = pairs if last else 2 * pairs + 2 * first  # rows that go on to the MLP
        rows += 2.0 * d * d * (before * (2 if last else 3) + at_answer * 3 + wanted * (1 + 8))
        readers = 1 if last else 2  # = and b read keys and values at a and +, each from rows by addend to rows by pair
        looked_up += readers * 2.0 * pairs * first * 4 * d
        if layer == 0:
            looked_up += 2.0 * pairs * second * (2 if last else 4) * d
    return 3 * rows + looked_up


def expected_products(config: SmallGptRun) -> float:
    """The same over a whole run, with as many distinct addends in a batch as chance gives."""
    distinct = config.addends * (1 - (1 - 1 / config.addends) ** config.batch)
    return config.steps * products(config, config.batch, distinct, distinct)
