"""The paper's problems as text: five templates, the split, and the tokens a causal language model is trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams

# Zhou et al. 2024. Its "Answer: " and the number after it are read by GPT-2 as "Answer:" and a token with a blank.
TEMPLATES = (
    "Total of {a} and {b}. Answer:", "Add together {a} and {b}. Answer:", "Calculate {a} + {b}. Answer:",
    "What is the sum of {a} and {b}? Answer:", "Put together {a} and {b}. Answer:",
)  # fmt: skip
PRODUCT = (
    "Calculate {a} * {b}. Answer:",
    "What is the product of {a} and {b}? Answer:",
)  # ours: the paper's are unknown
IGNORED = -100  # what transformers' losses pass over


@dataclass(frozen=True)
class Problem:
    """One prompt, its answer as text, and the two numbers."""

    a: int
    b: int
    prompt: str
    answer: int


def sums(largest: int, *, seed: int, smaller_first: bool = False) -> list[Problem]:
    """Every pair of numbers 0 ... ``largest`` once, in a random order and with a random template.

    With 260 these are 34,191 pairs; the paper's 27,400 + 3,420 + 3,420 are as many, rounded. It does not say which of
    the two numbers comes first: chance decides, or with ``smaller_first`` their size. Raises ConfigError for less
    than 1.
    """
    if largest < 1:
        raise ConfigError(f"largest is {largest}, expected at least 1")
    pairs = [(a, b) for a in range(largest + 1) for b in range(a, largest + 1)]
    return _told(pairs, TEMPLATES, lambda a, b: a + b, seed, smaller_first)


def products(largest: int, *, seed: int) -> list[Problem]:
    """Every pair of positive numbers with a product of at most ``largest`` once, told like the sums."""
    if largest < 1:
        raise ConfigError(f"largest is {largest}, expected at least 1")
    pairs = [(a, b) for a in range(1, int(largest**0.5) + 1) for b in range(a, largest // a + 1)]
    return _told(pairs, PRODUCT, lambda a, b: a * b, seed)


def _told(
    pairs: list[tuple[int, int]], templates: Sequence[str], operation: Any, seed: int, smaller_first: bool = False
) -> list[Problem]:
    s = streams(seed, "order", "template", "swap")
    order = torch.randperm(len(pairs), generator=s["order"]).tolist()
    which = torch.randint(len(templates), (len(pairs),), generator=s["template"]).tolist()
    swap = torch.randint(2, (len(pairs),), generator=s["swap"]).tolist()
    told = []
    for i in order:
        a, b = pairs[i][:: -1 if swap[i] and not smaller_first else 1]
        told.append(Problem(a, b, templates[which[i]].format(a=a, b=b), operation(a, b)))
    return told


def split(problems: Sequence[Problem]) -> dict[str, list[Problem]]:
    """80% for training, 10% for validation, the rest for testing, in the order given. Source: Zhou et al. 2024."""
    n, tenth = len(problems), len(problems) // 10
    sides = {"train": problems[: n - 2 * tenth], "validation": problems[n - 2 * tenth : n - tenth]}
    return {k: list(v) for k, v in (sides | {"test": problems[n - tenth :]}).items()}


def encode(problems: Sequence[Problem], tokenizer: Any) -> tuple[Tensor, Tensor]:
    """Tokens (batch, longest) padded at the right, and labels that hold the answer's tokens and IGNORED elsewhere."""
    rows = []
    for problem in problems:
        prompt = tokenizer.encode(problem.prompt, add_special_tokens=False)
        answer = tokenizer.encode(f" {problem.answer}", add_special_tokens=False)
        rows.append((prompt + answer, [IGNORED] * len(prompt) + answer))
    longest = max(len(tokens) for tokens, _ in rows)
    padding = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    tokens = torch.tensor([tokens + [padding] * (longest - len(tokens)) for tokens, _ in rows])
    labels = torch.tensor([labels + [IGNORED] * (longest - len(labels)) for _, labels in rows])
    return tokens, labels


def number_ids(largest: int, tokenizer: Any) -> Tensor:
    """The token of each number 0 ... ``largest`` in an answer. Raises ConfigError for a number that is split."""
    found = []
    for n in range(largest + 1):
        ids = tokenizer.encode(f" {n}", add_special_tokens=False)
        if len(ids) != 1:
            raise ConfigError(f"the tokenizer cuts {n} into {len(ids)} pieces, expected one token up to {largest}")
        found.append(ids[0])
    return torch.tensor(found)


def in_context(problem: Problem, shown: Sequence[Problem]) -> str:
    """The problem after solved ones, a line each. Source: Zhou et al. 2024, four-shot prompts."""
    return "\n".join([*(f"{one.prompt} {one.answer}" for one in shown), problem.prompt])
