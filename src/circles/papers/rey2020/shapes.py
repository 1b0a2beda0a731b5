"""Pictures with a known shape, encoded on the manifold that fits and on two that do not; several nets side by side."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from circles.foundations import manifolds
from circles.foundations.errors import ConfigError
from circles.foundations.manifolds.rotations import matrix
from circles.foundations.streams import streams
from circles.models import vae
from circles.models.vae import VaeSpec
from circles.papers.rey2020 import pictures
from circles.training import runs
from circles.training.computed import ComputedRun
from circles.training.minibatch import Adam, MinibatchDescent
from circles.training.runs import Run

SEEDS = 5
GRID = 24  # pictures along each angle of the torus
ROTATIONS = 1500  # training pictures of an object that is turned
LARGE = 64  # the authors' side of a shifted picture, in pixels
WAVES = 4  # how often the waves of the authors' shifted pictures go around at most
AUTHORS = (-7.5, -5.0)  # their range of log t, for MNIST


@dataclass(frozen=True)
class Setting:
    """What a data set brings: the manifold that fits and others, and sizes of ours, made for minutes."""

    latents: tuple[str, ...]
    steps: int
    batch: int
    hidden: tuple[int, int]
    log_t: tuple[float, float]
    side: int = 16


SETTINGS = {
    "loop": Setting(("sphere1", "euclidean1", "euclidean2"), 1000, 32, (64, 32), (-6.0, 0.0)),
    "torus": Setting(("flat_torus", "sphere2", "euclidean2"), 2000, 48, (128, 64), (-7.0, -3.0)),
    "coloured": Setting(("so3", "euclidean3", "sphere3"), 1500, 32, (128, 64), (-7.0, -3.0), side=10),
    "grey": Setting(("so3", "euclidean3", "sphere3"), 1500, 32, (128, 64), (-7.0, -3.0)),
}
TURNED = {"coloured": pictures.coloured, "grey": pictures.object_turned}
LONGER = 4 * SETTINGS["coloured"].steps


@dataclass(frozen=True, kw_only=True)
class ShapeRun(ComputedRun):
    """``nets`` nets, the seed of the first one ``first``, on one data set and one latent manifold.

    ``steps``, ``log_t``, ``side`` and ``hidden`` are the data set's own when None; ``waves`` and ``fading`` are what
    ``pictures.shifted`` takes. The walk is the authors'. Their range of log t, -7.5 to -5, is for MNIST; here it
    starts higher: with little noise fewer nets found the loop. The learning rate falls linearly to 0. ``seed`` draws
    batches, noise and rotations, which all nets share. Raises ConfigError for unknown data.
    """

    data: str = "torus"
    manifold: str = "flat_torus"
    steps: int | None = None
    log_t: tuple[float, float] | None = None
    side: int | None = None
    hidden: tuple[int, int] | None = None
    waves: int = 1
    fading: bool = True
    first: int = 0
    nets: int = SEEDS
    lr: float = 5e-3
    tier: str = "live"

    family: ClassVar[str] = "rey2020-shapes"

    def __post_init__(self) -> None:
        if self.data not in SETTINGS:
            raise ConfigError(f"data is {self.data!r}, expected one of {', '.join(SETTINGS)}")
        if min(self.nets, self.steps or 1, self.side or 1, self.waves) < 1:
            found = f"nets is {self.nets}, steps {self.steps}, side {self.side}, waves {self.waves}"
            raise ConfigError(f"{found}, expected at least 1")

    @property
    def name(self) -> str:
        changed = {"steps": self.steps, "log-t": self.log_t and "{:g}-{:g}".format(*self.log_t), "side": self.side}
        changed |= {"hidden": self.hidden and "{}-{}".format(*self.hidden)}
        changed |= {"waves": self.waves if self.waves > 1 else None, "fading": None if self.fading else "no"}
        changed |= {"first": self.first or None, "nets": self.nets if self.nets != SEEDS else None}
        return "-".join([self.data, self.manifold, *(f"{k}-{v}" for k, v in changed.items() if v is not None)])

    @property
    def setting(self) -> Setting:
        return SETTINGS[self.data]

    @property
    def seeds(self) -> range:
        return range(self.first, self.first + self.nets)

    @cached_property
    def pictures(self) -> Float[Tensor, "R n pixels"]:
        """Training pictures of each net: of the torus, each net has a random picture of its own."""
        side = self.side or self.setting.side
        if self.data == "loop":
            return pictures.clock_hand(circle(128), side).expand(self.nets, -1, -1)
        if self.data == "torus":
            shifts = torch.cartesian_prod(circle(GRID), circle(GRID))
            draws = [streams(seed, "picture")["picture"] for seed in self.seeds]
            kind = {"size": side, "waves": self.waves, "fading": self.fading}
            return torch.stack([pictures.shifted(shifts, generator=g, **kind) for g in draws])
        generator = streams(self.seed, "rotations")["rotations"]
        turns = manifolds.by_name("so3").uniform(ROTATIONS, generator=generator)
        return TURNED[self.data](turns, side).expand(self.nets, -1, -1)

    @property
    def paths(self) -> Float[Tensor, "paths n pixels"]:
        """Closed paths of pictures that training did not see as such: full turns of the object about three axes."""
        side = self.side or self.setting.side
        return torch.stack([TURNED[self.data](turn(axis, circle(72)).flatten(1), side) for axis in range(3)])

    @property
    def spec(self) -> VaeSpec:
        log_t = self.log_t or self.setting.log_t
        return VaeSpec(self.manifold, self.pictures.shape[-1], self.hidden or self.setting.hidden, log_t=log_t)

    def compute(self) -> dict[str, Tensor]:
        """``unexplained`` [R], the share of the pictures' variance that decode(mu) misses; ``latents`` [R, n, m].

        ``kl`` [R] is the mean KL of the last hundred steps in nats. ``decoded`` and ``shown`` are four pictures of
        the first net and what became of them, in half precision; of an object that is turned there are also the
        latents of ``paths`` [R, paths, n, m].
        """
        weights, kl = self.trained()
        with torch.no_grad():
            return self._measured(weights) | {"kl": kl}

    def trained(self) -> tuple[vae.Weights, Float[Tensor, " R"]]:
        """Trains the nets; their weights, and the mean KL of the last hundred steps in nats."""
        x, spec, steps = self.pictures, self.spec, self.steps or self.setting.steps
        last_kl: deque[Tensor] = deque(maxlen=100)
        draws = streams(self.seed, "batches", "noise")

        def epoch(weights: vae.Weights, _: int) -> Iterator[Tensor]:
            for _ in range(steps):
                chosen = torch.randint(x.shape[1], (self.setting.batch,), generator=draws["batches"])
                found = vae.terms(weights, x[:, chosen], spec, generator=draws["noise"])
                last_kl.append(found.kl.detach().mean(1))
                yield (found.reconstruction + found.kl).mean(1)

        descent = MinibatchDescent(vae.initial(spec, self.seeds), Adam(lr=self.lr, eps=1e-7, steps=steps))
        *_, last = descent.records(epoch, 1)
        return {k: w.detach() for k, w in last.weights.items()}, torch.stack(list(last_kl)).mean(0)

    def _measured(self, weights: vae.Weights) -> dict[str, Tensor]:
        x, spec = self.pictures, self.spec
        mu = vae.encode(weights, x, spec).mu
        decoded = vae.decode(weights, mu, spec).sigmoid()
        spread = (x - x.mean(1, keepdim=True)).square().sum((1, 2))
        some = torch.arange(4) if self.data in TURNED else torch.linspace(0, x.shape[1] - 1, 4).long()
        found = {
            "unexplained": (decoded - x).square().sum((1, 2)) / spread,
            "latents": mu, "shown": x[0, some].half(), "decoded": decoded[0, some].half(),
        }  # fmt: skip
        if self.data in TURNED:
            found["latents"] = mu[:, :300]
            paths = self.paths
            flat = paths.flatten(0, 1).expand(self.nets, -1, -1)
            found["paths"] = vae.encode(weights, flat, spec).mu.unflatten(1, paths.shape[:2])
        return {k: v.contiguous() for k, v in found.items()}


def circle(n: int) -> Float[Tensor, " {n}"]:
    """n angles evenly around the circle, in radians."""
    return 2 * math.pi * torch.arange(n) / n


def turn(axis: int, angles: Float[Tensor, " n"]) -> Float[Tensor, "n 3 3"]:
    """The rotations by these angles about a coordinate axis, from a tilted start that no axis favours."""
    found = torch.eye(3).repeat(len(angles), 1, 1)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    found[:, i, i] = found[:, j, j] = angles.cos()
    found[:, j, i], found[:, i, j] = angles.sin(), -angles.sin()
    start = manifolds.by_name("so3").project(torch.tensor([0.8, -0.4, 0.4, 0.5, 0.8, -0.3, -0.2, 0.5, 0.8]))
    return found @ matrix(start)


def config(data: str, manifold: str | None = None) -> ShapeRun:
    """The chapter's own run on this data and manifold, else on the manifold that fits."""
    return ShapeRun(data=data, manifold=manifold or SETTINGS[data].latents[0])


def latents(data: str) -> dict[str, ShapeRun]:
    """The chapter's own runs on this data by manifold, the fitting one first."""
    return {m: config(data, m) for m in SETTINGS[data].latents}


def live() -> list[ShapeRun]:
    """The twelve of the chapter, and the loop with the authors' range of log t."""
    return [*(run for data in SETTINGS for run in latents(data).values()), little_noise()]


def little_noise() -> ShapeRun:
    """The loop on the circle with the authors' range of log t."""
    return ShapeRun(data="loop", manifold="sphere1", log_t=AUTHORS)


def varied() -> dict[str, ShapeRun]:
    """The coloured object on SO(3), by the one thing that was varied; the chapter's own first."""
    changes = {
        "more noise": {"log_t": SETTINGS["loop"].log_t}, "less noise": {"log_t": AUTHORS},
        "four times the steps": {"steps": LONGER},
    }  # fmt: skip
    own = config("coloured")
    return {"as above": own} | {k: replace(own, **v, tier="recorded") for k, v in changes.items()}


def longer() -> dict[str, ShapeRun]:
    """The coloured object with four times the steps, by manifold, the fitting one first."""
    return {m: replace(own, steps=LONGER, tier="recorded") for m, own in latents("coloured").items()}


def longer_torus() -> ShapeRun:
    """Shifted pictures on the flat torus with four times the steps."""
    own = config("torus")
    return replace(own, steps=4 * own.setting.steps, tier="recorded")


def waved() -> dict[str, ShapeRun]:
    """Shifted pictures with the authors' number of waves, on the flat torus: fading as ours, and alike as theirs."""
    own = replace(config("torus"), waves=WAVES, tier="recorded")
    return {"fading": own, "alike": replace(own, fading=False)}


def waved_varied() -> dict[str, ShapeRun]:
    """The authors' waves, all alike, by what was varied beside them; nothing first."""
    own = waved()["alike"]
    changes = {"less noise": {"log_t": AUTHORS}, "four times the steps": {"steps": 4 * own.setting.steps}}
    both = changes["less noise"] | changes["four times the steps"]
    changes |= {"both": both, "both, wider": both | {"hidden": (512, 256)}}
    return {"as above": own} | {k: replace(own, **v) for k, v in changes.items()}


def recorded() -> list[ShapeRun]:
    """What was varied, and what was trained for longer."""
    long = [*list(varied().values())[1:], *list(longer().values())[1:], longer_torus()]
    return [*long, waved()["fading"], *waved_varied().values()]


def large(seed: int = 0) -> dict[str, ShapeRun]:
    """Shifted pictures at the authors' size, by manifold: one net, with the waves of the chapter's."""
    alone = {"seed": seed, "first": seed, "nets": 1, "side": LARGE, "tier": "recorded"}
    return {m: replace(own, **alone) for m, own in latents("torus").items()}


def found(data: str) -> dict[str, Run]:
    """The live runs on one data set by manifold, the fitting one first."""
    return {m: runs.get(own) for m, own in latents(data).items()}
