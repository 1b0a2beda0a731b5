"""What a rule reads an answer with: any form that means the same is taken, single and double precision alike.

Numbers may be Python's, NumPy's or tensors; rows may be lists, tuples, arrays or tensors; where order does not matter
a set will do. What cannot be meant raises NotYet, naming the call that gave it and what was expected.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from circles.teaching.check import NotYet

ROUNDING = 1e-5  # relative: what single precision and a few operations leave


def number(value: Any, call: str) -> float:
    """``value`` as a float."""
    try:
        plain = value.item() if hasattr(value, "item") else value
        if isinstance(plain, complex) and abs(plain.imag) <= ROUNDING * abs(plain):
            plain = plain.real
        if isinstance(plain, str):
            raise TypeError
        return float(plain)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise NotYet(f"{call} gives {shown(value)}, expected a number") from None


def close(got: float, want: float, least: float = 1e-6) -> bool:
    """Whether two numbers agree in single precision; ``least`` is the room around zero."""
    return math.isclose(got, want, rel_tol=ROUNDING, abs_tol=least)


def array(value: Any, shape: tuple[int | None, ...], call: str) -> Tensor:
    """``value`` as a tensor of this shape, in float64 or complex128; None stands for any length."""
    wanted = f"a tensor of shape ({', '.join('n' if n is None else str(n) for n in shape)}{',' * (len(shape) == 1)})"
    try:
        got = _tensor(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        raise NotYet(f"{call} gives {shown(value)}, expected {wanted}") from None
    if got.ndim != len(shape) or any(n not in (None, m) for n, m in zip(shape, got.shape, strict=True)):
        raise NotYet(f"{call} gives shape {tuple(got.shape)}, expected {wanted}")
    return got


def _tensor(value: Any) -> Tensor:
    if isinstance(value, Tensor):
        got = value.detach().cpu().resolve_conj().resolve_neg()
        if got.is_sparse:
            got = got.to_dense()
    elif isinstance(value, list | tuple) and any(isinstance(v, Tensor | list | tuple | np.ndarray) for v in value):
        got = torch.stack([_tensor(v) for v in value])
    elif isinstance(value, str | bytes | Mapping | set | frozenset) or value is None:
        raise TypeError
    else:
        found = np.asarray(value)
        if found.dtype == object:  # fractions
            found = found.astype(float)
        got = torch.from_numpy(np.array(found))
    return got.to(torch.complex128 if got.is_complex() else torch.float64)


def real(got: Tensor, call: str, why: str) -> Tensor:
    """``got`` as real numbers; an imaginary part of rounding is let pass only where it is zero."""
    if not got.is_complex():
        return got
    if float(got.imag.abs().max()) > 0:
        raise NotYet(f"{call} is complex: {why}")
    return got.real


def off(got: Tensor, want: Tensor) -> float:
    """By how much at most, or zero when the two agree in single precision; not a number counts as infinite."""
    most = float((got - want).abs().max()) if got.numel() else 0.0
    if not math.isfinite(most):
        return math.inf
    return most if most > ROUNDING * max(1.0, float(want.abs().max()) if want.numel() else 0.0) else 0.0


def members(value: Any, call: str, what: str) -> list[float]:
    """The numbers in a list, tuple, set, range, array or tensor, each once as it stands; ``what`` names them."""
    plain = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(plain, str | bytes | Mapping) or not isinstance(plain, Iterable):
        raise NotYet(f"{call} gives {shown(value)}, expected {what}")
    try:
        return [number(v, call) for v in plain]
    except NotYet:
        raise NotYet(f"{call} gives {shown(value)}, expected {what}") from None


def integer(value: float, call: str) -> int:
    """``value`` as the whole number that it is."""
    if not math.isfinite(value) or abs(value - round(value)) > 1e-4:
        raise NotYet(f"{call} gives {value:g}, expected whole numbers")
    return round(value)


def pair(value: Any, call: str, what: str) -> tuple[Any, Any]:
    """The two parts of a tuple, list, array or tensor of length 2."""
    if isinstance(value, list | tuple | Tensor | np.ndarray) and getattr(value, "ndim", 1) and len(value) == 2:
        return value[0], value[1]
    raise NotYet(f"{call} gives {shown(value)}, expected {what}")


def said(answer: Any, question: Any) -> Any:
    """What a dict of predictions says to a question, as a plain value; None where it says nothing."""
    if not isinstance(answer, Mapping):
        raise NotYet(f"your answer is {shown(answer)}, expected a dict with an entry for each question")
    value = answer.get(question)
    plain = value.item() if getattr(value, "ndim", None) == 0 else value
    return plain.strip() if isinstance(plain, str) else plain


def truth(value: Any) -> bool | None:
    """``value`` as True or False; None when it is neither."""
    plain = value.item() if getattr(value, "ndim", None) == 0 else value
    return bool(plain) if isinstance(plain, bool | int | float) and plain in (0, 1) else None


def shown(value: Any) -> str:
    """A short word for what an answer gave."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim:
        return f"shape {tuple(value.shape)}"
    words = " ".join(repr(value).split())
    return words if len(words) <= 80 else f"{words[:77]}..."


def members_of_words(value: Any, call: str, what: str) -> list[str]:
    """The words in a list, tuple or array, in their order, in small letters; ``what`` names them."""
    plain = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(plain, list | tuple) or not all(isinstance(v, str) for v in plain):
        raise NotYet(f"{call} gives {shown(value)}, expected {what}")
    return [v.strip().lower() for v in plain]
