"""Number rows out of a whole model: from a folder, from packages, or from the hub with the rows kept in the cache."""

from __future__ import annotations

import contextlib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import torch
from jaxtyping import Float
from safetensors import SafetensorError, safe_open
from torch import Tensor

from circles.foundations import ctranslate2, files, model_packages, number_files, number_tokens
from circles.foundations.cache_place import cache_place
from circles.foundations.errors import FileError, NumbersError
from circles.foundations.memory import needed
from circles.foundations.number_rows import NumberEmbeddings
from circles.foundations.packages import file_sha256

ENDINGS = ("wte.weight", "word_embeddings.weight", "embed_in.weight", "embed_tokens.weight")
LARGEST = 30_000_000_000  # bytes of a file of weights: one of 6 billion numbers fits
WIDEST = 65_536  # numbers in a row
Fetch = Callable[[str], Path | None]


def from_folder(folder: Path, *, model: str, prefix: str = "") -> NumberEmbeddings:
    """The rows of a model saved by transformers.

    ``prefix`` stands before each number where the tokenizer sees it. Raises NumbersError when 0 is no token.
    """
    file, tensor = _find(lambda name: folder / name if (folder / name).exists() else None, model)
    tokens, splits = number_tokens.single(number_tokens.of_folder(folder, prefix), model)
    rows = read_rows(file, tensor, tokens)
    return NumberEmbeddings(model, rows, torch.tensor(tokens), splits, str(folder), file_sha256(file, LARGEST))


def from_packages(package: str, *, model: str, prefix: str = "") -> NumberEmbeddings:
    """The rows of a model of ``model_packages``, under the name ``model``.

    Raises ModelError when its packages are not installed or hold other files.
    """
    found = model_packages.find(package)
    if "vocab.txt" in found:
        cut = number_tokens.of_vocabulary(found["vocab.txt"])
    else:
        cut = number_tokens.of_file(found["tokenizer.json"], prefix)
    tokens, splits = number_tokens.single(cut, model)
    pieces = model_packages.weights(package, found)
    if pieces[0].suffix == ".safetensors":
        file, tensor = _find(lambda name: found.get(name), model)
        rows = read_rows(file, tensor, tokens)
    else:
        with needed(0.5, model):
            rows = ctranslate2.read(pieces)["decoder/embeddings/weight"][tokens].float()
    return NumberEmbeddings(model, rows, torch.tensor(tokens), splits, "wheel", model_packages.sha256(package))


def from_hub(name: str, repo: str, prefix: str, *, sha256: str | None = None) -> NumberEmbeddings:
    """The rows of a model on the hub: the kept ones, or downloaded now (the whole tensor file) and kept.

    Raises NumbersError, one line, when the hub cannot be reached.
    """
    kept = cache() / f"{repo.replace('/', '--')}.safetensors"
    if kept.exists():
        return number_files.read(kept, name, source="hub", remedy="delete it to download them again")
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError
    from transformers import AutoTokenizer

    offline = not hub_answers()
    if offline and not isinstance(try_to_load_from_cache(repo, "config.json"), str):
        raise NumbersError(f"{name} lies on the hub, which cannot be reached; minilm works without a network")

    def fetch(file: str) -> Path | None:
        try:
            return Path(hf_hub_download(repo, file, local_files_only=offline))
        except EntryNotFoundError:
            return None

    try:
        file, tensor = _find(fetch, name)
        tokenizer = AutoTokenizer.from_pretrained(repo, local_files_only=offline)
    except OSError as error:
        raise NumbersError(f"{name}: the hub gave no {repo} ({type(error).__name__}); minilm needs no hub") from error
    digest = file_sha256(file, LARGEST)
    if sha256 is not None and digest != sha256:
        raise NumbersError(f"{file.name} of {name}: its SHA-256 begins {digest[:12]}, expected {sha256[:12]}")
    tokens, splits = number_tokens.single(number_tokens.of_tokenizer(tokenizer, prefix), name)
    found = NumberEmbeddings(name, read_rows(file, tensor, tokens), torch.tensor(tokens), splits, "hub", digest)
    number_files.write(found, kept)
    return found


def read_rows(file: Path, tensor: str, tokens: list[int]) -> Float[Tensor, "p d"]:
    """These rows of the embedding in float32; the rest of the file stays on the disk."""
    try:
        with safe_open(str(file), "pt") as opened:
            rows = opened.get_slice(tensor)
            if len(rows.get_shape()) != 2 or rows.get_shape()[1] > WIDEST:
                raise NumbersError(
                    f"{file.name}: {tensor[:80]} has shape {str(rows.get_shape())[:80]}, expected a row a token of "
                    f"at most {WIDEST:,} numbers"
                )
            return torch.cat([rows[t : t + 1] for t in tokens]).float()
    except (SafetensorError, IndexError, OSError) as error:
        raise NumbersError(f"{file.name}: damaged, {tensor} cannot be read ({type(error).__name__})") from error


def cache() -> Path:
    """The folder of number rows that were downloaded here."""
    return cache_place() / "numbers"


def _find(fetch: Fetch, model: str) -> tuple[Path, str]:
    """The file with the token embedding and the embedding's name in it; only this shard of a model in shards."""
    index = fetch("model.safetensors.index.json")
    if index is not None:
        names = _shards(index, model)
    elif (file := fetch("model.safetensors")) is not None:
        _bounded(file, model)
        try:
            with safe_open(str(file), "pt") as opened:
                names = dict.fromkeys(opened.keys(), "model.safetensors")
        except (SafetensorError, OSError) as error:
            raise NumbersError(
                f"{file.name} of {model}: damaged, expected safetensors ({type(error).__name__})"
            ) from error
    else:
        raise NumbersError(f"{model}: no model.safetensors, expected a model saved by transformers")
    found = [name for name in names if name.endswith(ENDINGS)]
    if len(found) != 1:
        raise NumbersError(
            f"{model}: {len(found)} tensors look like a token embedding, expected one ({', '.join(ENDINGS)})"
        )
    shard = fetch(names[found[0]])
    if shard is None:
        raise NumbersError(f"{model}: no {names[found[0]]}, expected the file that its index names for {found[0]}")
    _bounded(shard, model)
    return shard, found[0]


def _bounded(file: Path, model: str) -> None:
    try:
        files.size(file, LARGEST)
    except FileError as error:
        raise NumbersError(f"{file.name} of {model}: {error}") from error


def _shards(index: Path, model: str) -> dict[str, str]:
    try:
        names = files.json_object(files.content(index))["weight_map"]
    except FileError as error:
        raise NumbersError(f"{index.name} of {model}: damaged, {error}") from error
    except KeyError:
        names = None
    if not isinstance(names, dict) or not all(isinstance(file, str) for file in names.values()):
        raise NumbersError(f"{index.name} of {model}: damaged, expected a weight_map from tensors to files")
    for file in names.values():
        if file != Path(file).name or len(file) > 200:
            raise NumbersError(f"{index.name} of {model}: names {file[:60]!r}, expected files beside it")
    return names


def hub_answers() -> bool:
    """Whether the hub can be reached; asked once here, since its own client asks six times before it gives up."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        with contextlib.suppress(urllib.error.HTTPError):  # an answer, if not a friendly one
            urllib.request.urlopen(constants.ENDPOINT, timeout=10).close()
    except OSError:
        return False
    return True
