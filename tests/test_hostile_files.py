"""Every loader against damaged and hostile files: truncated, flipped, oversized, of wrong types, with tricks in names.

Whatever the bytes, a loader gives what it should or one line of its own error; it runs nothing and writes nothing.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import subprocess
import sys
import textwrap
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_notebook, writes

from circles import cli
from circles.book import chapters, reproduce
from circles.foundations.errors import CheckpointError, CirclesError, DataError, LedgerError, RunError
from circles.ledger import checks, claims
from circles.models import modular
from circles.models.foreign.load import load
from circles.teaching import questions
from circles.teaching.grading import reading
from circles.training import mnist, runs, shelf, stamp, store
from circles.training.grokking import GrokkingRun
from circles.training.run_config import RunConfig

FUZZ = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
LEDGER = (checks.FOLDER / "nanda2023.toml").read_bytes()
RECORDED = next(runs.recordings().glob("quantized/*/run.json")).parent


@st.composite
def damaged(draw, content: bytes) -> bytes:
    """``content`` cut short, with bits flipped, with a piece doubled or overwritten."""
    kind = draw(st.sampled_from(["cut", "flip", "double", "overwrite", "empty"]))
    at = draw(st.integers(0, max(0, len(content) - 1)))
    if kind == "cut":
        return content[:at]
    if kind == "flip":
        changed = bytearray(content)
        for _ in range(draw(st.integers(1, 8))):
            changed[draw(st.integers(0, len(content) - 1))] ^= 1 << draw(st.integers(0, 7))
        return bytes(changed)
    if kind == "double":
        return content[:at] + content
    if kind == "overwrite":
        return content[:at] + draw(st.binary(min_size=1, max_size=64)) + content[at + 64 :]
    return b""


def one_line(error: Exception) -> None:
    assert "\n" not in str(error).strip() and 0 < len(str(error)) < 2000


# The ledger


@FUZZ
@given(damaged(LEDGER))
def test_a_damaged_ledger_is_read_or_refused(tmp_path, content):
    (tmp_path / "nanda2023.toml").write_bytes(content)
    try:
        about, found = claims.read(tmp_path / "nanda2023.toml")
    except LedgerError as error:
        one_line(error)
    else:
        assert set(about) == claims.PAPER_KEYS and all(isinstance(c, claims.Claim) for c in found)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@FUZZ
@given(
    st.sampled_from(
        ["id", "statement", "accept", "partly", "verdict", "tier", "digits", "because", "needs", "kind", "setting",
         "headline", "plain", "again"]
    ), values
)
def test_a_claim_with_a_value_of_any_type_is_read_or_refused(key, value):
    table = {
        "id": "x", "statement": "s", "source": "s", "paper": "p", "accept": {"min": 1}, "why": "w", "tier": "live",
        "verdict": "reproduced", "kind": "paper", "setting": "own",
    } | {key: value}  # fmt: skip
    try:
        claims.Claim.parse(table, "p")
    except LedgerError as error:
        one_line(error)


@pytest.mark.parametrize(
    "text",
    [
        "paper = 3\nclaim = []",
        "[[paper]]\n[[claim]]\n",
        "claim = 1\n[paper]\n",
        "[paper]\ntitle='t'\nauthors='a'\nyear=1\nversion='v'\nchapter='c'\n[claim]\n",
        "claim = [1]\n[paper]\ntitle='t'\nauthors='a'\nyear=1\nversion='v'\nchapter='c'\n",
        "a = " + "[" * 3000 + "]" * 3000,
    ],
)
def test_a_ledger_of_another_form_is_refused(tmp_path, text):
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LedgerError) as caught:
        claims.read(tmp_path / "x.toml")
    one_line(caught.value)


# Recorded runs


@dataclass(frozen=True, kw_only=True)
class Kept(RunConfig):
    """The configuration of a run that is only read."""

    family = "kept"

    @property
    def name(self) -> str:
        return f"kept-seed{self.seed}"


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A small finished run: its files by name."""
    folder = tmp_path_factory.mktemp("whole")
    config = Kept()
    tensors = {"losses": torch.arange(6.0), "epoch": torch.arange(3)}
    sums = {
        "measures.safetensors": store.write_tensors(folder / "measures.safetensors", tensors),
        "weights.safetensors": store.write_tensors(folder / "weights.safetensors", {"W": torch.ones(1, 4)}),
    }
    about = {"config": config.to_dict(), **stamp.today(Kept), "sha256": sums, "provenance": {"torch": "x"}}
    store.write_json(folder / "run.json", store.sealed(about))
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def put(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_whole_run_is_read(tmp_path, whole):
    run = runs.load(put(tmp_path / "run", whole), Kept())
    assert run.losses.tolist() == list(range(6)) and run.weights["W"].shape == (1, 4)


@pytest.mark.parametrize("name", ["run.json", "measures.safetensors", "weights.safetensors"])
@FUZZ
@given(data=st.data())
def test_a_damaged_run_is_refused_or_the_same(tmp_path, whole, name, data):
    content = data.draw(damaged(whole[name]))
    folder = put(tmp_path / "run", whole | {name: content})
    try:
        run = runs.load(folder, Kept())
    except RunError as error:
        one_line(error)
    else:
        assert name == "run.json" or content == whole[name]
        assert run.losses.tolist() == list(range(6))


@pytest.mark.parametrize("name", ["../weights.safetensors", "/etc/passwd", "weights.safetensors/../../x", "nul\0"])
def test_a_description_that_names_another_file_is_refused(tmp_path, whole, name):
    about = json.loads(whole["run.json"])
    about["sha256"][name] = about["sha256"].pop("weights.safetensors")
    folder = put(tmp_path / "run", whole | {"run.json": json.dumps(store.sealed(about)).encode()})
    with pytest.raises(RunError, match="damaged, it names no checksums; `rm -r .*` mends it"):
        runs.load(folder, Kept())


@FUZZ
@given(st.sampled_from(["digest", "code", "measured", "sha256", "provenance"]), values)
def test_a_description_with_values_of_any_type_is_refused_or_the_same(tmp_path, whole, key, value):
    about = store.sealed(json.loads(whole["run.json"]) | {key: value})
    folder = put(tmp_path / "run", whole | {"run.json": json.dumps(about).encode()})
    try:
        run = runs.load(folder, Kept())
    except RunError as error:
        one_line(error)
    else:
        assert run.losses.tolist() == list(range(6))


@FUZZ
@given(damaged((RECORDED / "run.json").read_bytes()))
def test_the_shelf_lists_or_names_what_is_damaged(tmp_path, content):
    folder = tmp_path / "family" / "name-0123456789ab"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_bytes(content)
    try:
        shelf._entry(folder / "run.json", "cached")
    except RunError as error:
        one_line(error)


def test_ours_that_is_damaged_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "OURS", tmp_path / "ours.json")
    assert checks.ours() == {}
    for content in (b"{", b"[]", b'{"a": 1}', b"\xff"):
        (tmp_path / "ours.json").write_bytes(content)
        with pytest.raises(LedgerError, match=r"ours\.json"):
            checks.ours()


# Checkpoints of strangers

SPEC = modular.ModularSpec(p=5, d_model=8, n_heads=2, d_mlp=4)


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    weights = modular.initial(SPEC, [0])
    buffer = io.BytesIO()
    torch.save({name: w[0] for name, w in weights.items()}, buffer)
    return {".safetensors": store.safetensors.torch.save(weights), ".pth": buffer.getvalue()}


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
@FUZZ
@given(data=st.data())
def test_a_damaged_checkpoint_is_read_or_refused(tmp_path, checkpoints, suffix, data):
    file = tmp_path / f"net{suffix}"
    file.write_bytes(data.draw(damaged(checkpoints[suffix])))
    try:
        weights = load(file).meaning.net.weights
    except CheckpointError as error:
        one_line(error)
    else:
        assert all(w.isfinite().all() for w in weights.values())


class Trap:
    """Runs code when it is unpickled, unless the reader refuses."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self):
        return os.mkdir, (str(self.mark),)


def test_nothing_in_a_checkpoint_is_run(tmp_path):
    mark = tmp_path / "it-ran"
    (tmp_path / "plain.pth").write_bytes(pickle.dumps({"W_E": Trap(mark)}))
    with zipfile.ZipFile(tmp_path / "zip.pth", "w") as made:
        made.writestr("archive/data.pkl", pickle.dumps({"W_E": Trap(mark)}))
        made.writestr("archive/version", "3\n")
        made.writestr("archive/byteorder", "little")
    for name in ("plain.pth", "zip.pth"):
        with pytest.raises(CheckpointError) as caught:
            load(tmp_path / name)
        one_line(caught.value)
    assert not mark.exists()


def test_tricks_with_zip_and_paths_are_refused(tmp_path, checkpoints):
    with zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("archive/data.pkl", b"\0" * 30_000_000)
    with zipfile.ZipFile(tmp_path / "up.pth", "w") as made:
        made.writestr("../../outside", b"x")
    (tmp_path / "folder.pth").mkdir()
    (tmp_path / "dangling.pth").symlink_to(tmp_path / "nowhere")
    for name in ("bomb.pth", "up.pth", "folder.pth", "dangling.pth", "none.safetensors"):
        with pytest.raises(CheckpointError) as caught:
            load(tmp_path / name)
        one_line(caught.value)
    assert not (tmp_path.parent / "outside").exists() and not (tmp_path.parent.parent / "outside").exists()


def test_a_header_that_claims_more_than_the_file_is_refused(tmp_path):
    header = json.dumps({"W_E": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}).encode()
    for length in (len(header), 2**62, 0):
        (tmp_path / "big.safetensors").write_bytes(length.to_bytes(8, "little") + header)
        with pytest.raises(CheckpointError, match="damaged"):
            load(tmp_path / "big.safetensors")
        with pytest.raises(RunError, match="damaged"):
            store.read_tensors(tmp_path / "big.safetensors")


# Notebooks and quizzes


@FUZZ
@given(damaged(writes(new_notebook()).encode()))
def test_a_damaged_notebook_is_fit_or_told_why(content):
    try:
        reading.notebook(content)
    except reading.Unusable as error:
        one_line(error)


@FUZZ
@given(damaged((questions.FOLDER / "02_grokking.toml").read_bytes()))
def test_a_damaged_quiz_is_read_or_refused(tmp_path, content):
    (tmp_path / "x.toml").write_bytes(content)
    try:
        questions.load(tmp_path / "x.toml")
    except questions.QuizError as error:
        one_line(error)


def test_a_damaged_chapter_is_named(tmp_path):
    (tmp_path / "02.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(CirclesError, match=r"02\.ipynb: not a notebook"):
        chapters.read(tmp_path / "02.ipynb")


# Processes and folders

TWO = textwrap.dedent("""
    import sys, time
    from circles.training import runs
    from circles.training.grokking import GrokkingRun
    sys.path.insert(0, sys.argv[1])
    from pairrun import PairRun
    run = runs.get(PairRun(p=7, d_model=8, n_heads=1, d_mlp=16, epochs=60, every=20))
    print(float(run.losses[-1]), run.folder)
""")
PAIR = textwrap.dedent("""
    from dataclasses import dataclass
    import torch
    from circles.training.grokking import GrokkingRun

    @dataclass(frozen=True, kw_only=True)
    class PairRun(GrokkingRun):
        def measure(self, snapshots):
            return {"epoch": torch.tensor(list(snapshots))}
""")


def test_two_processes_that_want_the_same_run_get_it_once(tmp_path):
    (tmp_path / "pairrun.py").write_text(PAIR, encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if k != "CIRCLES_RUNS"} | {"CIRCLES_CACHE": str(tmp_path / "c")}
    words = [sys.executable, "-c", TWO, str(tmp_path)]
    talks = {"stdout": subprocess.PIPE, "text": True, "encoding": "utf-8"}
    both = [subprocess.Popen(words, env=environment, **talks) for _ in range(2)]
    said = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0] == said[1] != ""
    found = sorted(path.name for path in (tmp_path / "c" / "grokking").iterdir())
    assert len([name for name in found if not name.endswith(".lock") and not name.startswith("code-")]) == 1, found
    folder = Path(said[0].split()[-1])
    assert sorted(path.name for path in folder.iterdir()) == ["measures.safetensors", "run.json", "weights.safetensors"]


def test_a_cache_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    (tmp_path / "file").write_text("", encoding="utf-8")  # a file where a folder is wanted: refused for root as well
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "file"))
    with pytest.raises(RunError, match="CIRCLES_CACHE|cannot write") as caught:
        runs.train([GrokkingRun(p=7, d_model=8, n_heads=1, d_mlp=16, epochs=2)])
    one_line(caught.value)


@pytest.fixture
def odd_places(tmp_path):
    """Places where nothing can be written, and that hold nothing; none may be waited for."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    places = [tmp_path / name for name in ("folder", "file/below", "loop", "pipe", "none/below", "\x1b[31m\n/x")]
    return [*map(str, places), "x" * 5000, "/dev/full", "/proc/nowhere"]


def test_checks_that_cannot_be_kept_are_named(odd_places, tmp_path, monkeypatch):
    for place in odd_places:
        monkeypatch.setenv("CIRCLES_CHECKS", place)
        with pytest.raises(LedgerError, match=r"CIRCLES_CHECKS is .*expected a file") as caught:
            checks.check("nanda2023/wl-rank", 2)
        one_line(caught.value)
        assert len(str(caught.value)) < 400 and str(caught.value).isprintable()
    for place in ("", " "):
        monkeypatch.setenv("CIRCLES_CHECKS", place)
        checks.check("nanda2023/wl-rank", 2)
    monkeypatch.setenv("CIRCLES_CHECKS", str(tmp_path / "kept"))
    checks.check("nanda2023/wl-rank", 2)
    assert json.loads((tmp_path / "kept").read_text(encoding="utf-8"))["value"] == 2


def test_a_folder_without_mnist_is_named(odd_places, monkeypatch):
    for place in odd_places:
        monkeypatch.setenv("CIRCLES_MNIST", place)
        with pytest.raises(DataError, match=r"CIRCLES_MNIST is .*, expected a folder that holds") as caught:
            mnist.load("test")
        one_line(caught.value)
        assert len(str(caught.value)) < 400 and str(caught.value).isprintable()


@pytest.mark.parametrize("value", ["nonsense", " ", "x" * 5000, "\x1b[31m\n", "RECORDED"])
def test_a_mode_that_is_none_is_named(value, monkeypatch, capsys):
    monkeypatch.setenv("CIRCLES_RUNS", value)
    assert cli.main(["run", "nanda2023"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("circles: CIRCLES_RUNS is ") and err.endswith("expected 'recorded', 'fresh' or nothing\n")
    assert len(err) < 300 and err.removesuffix("\n").isprintable()


@pytest.mark.parametrize("words", [["runs"], ["promote", "nanda2023", "--seeds", "77"], ["reproduce"], ["record"]])
def test_every_command_names_a_cache_that_cannot_be(words, odd_places, monkeypatch, capsys):
    monkeypatch.setattr(reproduce, "run_all", lambda *_: pytest.fail("a chapter was executed"))
    for place in odd_places[1:4] + odd_places[6:8]:
        monkeypatch.setenv("CIRCLES_CACHE", place)
        assert cli.main(words) == 2
        out, err = capsys.readouterr()
        assert not out and err.startswith("circles: CIRCLES_CACHE is ") and "expected a folder" in err
        assert err.count("\n") == 1 and len(err) < 500


def test_no_terminal_obeys_a_path(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "\x1b[31m"))
    assert cli.main(["promote", "nanda2023", "--seeds", "77"]) == 2
    err = capsys.readouterr().err
    assert "no finished run" in err and "?[31m" in err and err.removesuffix("\n").isprintable()
