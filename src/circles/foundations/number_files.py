"""Number rows in a file of their own: tensors, and beside them in JSON where they come from and their SHA-256."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import safetensors.torch
import torch

from circles.foundations.errors import NumbersError
from circles.foundations.number_rows import NumberEmbeddings


def write(found: NumberEmbeddings, path: Path, *, dtype: torch.dtype = torch.float32, **about: str) -> None:
    """Write these rows and what is said ``about`` them, each file aside and renamed.

    ``dtype`` is the kind of numbers that the model's own file holds, so that nothing is lost and nothing is blown up.
    """
    content = safetensors.torch.save({"rows": found.rows.to(dtype).contiguous(), "tokens": found.tokens})
    known = about | {
        "splits": list(found.splits), "sha256": found.sha256, "rows sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(known, indent=1, ensure_ascii=False) + "\n"
    for target, data in ((path.with_suffix(".json"), text.encode()), (path, content)):
        aside = target.with_name(f".{target.name}.{os.getpid()}")
        aside.write_bytes(data)
        aside.replace(target)


def read(path: Path, model: str, *, source: str, remedy: str) -> NumberEmbeddings:
    """The rows in this file, in float32.

    Raises NumbersError, which ends with ``remedy``, when a file is missing or damaged.
    """
    try:
        about, content = json.loads(path.with_suffix(".json").read_bytes()), path.read_bytes()
        meant, splits, sha256 = about["rows sha256"], tuple(about["splits"]), about["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NumbersError(
            f"{path.name}: cannot read the rows of {model} ({type(error).__name__}); {remedy}"
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != meant:
        raise NumbersError(f"{path.name}: damaged, its SHA-256 begins {found[:12]}, expected {meant[:12]}; {remedy}")
    kept = safetensors.torch.load(content)
    return NumberEmbeddings(model, kept["rows"].float(), kept["tokens"], splits, source, sha256)
