"""One seed to many named, independent streams of random numbers."""

from __future__ import annotations

import hashlib

import torch


def streams(seed: int, *names: str) -> dict[str, torch.Generator]:
    """One CPU generator a name, each seeded with the first 63 bits of SHA-256("seed/name").

    A stream depends on its own name alone: adding a purpose moves no other stream, and the global
    random state is neither read nor moved.
    """
    return {name: torch.Generator().manual_seed(_derive(seed, name)) for name in names}


def _derive(seed: int, name: str) -> int:
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
