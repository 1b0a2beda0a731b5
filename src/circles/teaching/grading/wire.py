"""Answers as plain data: what goes between the process of a student's code and the one that judges.

One message is one line of JSON. What JSON has no word for is a dict of one key that names its kind. Nothing is
unpickled, so a line from a student's process can at most be a wrong answer, or no answer.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from circles.foundations.errors import CirclesError

MOST = 64 * 2**20  # bytes of a line
DEEP = 12
LONG = 200_000  # members of something that may have no end
DTYPES = {
    str(np.dtype(d)): np.dtype(d)
    for d in ("bool", "u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16")  # fmt: skip
}


class WireError(CirclesError):
    """A line is no message, or holds something else than plain data."""


class Other:
    """Something that is no plain data: only what it calls itself came through."""

    def __init__(self, words: str):
        self.words = words

    def __repr__(self) -> str:
        return self.words


def dumps(value: Any) -> bytes:
    """One line for a dict of plain data, whose values may be anything that ``encode`` takes."""
    return json.dumps({key: encode(part) for key, part in value.items()}).encode() + b"\n"


def loads(line: bytes) -> dict[str, Any]:
    """What the line says. Raises WireError for anything that ``dumps`` does not write."""
    try:
        if len(line) > MOST:
            raise WireError(f"an answer of {len(line)} bytes, expected at most {MOST}")
        found = json.loads(line)
        if not isinstance(found, dict):
            raise WireError(f"a message is a {type(found).__name__}, expected a dict")
        return {key: decode(part) for key, part in found.items()}
    except WireError:
        raise
    except Exception as error:  # a damaged line may provoke nearly anything
        raise WireError(f"a message that cannot be read ({type(error).__name__})") from None


def encode(value: Any, deep: int = 0) -> Any:
    """``value`` in JSON's words; what is no plain data becomes what it calls itself."""
    if deep > DEEP:
        return {"other": "something nested too deeply"}
    inner = deep + 1
    if value is None or isinstance(value, bool | int | str) or type(value) is float:
        return value
    if isinstance(value, float):  # NumPy's, too
        return float(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, Fraction):
        return {"fraction": [value.numerator, value.denominator]}
    if isinstance(value, Tensor):
        plain = value.detach().cpu()
        plain = plain.to_dense() if plain.is_sparse else plain.resolve_conj().resolve_neg()
        if str(plain.dtype).removeprefix("torch.") not in DTYPES:  # short floats and unsigned numbers, which fit
            plain = plain.float() if plain.is_floating_point() else plain.to(torch.int64)
        return {"tensor": [_packed(plain.numpy()), bool(value.requires_grad)]}
    if isinstance(value, np.ndarray | np.generic) and np.asarray(value).dtype in DTYPES.values():
        return {"array": _packed(np.asarray(value))}
    if isinstance(value, Generator):
        return {"generator": _packed(value.get_state().numpy())}
    if isinstance(value, list):
        return [encode(v, inner) for v in value]
    for kind, word in ((tuple, "tuple"), ((set, frozenset), "set")):
        if isinstance(value, kind):
            return {word: [encode(v, inner) for v in value]}
    if isinstance(value, Mapping):
        return {"dict": [[encode(k, inner), encode(v, inner)] for k, v in value.items()]}
    if isinstance(value, Iterable) and not isinstance(value, bytes | type):
        return [encode(v, inner) for v in islice(value, LONG)]
    return {"other": repr(value)[:200]}


def decode(value: Any) -> Any:
    """The value that ``encode`` was given. Raises WireError, or what a damaged word provokes."""
    if isinstance(value, list):
        return [decode(v) for v in value]
    if not isinstance(value, dict):
        return value
    ((kind, said),) = value.items()
    if kind == "tuple":
        return tuple(decode(v) for v in said)
    if kind == "set":
        return {decode(v) for v in said}
    if kind == "dict":
        return {decode(k): decode(v) for k, v in said}
    if kind == "complex":
        return complex(*said)
    if kind == "fraction":
        return Fraction(*said)
    if kind == "tensor":
        got = torch.from_numpy(_unpacked(said[0]))
        return got.requires_grad_() if said[1] and (got.is_floating_point() or got.is_complex()) else got
    if kind == "array":
        return _unpacked(said)
    if kind == "generator":
        made = Generator()
        made.set_state(torch.from_numpy(_unpacked(said)))
        return made
    if kind == "other":
        return Other(str(said)[:200])
    raise WireError(f"something of the kind {kind[:20]!r}, expected plain data")


def _packed(x: np.ndarray) -> list[Any]:
    return [str(x.dtype), list(x.shape), base64.b64encode(np.ascontiguousarray(x).tobytes()).decode()]


def _unpacked(said: list[Any]) -> np.ndarray:
    name, shape, words = said
    data = base64.b64decode(words, validate=True)
    if name not in DTYPES or len(shape) > 8 or len(data) != DTYPES[name].itemsize * math.prod(shape):
        raise WireError(f"numbers of the kind {str(name)[:20]!r}, which do not fill their shape")
    return np.frombuffer(data, DTYPES[name]).reshape(shape).copy()
