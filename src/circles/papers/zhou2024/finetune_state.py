"""The state of a fine-tuning that goes on: written aside and renamed, and looked at before a step is taken from it."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import CirclesError, FileError, RunError
from circles.models.foreign import reading

KEYS = {"model", "moments", "step", "losses", "recipe"}
LARGE = 10**15  # beyond any step or setting; whole numbers of thousands of digits are not even written out
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what torch's AdamW keeps of a weight


def save(path: Path, model: Any, adam: torch.optim.AdamW, recipe: Mapping[str, Any], losses: list[float]) -> None:
    """Write the state after as many steps as there are losses. Raises RunError where the disk has no room."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(".new")
    state = {
        "model": dict(model.state_dict()), "moments": adam.state_dict()["state"], "step": len(losses),
        "losses": torch.tensor(losses, dtype=torch.float64), "recipe": dict(recipe),
    }  # fmt: skip
    try:
        torch.save(state, aside)
        aside.replace(path)
    except (OSError, RuntimeError) as error:
        aside.unlink(missing_ok=True)
        raise RunError(
            f"{path}: cannot write the state ({str(error).splitlines()[0]}); the one before it stays"
        ) from error


def resume(path: Path, model: Any, adam: torch.optim.AdamW, recipe: Mapping[str, Any], steps: int) -> list[float]:
    """Put a saved state into ``model`` and ``adam``; the losses of the steps behind it, none where nothing was saved.

    Raises RunError, one line, for a state that is damaged, larger than this model's, or of another recipe or model;
    nothing has been changed then.
    """
    if not path.exists():
        return []
    try:
        state = reading.read(path, _most(model, steps))
        _check(state, model, adam, recipe, steps)
        _check_sums(path)
    except CirclesError as error:
        raise RunError(f"{path}: {error}; delete it to begin anew") from error
    model.load_state_dict(state["model"])
    adam.load_state_dict({"state": state["moments"], "param_groups": adam.state_dict()["param_groups"]})
    return state["losses"].tolist()


def _most(model: Any, steps: int) -> int:
    """The bytes that a state may have: weights, two moments of each, a loss a step, and what the zip says of them."""
    return 3 * sum(w.nbytes for w in model.state_dict().values()) + 8 * steps + 2 * reading.LARGEST_INDEX


def _check(state: Any, model: Any, adam: torch.optim.AdamW, recipe: Mapping[str, Any], steps: int) -> None:
    if not isinstance(state, dict) or state.keys() != KEYS:
        raise FileError(f"damaged, expected {', '.join(sorted(KEYS))}")
    told = state["recipe"]
    if not (isinstance(told, dict) and all(type(v) in (int, float) and abs(v) < LARGE for v in told.values())):
        raise FileError("damaged, its recipe is none")
    if told != recipe:
        raise FileError(f"a state of {str(told)[:200]}, expected {dict(recipe)}")
    step, losses = state["step"], state["losses"]
    if type(step) is not int or not 0 < step <= steps:
        is_one = step if type(step) is int and abs(step) < LARGE else f"a {type(step).__name__}"
        raise FileError(f"damaged, its step is {is_one}, expected 1 to {steps}")
    _held({"losses": losses}, {"losses": torch.empty(step, dtype=torch.float64, device="meta")}, "losses")
    _held(state["model"], model.state_dict(), "weights")
    weights = [w for group in adam.param_groups for w in group["params"]]
    moments = state["moments"]
    if not isinstance(moments, dict) or not moments.keys() <= set(range(len(weights))):
        raise FileError("damaged, its moments are of other weights")
    scalar = torch.empty((), device="meta")
    for number, kept in moments.items():
        _held(kept, dict(zip(MOMENTS, (scalar, weights[number], weights[number]), strict=True)), f"moments of {number}")


def _held(found: Any, meant: Mapping[str, Tensor], what: str) -> None:
    """Whether these are tensors of these names, shapes and types; no number is read."""
    if not isinstance(found, dict) or found.keys() != meant.keys():
        raise FileError(f"its {what} have other names than this model's")
    for name, w in meant.items():
        x = found[name]
        if not isinstance(x, Tensor) or x.is_meta or (x.shape, x.dtype, x.layout) != (w.shape, w.dtype, w.layout):
            is_one = f"{x.dtype} {tuple(x.shape)}" if isinstance(x, Tensor) else f"a {type(x).__name__}"
            raise FileError(f"{name!r} of its {what} is {is_one}, expected {w.dtype} {tuple(w.shape)}")


def _check_sums(path: Path) -> None:
    """Each entry's bytes against the checksum that torch wrote beside it."""
    try:
        with zipfile.ZipFile(path) as archive:
            bad = archive.testzip()
    except (OSError, ValueError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:  # all that zipfile raises
        raise FileError(f"damaged ({' '.join(str(error).split())[:100]})") from error
    if bad is not None:
        raise FileError(f"damaged, {bad} is not what was written")
