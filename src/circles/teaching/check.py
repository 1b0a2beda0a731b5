"""Hold an answer against a rule: words for a reader, an exception for a grader."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from circles.foundations.errors import CirclesError

if TYPE_CHECKING:
    from torch import Generator

PUBLIC = 0  # the seed of the cases that a reader's check draws


class NotYet(CirclesError):
    """The answer is not right yet; the message says in words what is wrong."""


def require(rule: Callable[..., None], *answers: Any, draw: Generator | None = None) -> None:
    """Raise NotYet unless the answers satisfy the rule; what an answer itself raises becomes a NotYet too.

    A rule that takes ``draw`` draws some of its cases from it: a reader always the same ones, a grader others.
    """
    if "draw" in inspect.signature(rule).parameters:
        import torch

        more = {"draw": draw if draw is not None else torch.Generator().manual_seed(PUBLIC)}
    else:
        more = {}
    try:
        rule(*answers, **more)
    except NotYet:
        raise
    except Exception as error:
        raise NotYet(f"your code stopped with {type(error).__name__}: {' '.join(str(error).split())}") from error


def check(rule: Callable[..., None], *answers: Any) -> None:
    """Print what is wrong with the answers, or that they are right; never raises, so that a notebook runs on."""
    try:
        require(rule, *answers)
    except NotYet as wrong:
        print(f"Not yet: {wrong}")
    else:
        print(f"Right: {rule.__name__.replace('_', ' ')}.")
