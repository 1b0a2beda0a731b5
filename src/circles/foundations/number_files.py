"""Number rows in a file of their own: tensors, and beside them in JSON where they come from and their SHA-256."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError

from circles.foundations import files
from circles.foundations.errors import FileError, NumbersError
from circles.foundations.number_rows import NumberEmbeddings

LARGEST = 200_000_000  # bytes: 1000 numbers' rows are a few MB


def write(found: NumberEmbeddings, path: Path, *, dtype: torch.dtype = torch.float32, **about: str) -> None:
    """Write these rows and what is said ``about`` them, each file aside and renamed.

    ``dtype`` is the kind of numbers that the model's own file holds, so that nothing is lost and nothing is blown up.
    """
    content = safetensors.torch.save({"rows": found.rows.to(dtype).contiguous(), "tokens": found.tokens})
    known = about | {
        "splits": list(found.splits), "sha256": found.sha256, "rows sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip
    text = json.dumps(known, indent=1, ensure_ascii=False) + "\n"
    files.write(path.with_suffix(".json"), text.encode())
    files.write(path, content)


def read(path: Path, model: str, *, source: str, remedy: str) -> NumberEmbeddings:
    """The rows in this file, in float32.

    Raises NumbersError, which ends with ``remedy``, when a file is missing or damaged.
    """
    try:
        about = files.json_object(files.content(path.with_suffix(".json")))
        content = files.content(path, LARGEST)
        meant, splits, sha256 = about["rows sha256"], tuple(about["splits"]), about["sha256"]
        if not all(isinstance(word, str) for word in (meant, sha256)):
            raise FileError("its checksums are no words")
        if not all(isinstance(piece, str) for piece in splits):
            raise FileError("its splits are no words")
    except (FileError, KeyError, TypeError) as error:
        why = str(error) if isinstance(error, FileError) else f"damaged, {error}"
        raise NumbersError(f"{path.name}: cannot read the rows of {model} ({why}); {remedy}") from error
    if (found := hashlib.sha256(content).hexdigest()) != meant:
        raise NumbersError(f"{path.name}: damaged, its SHA-256 begins {found[:12]}, expected {meant[:12]}; {remedy}")
    try:
        kept = safetensors.torch.load(content)
        return NumberEmbeddings(model, kept["rows"].float(), kept["tokens"], splits, source, sha256)
    except (SafetensorError, KeyError) as error:
        raise NumbersError(f"{path.name}: damaged, expected rows and tokens ({error}); {remedy}") from error
