"""Runs: recorded or trained, resumed bit for bit, and refused in one line when something is wrong."""

import dataclasses
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from circles.book.registry import FAMILIES
from circles.foundations.config import Config
from circles.foundations.errors import ConfigError, RunError
from circles.foundations.streams import streams
from circles.training import loop, rhythm, runs, source, stamp, store, tasks, trainer
from circles.training.computed import ComputedRun
from circles.training.grokking import GrokkingRun

MODULE = """
from dataclasses import dataclass
import torch
from circles.training.grokking import GrokkingRun

@dataclass(frozen=True, kw_only=True)
class SmallRun(GrokkingRun):
    def measure(self, snapshots):
        return {"epoch": torch.tensor(list(snapshots))}

def small(**changes):
    return SmallRun(**(dict(p=11, d_model=16, n_heads=2, d_mlp=32, epochs=60, every=20, seed=1) | changes))
"""


@pytest.fixture
def small(tmp_path, monkeypatch):
    """The maker of a run of a second, with a cache and a recordings folder of its own."""
    (tmp_path / "smallrun.py").write_text(MODULE, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    monkeypatch.setattr(runs, "recordings", lambda: tmp_path / "recorded")
    sys.modules.pop("smallrun", None)
    import smallrun

    return smallrun.small


def record(config, tmp_path):
    run = runs.get(config)
    target = runs.folder_of(config, tmp_path / "recorded")
    target.parent.mkdir(parents=True, exist_ok=True)
    stamp.copy(run.folder, target)
    run.folder.rename(target)
    return target


def equal(one, other):
    return set(one) == set(other) and all(torch.equal(v, other[k]) for k, v in one.items())


def test_same_seed_same_bits(small, tmp_path, monkeypatch):
    first = runs.get(small())
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "other"))
    second = runs.get(small())
    assert equal(first.weights, second.weights) and torch.equal(first.losses, second.losses)
    assert len(first.losses) == 61 and first.losses[-1] < first.losses[0]


def test_a_cached_run_is_not_trained_again(small, monkeypatch):
    runs.get(small())
    monkeypatch.setattr(trainer, "train_batch", lambda *_: pytest.fail("trained again"))
    runs.get(small())


def test_replicates_train_as_they_would_alone(small, tmp_path, monkeypatch):
    both = runs.train([small(seed=1), small(seed=2, weight_decay=0.3)])
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "other"))
    alone = runs.get(small(seed=2, weight_decay=0.3))
    assert max(float((both[1].weights[k] - w).abs().max()) for k, w in alone.weights.items()) < 1e-4


@pytest.mark.parametrize("after", [0.2, 0.5])
def test_killed_and_resumed_ends_with_the_same_bits(small, tmp_path, monkeypatch, after):
    whole = runs.get(small(epochs=400))
    script = textwrap.dedent(f"""
        import sys; sys.path.insert(0, {str(tmp_path)!r})
        import smallrun
        from circles.training import rhythm, runs
        rhythm.SECONDS, rhythm.COST = 0.0, 1e9
        print("ready", flush=True)
        runs.get(smallrun.small(epochs=400))
    """)
    environment = os.environ | {"CIRCLES_CACHE": str(tmp_path / "killed")}
    child = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    child.stdout.readline()
    partial = runs.folder_of(small(epochs=400), tmp_path / "killed")
    partial = partial.with_name(partial.name + ".partial") / "partial.json"
    deadline = time.monotonic() + 60
    while not partial.exists() and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert partial.exists(), "the child ended before it was killed: nothing was tested"
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "killed"))
    resumed = runs.get(small(epochs=400))
    assert equal(whole.weights, resumed.weights)
    assert equal(whole.measures, resumed.measures) and torch.equal(whole.losses, resumed.losses)


class Killed(BaseException):
    pass


def kill_at(monkeypatch, module, name, told):
    """Let this function of the module raise Killed from the call that ``told`` picks by its first argument on."""
    whole, dead = getattr(module, name), []

    def killed(path, *rest, **named):
        if dead or told(path):
            dead.append(path)
            raise Killed
        return whole(path, *rest, **named)

    monkeypatch.setattr(module, name, killed)


def starts(monkeypatch):
    """The epochs at which trainings begin from now on."""
    found, whole = [], loop.Descent.records

    def records(self, *rest, **named):
        found.append(self.epoch)
        return whole(self, *rest, **named)

    monkeypatch.setattr(loop.Descent, "records", records)
    return found


def test_killed_while_its_results_are_written_a_batch_is_not_trained_anew(small, tmp_path, monkeypatch):
    batch = [small(seed=seed) for seed in range(3)]
    whole = runs.train(batch)
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "killed"))
    with monkeypatch.context() as patch:
        patch.setattr(rhythm, "SECONDS", 0.0)
        patch.setattr(rhythm, "COST", 1e9)
        second = runs.folder_of(batch[1], runs.cache()) / "trained.json"
        kill_at(patch, store, "write_json", lambda path: path == second)
        with pytest.raises(Killed):
            runs.train(batch)
    folder = runs.folder_of(batch[0], runs.cache())
    assert trainer.is_trained(batch[0], folder) and not trainer.is_trained(batch[1], second.parent)
    begun = starts(monkeypatch)
    again = runs.train(batch)
    assert begun == [59], "the last state saved is that of the epoch before the end"
    for one, other in zip(whole, again, strict=True):
        assert equal(one.weights, other.weights) and torch.equal(one.losses, other.losses)
    assert not list(folder.parent.glob("*.partial"))


def test_all_snapshots_are_there_before_the_first_run_counts_as_trained(small, monkeypatch):
    batch = [small(seed=seed) for seed in range(3)]
    kill_at(monkeypatch, store, "write_json", lambda path: path.name == "trained.json")
    with pytest.raises(Killed):
        runs.train(batch)
    for config in batch:
        folder = runs.folder_of(config, runs.cache())
        assert sorted(p.name for p in (folder / "snapshots").iterdir())[-1] == "60.safetensors"
        assert (folder / "losses.safetensors").exists()


def test_killed_before_its_state_is_removed_a_batch_leaves_none(small, monkeypatch):
    batch = [small(seed=seed) for seed in range(2)]
    with monkeypatch.context() as patch:
        kill_at(patch, trainer.shutil, "rmtree", lambda path: path.suffix == ".partial")
        with pytest.raises(Killed):
            runs.train(batch)
    family = runs.folder_of(batch[0], runs.cache()).parent
    assert list(family.glob("*.partial")), "nothing was tested"
    begun = starts(monkeypatch)
    runs.train(batch)
    assert begun == [] and not list(family.glob("*.partial"))


@pytest.mark.parametrize(("first", "second"), [([0, 1, 2], [2]), ([2], [0, 1, 2]), ([0, 1, 2], [2, 1, 0])])
def test_two_who_want_batches_that_share_a_run_make_it_once(small, first, second):
    made, begun, go_on = [], threading.Event(), threading.Event()

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Unit(ComputedRun):
        family = "units"

        @property
        def name(self):
            return f"unit-seed{self.seed}"

        def compute(self):
            made.append(self.seed)
            begun.set()
            assert go_on.wait(30)
            return {"seed": torch.tensor(self.seed)}

    with ThreadPoolExecutor() as pool:
        one = pool.submit(runs.train, [Unit(seed=seed) for seed in first])
        assert begun.wait(30)
        two = pool.submit(runs.train, [Unit(seed=seed) for seed in second])
        time.sleep(0.3)  # the second has looked for its runs and found them missing
        go_on.set()
        found = [int(run.measures["seed"]) for job in (one, two) for run in job.result(60)]
    assert found == first + second and sorted(made) == sorted({*first, *second})


def test_a_full_disk_loses_no_earlier_checkpoint(small, tmp_path, monkeypatch):
    path = tmp_path / "state.safetensors"
    store.write_tensors(path, {"x": torch.ones(3)})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(RunError, match="the disk is full, .* bytes needed; nothing earlier was lost"):
        store.write_tensors(path, {"x": torch.zeros(3)})
    monkeypatch.undo()
    assert store.read_tensors(path)["x"].tolist() == [1, 1, 1]
    assert [p.name for p in tmp_path.glob(".state*")] == []


def test_a_recorded_run_is_read_and_a_missing_one_named(small, tmp_path, monkeypatch):
    record(small(), tmp_path)
    monkeypatch.setenv("CIRCLES_RUNS", "recorded")
    assert runs.get(small()).config == small()
    with pytest.raises(RunError, match=r"no recorded run p11-f0.3-wd1-60-seed9-\w{12}; 'python -m circles run'"):
        runs.get(small(seed=9))
    with pytest.raises(RunError, match="recorded is .*: its configuration has changed"):
        runs.get(small(lr=0.002))


def test_fresh_reads_no_recording_of_a_live_run(small, tmp_path, monkeypatch):
    record(small(tier="live"), tmp_path)
    monkeypatch.setenv("CIRCLES_RUNS", "fresh")
    assert runs.get(small(tier="live")).folder.is_relative_to(tmp_path / "cache")
    assert runs.get(small(tier="recorded")).folder.is_relative_to(tmp_path / "recorded")


def test_changed_code_makes_a_recording_stale(small, tmp_path, monkeypatch):
    record(small(), tmp_path)
    monkeypatch.setenv("CIRCLES_RUNS", "recorded")
    trains, measures = source.of(GrokkingRun)
    other = dataclasses.replace(trains, definitions=trains.definitions | {"models.modular.loss": "00000000 00000000"})
    monkeypatch.setattr(source, "of", lambda kind: (other, measures))
    with pytest.raises(RunError, match=r"stale, models\.modular\.loss changed since; .*'python -m circles restamp'"):
        runs.get(small())


def test_a_new_setting_loses_no_recording(small, tmp_path, monkeypatch):
    """Nor does another name of the class; another value, or another default of a setting that was there, does."""
    folder = record(small(), tmp_path)
    monkeypatch.setenv("CIRCLES_RUNS", "recorded")

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Later(type(small())):
        shift: float = 0.0

    values = small().to_dict()
    assert runs.get(Later(**values)).folder == folder and Later(**values).digest != small().digest
    for other in (Later(**values, shift=0.5), Later(**values | {"lr": 2e-3})):
        with pytest.raises(RunError, match="no recorded run"):
            runs.get(other)


@pytest.mark.parametrize("name", ["weights.safetensors", "measures.safetensors"])
@pytest.mark.parametrize("damage", ["flip", "truncate", "remove"])
def test_damage_is_named(small, tmp_path, monkeypatch, name, damage):
    file = record(small(), tmp_path) / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif damage == "truncate":
        file.write_bytes(content[:-9])
    else:
        file.unlink()
    monkeypatch.setenv("CIRCLES_RUNS", "recorded")
    with pytest.raises(RunError, match=f"{name}: (damaged|cannot read|no such file)"):
        runs.get(small())


def test_a_damaged_description_is_named(small, tmp_path, monkeypatch):
    folder = record(small(), tmp_path)
    (folder / "run.json").write_text("{", encoding="utf-8")
    monkeypatch.setenv("CIRCLES_RUNS", "recorded")
    with pytest.raises(RunError, match="run.json: damaged, not JSON"):
        runs.get(small())


def test_an_unknown_mode_or_device_is_named(small, monkeypatch):
    monkeypatch.setenv("CIRCLES_RUNS", "sometimes")
    with pytest.raises(RunError, match="CIRCLES_RUNS is 'sometimes', expected"):
        runs.get(small())
    for device in ("gpuu", "meta", "mps", ""):
        with pytest.raises(ConfigError, match=f"^device is '{device}', expected auto, cpu or cuda$"):
            runs.pick(device)
    assert runs.pick("cpu").type == "cpu"


def test_the_recordings_of_the_book_are_whole_and_fresh():
    root = Path(runs.__file__).parents[1] / "recorded"
    folders = sorted(p.parent for p in root.glob("*/*/run.json"))
    assert folders, "the book has no recorded runs"
    for folder in folders:
        config = FAMILIES[folder.parent.name].from_dict(store.read_json(folder / "run.json")["config"])
        assert folder == runs.folder_of(config, root)
        runs.load(folder, config)
    assert sum(p.stat().st_size for p in root.rglob("*") if p.is_file()) < 60e6


def test_subnormals_are_flushed_in_every_worker():
    """Half of a large tensor is another worker's: flushed in one thread alone, half would stay."""
    small = torch.full((2_000_000,), 1e-40)
    assert torch.count_nonzero(small * 1.0) == len(small), "the global setting has moved"
    with loop.flushing(True):
        assert torch.count_nonzero(small * 1.0) == 0
    assert torch.count_nonzero(small * 1.0) == len(small)


def test_streams_are_independent_and_leave_the_global_one():
    before = torch.get_rng_state()
    alone = torch.randn(3, generator=streams(5, "split")["split"])
    together = torch.randn(3, generator=streams(5, "init", "split")["split"])
    other = torch.randn(3, generator=streams(6, "split")["split"])
    assert torch.equal(alone, together) and not torch.equal(alone, other)
    assert torch.equal(before, torch.get_rng_state())


def test_the_split_is_the_papers():
    train, test = tasks.split(113, 0.3, seed=0)
    assert (len(train), len(test)) == (3830, 8939)
    assert torch.equal(torch.cat([train, test]).sort().values, torch.arange(113**2))


@pytest.mark.parametrize(("p", "fraction", "message"), [
    (10, 0.3, "p is 10, expected a prime"),
    (11, 0.0, "fraction is 0.0, expected one that leaves pairs"),
    (11, 1.0, "fraction is 1.0, expected one that leaves pairs"),
])  # fmt: skip
def test_a_bad_split_is_named(p, fraction, message):
    with pytest.raises(ConfigError, match=message):
        tasks.split(p, fraction, seed=0)


def test_unknown_and_wrong_fields_are_named():
    with pytest.raises(ConfigError, match="has no field 'weight_dcay'; did you mean 'weight_decay'"):
        GrokkingRun.from_dict({"weight_dcay": 1})


def test_a_value_of_another_type_is_named():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class One(Config):
        epochs: int = 1

    with pytest.raises(ConfigError, match="One.epochs is '9', expected int"):
        One.from_dict({"epochs": "9"})


@pytest.mark.parametrize("kind", FAMILIES.values(), ids=list(FAMILIES))
def test_every_family_checks_its_types(kind):
    for field in dataclasses.fields(kind):
        if type(field.default) is float:
            whole, same = kind(**{field.name: 2}), kind(**{field.name: 2.0})
            assert whole == same and whole.digest == same.digest, field.name
        elif type(field.default) is int:
            with pytest.raises(ConfigError, match=rf"^{kind.__name__}.{field.name} is 2.5, expected int$"):
                kind(**{field.name: 2.5})
        elif type(field.default) is str:
            with pytest.raises(ConfigError, match=rf"^{kind.__name__}.{field.name} is 7, expected str$"):
                kind(**{field.name: 7})


def test_a_family_s_own_checks_follow_those_of_the_types():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Own(Config):
        share: float = 0.5

        def __post_init__(self):
            if not 0 < self.share < 1:
                raise ConfigError(f"share is {self.share}, expected one between 0 and 1")

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Below(Own):
        times: int = 1

        def __post_init__(self):
            super().__post_init__()
            object.__setattr__(self, "times", self.times + 1)

    with pytest.raises(ConfigError, match="share is 3.0, expected one between"):
        Below(share=3)
    with pytest.raises(ConfigError, match="Below.share is '0.1', expected float"):
        Below(share="0.1")
    assert Below(times=1).times == 2


def test_digests_follow_content():
    @dataclasses.dataclass(frozen=True, kw_only=True)
    class Two(Config):
        x: float = 1.0
        tier: str = dataclasses.field(default="live", metadata={"digest": False})

    assert Two(x=1).digest == Two(x=1.0, tier="recorded").digest != Two(x=2.0).digest
