"""Hold an answer against a rule: words for a reader, an exception for a grader."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from circles.foundations.errors import CirclesError


class NotYet(CirclesError):
    """The answer is not right yet; the message says in words what is wrong."""


def require(rule: Callable[..., None], *answers: Any) -> None:
    """Raise NotYet unless the answers satisfy the rule; what an answer itself raises becomes a NotYet too."""
    try:
        rule(*answers)
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


def number(value: Any, call: str) -> float:
    """``value`` as a float. Raises NotYet, naming the call that gave it."""
    try:
        return float(value)
    except (TypeError, ValueError):
        raise NotYet(f"{call} gives {value!r}, expected a number") from None
