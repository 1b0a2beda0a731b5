"""Find one net's weights in what somebody saved: under a name, in a list of checkpoints, behind prefixes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from circles.foundations.errors import CheckpointError
from circles.models.foreign.kinds import SAVE
from circles.models.foreign.reading import is_state

NAMES = ("model", "state_dict", "model_state_dict", "net", "network", "weights", "params", "module", "ema")
LISTS = ("state_dicts", "checkpoints", "model_checkpoints", "models")
SETTINGS = ("config", "cfg", "hyper_parameters", "hparams", "args", "settings", "model_config")
DEEPEST = 6
LEAST = 6  # weights of a net, where its name says nothing
LONGEST = 1000  # letters of a weight's name


@dataclass(frozen=True)
class Found:
    """A state dict, what the file says beside it, and where in the file it lay."""

    state: dict[str, Any]
    config: dict[str, Any] = field(default_factory=dict)
    place: str = ""


def unwrap(held: Any, at: int | None = None) -> Found:
    """The state dict in ``held``; of a list of checkpoints number ``at``, from the end where negative, else the last.

    Raises CheckpointError, one line, for anything that holds no state dict, or has no checkpoint ``at``.
    """
    config: dict[str, Any] = {}
    place: list[str] = []
    chosen = False
    for _ in range(DEEPEST):
        if isinstance(held, Mapping):
            config |= _settings(held)
        inner = _inner(held)
        series = _series(held) if inner is None or at is not None and not chosen else None
        if inner is None and series is None:
            inner = _only_net(held)
        if series is not None:
            inner = None  # the last net lies beside its checkpoints, and one of those is asked for
        if inner is not None:
            place.append(inner if isinstance(inner, str) else f"part {inner}")
            held = held[inner]
        elif series is not None:
            name, several, labels = series
            number = _choose(len(several), at)
            label = f", epoch {labels[number]}" if labels else ""
            of = f"checkpoint {number + 1} of {len(several)}{label}"
            place.append(f"{name}: {of}" if name else of)
            held, chosen = several[number], True
        else:
            break
    state = _state(held)
    if at is not None and not chosen:
        raise CheckpointError(f"--at is {at}, and it holds one checkpoint only")
    return Found(_bare(state), config, ", ".join(place))


def _inner(held: Any) -> str | None:
    """The name under which the net lies: of one that holds weights, before one that might be settings."""
    if not isinstance(held, Mapping):
        return None
    there = [name for name in NAMES if isinstance(held.get(name), Mapping)]
    return next((name for name in there if is_state(held[name])), there[0] if there else None)


def _only_net(held: Any) -> Any:
    """Under a name that nobody knows, or in a tuple: the one state dict, or the one dict in which it may lie."""
    if is_state(held) or not isinstance(held, Mapping | list | tuple):
        return None
    there = [(k, v) for k, v in (held.items() if isinstance(held, Mapping) else enumerate(held)) if k not in SETTINGS]
    there = [(k, v) for k, v in there if isinstance(v, Mapping) and v and not _is_optimiser(v)]
    nets = [k for k, v in there if is_state(v) and len(v) >= LEAST]
    if len(nets) > 1:
        names = ", ".join(repr(k)[:60] for k in nets[:4])
        raise CheckpointError(f"holds {len(nets)} state dicts, under {names}; expected one, save it alone")
    return nets[0] if nets else there[0][0] if len(there) == 1 else None


def _is_optimiser(held: Mapping[Any, Any]) -> bool:
    return {"state", "param_groups"} <= set(held)


def _settings(held: Mapping[Any, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SETTINGS:
        if isinstance(held.get(name), Mapping):
            found |= {str(k): v for k, v in held[name].items()}
    return found


def _series(held: Any) -> tuple[str, Sequence[Any], Sequence[Any]] | None:
    """A list of checkpoints: its name, its members, the epochs it names."""
    if isinstance(held, Mapping) and not is_state(held):
        for name in LISTS:
            if isinstance(held.get(name), list | tuple) and held[name]:
                several = held[name]
                epochs = next((held[e] for e in ("epochs", "checkpoint_epochs", "steps") if e in held), ())
                fits = isinstance(epochs, list | tuple | range) and len(epochs) == len(several)
                return name, several, epochs if fits else ()
            if isinstance(held.get(name), Mapping) and held[name]:
                return name, list(held[name].values()), list(held[name])
        if held and all(isinstance(k, int) and isinstance(v, Mapping) for k, v in held.items()):
            return "", list(held.values()), list(held)
        numbers = [re.fullmatch(r"\D{0,40}(\d{1,18}(?:\.\d{1,18})?)", k) if isinstance(k, str) else None for k in held]
        if held and all(numbers) and all(_is_net(v) for v in held.values()):
            return "", list(held.values()), [found[1] for found in numbers if found]
    if isinstance(held, list | tuple) and held and all(_is_net(x) for x in held):
        return "", held, ()
    return None


def _is_net(held: Any) -> bool:
    """Whether a member of a list may be a checkpoint: a state dict, or a dict with one under a known name."""
    return is_state(held) and len(held) >= LEAST or _inner(held) is not None


def _choose(number: int, at: int | None) -> int:
    if at is None:
        return number - 1
    if not -number <= at < number:
        raise CheckpointError(f"--at is {at}, and it holds {number} checkpoints, expected 0 to {number - 1}")
    return at % number


def _state(held: Any) -> dict[str, Any]:
    if isinstance(held, Mapping):
        if _is_optimiser(held):
            raise CheckpointError(f"holds an optimiser's state, which is not the weights; {SAVE}")
        if not held:
            raise CheckpointError("holds an empty dict, expected a state dict")
        state = {str(name): w for name, w in held.items()}
        if is_state(state):
            return state
        if any(isinstance(v, Mapping) and _is_optimiser(v) for v in state.values()):
            raise CheckpointError(f"holds an optimiser's state and no weights; {SAVE}")
        if any(isinstance(v, list | float | int) for v in state.values()) and not any(
            isinstance(v, Mapping) for v in state.values()
        ):
            first = next(iter(state))
            raise CheckpointError(f"holds {first[:60]!r} and no weights, a run's curves or settings perhaps; {SAVE}")
        names = ", ".join(repr(name[:60]) for name in list(state)[:3])
        raise CheckpointError(f"holds {names} and no state dict under a name known here; {SAVE}")
    what = f"one tensor of shape {tuple(held.shape)}" if isinstance(held, Tensor) else f"a {type(held).__name__}"
    raise CheckpointError(f"holds {what}, expected a state dict; {SAVE}")


def _bare(state: dict[str, Any]) -> dict[str, Any]:
    """The names without what wrappers put into them: torch.compile, DataParallel, Lightning, bridges."""
    cleaned: dict[str, Any] = {}
    if "n_averaged" in state and all(name.startswith("module.") for name in state if name != "n_averaged"):
        state = {name: w for name, w in state.items() if name != "n_averaged"}  # AveragedModel's count
    for name, w in state.items():
        if len(name) > LONGEST:
            raise CheckpointError(f"{name[:60]!r}... is a name of {len(name):,} letters, expected {LONGEST:,} at most")
        parts = [part for part in name.split(".") if part not in ("_orig_mod", "_original_component")]
        if (bare := ".".join(parts)) in cleaned:
            raise CheckpointError(f"it holds {bare!r} twice, once as {name!r}; {SAVE}")
        cleaned[bare] = w
    while len(heads := {name.partition(".")[0] for name in cleaned}) == 1 and all("." in name for name in cleaned):
        first = heads.pop()
        cleaned = {name.removeprefix(f"{first}."): w for name, w in cleaned.items()}
    return cleaned


def of_object(net: Any, at: int | None = None) -> Found:
    """A net in memory: its state dict, and what its ``cfg`` or ``config`` says. Raises CheckpointError for anything
    else.
    """
    if isinstance(net, torch.nn.Module):
        config = {}
        for name in ("cfg", "config"):
            said = getattr(net, name, None)
            said = said.to_dict() if hasattr(said, "to_dict") else getattr(said, "__dict__", said)
            if isinstance(said, Mapping):
                config |= {str(k): v for k, v in said.items()}
        return Found(_bare(dict(net.state_dict())), config | _modules(net), type(net).__name__)
    if isinstance(net, Mapping):
        return unwrap(net, at)
    raise CheckpointError(f"a {type(net).__name__} is no net, expected a module of torch or a dict of tensors")


def _modules(net: torch.nn.Module) -> dict[str, Any]:
    """What the modules of a net know and its state dict does not: heads, activation, where the norms stand."""
    found: dict[str, Any] = {}
    for module in net.modules():
        if isinstance(module, torch.nn.MultiheadAttention):
            found["n_heads"] = module.num_heads
        if isinstance(module, torch.nn.TransformerEncoderLayer):
            found["norm_first"] = module.norm_first
            found["activation"] = getattr(module.activation, "__name__", type(module.activation).__name__)
            found["layer_norm_eps"] = module.norm1.eps if isinstance(module.norm1, torch.nn.LayerNorm) else 1e-5
        if isinstance(module, torch.nn.GELU):
            found["activation"] = "gelu_tanh" if module.approximate == "tanh" else "gelu"
        elif isinstance(module, torch.nn.ReLU | torch.nn.SiLU | torch.nn.Tanh):
            found["activation"] = type(module).__name__
    return found
