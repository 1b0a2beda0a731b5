"""Each kind of foreign input with its reader: it gives what it should, or raises an error of the book, of one line."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import json
import os
import pickle
import struct
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import safetensors.torch
import torch
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_notebook, writes

from circles import cli
from circles.analysis import checkpoint_report
from circles.foundations import ctranslate2, number_files, number_sources
from circles.foundations.errors import CirclesError
from circles.ledger import checks, claims
from circles.models import modular
from circles.models.foreign import load
from circles.models.foreign.said import said
from circles.papers.zhou2024 import finetune_state, number_counts
from circles.teaching import questions
from circles.teaching.grading import reading, submissions
from circles.training import mnist, runs, shelf, store
from circles.training.computed import ComputedRun
from circles.training.grokking import GrokkingRun
from fuzz import damage


@dataclass(frozen=True)
class Reader:
    """Inputs and the function that reads one in an empty folder; ``share`` of the time that all kinds have."""

    inputs: st.SearchStrategy[Any]
    read: Callable[[Path, Any], object]
    share: float = 1.0


def attempt(reader: Reader, found: Any) -> None:
    """Read one input. An error of the book must be one line; any other error passes through."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            reader.read(Path(folder), found)
        except CirclesError as error:
            words = str(error)
            assert words.strip() and "\n" not in words.strip() and len(words) < 3000, f"no line: {words[:200]!r}"


# Checkpoints

STATE = {n: w[0] for n, w in modular.initial(modular.ModularSpec(p=5, d_model=8, n_heads=2, d_mlp=4), [0]).items()}


def torch_bytes(held: Any, **how: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(held, buffer, **how)
    return buffer.getvalue()


def analyse(folder: Path, content: bytes, name: str = "net.pth") -> None:
    (folder / name).write_bytes(content)
    checkpoint_report.report(folder / name)


@st.composite
def header(draw: Any) -> bytes:
    """A file of safetensors whose header has places changed and a length that fits, or not."""
    whole = safetensors.torch.save(STATE)
    length = int.from_bytes(whole[:8], "little")
    changed = json.dumps(draw(damage.values_of(json.loads(whole[8 : 8 + length])))).encode()
    size = draw(st.sampled_from([len(changed), length, 2**62, 0]))
    return size.to_bytes(8, "little") + changed + whole[8 + length :]


NAMES = (
    "W_E", "W_pos", "W_Q", "W_K", "W_V", "W_O", "W_in", "b_in", "W_out", "b_out", "W_U", "embed.W_E", "unembed.W_U",
    "pos_embed.W_pos", "blocks.0.attn.W_Q", "blocks.0.attn.W_O", "blocks.0.attn.q.weight", "embed.weight",
    "blocks.1.attn.W_Q", "attention.in_proj_weight", "attention.out_proj.weight", "linear1.weight", "linear2.weight",
    "norm1.weight", "ln.w", "0.weight", "1.weight", "pos", "model", "state_dict", "config", "state_dicts", "optimizer",
)  # fmt: skip
SETTINGS = ("p", "operation", "n_heads", "act_fn", "attn_coeff", "n_layers", "attn_scale", "fn_name", "funcs", "order")
sizes = st.integers(0, 8)
tensors = st.builds(
    lambda shape, dtype: torch.zeros(shape, dtype=dtype),
    st.lists(sizes, max_size=3),
    st.sampled_from([torch.float32, torch.float64, torch.float16, torch.int64, torch.complex64, torch.bool]),
)
meant = st.fixed_dictionaries({}, optional={n: tensors | st.just(w) for n, w in STATE.items()})
strange = st.dictionaries(st.sampled_from(NAMES), tensors | damage.values | meant, max_size=12)
configs = st.dictionaries(st.sampled_from(SETTINGS), damage.values, max_size=4)


@st.composite
def saved(draw: Any) -> bytes:
    """What somebody may have saved: strange names and shapes, a config, lists, at times one tensor repeated."""
    state = draw(strange | meant | st.just(dict(STATE)))
    kind = draw(st.sampled_from(["bare", "model", "list", "config", "stride"]))
    if kind == "model":
        state = {"model": state, "optimizer": draw(damage.values)}
    elif kind == "list":
        several = draw(st.lists(st.just(state) | damage.values, max_size=3))
        state = {"state_dicts": several, "epochs": draw(damage.values)}
    elif kind == "config":
        state = {"model": state, "config": draw(configs | damage.values)}
    elif kind == "stride":
        shape = draw(st.lists(st.sampled_from([1, 5, 500, 90_000, 2**30]), min_size=1, max_size=2))
        state = state | {draw(st.sampled_from(NAMES)): torch.zeros(1).expand(shape)}
    try:
        return torch_bytes(state, **({"_use_new_zipfile_serialization": False} if draw(st.booleans()) else {}))
    except (RuntimeError, UnicodeEncodeError, OverflowError):  # what torch itself does not save
        return torch_bytes({})


class Runs:
    """Runs code when it is unpickled, unless the reader refuses."""

    def __reduce__(self) -> tuple[Any, ...]:
        return open, ("it-ran", "w")


def pickles() -> st.SearchStrategy[bytes]:
    held = st.dictionaries(st.sampled_from(NAMES), damage.values | st.just(Runs()), max_size=4)
    made = st.builds(lambda x, protocol: pickle.dumps(x, protocol), held, st.integers(0, 5))
    return made | damage.bytes_of(torch_bytes(STATE, _use_new_zipfile_serialization=False))


BEGINNINGS = (
    b"version https://git-lfs.github.com/spec/v1\n", b"<!DOCTYPE html>", b"<?xml ", b"\x1f\x8b", b"\x93NUMPY",
    b"PK\x03\x04", b"PK\x05\x06", b"\x80\x02", b"\x80\x04", b"(dp0\n", b"GGUF", b"\x89PNG", b"{", b"",
    b"ctorch\nload\n", b"\0" * 8 + b"{",
)  # fmt: skip
begun = st.builds(lambda a, b: a + b, st.sampled_from(BEGINNINGS), st.binary(max_size=400) | damage.deep)


@st.composite
def bombs(draw: Any) -> bytes:
    """Small files that unpack to much."""
    length = draw(st.sampled_from([10**6, 3 * 10**7]))
    filling = draw(st.sampled_from([b"\0", b"N0", b"]", b"(", b"}"]))
    kind = draw(st.sampled_from(["zip", "stored", "gzip", "pickle"]))
    if kind == "gzip":
        return gzip.compress(filling * (length // len(filling)), 1)
    if kind == "pickle":
        return b"\x80\x02" + filling * (min(length, 10**5) // len(filling)) + b"."
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if kind == "zip" else zipfile.ZIP_STORED) as archive:
        count = (10**5 if kind == "stored" else length) // len(filling)
        archive.writestr("archive/data.pkl", filling * count)
        archive.writestr("archive/version", "3\n")
    return made.getvalue()


def settings(folder: Path, content: bytes) -> None:
    (folder / "config.json").write_bytes(content)
    said(load.settings(folder / "config.json"))


# Ledger, quiz, notebooks

LEDGER = (checks.FOLDER / "nanda2023.toml").read_bytes()[:6000].rpartition(b"[[claim]]")[0]
QUIZ = (questions.FOLDER / "02_grokking.toml").read_bytes()
keys = st.sampled_from(["a", "a.a", '"a"', "a." * 150 + "a", '"a".' * 5000 + "a", "a." * 50_000 + "a", "claim"])
given = st.sampled_from(["1", "'x'", "9" * 5000, "[" * 5000, "{a={", "1979-05-27", "nan"])
tables = st.builds("[{}]".format, keys) | st.builds("[[{}]]".format, keys) | st.builds("{} = {}".format, keys, given)
toml = st.lists(tables, max_size=20).map(lambda lines: "\n".join(lines).encode())


def ledger(folder: Path, content: bytes) -> None:
    (folder / "x.toml").write_bytes(content)
    claims.read(folder / "x.toml")


def quiz(folder: Path, content: bytes) -> None:
    (folder / "x.toml").write_bytes(content)
    questions.load(folder / "x.toml")


NOTEBOOK = json.loads(writes(new_notebook(cells=[
    new_code_cell("x = 1", metadata={"tags": ["exercise:one", "stub"]}), new_code_cell("check(grokking.one, x)"),
])))  # fmt: skip


def notebook(folder: Path, content: bytes) -> None:
    found = reading.notebook(content)
    reading.work(found, {}, {}, "02_exercises")
    reading.as_in_the_book(found, {"one": "def f():\n    return 1\n"})


def submission() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("Ada_1_assignsubmission_file/a.ipynb", json.dumps(NOTEBOOK))
        archive.writestr("Ben/b.zip", b"PK\x05\x06" + bytes(18))
    return made.getvalue()


def handed_in(folder: Path, content: bytes) -> None:
    (folder / "course.zip").write_bytes(content)
    for student in submissions.collect(folder):
        for file in student.notebooks:
            if not file.error:
                with contextlib.suppress(reading.Unusable):
                    reading.notebook(file.data)


# Runs


@dataclass(frozen=True, kw_only=True)
class Small(GrokkingRun):
    """A training of a few milliseconds."""

    family = "fuzzed"

    def measure(self, snapshots: dict[int, Any]) -> dict[str, torch.Tensor]:
        return {"epoch": torch.tensor(list(snapshots))}


@dataclass(frozen=True, kw_only=True)
class Unit(ComputedRun):
    """A unit of a study that is computed at once."""

    family = "fuzzed-units"

    @property
    def name(self) -> str:
        return f"unit-seed{self.seed}"

    def compute(self) -> dict[str, torch.Tensor]:
        return {"seed": torch.tensor(self.seed)}


SMALL = Small(p=5, d_model=4, n_heads=1, d_mlp=4, epochs=6, every=2)


@contextlib.contextmanager
def cached(folder: Path) -> Iterator[None]:
    with mock.patch.dict("os.environ", {"CIRCLES_CACHE": str(folder), "CIRCLES_RUNS": ""}):
        yield


def _files(place: Path) -> dict[str, bytes]:
    found = [f for f in sorted(place.rglob("*")) if f.suffix != ".lock" and f.is_file()]
    return {str(f.relative_to(place)): f.read_bytes() for f in found}


def _made(config: Any) -> dict[str, bytes]:
    """The files of a finished run, by their path in the cache."""
    with tempfile.TemporaryDirectory() as place, cached(Path(place)):
        runs.get(config)
        return _files(Path(place))


class Stopped(BaseException):
    """Stops a command where a kill might."""


def _stopped(name: str) -> dict[str, bytes]:
    """The files that a training leaves which is stopped after it has written a file of this name."""
    whole = store.write_json

    def write(path: Path, values: dict[str, Any]) -> str:
        found = whole(path, values)
        if path.name == name:
            raise Stopped
        return found

    with tempfile.TemporaryDirectory() as place, cached(Path(place)), mock.patch.object(store, "write_json", write):
        with contextlib.suppress(Stopped):
            runs.get(SMALL)
        return _files(Path(place))


def files_of(whole: dict[str, bytes], ending: str) -> st.SearchStrategy[dict[str, bytes]]:
    """The same files, one of them damaged."""
    chosen = [name for name in whole if name.endswith(ending)]
    assert chosen, (ending, sorted(whole))

    def damaged(name: str) -> st.SearchStrategy[dict[str, bytes]]:
        content = damage.json_of(json.loads(whole[name])) if name.endswith(".json") else damage.bytes_of(whole[name])
        return content.map(lambda changed: whole | {name: changed})

    return st.sampled_from(chosen).flatmap(damaged)


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def run_of(config: Any) -> Callable[[Path, dict[str, bytes]], None]:
    """Ask for this run where its files lie damaged: it is refused, or it is the same."""
    with tempfile.TemporaryDirectory() as place, cached(Path(place)):
        whole = runs.get(config)

    def read(folder: Path, files: dict[str, bytes]) -> None:
        put(folder, files)
        with cached(folder):
            found = runs.get(config)
        for mine, theirs in ((found.weights, whole.weights), (found.measures, whole.measures)):
            assert mine.keys() == theirs.keys()
            assert all(torch.equal(mine[name], x) for name, x in theirs.items()), "another run"

    return read


def listed(folder: Path, files: dict[str, bytes]) -> None:
    put(folder, files)
    with cached(folder), mock.patch.object(runs, "recordings", lambda: folder / "recorded"):
        shelf.entries()


def rows(folder: Path, files: dict[str, bytes]) -> None:
    put(folder, files)
    number_files.read(folder / "x.safetensors", "x", source="here", remedy="git restore it")


WORDS = b"\n".join(b"%d" % n for n in range(12)) + b"\n##1\n##2\n"


def _model() -> dict[str, bytes]:
    """A folder of a model in two shards, with BERT's list of words."""
    rows = torch.arange(42.0).reshape(14, 3)
    index = {"weight_map": {"wte.weight": "one.safetensors", "other": "two.safetensors"}}
    return {"vocab.txt": WORDS, "one.safetensors": safetensors.torch.save({"wte.weight": rows}),
            "model.safetensors.index.json": json.dumps(index).encode()}  # fmt: skip


def model_folder(folder: Path, files: dict[str, bytes]) -> None:
    put(folder, files)
    number_sources.from_folder(folder, model="x")


def packed_model() -> bytes:
    """A file of CTranslate2: its version, its kind, one variable of three numbers, an alias."""
    def text(word: bytes) -> bytes:
        return struct.pack("<H", len(word) + 1) + word + b"\0"

    variable = text(b"w") + struct.pack("<BIBI", 1, 3, 0, 12) + bytes(12)
    return struct.pack("<I", 6) + text(b"Spec") + struct.pack("<II", 1, 1) + variable + struct.pack("<I", 1) + (
        text(b"a") + text(b"w"))  # fmt: skip


def packed(folder: Path, content: bytes) -> None:
    (folder / "model.bin").write_bytes(content)
    ctranslate2.read([folder / "model.bin"])


def _tuned() -> tuple[Any, torch.optim.AdamW, dict[str, float]]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = torch.nn.Linear(3, 2)
    return net, torch.optim.AdamW(net.parameters()), {"lr": 0.1, "epochs": 3}


def _tuned_state() -> bytes:
    net, adam, recipe = _tuned()
    net(torch.ones(3)).sum().backward()
    adam.step()
    with tempfile.TemporaryDirectory() as place:
        finetune_state.save(Path(place) / "state.pt", net, adam, recipe, [1.0, 0.5])
        return (Path(place) / "state.pt").read_bytes()


@st.composite
def tuned_values(draw: Any) -> bytes:
    """A state with entries of any kind in the place of its own."""
    state = torch.load(io.BytesIO(TUNED), weights_only=True)
    for key in draw(st.lists(st.sampled_from(sorted(state)), min_size=1, max_size=2)):
        inner = isinstance(state[key], dict) and state[key] and draw(st.booleans())
        if inner:
            state[key][draw(st.sampled_from(list(state[key])))] = draw(damage.values | tensors)
        else:
            state[key] = draw(damage.values | tensors)
    try:
        return torch_bytes(state)
    except (RuntimeError, UnicodeEncodeError, OverflowError):  # what torch itself does not save
        return TUNED


def tuned(folder: Path, content: bytes) -> None:
    """Taken up as it was written, or refused."""
    (folder / "state.pt").write_bytes(content)
    net, adam, recipe = _tuned()
    before = {name: w.clone() for name, w in net.state_dict().items()}
    try:
        finetune_state.resume(folder / "state.pt", net, adam, recipe, 5)
    except CirclesError:
        assert all(torch.equal(w, before[name]) for name, w in net.state_dict().items()), "changed and refused"
        raise


def counts(folder: Path, content: bytes) -> None:
    (folder / "counts.json").write_bytes(content)
    with mock.patch.object(number_counts, "recorded_file", lambda: folder / "counts.json"):
        number_counts.log_counts()


def digits(folder: Path, content: bytes) -> None:
    (folder / "t10k-labels-idx1-ubyte.gz").write_bytes(content)
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(content)
    with mock.patch.dict("os.environ", {"CIRCLES_MNIST": str(folder)}):
        mnist.load("test")


def _rows() -> dict[str, bytes]:
    content = safetensors.torch.save({"rows": torch.zeros(3, 2), "tokens": torch.arange(3)})
    about = {"rows sha256": hashlib.sha256(content).hexdigest(), "splits": [], "sha256": "0" * 64}
    return {"x.safetensors": content, "x.json": json.dumps(about).encode()}


# The command line: nothing here trains or writes

told = damage.words | st.sampled_from([
    "0", "-1", "1e400", "nan", "0-4", "4-0", "0-99999999", "auto", "cuda:7", "a b =", "a - b",
])  # fmt: skip
COMMANDS = {
    "claims": (), "cite": (), "analyse": ("--at", "--modulus", "--operation", "--order", "--heads", "--activation",
                                           "--attention", "--fraction", "--seed", "--config", "--html"),
    "run": ("--seeds", "--device", "--only"), "restamp": (), "": (), "--version": (), "--help": (), "machine": (),
}  # fmt: skip
NOT_NAMES = ("nanda2023", "grokking")  # a name that is known would train or stamp


@st.composite
def commands(draw: Any) -> list[str]:
    command = draw(st.sampled_from(sorted(COMMANDS)) | damage.words)
    names = damage.words.filter(lambda w: w not in NOT_NAMES)
    given = draw(st.lists(names | st.sampled_from(["nanda2023/wl-rank", "NET", "FOLDER", "PIPE"]), max_size=2))
    for option in draw(st.lists(st.sampled_from(COMMANDS.get(command) or ("--json", "--nothing")), max_size=4)):
        given += [option, draw(told | st.sampled_from(["NET", "FOLDER", "PIPE"]))]
    return [command, *given]


def command(folder: Path, given: list[str]) -> None:
    """Exit status 0 to 2, and one line where it is 2."""
    safetensors.torch.save_file(STATE, folder / "net.safetensors")
    os.mkfifo(folder / "pipe")
    places = {"NET": str(folder / "net.safetensors"), "FOLDER": str(folder), "PIPE": str(folder / "pipe")}
    out, err, here = io.StringIO(), io.StringIO(), Path.cwd()
    os.chdir(folder)
    try:
        with (
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
            mock.patch.dict("os.environ", {"CIRCLES_RUNS": "recorded", "CIRCLES_CACHE": str(folder / "cache")}),
        ):  # fmt: skip
            status = cli.main([places.get(word, word) for word in given])
    finally:
        os.chdir(here)
    assert status in (0, 1, 2), status
    assert status != 2 or err.getvalue().count("\n") == 1, err.getvalue()[:300]


ZIPPED = torch_bytes(STATE)
FINISHED, UNIT = _made(SMALL), _made(Unit())
TUNED = _tuned_state()

READERS = {
    "checkpoint: zip of torch": Reader(damage.bytes_of(ZIPPED) | damage.zip_of(ZIPPED), analyse, 2),
    "checkpoint: safetensors": Reader(damage.bytes_of(safetensors.torch.save(STATE)) | header(), analyse, 2),
    "checkpoint: pickle": Reader(pickles(), analyse, 2),
    "checkpoint: strange states": Reader(saved(), analyse, 3),
    "checkpoint: other files": Reader(begun, analyse),
    "checkpoint: bombs": Reader(bombs(), analyse, 0.3),
    "checkpoint: settings": Reader(damage.json_of({"p": 113, "act_fn": "relu", "n_layers": 1}), settings),
    "ledger": Reader(damage.bytes_of(LEDGER) | toml, ledger),
    "quiz": Reader(damage.bytes_of(QUIZ) | toml, quiz),
    "notebook": Reader(damage.json_of(NOTEBOOK), notebook),
    "submissions": Reader(damage.bytes_of(submission()) | damage.zip_of(submission()), handed_in),
    "run: finished": Reader(files_of(FINISHED, ""), run_of(SMALL), 2),
    "run: unit": Reader(files_of(UNIT, ""), run_of(Unit())),
    "run: state to go on from": Reader(files_of(_stopped("partial.json"), ""), run_of(SMALL), 2),
    "run: trained, not measured": Reader(files_of(_stopped("trained.json"), ""), run_of(SMALL), 2),
    "shelf": Reader(files_of(FINISHED, "run.json"), listed),
    "number rows": Reader(files_of(_rows(), ""), rows),
    "counts of numbers": Reader(damage.json_of({"text": "x", "counts": [7] * 521}), counts),
    "model in a folder": Reader(files_of(_model(), ""), model_folder),
    "model of CTranslate2": Reader(damage.bytes_of(packed_model()), packed),
    "state of a fine-tuning": Reader(damage.bytes_of(TUNED) | damage.zip_of(TUNED) | tuned_values(), tuned),
    "MNIST": Reader(damage.bytes_of(gzip.compress(b"\0" * 10_008)) | bombs(), digits),
    "command line": Reader(commands(), command),
}  # fmt: skip
