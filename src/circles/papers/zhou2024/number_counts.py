"""How often the numbers 0 ... 520 occur: counted in a text, and in the order of a tokenizer's words.

A tokenizer learnt its words from text, the frequent ones first: BERT's list is sorted by frequency, the tokens of
byte-pair encoding stand in the order in which their pairs were joined. So the place of a number in it is its rank in
the very text that the tokenizer was made from.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from importlib import metadata, resources
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import files, numbers
from circles.foundations.errors import FileError, NumbersError

LARGEST = 520
MOST = 2**53  # a count that a float64 still tells from the next
# Documentation and code in English, full of numbers, with the versions that requirements.txt pins.
TEXTS = ("numpy", "pandas", "scikit-learn", "scipy", "sympy", "torch", "transformers")
WHOLE = re.compile(r"(?<![\w.,])(?:0|[1-9]\d{0,2})(?![\w]|[.,]\d)")  # no part of a word, a decimal or a larger number


def counted(texts: Iterable[str]) -> list[int]:
    """How often each of 0 ... 520 stands in these texts as a whole number by itself."""
    found = Counter(int(n) for text in texts for n in WHOLE.findall(text))
    return [found[n] for n in range(LARGEST + 1)]


def texts() -> Iterable[str]:
    """The Python files of the packages in ``TEXTS``."""
    for name in TEXTS:
        for file in metadata.distribution(name).files or ():
            if file.suffix == ".py":
                yield files.content(Path(str(file.locate()))).decode("utf-8", errors="ignore")


def record() -> Path:
    """Count anew in the packages that are installed here and keep the counts with their provenance."""
    about = {"text": "the Python files of " + ", ".join(f"{name} {metadata.version(name)}" for name in TEXTS)}
    files.write(recorded_file(), (json.dumps(about | {"counts": counted(texts())}) + "\n").encode())
    return recorded_file()


def recorded_file() -> Path:
    return Path(str(resources.files("circles"))) / "recorded" / "numbers" / "counts.json"


def log_counts() -> Float[Tensor, "p 1"]:
    """log(1 + count) of 0 ... 520 in the text, as embeddings of one dimension. Raises NumbersError when damaged."""
    try:
        counts = files.json_object(files.content(recorded_file())).get("counts")
    except FileError as error:
        raise NumbersError(f"{recorded_file().name}: damaged, {error}; git restore brings it back") from error
    if (
        not isinstance(counts, list) or len(counts) != LARGEST + 1
        or not all(type(n) is int and 0 <= n < MOST for n in counts)
    ):  # fmt: skip
        raise NumbersError(
            f"{recorded_file().name}: damaged, expected counts of numbers 0 to {LARGEST}; git restore brings it back"
        )
    return torch.tensor(counts, dtype=torch.float64).log1p().unsqueeze(1)


def log_ranks(name: str) -> Float[Tensor, "p 1"]:
    """log of the token of each number in the order of the words of a model's tokenizer: large is rare."""
    return numbers.load(name).tokens.double().log1p().unsqueeze(1)
