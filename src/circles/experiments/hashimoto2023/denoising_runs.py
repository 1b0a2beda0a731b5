"""The runs of the denoising study, for ``python -m circles run`` and for the chapter."""

from __future__ import annotations

from dataclasses import replace

from circles.experiments.hashimoto2023.denoising_sweep import (
    NOISES,
    SCRIPT,
    SIZES,
    DenoisingSweep,
    on_mnist,
    over_ridges,
    over_sizes,
)

NOISY = NOISES[1]
CHOSEN = 0.01  # the ridge of six that is best on ten draws of 20 digits at the higher noise; a test chooses it again
DRAWN, WITH_LARGE = 10, 5  # draws of MNIST, and those of them in which the large net is trained too
LARGE_UP_TO = 100  # images for which the large net is trained


def mnist(noise: float = NOISES[0], *, large: bool = False) -> list[DenoisingSweep]:
    """The draws of MNIST, a unit each; ``large``: only those in which the large net is trained."""
    some = WITH_LARGE if noise == NOISES[0] else 0
    return [*on_mnist(noise, range(some)), *([] if large else on_mnist(noise, range(some, DRAWN), large=False))]


def ridges(seed: int = 0) -> list[DenoisingSweep]:
    """Ten draws of digits at both noises, the ridge varied."""
    return [over_ridges(noise, seed) for noise in NOISES]


def sizes(setting: str) -> list[DenoisingSweep]:
    """The number of training images varied, at the setting "script" or "noisy"."""
    noise, chosen = {"script": (NOISES[0], (SCRIPT,)), "noisy": (NOISY, (SCRIPT, CHOSEN))}[setting]
    return [c if c.n <= LARGE_UP_TO else replace(c, large=()) for c in over_sizes(noise, chosen, SIZES)]


def every(seed: int = 0) -> list[DenoisingSweep]:
    """The units of the digits with this seed, for ``python -m circles run``."""
    return [*ridges(seed), *(replace(c, seed=seed) for setting in ("script", "noisy") for c in sizes(setting))]


def every_on_mnist(seed: int = 0) -> list[DenoisingSweep]:
    """The units of MNIST with this seed."""
    return [c for noise in NOISES for c in mnist(noise) if c.seed == seed]
