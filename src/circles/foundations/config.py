"""Frozen experiment configurations with a content hash."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import hashlib
import json
from typing import Any

from circles.foundations.errors import ConfigError


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """A frozen set of named values; equal values give equal digests.

    A field declared with ``metadata={"digest": False}`` describes how a run is handled, not what it
    computes, and is left out of the digest. Each value has the type of its field's default, and a whole number
    given for a float becomes one; a subclass's own ``__post_init__`` runs after that, with or without ``super()``.
    """

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        own = cls.__dict__.get("__post_init__")
        if own is None:
            return

        @functools.wraps(own)
        def checked(self: Config) -> None:
            if type(self).__post_init__ is checked:  # once: not again for a class further up
                Config.__post_init__(self)
            own(self)

        cls.__post_init__ = checked

    def to_dict(self) -> dict[str, Any]:
        """All fields by name, as JSON can hold them."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Config:
        """The configuration with these values.

        Raises ConfigError for an unknown key (the nearest known one is offered) or a value of another type.
        """
        known = {f.name: f for f in dataclasses.fields(cls)}
        for key in values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
                raise ConfigError(f"{cls.__name__} has no field {key!r}{hint}")
        return cls(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value, default = getattr(self, field.name), field.default
            if default is dataclasses.MISSING or default is None or value is None:
                continue
            if isinstance(default, float) and type(value) is int:
                object.__setattr__(self, field.name, float(value))  # 1 and 1.0 must hash alike
            elif type(value) is not type(default):
                raise ConfigError(f"{type(self).__name__}.{field.name} is {value!r}, expected {type(default).__name__}")

    @property
    def counted(self) -> dict[str, Any]:
        """The fields that say what is computed, by name."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.metadata.get("digest", True)}

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits of the SHA-256 of the class name and the fields that count."""
        text = json.dumps([type(self).__name__, self.counted], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]
