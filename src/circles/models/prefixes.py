"""Prompts as rows of tokens in which what several prompts share stands once.

In a causal model the state at a position depends on the tokens up to it and on nothing else. So a batch needs one row
for each distinct beginning of a prompt: the words before the first number are one row each, however many prompts.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

END = -1  # stands after the last token of a shorter prompt


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows that a batch needs, which rows each of them sees, and the row at which each prompt is answered."""

    tokens: Int[Tensor, " rows"]
    positions: Int[Tensor, " rows"]
    sees: Bool[Tensor, "rows rows"]
    answers: Int[Tensor, " n"]


def causal(prompts: Int[Tensor, "n longest"]) -> Rows:
    """One row for each distinct beginning; it sees the beginnings that it goes on from, and itself.

    A prompt is answered at its last token.
    """
    n, longest = prompts.shape
    beginning = torch.full((n,), -1, device=prompts.device)  # the row of each prompt so far
    tokens, positions, parents = [], [], []
    answers = beginning.clone()
    count = 0
    for at in range(longest):
        there = prompts[:, at] != END
        pairs, which = torch.stack([beginning[there], prompts[there, at]], 1).unique(dim=0, return_inverse=True)
        beginning[there] = answers[there] = which + count
        count += len(pairs)
        parents.append(pairs[:, 0])
        tokens.append(pairs[:, 1])
        positions.append(torch.full_like(pairs[:, 1], at))
    sees = torch.eye(count, dtype=torch.bool, device=prompts.device)
    start = len(parents[0])
    for parent in parents[1:]:
        sees[start : start + len(parent)] |= sees[parent]
        start += len(parent)
    return Rows(torch.cat(tokens), torch.cat(positions), sees, answers)


def both_ways(prompts: Int[Tensor, "n longest"], mask: int) -> Rows:
    """One row for each token of each prompt; it sees all of its prompt. A prompt is answered at its token ``mask``."""
    there = prompts != END
    owner, positions = there.nonzero(as_tuple=True)
    tokens = prompts[there]
    return Rows(tokens, positions, owner[:, None] == owner[None], (tokens == mask).nonzero().flatten())
