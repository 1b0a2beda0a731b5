"""The authors' denoising script as released, and with each of its slips mended, beside the convolution alone.

The script fixes the pictures: the first two of each digit train, the next ten of each test. What a seed draws is the
noise and the net's first weights. Source: rkhm_cnn_mnist.py of the authors' repository, of 2023 (v1) and 2024 (v2).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models import convolution, rkhm_released
from circles.models.rkhm_released import Trained
from circles.training import mnist
from circles.training.computed import ComputedRun
from circles.training.loop import flushing

SLIPS = {
    "targets": "the noise is written into the pictures, so targets and score have it too",
    "turn": "the read-out turns the picture by 180 degrees",
    "loss": "the loss lacks Y* Y: its minimum is no fit",
    "late": "test pictures meet parameters one step later than those the regression was solved with",
    "noise": "the seed is set again: the first test pictures have the training pictures' noise",
    "tests": "the module is never applied to the test pictures (v1)",
}
RELEASED, ALL = "as released", "all mended"
VARIANTS: dict[str, tuple[str, ...]] = {RELEASED: (), **{f"{s} mended": (s,) for s in SLIPS}, ALL: tuple(SLIPS)}
PICTURES = {"digits": 8, "mnist14": 14, "mnist": 28}
BARE = {"CNN": ("targets",), "CNN, targets noisy": ()}  # without the module
CLASSES, PIXELS = 10, 6_400  # pixels of all nets that are trained at once: what the processor's cache holds
V1 = {"penalty": 10.0, "steps": 20, "epochs": 1_000, "lr": 1e-3, "applied": False}


@dataclass(frozen=True, kw_only=True)
class ReleasedRun(ComputedRun):
    """[draws] mean Euclidean distances, one entry a variant; draw r has the seed ``seed * draws + r``.

    The defaults are v2's. "CNN" is the convolution alone, "nothing" the noisy picture, each against the clean targets;
    "CNN, targets noisy" has the released targets. "left" is how far the parameters are off the circulants at the end,
    over their size; "black" [variants and CNNs, draws] where a net answers with a black picture.
    """

    pictures: str = "digits"
    variants: tuple[str, ...] = tuple(v for v in VARIANTS if v != "tests mended")
    n: int = 20  # script
    tests: int = 100  # script
    noise: float = 0.01  # script
    penalty: float = 0.8  # script, v2
    steps: int = 10  # script, v2
    rate: float = 1e-4  # script
    b: float = 0.1  # script
    epochs: int = 3_000  # script, v2
    lr: float = 1e-2  # script, v2
    applied: bool = True  # script, v2: the module on the test pictures
    draws: int = 10

    family: ClassVar[str] = "rkhm-released"

    @property
    def name(self) -> str:
        return f"{self.pictures}-{'v2' if self.applied else 'v1'}-{len(self.variants)}variants-s{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        drawn = [Draw(self, self.seed * self.draws + r) for r in range(self.draws)]
        cases = {v: VARIANTS[v] for v in self.variants} | BARE
        with flushing(True):
            inputs = {v: [d.tests(m, bare=v in BARE) for d in drawn] for v, m in cases.items()}
            targets = {v: [d.targets(m) for d in drawn] for v, m in cases.items()}
            out = self.nets([pair for v in cases for pair in zip(inputs[v], targets[v], strict=True)])
        found = {}
        for i, v in enumerate(cases):
            seen = out[:, i * self.draws : (i + 1) * self.draws]
            truth = torch.stack([y[1] for y in targets[v]], 1)
            found[v] = (rkhm_released.clipped(seen) - truth).norm(dim=-1).mean(0)
        clean = drawn[0].clean[self.n :]
        for name, reading in (("nothing", lambda z: z), ("nothing, clipped", rkhm_released.clipped)):
            found[name] = torch.stack([(reading(d.far["released"]) - clean).norm(dim=-1).mean() for d in drawn])
        found["left"] = torch.stack([d.left() for d in drawn])
        found["black"] = (out.amax(-1) <= 0).any(0).reshape(len(cases), self.draws)
        return found

    def nets(self, cases: Sequence[tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]]) -> Tensor:
        """[tests, cases, p]: a convolution a case, trained on its own pictures; first weights are a draw's."""
        side = PICTURES[self.pictures]
        image = lambda z: torch.stack(z, 1).unflatten(-1, (side, side)).float()  # noqa: E731
        found, together = [], max(1, PIXELS // side**2)
        for i in range(0, len(cases), together):
            some = cases[i : i + together]
            seeds = [self.seed * self.draws + j % self.draws for j in range(i, i + len(some))]
            first = [convolution.keras_weights(1, generator=streams(seed, "net")["net"]) for seed in seeds]
            weights = convolution.train(
                [torch.cat(parts) for parts in zip(*first, strict=True)],
                image([x[0] for x, _ in some]), image([y[0] for _, y in some]),
                epochs=self.epochs, lr=self.lr, eps=rkhm_released.EPSILON,
            )  # fmt: skip
            found.append(convolution.forward(weights, image([x[1] for x, _ in some])))
        return torch.cat(found, 1).flatten(2).double()


class Draw:
    """The pictures of one seed with their noise, and what the module makes of them, each trained once."""

    def __init__(self, config: ReleasedRun, seed: int) -> None:
        self.config, self.clean = config, chosen(config.pictures, config.n, config.tests)
        draw = streams(seed, "noise", "fresh noise")
        noise = config.noise * torch.randn(self.clean.shape, generator=draw["noise"], dtype=torch.float64)
        fresh = config.noise * torch.randn(self.clean.shape, generator=draw["fresh noise"], dtype=torch.float64)
        n, tests = config.n, config.tests
        self.near = self.clean[:n] + noise[:n]
        self.far = {"released": self.clean[n:] + noise[:tests], "mended": self.clean[n:] + fresh[n:]}
        self.trained: dict[str, Trained] = {}
        self.smooth: dict[tuple[str, str, str], Tensor] = {}

    def targets(self, mended: Collection[str]) -> tuple[Tensor, Tensor]:
        """What the net is trained to, and what the score compares with."""
        if "targets" in mended:
            return self.clean[: self.config.n], self.clean[self.config.n :]
        return self.near, self.far["mended" if "noise" in mended else "released"]

    def module(self, loss: str) -> Trained:
        """The module, trained with this loss."""
        c = self.config
        if loss not in self.trained:
            x, y = (z.to(self.precision) for z in (self.near, self.clean[: c.n]))
            self.trained[loss] = rkhm_released.train(
                x, y, penalty=c.penalty, b=c.b, steps=c.steps, lr=c.rate, loss=loss
            )
        return self.trained[loss]

    def tests(self, mended: Collection[str], *, bare: bool = False) -> tuple[Tensor, Tensor]:
        """What the net is trained on and tested on: the module's output, or the noisy pictures where it is ``bare``."""
        noise = "mended" if "noise" in mended else "released"
        if bare:
            return self.near, self.far[noise]
        loss = "mended" if "loss" in mended else "released"
        near = self.applied(loss, "before", "near", "turn" not in mended)
        if not self.config.applied and "tests" not in mended:
            return near, self.far[noise]
        return near, self.applied(loss, "before" if "late" in mended else "after", noise, "turn" not in mended)

    def applied(self, loss: str, parameters: str, pictures: str, turned: bool) -> Tensor:
        """The module's output, clipped and divided."""
        key, module = (loss, parameters, pictures), self.module(loss)
        if key not in self.smooth:
            x = (self.near if pictures == "near" else self.far[pictures]).to(self.precision)
            a = getattr(module, parameters)
            self.smooth[key] = rkhm_released.predict(a, module.weights, x, b=self.config.b).double()
        return rkhm_released.clipped(rkhm_released.turned(self.smooth[key]) if turned else self.smooth[key])

    def left(self) -> Tensor:
        """How far the trained parameters lie from the nearest circulants, over their size; the released loss."""
        a = self.module("released").after.double()
        return (a - circulant.dense(circulant.project(a))).norm() / a.norm()

    @property
    def precision(self) -> torch.dtype:
        """Double but for 784 pixels, where the script's own single precision saves half of the time."""
        return torch.float32 if self.config.pictures == "mnist" else torch.float64


def chosen(which: str, n: int, tests: int) -> Tensor:
    """[n + tests, p]: picture i is the i-th of its class, i modulo 10, as in the script.

    Raises ConfigError for another name, DataError when MNIST is not at hand.
    """
    if which not in PICTURES:
        raise ConfigError(f"pictures is {which!r}, expected one of {', '.join(PICTURES)}")
    if which == "digits":
        data = load_digits()
        pictures, labels = torch.from_numpy(data.images / 16.0), torch.from_numpy(data.target)
    else:
        found = mnist.load("train")
        pictures, labels = found.pictures.unflatten(-1, (28, 28)), found.labels
    places = [torch.nonzero(labels == k)[:, 0] for k in range(CLASSES)]
    own = torch.stack([pictures[places[i % CLASSES][i % len(places[i % CLASSES])]] for i in range(n + tests)]).double()
    if which == "mnist14":
        own = torch.nn.functional.avg_pool2d(own.unsqueeze(1), 2)[:, 0]
    return (own if which == "digits" else own / 255).flatten(1)


def v2(pictures: str = "digits", seed: int = 0, **setting: object) -> ReleasedRun:
    """The script of 2024."""
    return ReleasedRun(pictures=pictures, seed=seed, **(_few(pictures, seed) | setting))


def v1(pictures: str = "digits", seed: int = 0) -> ReleasedRun:
    """The script of 2023."""
    return ReleasedRun(pictures=pictures, seed=seed, variants=tuple(VARIANTS), **_few(pictures, seed), **V1)


def _few(pictures: str, seed: int) -> dict[str, object]:
    """Four draws of the digits are made live, with seed 0; the others are recorded."""
    return {"tier": "live", "draws": 4} if (pictures, seed) == ("digits", 0) else {"tier": "recorded"}


SEEDS = range(10)  # of MNIST
SHARED = (RELEASED, "targets mended", "turn mended")  # one training of the module does for these
OWN, POOLED = "mnist", "mnist14"


def on_mnist(pictures: str = OWN, seeds: Iterable[int] = SEEDS) -> list[ReleasedRun]:
    """A unit of one draw a seed: MNIST's own pictures, with the forms that share a training, or pooled, with all."""
    forms = {"variants": SHARED} if pictures == OWN else {}
    return [v2(pictures, seed, draws=1, **forms) for seed in seeds]


def every(seed: int = 0) -> list[ReleasedRun]:
    """The units of MNIST with this seed; of the digits, too, for seeds 0, which is live, and 1, which is recorded."""
    digits = [v2(seed=seed), v1(seed=seed)] if seed < 2 else []
    return [*digits, *on_mnist(POOLED, [seed]), *on_mnist(OWN, [seed])]
