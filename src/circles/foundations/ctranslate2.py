"""Tensors out of a model file in CTranslate2's format, version 6, without CTranslate2.

The file, all numbers little-endian: the version (4 bytes), the name of the model's kind, its revision (4), how many
variables there are (4); for each its name, its rank (1), its dimensions (4 each), the kind of its numbers (1), how many
bytes they take (4), and these bytes; then how many aliases there are (4), each two names. A name is its length (2), its
letters, and a zero that the length counts.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from circles.foundations import files
from circles.foundations.errors import FileError, ModelError

VERSION = 6
LARGEST = 2_000_000_000  # bytes of one piece
KINDS = (torch.float32, torch.int8, torch.int16, torch.int32, torch.float16, torch.bfloat16)


def read(parts: Sequence[Path]) -> dict[str, Tensor]:
    """All variables of a model by name, in the kind of numbers that they are stored in; aliases share their tensor.

    ``parts`` are the pieces of one file in order. Raises ModelError for another format or version, for a piece that is
    no file or too large, and for a file that ends too early or too late.
    """
    try:
        data = bytearray().join(files.content(part, LARGEST) for part in parts)
    except FileError as error:
        raise ModelError(f"{parts[0].name}: {error}") from error
    return _File(data, parts[0].name).variables()


class _File:
    """The bytes of a file and how far they have been read."""

    def __init__(self, data: bytearray, name: str) -> None:
        self.data, self.name, self.at = data, name, 0

    def variables(self) -> dict[str, Tensor]:
        if (version := self._number("I")) != VERSION:
            raise ModelError(f"{self.name}: version {version}, expected a file of CTranslate2 in version {VERSION}")
        self._text(), self._number("I")
        found = {}
        for _ in range(self._number("I")):
            name = self._text()  # before the value, which Python would evaluate first
            found[name] = self._variable(name)
        for _ in range(self._number("I")):
            alias, name = self._text(), self._text()
            if name not in found:
                raise ModelError(f"{self.name}: damaged, {alias[:80]!r} stands for {name[:80]!r}, which it lacks")
            found[alias] = found[name]
        if self.at != len(self.data):
            raise ModelError(f"{self.name}: damaged, {len(self.data)} bytes, expected {self.at}")
        return found

    def _variable(self, name: str) -> Tensor:
        shape = [self._number("I") for _ in range(self._number("B"))]
        kind, size = self._number("B"), self._number("I")
        if kind >= len(KINDS) or not size or size != math.prod(shape) * KINDS[kind].itemsize:
            raise ModelError(
                f"{self.name}: damaged, {name[:80]!r} has {size} bytes of kind {kind}, expected shape {str(shape)[:80]}"
            )
        start = self._step(size)
        return (
            torch.frombuffer(self.data, dtype=KINDS[kind], count=math.prod(shape), offset=start).reshape(shape).clone()
        )

    def _number(self, code: str) -> int:
        return struct.unpack_from("<" + code, self.data, self._step(struct.calcsize(code)))[0]

    def _text(self) -> str:
        size = self._number("H")
        start = self._step(size)
        return self.data[start : self.at].rstrip(b"\0").decode(errors="backslashreplace")

    def _step(self, size: int) -> int:
        """Go on by so many bytes; where they begin."""
        if self.at + size > len(self.data):
            raise ModelError(
                f"{self.name}: damaged, it ends at byte {len(self.data)}, expected {self.at + size} or more"
            )
        self.at += size
        return self.at - size
