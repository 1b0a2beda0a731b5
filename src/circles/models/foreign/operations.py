"""What a net may compute on two numbers modulo p, and the cyclic group in which each operation is a sum.

a - b is a sum when b is read as -b. a * b is a sum of discrete logarithms: the numbers 1 ... p-1 are g^0, g^1, ..., and
g^i g^j = g^(i+j), for p prime. In that order of the numbers, the circles of multiplication are those of addition in
Z_(p-1).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.primes import is_prime

OPERATIONS = ("a + b", "a - b", "a * b")
# computed only to be refused by name: no group makes sums of them (a / b would be one; nobody has asked yet)
OTHERS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "a^2 + b^2": lambda a, b: a * a + b * b,
    "a^2 + ab + b^2": lambda a, b: a * a + a * b + b * b,
    "a^2 - b": lambda a, b: a * a - b,
    "a^3 + ab": lambda a, b: a**3 + a * b,
    "max(a, b)": torch.maximum,
}
_SUPPORTED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "a + b": lambda a, b: a + b, "a - b": lambda a, b: a - b, "a * b": lambda a, b: a * b,
}  # fmt: skip


def answers(operation: str, a: Int[Tensor, " n"], b: Int[Tensor, " n"], p: int) -> Int[Tensor, " n"]:
    """The operation of a and b modulo p. Raises ConfigError for one that is unknown."""
    known = _SUPPORTED | OTHERS
    if operation not in known:
        raise ConfigError(f"operation is {operation!r}, expected one of {', '.join(OPERATIONS)}")
    return known[operation](a, b) % p


@dataclass(frozen=True)
class Group:
    """Z_n behind an operation: element i is the number ``first[i]`` as a, ``second[i]`` as b, ``answer[i]`` as the
    result.

    So the pair of elements (i, j) has the answer of element i + j mod n.
    """

    n: int
    first: Int[Tensor, " n"]
    second: Int[Tensor, " n"]
    answer: Int[Tensor, " n"]


def group(operation: str, p: int) -> Group:
    """The group of an operation modulo p. Raises ConfigError for another operation, or a * b where p is not prime."""
    numbers = torch.arange(p)
    if operation == "a + b":
        return Group(p, numbers, numbers, numbers)
    if operation == "a - b":
        return Group(p, numbers, (-numbers) % p, numbers)
    if operation == "a * b":
        root = primitive_root(p)
        powers = torch.tensor([pow(root, i, p) for i in range(p - 1)])
        return Group(p - 1, powers, powers, powers)
    if operation in OTHERS:
        raise ConfigError(f"it computes {operation}, and the circle is looked for in {', '.join(OPERATIONS)}")
    raise ConfigError(f"operation is {operation!r}, expected one of {', '.join(OPERATIONS)}")


def primitive_root(p: int) -> int:
    """The least g whose powers are all of 1 ... p-1. Raises ConfigError where p is not prime."""
    if p < 3 or not is_prime(p):
        raise ConfigError(f"p is {p}, expected a prime: a * b is a sum of discrete logarithms only then")
    factors = {d for d in range(2, p) if (p - 1) % d == 0 and all(d % e for e in range(2, d))}
    return next(g for g in range(2, p) if all(pow(g, (p - 1) // f, p) != 1 for f in factors)) if p > 3 else 2
