"""Numbers in few letters: 24 bits each, or the 16 of half precision, so that a page can carry a whole net."""

import base64

import numpy as np

from circles.figures.frames import FigureError

BITS = 24
_TOP = 2 ** (BITS - 1) - 1


def pack(values: np.ndarray) -> dict:
    """Returns shape, step and base64 of an array's nearest multiples of its step, which is its largest / (2^23 - 1).

    Of float16 the numbers stay as they are, and there is no step. Raises FigureError where a number is not finite.
    """
    values = np.asarray(values)
    if not np.isfinite(values).all():
        raise FigureError("pack: a number is not finite; expected finite ones")
    if values.dtype == np.float16:
        return {"shape": list(values.shape), "half": _letters(values.astype("<f2"))}
    values = values.astype(np.float64)
    step = float(np.abs(values).max(initial=0.0)) / _TOP or 1.0
    whole = np.rint(values / step).astype("<i4").reshape(-1, 1)
    three = whole.view(np.uint8)[:, :3]  # little-endian, the fourth byte repeats the sign
    return {"shape": list(values.shape), "step": step, "data": _letters(three)}


def _letters(values: np.ndarray) -> str:
    return base64.b64encode(values.tobytes()).decode()


def unpack(packed: dict) -> np.ndarray:
    """Returns the array of ``pack``, to half a step."""
    if "half" in packed:
        return np.frombuffer(base64.b64decode(packed["half"]), dtype="<f2").reshape(packed["shape"])
    three = np.frombuffer(base64.b64decode(packed["data"]), dtype=np.uint8).reshape(-1, 3)
    four = np.concatenate([np.zeros((len(three), 1), np.uint8), three], 1)
    whole = np.ascontiguousarray(four).view("<i4").ravel() >> 8
    return whole.reshape(packed["shape"]) * packed["step"]
