"""The released denoising script, and the settings beyond it, as tidy frames and as the numbers of their claims."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import torch
from torch import Tensor

from circles.foundations import circulant
from circles.ledger import estimates
from circles.ledger.estimates import Estimate
from circles.models import rkhm_released
from circles.papers.hashimoto2023 import settings
from circles.papers.hashimoto2023.released import PICTURES, RELEASED, Draw, ReleasedRun, v1, v2
from circles.papers.hashimoto2023.settings import CHOSEN_ON, KERNELS, PLAIN, RIDGES, SettingRun
from circles.training import runs
from circles.training.shelf import recorded

ALONE = ("CNN", "CNN, targets noisy", "nothing", "nothing, clipped")
MODULES = tuple(name for name in KERNELS if name.startswith("RKHM"))
VECTOR = tuple(name for name in KERNELS if name.startswith("vv"))


def table(config: ReleasedRun) -> pd.DataFrame:
    """A row a method and draw: method, family (module or none), seed, test."""
    measures = runs.get(config).measures
    rows = [
        (name, "no module" if name in ALONE else "RKHM then CNN", config.seed * config.draws + r, float(test))
        for name in (*config.variants, *ALONE)
        for r, test in enumerate(measures[name])
    ]
    return pd.DataFrame(rows, columns=["method", "family", "seed", "test"])


def rival(variant: str) -> str:
    """The convolution alone that a variant is held against: with the targets of the variant."""
    return "CNN" if variant in ("targets mended", "all mended") else "CNN, targets noisy"


def ahead(version: str = "v2") -> dict[str, Estimate]:
    """By variant: the share of draws on which RKHM then CNN is nearer than the CNN alone; the chapter's own are live.

    A share and no mean: now and then the ReLU of a net never opens.
    """
    make = {"v1": v1, "v2": v2}[version]
    many, live = (runs.get(make(seed=seed)).measures for seed in (1, 0))

    def below(found: Mapping[str, Tensor], v: str) -> list[bool]:
        return (found[v] < found[rival(v)]).tolist()

    return {v: estimates.share(below(many, v), below(live, v), of="draws") for v in make().variants}


def medians(version: str = "v2") -> pd.DataFrame:
    """Median distance by variant over the recorded draws: module (RKHM then CNN), alone (the CNN, its targets)."""
    make = {"v1": v1, "v2": v2}[version]
    found = runs.get(make(seed=1)).measures
    variants = list(make().variants)
    rows = [(float(found[v].median()), float(found[rival(v)].median())) for v in variants]
    return pd.DataFrame(rows, index=variants, columns=["module", "alone"])


def off_circulants() -> Estimate:
    """The distance of the trained parameters from the circulants, over their size."""
    many, live = (runs.get(v2(seed=seed)).measures["left"].tolist() for seed in (1, 0))
    return estimates.mean(many, live)


def on_mnist(configs: Sequence[ReleasedRun]) -> pd.DataFrame:
    """The same rows for the recorded units of MNIST."""
    return pd.concat([table(run.config) for run in recorded(configs)], ignore_index=True)


def wins(frame: pd.DataFrame, variant: str = RELEASED) -> int:
    """Seeds on which the variant is below its rival."""
    errors = frame.pivot(index="seed", columns="method", values="test")
    return int((errors[variant] < errors[rival(variant)]).sum())


def beside_rival(frame: pd.DataFrame, variant: str) -> dict[str, object]:
    """Median distances over the draws of a variant and of the convolution alone, and on how many draws it is nearer."""
    errors = frame.pivot(index="seed", columns="method", values="test")
    return {
        "RKHM then CNN": float(errors[variant].median()), "CNN alone": float(errors[rival(variant)].median()),
        "nearer on": f"{wins(frame, variant)} of {len(errors)}",
    }  # fmt: skip


def judged(config: SettingRun, ridges: dict[str, int] | None = None) -> tuple[pd.DataFrame, dict[str, int]]:
    """(errors, ridges): a row a judging draw; a column a kernel at its ridge, the net after it; CNN; black.

    ``ridges`` are places in RIDGES; when not given they are chosen on the first draws, and the others judge.
    """
    measures = runs.get(config).measures
    after: Tensor = measures["then CNN"]
    first = 0
    if ridges is None:
        first = CHOSEN_ON
        ridges = {name: int(after[i, :, :first].median(-1).values.argmin()) for i, name in enumerate(KERNELS)}
    columns = {name: after[i, ridges[name], first:].tolist() for i, name in enumerate(KERNELS)}
    black = [_black(config, r) for r in range(first, config.draws)]
    return pd.DataFrame(columns | {PLAIN: measures["CNN"][first:].tolist(), "black": black}), ridges


def _black(config: SettingRun, draw: int) -> float:
    """The distance of a black picture on this draw, less rounding."""
    truth = settings.spoilt(config.setting, config.n, config.tests, config.seed + draw)[3]
    return float(truth.norm(dim=-1).mean()) - 1e-6


def over(setting: str, ours: Sequence[str], theirs: Sequence[str]) -> Estimate:
    """Mean distance of the best of ``ours`` over that of the best of ``theirs``, the convolution after each.

    Best is the least median on the draws that chose the ridges. Live are four draws made here, at the same choices.
    Draws on which either net answers with black pictures, since its ReLU never opened, are left out.
    """
    unit = SettingRun(setting=setting)
    errors, ridges = judged(unit)
    after = runs.get(unit).measures["then CNN"][:, :, :CHOSEN_ON].median(-1).values
    chosen = {name: float(after[i, ridges[name]]) for i, name in enumerate(KERNELS)} | {PLAIN: 0.0}
    one, other = (min(names, key=chosen.__getitem__) for names in (ours, theirs))
    now, _ = judged(settings.live(setting), ridges)
    many, live = (frame.loc[(frame[[one, other]].lt(frame["black"], axis=0)).all(axis=1)] for frame in (errors, now))
    return estimates.ratio_of_means(many[one], many[other], (live[one], live[other]))


def searched() -> pd.DataFrame:
    """A row a recorded setting, n and method: ridge, and test, the median over the judging draws."""
    rows = []
    for run in recorded(settings.every()):
        errors, ridges = judged(run.config)
        for name in (*KERNELS, PLAIN):
            ridge = RIDGES[ridges[name]] if name in ridges else float("nan")
            rows.append((run.config.setting, run.config.n, name, ridge, errors[name].median()))
    return pd.DataFrame(rows, columns=["setting", "n", "method", "ridge", "test"])


def pictures(config: ReleasedRun, place: int = 0) -> pd.DataFrame:
    """One test digit of draw 0 through the released module: panel, row, column, value."""
    draw, side = Draw(config, config.seed * config.draws), PICTURES[config.pictures]
    shown = {
        "noisy picture": draw.far["released"][place],
        "module, as released": draw.tests(())[1][place],
        "module, turned back": draw.tests(("turn",))[1][place],
        "module, loss mended too": draw.tests(("turn", "loss"))[1][place],
    }
    rows = [(name, i // side, i % side, float(v)) for name, z in shown.items() for i, v in enumerate(z)]
    return pd.DataFrame(rows, columns=["panel", "row", "column", "value"])


def trained(steps: Sequence[int] = (1, 10, 30)) -> pd.DataFrame:
    """The fit before the last of so many steps: loss (its name), step, value, misfit (of the matrices, relative)."""
    config = v2(draws=1)
    draw, rows = Draw(config, 0), []
    x, y = draw.near, draw.clean[: len(draw.near)]
    for loss in rkhm_released.LOSSES:
        for count in steps:
            found = rkhm_released.train(
                x, y, penalty=config.penalty, b=config.b, steps=count, lr=config.rate, loss=loss
            )
            error = rkhm_released.misfit(found.before, found.weights, x, y, b=config.b)
            rows.append((loss, count - 1, float(found.losses[-1]), error))
    return pd.DataFrame(rows, columns=["loss", "step", "value", "misfit"])


def passed_on(setting: str = "noise 0.01", ridges: Sequence[float] = RIDGES) -> pd.DataFrame:
    """Which features can pass a picture on? Mean distances to the clean test pictures of draw 0, no net after.

    A row a ridge. "script" has Z(x) with the parameters at their start; "turning" the same with a_2 the reversal P,
    for which P X* P = X; "adjoint" has (X a_0)* alone and "picture" X a_0 alone. "nothing" is the noisy picture.
    """
    draw = settings.SettingRun(setting=setting)
    x, y, new, truth = settings.spoilt(setting, draw.n, draw.tests, draw.seed)
    start = rkhm_released.first_parameters(x.shape[1])
    turning = start.clone()
    turning[2] = rkhm_released.turned(torch.eye(x.shape[1], dtype=x.dtype))
    readings = {
        "script": lambda z: rkhm_released.features(start, z, b=ReleasedRun.b),
        "turning": lambda z: rkhm_released.features(turning, z, b=ReleasedRun.b),
        "adjoint": lambda z: (circulant.dense(z) @ start[0]).mT,
        "picture": lambda z: circulant.dense(z) @ start[0],
    }
    rows = []
    for ridge in ridges:
        found = {name: _read(features, x, y, new, ridge) for name, features in readings.items()} | {"nothing": new}
        rows.append({"ridge": ridge} | {n: float((z - truth).norm(dim=-1).mean()) for n, z in found.items()})
    return pd.DataFrame(rows)


def _read(features: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, new: Tensor, ridge: float) -> Tensor:
    weights, _ = rkhm_released.solve(features(x), circulant.dense(y), ridge)
    return circulant.project(features(new) @ weights)
