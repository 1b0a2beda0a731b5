"""The runs of the denoising study, for ``python -m circles run`` and for the chapter: which unit varies what.

What costs most is run on fewer units: the large net at one ridge and for few digits, all six ridges on a few
draws of MNIST and at the higher noise of the digits.
"""

from __future__ import annotations

from dataclasses import replace

from circles.papers.hashimoto2023.denoising_sweep import (
    NOISES,
    SCRIPT,
    DenoisingSweep,
    on_mnist,
    over_ridges,
    over_sizes,
)

NOISY = NOISES[1]
CHOSEN = 0.001  # the ridge of six that is best on ten draws of 20 digits at the higher noise; a test chooses it again
COPYING = 0.001  # from here on the layers copy their input
DRAWN, ALL_RIDGES = 10, 3  # draws of MNIST, and those of them with all six ridges
LARGE_AT = (5,)  # digits for which the large net is trained here; the older study has it at 20


def mnist() -> list[DenoisingSweep]:
    """The draws of MNIST at the script's noise; the large net has units of its own, but on the first."""
    rest = on_mnist(seeds=range(ALL_RIDGES, DRAWN), large=False)
    return [
        *on_mnist(seeds=[0]), *on_mnist(seeds=range(1, ALL_RIDGES), large=False),
        *(replace(c, ridges=(SCRIPT, COPYING)) for c in rest),
        *(replace(c, ridges=(SCRIPT,)) for c in on_mnist(seeds=range(1, DRAWN))),
    ]  # fmt: skip


def ridges() -> DenoisingSweep:
    """Ten draws of digits at the higher noise, the ridge varied."""
    return over_ridges(NOISY)


def sizes() -> list[DenoisingSweep]:
    """The number of training images varied, at the script's settings."""
    units = over_sizes(NOISES[0], (SCRIPT,))
    return [c if c.n in LARGE_AT else replace(c, large=()) for c in units]


def noisy_sizes() -> list[DenoisingSweep]:
    """The same at the higher noise and the ridge that is best there."""
    return [replace(c, large=()) for c in over_sizes(NOISY, (CHOSEN,))]


def every(seed: int = 0) -> list[DenoisingSweep]:
    """The units of the digits with this seed."""
    return [replace(c, seed=seed) for c in (ridges(), *sizes(), *noisy_sizes())]


def every_on_mnist(seed: int = 0) -> list[DenoisingSweep]:
    """The units of MNIST with this seed."""
    return [c for c in mnist() if c.seed == seed]
