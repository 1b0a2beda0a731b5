"""What is damaged, forged, left over or endless in a cache: one line that says what mends it, or it is cleared."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from circles import cli
from circles.foundations import files
from circles.foundations.errors import CheckpointError, ConfigError, DamagedError, FileError, RunError
from circles.ledger import claims
from circles.models.foreign.load import load
from circles.teaching import questions
from circles.teaching.grading import reading, submissions
from circles.training import leftovers, rhythm, runs, shelf, store
from circles.training.computed import ComputedRun

sys.path.insert(0, str(Path(__file__).parent))

from fuzz import readers
from fuzz.readers import SMALL, Unit, put


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    return tmp_path


def change(file, **values):
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values), encoding="utf-8")


def reseal(file, **values):
    """What a forger who knows seals would write: each value is held against what it can be, too."""
    about = json.loads(file.read_text(encoding="utf-8")) | values
    file.write_text(json.dumps(store.sealed(about)), encoding="utf-8")


# Forged and damaged runs


@pytest.mark.parametrize("key", ["config", "provenance", "ended", "code"])
def test_a_forged_value_is_told_by_the_seal(cache, key):
    file = runs.get(SMALL).folder / "run.json"
    held = json.loads(file.read_text(encoding="utf-8"))[key]
    forged = {"config": {**SMALL.to_dict(), "tier": "live"}, "provenance": {"processor": "another"}, "ended": 7,
              "code": held}[key]  # fmt: skip
    change(file, **{key: forged, "seal": "0" * 64} if key == "code" else {key: forged})
    with pytest.raises(DamagedError, match=r"forged or damaged, its seal .*; `rm -r .*` mends it"):
        runs.get(SMALL)


def test_a_run_put_in_another_s_place_is_told_by_its_name_where_it_has_no_seal(cache):
    """As runs are that were made before there were seals."""
    other = dataclasses.replace(SMALL, seed=3)
    folder = runs.get(SMALL).folder
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    del about["seal"]
    (folder / "run.json").write_text(json.dumps(about), encoding="utf-8")
    assert runs.get(SMALL).folder == folder, "an older run is read"
    (folder / "run.json").write_text(json.dumps(about | {"config": other.to_dict()}), encoding="utf-8")
    with pytest.raises(DamagedError, match="its settings are not those that the folder's name stands for; `rm -r"):
        runs.get(other)


def test_what_mends_a_run_does_mend_it(cache):
    whole = runs.get(SMALL)
    (whole.folder / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(DamagedError) as caught:
        runs.get(SMALL)
    command = str(caught.value).split("`")[1]
    assert command == f"rm -r {whole.folder}"
    shutil.rmtree(command.removeprefix("rm -r "))
    assert torch.equal(runs.get(SMALL).losses, whole.losses)


def test_a_damaged_recording_is_restored_not_made_anew(cache, monkeypatch):
    found = runs.get(SMALL)
    monkeypatch.setattr(runs, "recordings", lambda: cache)
    (found.folder / "weights.safetensors").write_bytes(b"")
    with pytest.raises(DamagedError, match="pip install --force-reinstall --no-deps learning-in-circles"):
        runs.load(found.folder, SMALL)
    (cache / ".git").mkdir()
    monkeypatch.setattr(runs, "recordings", lambda: cache / "recorded")
    recorded = cache / "recorded" / found.folder.parent.name / found.folder.name
    shutil.copytree(found.folder, recorded)
    with pytest.raises(DamagedError, match=rf"`git -C {cache}/recorded restore {recorded}` mends it"):
        runs.load(recorded, SMALL)


def test_the_command_loads_what_is_recorded_and_may_be_forbidden_to_train(cache, monkeypatch, capsys):
    made = runs.get(SMALL).folder
    shutil.copytree(made.parent, cache / "recorded" / made.parent.name)
    shutil.rmtree(made.parent)
    monkeypatch.setattr(runs, "recordings", lambda: cache / "recorded")
    monkeypatch.setattr(runs, "_produce", lambda *_: pytest.fail("trained"))
    names = SimpleNamespace(RUNS={"small": lambda seed: dataclasses.replace(SMALL, seed=seed)})
    monkeypatch.setitem(sys.modules, "circles.book.registry", names)
    for mode in ("", "recorded"):
        monkeypatch.setenv("CIRCLES_RUNS", mode)
        assert cli.main(["run", "small"]) == 0
        assert str(cache / "recorded") in capsys.readouterr().out
    for words, told in ((["--seeds", "7"], "no recorded run"), (["--fresh"], "CIRCLES_RUNS=recorded forbids it")):
        assert cli.main(["run", "small", *words]) == 2
        assert told in capsys.readouterr().err


# The state of a run that is to go on


@pytest.mark.parametrize(("changed", "named"), [
    ({"seconds": "12"}, "'seconds'"), ({"seconds": float("nan")}, "'seconds'"), ({"state": None}, "'state'"),
    ({"state": ["../../x", "0" * 64]}, "'state'"), ({"snapshots": {"1.safetensors": "0" * 64}}, "'snapshots'"),
    ({"snapshots": {}}, "'snapshots'"), ({"finished": {"0": 99}}, "'finished'"), ({"finished": {"7": 2}}, "'finished'"),
])  # fmt: skip
def test_a_damaged_partial_state_is_named_with_its_remedy(cache, changed, named):
    put(cache, readers._stopped("partial.json"))
    (file,) = cache.glob("*/*/partial.json")
    reseal(file, **changed)
    with pytest.raises(DamagedError, match=rf"partial.json: damaged, its {named} is not .* written; `rm -r .*partial`"):
        runs.get(SMALL)


@pytest.mark.parametrize(("changed", "named"), [
    ({"epoch": torch.tensor(99)}, "its epoch is 99"), ({"losses": torch.zeros(2, 9)}, "its losses have shape"),
    ({"weights/W_E": torch.zeros(3)}, "'weights/W_E' is torch"), ({"first/W_E": None}, "'first/W_E' is missing"),
    ({"other": torch.zeros(1)}, "'other' is missing or none"),
])  # fmt: skip
def test_a_state_of_other_tensors_is_named(cache, changed, named):
    put(cache, readers._stopped("partial.json"))
    (file,) = cache.glob("*/*/partial.json")
    about = json.loads(file.read_text(encoding="utf-8"))
    name = file.parent / about["state"][0]
    tensors = {n: w for n, w in (store.read_tensors(name) | changed).items() if w is not None}
    reseal(file, state=[name.name, store.write_tensors(name, tensors)])
    with pytest.raises(DamagedError, match=f"{named}.*`rm -r .*partial` mends it"):
        runs.get(SMALL)


@pytest.mark.parametrize("key", ["snapshots", "losses", "provenance", "digest"])
def test_a_damaged_trained_run_is_named_with_its_remedy(cache, key):
    put(cache, readers._stopped("trained.json"))
    (file,) = cache.glob("*/*/trained.json")
    reseal(file, **{key: None})
    with pytest.raises(DamagedError, match=rf"trained.json: damaged, its '{key}' .*; `rm -r .*` mends it"):
        runs.get(SMALL)


def test_a_snapshot_that_is_missing_in_a_trained_run_is_missed(cache):
    put(cache, readers._stopped("trained.json"))
    (file,) = cache.glob("*/*/trained.json")
    sums = json.loads(file.read_text(encoding="utf-8"))["snapshots"]
    reseal(file, snapshots={epoch: digest for epoch, digest in sums.items() if epoch != "3"})
    with pytest.raises(DamagedError, match="its 'snapshots' is not what was written"):
        runs.get(SMALL)


def test_a_changed_state_is_told_by_its_seal(cache):
    put(cache, readers._stopped("partial.json"))
    (file,) = cache.glob("*/*/partial.json")
    change(file, seconds=7.0)
    with pytest.raises(DamagedError, match="its 'seal' is not what was written"):
        runs.get(SMALL)


def test_a_snapshot_is_looked_at_before_hours_of_training(cache, monkeypatch):
    put(cache, readers._stopped("partial.json"))
    (file,) = cache.glob("*/*.partial/0.safetensors")
    file.write_bytes(b"x")
    monkeypatch.setattr("circles.training.loop.Descent.records", lambda *_: pytest.fail("trained"))
    with pytest.raises(DamagedError, match=r"0\.safetensors: damaged"):
        runs.get(SMALL)


# Leftovers


def test_the_next_command_clears_what_a_killed_one_left(cache):
    folder = runs.get(SMALL).folder
    (folder / "snapshots").mkdir()
    (folder / "snapshots" / "0.safetensors").write_bytes(b"x")
    for name in (".run.json.a1b2c3d4", "trained.json", "losses.safetensors", ".notes"):
        (folder / name).write_text("x", encoding="utf-8")
    folder.with_name(folder.name + ".partial").mkdir()
    leftovers.clear(cache)
    stays = [".notes", "measures.safetensors", "run.json", "weights.safetensors"]
    assert sorted(p.name for p in folder.iterdir()) == stays
    assert not list(folder.parent.glob("*.partial"))


def test_what_training_can_go_on_from_stays_and_so_does_what_another_is_writing(cache):
    put(cache, readers._stopped("partial.json"))
    (state,) = cache.glob("*/*.partial")
    before = sorted(p.name for p in state.iterdir())
    busy = state / ".state-1.safetensors.a1b2c3d4"
    busy.write_bytes(b"x")
    from circles.training.locked import locked

    with locked(state.with_suffix("")):
        leftovers.clear(cache)
        assert busy.exists()
    leftovers.clear(cache)
    assert sorted(p.name for p in state.iterdir()) == before


def test_a_folder_in_the_place_of_a_lock_is_named(cache):
    folder = runs.folder_of(SMALL, cache)
    Path(f"{folder}.lock").mkdir(parents=True)
    with pytest.raises(RunError, match=r"\.lock: no file, expected one that this command may lock; remove it"):
        runs.get(SMALL)


# The disk, and when to save


def test_a_full_disk_is_found_before_a_unit_is_computed(cache, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Unit, "compute", lambda self: pytest.fail("computed"))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="the disk is full, 65536 bytes needed"):
        runs.get(Unit())


def test_room_is_asked_for_what_such_units_took(cache, monkeypatch):
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Large(ComputedRun):
        family = "large"

        @property
        def name(self):
            return f"large-seed{self.seed}"

        def compute(self):
            return {"x": torch.zeros(50_000)}

    runs.get(Large(seed=0))
    asked = []
    monkeypatch.setattr(store, "ask_room", lambda folder, size: asked.append(size))
    runs.get(Large(seed=1))
    assert asked[0] > 200_000


def test_a_state_is_saved_by_work_and_costs_little(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    saving, saved = rhythm.Rhythm(1000, 0), []
    for epoch in range(1000):  # a tenth of a second each, and half a second to save
        now[0] += 0.1
        if saving.is_due(epoch):
            now[0] += 0.5
            saving.saved(epoch)
            saved.append(epoch)
    assert saved[0] == 10, "a hundredth of the epochs, long before the clock"
    assert all(99 <= late - early <= 101 for early, late in zip(saved[1:], saved[2:], strict=False)), "ten seconds each"
    slow = rhythm.Rhythm(10**6, 0)
    now[0] += rhythm.SECONDS
    assert slow.is_due(1), "by the clock where epochs are long"


# What files may ask for


def test_nothing_but_a_regular_file_is_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "endless.toml").symlink_to("/dev/zero")
    (tmp_path / "folder.toml").mkdir()
    with (tmp_path / "sparse.toml").open("wb") as file:
        file.truncate(60 * 10**9)
    began = time.monotonic()
    for name, message in (("pipe", "a pipe or a device"), ("endless", "a pipe or a device"), ("folder", "a folder"),
                          ("sparse", "60,000,000,000 bytes, expected at most"), ("x" * 5000, "too long")):  # fmt: skip
        with pytest.raises(FileError, match=message):
            files.content(tmp_path / f"{name}.toml")
        with pytest.raises(RunError, match=message):
            store.read_json(tmp_path / f"{name}.toml")
        if len(name) < 100:
            with pytest.raises(questions.QuizError, match=message):
                questions.load(tmp_path / f"{name}.toml")
            with pytest.raises(claims.LedgerError, match=message):
                claims.read(tmp_path / f"{name}.toml")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("text", ["[" + "a." * 50_000 + "b]", "x = " + "9" * 5000, "x = " + "[" * 5000,
                                  '["a"' + '."a"' * 20_000 + "]"])  # fmt: skip
def test_endless_toml_is_refused_at_once(tmp_path, text):
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(claims.LedgerError):
        claims.read(tmp_path / "x.toml")
    with pytest.raises(questions.QuizError):
        questions.load(tmp_path / "x.toml")
    assert time.monotonic() - began < 5


def test_a_pickle_that_asks_for_memory_is_refused(tmp_path):
    """A bytearray is the one thing in torch's restricted reader whose size is a number in the file."""
    size = (10**12).to_bytes(6, "little")
    steps = b"\x80\x02}X\x03\x00\x00\x00W_Ec__builtin__\nbytearray\n\x8a\x06" + size + b"\x85Rs."
    (tmp_path / "old.pth").write_bytes(steps)
    with zipfile.ZipFile(tmp_path / "zip.pth", "w") as made:
        for name, content in {"data.pkl": steps, "version": "3\n", "byteorder": "little"}.items():
            made.writestr(f"archive/{name}", content)
    for name in ("old.pth", "zip.pth"):
        with pytest.raises(CheckpointError, match="holds a bytearray, which may ask for any memory"):
            load(tmp_path / name)


def test_a_nested_description_is_named_by_the_list_of_runs(cache, capsys, monkeypatch):
    monkeypatch.setattr(runs, "recordings", lambda: cache / "recorded")
    put(cache, {"family/name-0123456789ab/run.json": b"[" * 100_000})
    assert cli.main(["runs"]) == 2
    assert "run.json: damaged" in capsys.readouterr().err


def test_a_setting_of_a_run_is_compared_and_not_computed_with(cache):
    """A forged modulus of many digits would be tested for a factor for ever."""
    file = runs.get(SMALL).folder / "run.json"
    about = json.loads(file.read_text(encoding="utf-8"))
    change(file, config=about["config"] | {"p": 10**40 + 121})
    began = time.monotonic()
    with pytest.raises((RunError, ConfigError)):
        runs.get(SMALL)
    runs.get(dataclasses.replace(SMALL, seed=5))
    assert time.monotonic() - began < 60


def test_a_course_that_unpacks_to_too_much_is_named(tmp_path, monkeypatch):
    with zipfile.ZipFile(tmp_path / "course.zip", "w", zipfile.ZIP_DEFLATED) as made:
        for name in ("a.ipynb", "b.ipynb"):
            made.writestr(name, b" " * 3 * 2**20)
    monkeypatch.setattr(submissions, "COURSE", 5 * 2**20)
    (one,) = submissions.collect(tmp_path)
    assert [file.error for file in one.notebooks] == ["too large: unpacks to more than 5 MB"]


def test_an_error_of_the_system_is_one_line(capsys, monkeypatch):
    def full(*_, **__):
        raise OSError(36, "File name too long", "x")

    monkeypatch.setattr("circles.training.shelf.entries", full)
    assert cli.main(["runs"]) == 2
    assert capsys.readouterr().err == "circles: x: File name too long\n"


def test_tags_that_are_no_words_are_named():
    told = json.loads(json.dumps(readers.NOTEBOOK))
    for tags in (3, [1], {"a": 1}):
        told["cells"][0]["metadata"]["tags"] = tags
        with pytest.raises(reading.Unusable, match="not a notebook: a cell whose tags are no words"):
            reading.notebook(json.dumps(told).encode())


def test_a_cache_among_other_things_leaves_them_alone(cache):
    theirs = cache / "projects" / "mine"
    (theirs / "snapshots").mkdir(parents=True)
    for name in ("run.json", "trained.json", ".a.json.a1b2c3d4"):
        (theirs / name).write_text("{}", encoding="utf-8")
    leftovers.clear(cache)
    assert sorted(p.name for p in theirs.iterdir()) == [".a.json.a1b2c3d4", "run.json", "snapshots", "trained.json"]
    assert shelf.promote(cache) == []
