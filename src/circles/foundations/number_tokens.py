"""Which numbers are one token, and how a tokenizer cuts the first that is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from circles.foundations import files
from circles.foundations.errors import FileError, NumbersError

Cut = Callable[[int], list[tuple[str, int]]]  # a number's pieces, each as text and as token
MOST = 1000  # the paper asks for 0 ... 520
LARGEST = 50_000_000  # bytes of a file of a tokenizer
WEIGHTS = (".safetensors", ".bin", ".pt", ".pth", ".h5", ".msgpack", ".onnx")  # what a tokenizer does not read


def single(cut: Cut, model: str) -> tuple[list[int], tuple[str, ...]]:
    """The token of each of 0, 1, ... up to the first number that is not one token, and the pieces of that number.

    Raises NumbersError when 0 is not one token.
    """
    tokens: list[int] = []
    for n in range(MOST):
        pieces = cut(n)
        if len(pieces) != 1:
            break
        tokens.append(pieces[0][1])
    if not tokens:
        raise NumbersError(f"{model} has no number tokens: it cuts 0 into {len(cut(0))} pieces, expected one")
    return tokens, tuple(text for text, _ in cut(len(tokens))) if len(tokens) < MOST else ()


def of_folder(folder: Path, prefix: str) -> Cut:
    """The pieces of each number by the tokenizer saved in this folder; ``vocab.txt`` alone is read as BERT's.

    Raises NumbersError where it cannot be read, or a file beside it is none or too large for a tokenizer's.
    """
    for path in sorted(p for p in folder.iterdir() if p.suffix not in WEIGHTS and not p.is_dir()):
        _bounded(path)
    if (folder / "vocab.txt").exists() and not prefix:
        return of_vocabulary(folder / "vocab.txt")
    from transformers import AutoTokenizer

    try:
        return of_tokenizer(AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False), prefix)
    except Exception as error:  # a damaged file makes transformers raise whatever its parsers do
        raise NumbersError(
            f"{folder.name}: its tokenizer cannot be read ({type(error).__name__}), expected one saved by transformers"
        ) from error


def of_file(path: Path, prefix: str) -> Cut:
    """The pieces of each number by the tokenizer in a ``tokenizer.json``."""
    from transformers import PreTrainedTokenizerFast

    return of_tokenizer(PreTrainedTokenizerFast(tokenizer_file=str(path)), prefix)


def of_vocabulary(path: Path) -> Cut:
    """The pieces of each number by BERT's tokenizer with the words of this ``vocab.txt``, a line a token."""
    _bounded(path)
    try:
        words = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise NumbersError(f"vocab.txt of {path.parent.name}: damaged, expected UTF-8") from error
    return word_pieces({word: i for i, word in enumerate(words)})


def _bounded(path: Path) -> None:
    try:
        files.size(path, LARGEST)
    except FileError as error:
        raise NumbersError(f"{path.name} of {path.parent.name}: {error}") from error


def word_pieces(words: dict[str, int]) -> Cut:
    """BERT's tokenizer on digits: the longest beginning in the vocabulary, then the rest with ## before it."""

    def cut(n: int) -> list[tuple[str, int]]:
        rest, pieces = str(n), []
        while rest:
            mark = "##" if pieces else ""
            end = next((e for e in range(len(rest), 0, -1) if mark + rest[:e] in words), 0)
            if not end:  # BERT gives the whole word one token for "unknown": no number's own
                return [(str(n), -1), ("", -1)]
            pieces.append((mark + rest[:end], words[mark + rest[:end]]))
            rest = rest[end:]
        return pieces

    return cut


def of_tokenizer(tokenizer: Any, prefix: str) -> Cut:
    """The pieces of each number, with ``prefix`` before it, by a tokenizer of transformers."""

    def cut(n: int) -> list[tuple[str, int]]:
        tokens = tokenizer.encode(f"{prefix}{n}", add_special_tokens=False)
        if tokenizer.unk_token_id in tokens:
            return [(str(n), -1), ("", -1)]
        return list(zip(tokenizer.convert_ids_to_tokens(tokens), tokens, strict=True))

    return cut
