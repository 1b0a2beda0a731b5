"""Primes, as far as this book needs them."""

from __future__ import annotations


def is_prime(p: int) -> bool:
    """Whether p is prime, by trial division."""
    return p > 1 and all(p % d for d in range(2, int(p**0.5) + 1))
