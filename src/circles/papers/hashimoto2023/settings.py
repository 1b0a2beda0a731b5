"""Where does a module before the convolution help? Seven ways to spoil the digits, five kernels, five ridges.

The ridge is chosen on some of the draws, for each kernel the one with the least median error, and judged on the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models import convolution, rkhm
from circles.models.rkhm_kernels import Modulated, Polynomial
from circles.models.rkhm_released import EPSILON, ReleasedKernel
from circles.models.rkhm_vector import Separable, WithConstant
from circles.papers.hashimoto2023.denoising_sweep import images
from circles.training.computed import ComputedRun
from circles.training.loop import flushing

RIDGES = (10.0, 1.0, 0.1, 0.01, 0.001)
KERNELS = {
    "RKHM, script": ReleasedKernel(),
    "RKHM, script, constant": WithConstant(ReleasedKernel()),
    "RKHM, two modulations": Modulated(Polynomial(q=1), (1.0, 1.0)),
    "vvRKHS, commutative": Polynomial(q=1),
    "vvRKHS, separable": Separable("polynomial", q=1),
}
WHITE = {"noise 0.01": 0.01, "noise 0.1": 0.1, "noise 0.3": 0.3, "noise 1": 1.0}
SPOILT = {"wave": "a wave of frequency 16 and random phase, noise 0.1", "blur": "the mean of nine places, noise 0.1",
          "gain": "brightness times 1 + 0.9 cos(2 pi j / p) at place j, noise 0.1"}  # fmt: skip
SETTINGS = (*WHITE, *SPOILT)
PLAIN = "CNN"
CHOSEN_ON = 2  # draws; the rest judge


@dataclass(frozen=True, kw_only=True)
class SettingRun(ComputedRun):
    """Mean distances to the clean digits: "alone" and "then CNN" [kernels, ridges, draws], "CNN" and "nothing" [draws].

    Every draw has its own pictures, noise and first weights of the net. Nothing is clipped or divided.
    """

    setting: str = "noise 0.3"
    n: int = 20  # script
    tests: int = 100  # script
    epochs: int = 1_000  # script, v1
    lr: float = 1e-2  # script, v2
    draws: int = 12

    family: ClassVar[str] = "rkhm-settings"

    @property
    def name(self) -> str:
        return f"{self.setting.replace(' ', '')}-n{self.n}"

    def compute(self) -> dict[str, Tensor]:
        drawn = [spoilt(self.setting, self.n, self.tests, self.seed + r) for r in range(self.draws)]
        distance = lambda z, r: (z - drawn[r][3]).norm(dim=-1).mean()  # noqa: E731
        alone = torch.zeros(len(KERNELS), len(RIDGES), self.draws, dtype=torch.float64)
        after = torch.zeros_like(alone)
        bare = torch.zeros(2, self.draws, dtype=torch.float64)
        with flushing(True):
            for r, (x, y, new, truth) in enumerate(drawn):
                inputs = [(x, new)]
                for i, kernel in enumerate(KERNELS.values()):
                    whole = hasattr(kernel, "features")
                    fitted = rkhm.path(kernel, x, rkhm.columns(y, whole=whole), torch.cat([x, new]), RIDGES)
                    for j, both in enumerate(rkhm.read(fitted)):
                        alone[i, j, r] = distance(both[self.n :], r)
                        inputs.append((both[: self.n], both[self.n :]))
                found = self.nets(inputs, y, r)
                error = torch.stack([(z - truth).norm(dim=-1).mean() for z in found.unbind(1)])
                bare[:, r] = torch.stack([error[0], distance(new, r)])
                after[:, :, r] = error[1:].reshape(len(KERNELS), -1)
        return {"alone": alone, "then CNN": after, "CNN": bare[0], "nothing": bare[1]}

    def nets(self, inputs: list[tuple[Tensor, Tensor]], y: Tensor, r: int) -> Tensor:
        """[tests, inputs, p]: the convolution trained on each input, from the same first weights."""
        image = lambda z: z.unflatten(-1, (8, 8)).float()  # noqa: E731
        near, far = (torch.stack(part, 1) for part in zip(*inputs, strict=True))
        first = convolution.keras_weights(1, generator=streams(self.seed + r, "net")["net"])
        weights = [torch.cat([w] * len(inputs)) for w in first]
        y = y.unsqueeze(1).expand(-1, len(inputs), -1)
        weights = convolution.train(weights, image(near), image(y), epochs=self.epochs, lr=self.lr, eps=EPSILON)
        return convolution.forward(weights, image(far)).flatten(2).double()


def spoilt(setting: str, n: int, tests: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Spoilt and clean training digits, then test digits, a row each. Raises ConfigError for another setting."""
    if setting not in SETTINGS:
        raise ConfigError(f"setting is {setting!r}, expected one of {', '.join(SETTINGS)}")
    draw = streams(seed, "images", "noise", "phase")
    digits = images("digits")
    y = digits[torch.randperm(len(digits), generator=draw["images"])[: n + tests]].flatten(1)
    place = torch.arange(y.shape[1], dtype=torch.float64)
    x = y
    if setting == "wave":
        phase = 2 * torch.pi * torch.rand(len(y), 1, generator=draw["phase"], dtype=torch.float64)
        x = y + 0.5 * torch.cos(2 * torch.pi * 16 * place / len(place) + phase)
    elif setting == "blur":
        x = torch.stack([y.roll(s, -1) for s in range(-4, 5)]).mean(0)
    elif setting == "gain":
        x = (1 + 0.9 * torch.cos(2 * torch.pi * place / len(place))) * y
    x = x + WHITE.get(setting, 0.1) * torch.randn(y.shape, generator=draw["noise"], dtype=torch.float64)
    return x[:n], y[:n], x[n:], y[n:]


LIVE = 1_000  # the first draw of the few made live


def live(setting: str) -> SettingRun:
    """Four draws of a setting, none of them among the recorded."""
    return SettingRun(setting=setting, seed=LIVE, draws=4, tier="live")


def every(seed: int = 0) -> list[SettingRun]:
    """All settings at the script's number of pictures, and two of them with more; every ``seed`` has draws of its own.
    """
    first = seed * SettingRun.draws  # a run's own seed is that of its first draw
    more = [SettingRun(setting=s, n=100, seed=first) for s in ("gain", "noise 0.3")]
    return [*(SettingRun(setting=s, seed=first) for s in SETTINGS), *more]
