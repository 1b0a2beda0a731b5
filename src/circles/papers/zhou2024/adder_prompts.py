"""The paper's additions as rows of tokens: what a pre-trained adder reads, and which tokens are its answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from circles.foundations import model_packages
from circles.foundations.errors import NumbersError
from circles.models.prefixes import END
from circles.papers.zhou2024 import prompts
from circles.papers.zhou2024.prompts import Problem

START = "<|startoftranscript|>"
SIDES = ("train", "validation", "test")
ADDENDS = (1, 3)  # where a and b stand in a bare prompt, a causal model's and an encoder's
Cut = Callable[[str], list[int]]  # the tokens of a text


@dataclass(frozen=True, eq=False)
class Asked:
    """The problems of one run in tokens of its own: 0 ... ``numbers`` - 1 are the numbers, the others come after.

    ``tokens`` are the model's tokens behind them; ``mask`` is the one at which an encoder answers, else -1.
    """

    tokens: tuple[int, ...]
    numbers: int
    mask: int
    prompts: dict[str, Int[Tensor, "n longest"]]
    answers: dict[str, Int[Tensor, " n"]]


def asked(model: str, *, largest: int, told: str, seed: int, vocabulary: int = 0) -> Asked:
    """All pairs of 0 ... ``largest``, split as in the paper, as this model reads them.

    ``told`` is "bare" (``a+b=``), "sorted" (the same, the smaller number first), "either" (as bare: training turns the
    pairs, see ``turned``) or "templates", the paper's five.
    Whisper's prompts begin with its token for the start. The paper's "Answer: " ends with a blank, a token of its own
    here: the answer is a number without one, as from 362 on no token holds both. An encoder reads ``a + b =`` and its
    mask. With ``vocabulary`` all so many tokens are kept. Raises NumbersError for a number that is split.
    """
    sides = prompts.split(prompts.sums(largest, seed=seed, smaller_first=told == "sorted"))
    found = model_packages.find(model)
    if "vocab.txt" not in found:
        from transformers import PreTrainedTokenizerFast

        words = PreTrainedTokenizerFast(tokenizer_file=str(found["tokenizer.json"]))
        return causal(sides, lambda text: words.encode(text, add_special_tokens=False), largest, told, vocabulary)
    listed = found["vocab.txt"].read_text(encoding="utf-8").splitlines()
    return both_ways(sides, {word: i for i, word in enumerate(listed)}, largest, vocabulary)


def causal(sides: dict[str, list[Problem]], cut: Cut, largest: int, told: str, vocabulary: int = 0) -> Asked:
    """The problems as a causal model reads them, by the cut of its tokenizer."""
    numbers = [_one(cut, str(n)) for n in range(2 * largest + 1)]
    start = _one(cut, START)
    if told != "templates":
        plus, equals = (_one(cut, sign) for sign in "+=")
        rows = {s: [[start, numbers[p.a], plus, numbers[p.b], equals] for p in sides[s]] for s in SIDES}
    else:
        rows = {s: [[start, *cut(p.prompt + " ")] for p in sides[s]] for s in SIDES}
    return _told(sides, rows, numbers, -1, vocabulary)


def both_ways(sides: dict[str, list[Problem]], words: dict[str, int], largest: int, vocabulary: int = 0) -> Asked:
    """The problems as BERT or MPNet reads them: start, a, +, b, =, mask, end."""
    special = ("<s>", "<mask>", "</s>") if "<mask>" in words else ("[CLS]", "[MASK]", "[SEP]")
    needed = [*map(str, range(2 * largest + 1)), "+", "=", *special]
    if missing := [word for word in needed if word not in words]:
        raise NumbersError(f"{missing[0]} is not one token, expected all numbers up to {2 * largest} and + and = to be")
    start, mask, end = (words[word] for word in special)
    numbers, plus, equals = [words[str(n)] for n in range(2 * largest + 1)], words["+"], words["="]
    rows = {s: [[start, numbers[p.a], plus, numbers[p.b], equals, mask, end] for p in sides[s]] for s in SIDES}
    return _told(sides, rows, numbers, mask, vocabulary)


def turned(prompts: Int[Tensor, "n longest"], *, generator: torch.Generator) -> Int[Tensor, "n longest"]:
    """Bare prompts, a and b exchanged in each by chance: the same sum is asked in both orders over the epochs."""
    turn = torch.randint(2, (len(prompts), 1), generator=generator).bool().to(prompts.device)
    found, (a, b) = prompts.clone(), ADDENDS
    found[:, (a, b)] = torch.where(turn, prompts[:, (b, a)], prompts[:, (a, b)])
    return found


def _one(cut: Cut, word: str) -> int:
    if len(tokens := cut(word)) != 1:
        raise NumbersError(f"the tokenizer cuts {word} into {len(tokens)} pieces, expected one token")
    return tokens[0]


def _told(
    sides: dict[str, list[Problem]],
    rows: dict[str, list[list[int]]],
    numbers: Sequence[int],
    mask: int,
    vocabulary: int,
) -> Asked:
    used = {token for side in rows.values() for row in side for token in row}
    kept = [*numbers, *sorted((set(range(vocabulary)) if vocabulary else used) - set(numbers))]
    place = {token: i for i, token in enumerate(kept)}
    longest = max(len(row) for side in rows.values() for row in side)
    return Asked(
        tuple(kept), len(numbers), place[mask] if mask >= 0 else -1,
        {s: torch.tensor([[place[t] for t in r] + [END] * (longest - len(r)) for r in rows[s]]) for s in SIDES},
        {s: torch.tensor([p.answer for p in sides[s]]) for s in SIDES},
    )  # fmt: skip
