"""Train runs side by side, save as it goes, resume where it stopped, keep what was measured."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from circles.foundations.errors import RunError
from circles.training import rhythm, stamp, state_check, store
from circles.training.provenance import provenance
from circles.training.run_config import RunConfig, Weights


def train_batch(configs: Sequence[RunConfig], folders: Sequence[Path], device: torch.device) -> None:
    """Train these runs as replicates of one batch and leave the snapshots of each in its folder.

    The batch's partial state lies beside the first folder; it is removed when all is written. Until then the same
    call goes on from it (``is_begun``).
    """
    batch = _Batch(configs, partial(folders[0]), device)
    began = time.monotonic()
    batch.run()
    seconds = (batch.seconds + time.monotonic() - began) / len(configs)
    trained = []
    for i, (config, folder) in enumerate(zip(configs, folders, strict=True)):
        (folder / "trained.json").unlink(missing_ok=True)  # of a killed call: it names the files written over below
        snapshots = batch.snapshots_of(i)
        sums = {
            str(epoch): store.write_tensors(folder / "snapshots" / f"{epoch}.safetensors", weights)
            for epoch, weights in snapshots.items()
        }
        losses = torch.tensor(batch.losses)[: max(snapshots) + 1 : config.losses_every, i]
        trained.append({
            "digest": config.digest, **stamp.today(type(config)), "snapshots": sums,
            "losses": store.write_tensors(folder / "losses.safetensors", {"losses": losses}),
            "provenance": provenance(device) | {"seconds": round(seconds, 1), "date": time.strftime("%Y-%m-%d")},
        })  # fmt: skip
    for folder, about in zip(folders, trained, strict=True):  # when all else is there: it makes the run a trained one
        store.write_json(folder / "trained.json", store.sealed(about))
    shutil.rmtree(batch.folder, ignore_errors=True)


def is_begun(configs: Sequence[RunConfig], folders: Sequence[Path]) -> bool:
    """Whether a saved state of just this batch, by today's code, lies beside the first folder."""
    file = partial(folders[0]) / "partial.json"
    return file.exists() and store.read_json(file).get("key") == _key(configs)


def is_trained(config: RunConfig, folder: Path) -> bool:
    """Whether the folder holds snapshots of this run, trained by today's code."""
    if not (folder / "trained.json").exists():
        return False
    about = store.read_json(folder / "trained.json")
    state_check.trained(folder, about, config)
    return about.get("digest") == config.digest and about.get("code") == stamp.today(type(config))["code"]


def measure_run(config: RunConfig, folder: Path) -> None:
    """Measure a trained run from its snapshots and write it as a finished run.

    A run killed while it is measured is measured again without new training; the snapshots go last. What a killed
    batch left beside this folder can no longer be continued, since this run would be missing in it: it goes too.
    """
    about = store.read_json(folder / "trained.json")
    state_check.trained(folder, about, config)
    snapshots = {
        int(epoch): store.read_tensors(folder / "snapshots" / f"{epoch}.safetensors", digest)
        for epoch, digest in about["snapshots"].items()
    }
    snapshots = dict(sorted(snapshots.items()))
    losses = store.read_tensors(folder / "losses.safetensors", about["losses"])
    last = max(snapshots)
    kept = {"measures.safetensors": config.measure(snapshots) | losses}
    if config.keeps_weights:
        kept["weights.safetensors"] = snapshots[last]
    store.write_run(
        folder, config, kept, code=stamp.put(folder, type(config)), ended=last, provenance=about["provenance"],
    )  # fmt: skip
    (folder / "trained.json").unlink()
    (folder / "losses.safetensors").unlink()
    shutil.rmtree(partial(folder), ignore_errors=True)
    shutil.rmtree(folder / "snapshots")


def partial(folder: Path) -> Path:
    """Where the state of a batch lies whose first run has this folder."""
    return folder.with_name(folder.name + ".partial")


def _key(configs: Sequence[RunConfig]) -> str:
    return f"{'+'.join(c.digest for c in configs)}/{stamp.today(type(configs[0]))['code']}"


class _Batch:
    """One batch in training: the descent, the losses so far, the snapshots on disk."""

    def __init__(self, configs: Sequence[RunConfig], folder: Path, device: torch.device) -> None:
        first = configs[0]
        if {(type(c), c.epochs) for c in configs} != {(type(first), first.epochs)}:
            raise RunError("runs trained side by side must be of one family and length")
        self.configs, self.folder = configs, folder
        weights, self.objective, optimiser = type(first).problem(configs, device)
        self.descent = type(first).descent(weights, optimiser)
        self.due = sorted({*first.checkpoints(), first.epochs})
        # numbers and not tensors: a small tensor kept from every step would pin the large blocks around it
        self.losses: list[list[float]] = []
        self.files: dict[str, str] = {}
        self.last: dict[int, int] = {}  # replicate -> the epoch at which it finished early
        self.seconds = 0.0
        self.state_file = ""
        self.key = _key(configs)
        self._resume()

    def run(self) -> None:
        epochs, resumed = self.configs[0].epochs, self.descent.epoch
        began = time.monotonic()
        saving = rhythm.Rhythm(epochs, resumed)
        with tqdm(total=epochs, initial=resumed, desc=self._title(), unit="epoch", file=sys.stderr,
                  mininterval=1, disable=None) as bar:  # fmt: skip
            for record in self.descent.records(self.objective, epochs):
                if record.epoch == len(self.losses):  # a resumed run has seen its first record before
                    self.losses.append(record.loss.tolist())
                if record.epoch in self.due:
                    self._snapshot(record.epoch, record.weights)
                if len(self.last) == len(self.configs):
                    return
                if record.epoch < epochs and saving.is_due(record.epoch):
                    self._save(self.seconds + time.monotonic() - began)
                    saving.saved(record.epoch)
                if record.epoch > resumed:
                    bar.update()
                if record.epoch % min(50, max(epochs // 100, 1)) == 0:
                    bar.set_postfix(loss=f"{float(record.loss.mean()):.2e}", refresh=False)

    def snapshots_of(self, replicate: int) -> dict[int, Weights]:
        """The snapshots of one replicate up to the epoch at which it finished."""
        end = self.last.get(replicate, self.configs[0].epochs)
        found = {}
        for name, digest in self.files.items():
            if (epoch := int(name.split(".")[0])) <= end:
                tensors = store.read_tensors(self.folder / name, digest)
                found[epoch] = {k: v[replicate : replicate + 1] for k, v in tensors.items()}
        return dict(sorted(found.items()))

    def _title(self) -> str:
        others = f" and {len(self.configs) - 1} more" if len(self.configs) > 1 else ""
        return f"{self.configs[0].name}{others}"

    def _snapshot(self, epoch: int, weights: Weights) -> None:
        name = f"{epoch}.safetensors"
        self.files[name] = store.write_tensors(self.folder / name, weights)
        for i, config in enumerate(self.configs):
            if i not in self.last and config.finished(epoch, {k: w[i : i + 1].detach() for k, w in weights.items()}):
                self.last[i] = epoch

    def _save(self, seconds: float) -> None:
        state = self.descent.state() | {"losses": torch.tensor(self.losses)}
        # two names in turn: never over the state that partial.json names
        name = "state-1.safetensors" if self.state_file == "state-0.safetensors" else "state-0.safetensors"
        digest = store.write_tensors(self.folder / name, state)
        store.write_json(self.folder / "partial.json", store.sealed({
            "key": self.key, "seconds": seconds, "state": [name, digest], "snapshots": self.files,
            "finished": {str(k): v for k, v in self.last.items()},
        }))  # fmt: skip
        self.state_file = name

    def _resume(self) -> None:
        if not (self.folder / "partial.json").exists():
            return
        about = store.read_json(self.folder / "partial.json")
        if about.get("key") != self.key:  # the code or the batch has changed: nothing here can be continued
            return
        state_check.partial(self.folder, about, self.due, len(self.configs))
        name, digest = about["state"]
        state = store.read_tensors(self.folder / name, digest)
        state_check.state(self.folder / name, state, self.descent.state(), self.configs)
        state_check.past(self.folder, about, int(state["epoch"]), self.due)
        for snapshot, meant in about["snapshots"].items():  # now, and not after hours of training
            store.read(self.folder / snapshot, meant)
        self.losses = state.pop("losses").tolist()
        self.descent.restore(state)
        self.seconds, self.files, self.state_file = about["seconds"], dict(about["snapshots"]), name
        self.last = {int(k): v for k, v in about["finished"].items()}
