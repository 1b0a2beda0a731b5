"""Numbers in few letters: 24 bits each or fewer, or the 16 of half precision, so that a page can carry a whole net."""

import base64

import numpy as np

from circles.figures.frames import FigureError

BITS = 24
FEW = 4  # so many different values, and each number is which of them it is


def pack(values: np.ndarray, *, bits: int = BITS) -> dict:
    """Returns shape, step and base64 of an array's nearest multiples of its step, which is its largest / (2^(bits-1) - 1).

    Of float16 the numbers stay as they are, and there is no step. An array of ``FEW`` different values or less is those
    values, ``few``, and for each number which of them it is, in 1 or 2 bits. The lowest bit stands first. Raises
    FigureError where a number is not finite.
    """
    values = np.asarray(values)
    if not np.isfinite(values).all():
        raise FigureError("pack: a number is not finite; expected finite ones")
    if values.dtype == np.float16:
        return {"shape": list(values.shape), "half": _letters(values.astype("<f2"))}
    values = values.astype(np.float64)
    few, which = np.unique(values, return_inverse=True)
    if 0 < len(few) <= FEW:
        return {"shape": list(values.shape), "few": few.tolist(), "data": _letters(_bits(which, _needed(len(few))))}
    top = 2 ** (bits - 1) - 1
    step = float(np.abs(values).max(initial=0.0)) / top or 1.0
    data = _letters(_bits(np.rint(values / step).astype(np.int64), bits))
    return {"shape": list(values.shape), "step": step, "bits": bits, "data": data}


def unpack(packed: dict) -> np.ndarray:
    """Returns the array of ``pack``, to half a step."""
    shape = packed["shape"]
    if "half" in packed:
        return np.frombuffer(base64.b64decode(packed["half"]), dtype="<f2").reshape(shape)
    bits = _needed(len(packed["few"])) if "few" in packed else packed["bits"]
    raw, size = np.frombuffer(base64.b64decode(packed["data"]), dtype=np.uint8), int(np.prod(shape))
    whole = np.unpackbits(raw, count=size * bits, bitorder="little").reshape(size, bits) @ (1 << np.arange(bits))
    if "few" in packed:
        return np.array(packed["few"])[whole].reshape(shape)
    return np.where(whole >> (bits - 1), whole - (1 << bits), whole).reshape(shape) * packed["step"]


def _needed(values: int) -> int:
    return 1 if values <= 2 else 2


def _bits(whole: np.ndarray, bits: int) -> np.ndarray:
    """The lowest bits of whole numbers, one number after the other; of negative ones in two's complement."""
    return np.packbits((whole.reshape(-1, 1) >> np.arange(bits) & 1).astype(np.uint8), bitorder="little")


def _letters(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()
