"""From where the goldens of each family start: settings that take a second, and recorded weights.

``python -m circles.book.golden_starts FAMILY`` writes them anew: of a family whose runs were trained anew.
"""

from __future__ import annotations

import sys

from circles.book import restamp
from circles.papers import li2024, nanda2023
from circles.papers.hashimoto2023.denoising import DenoisingRun
from circles.papers.hashimoto2023.denoising_sweep import DenoisingSweep
from circles.papers.hashimoto2023.interaction import InteractionRun
from circles.papers.hashimoto2023.many import ManyMixing, ManySynthetic
from circles.papers.hashimoto2023.released import ReleasedRun
from circles.papers.hashimoto2023.settings import SettingRun
from circles.papers.hashimoto2023.synthetic import MixingRun, SyntheticRun
from circles.papers.li2024.between import CHANGES, BetweenRun
from circles.papers.li2024.run import LiRun
from circles.papers.nanda2023.denormals import TimedRun
from circles.papers.nanda2023.small import SmallRun
from circles.papers.nanda2023.sweeps import SweepRun
from circles.papers.nanda2023.training import NandaRun
from circles.papers.rey2020.digits import MANIFOLDS, DigitsRun
from circles.papers.rey2020.homology_runs import HomologyRun
from circles.papers.rey2020.kept import KeptDigits, KeptShape
from circles.papers.rey2020.many import ManyDigitsRun, ManyRun
from circles.papers.rey2020.mnist import MnistRun
from circles.papers.rey2020.mnist_likelihood import LikelihoodRun
from circles.papers.rey2020.mnist_noise import NoiseRun
from circles.papers.rey2020.mnist_resized import ResizedRun
from circles.papers.rey2020.shapes import AUTHORS, ShapeRun
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.gaps import GapStudy
from circles.papers.samareh2018.many import ManyFeatures, ManyGaps, ManyTwins, ManyWorst
from circles.papers.samareh2018.small_sample import SmallSample
from circles.papers.samareh2018.twins import TwinStudy, WorstStudy
from circles.papers.zhou2024 import rescue_runs
from circles.papers.zhou2024 import shapes as rescue_shapes
from circles.papers.zhou2024.adder_insides import AdderInside
from circles.papers.zhou2024.adder_rows import AdderRows
from circles.papers.zhou2024.adder_run import AdderRun
from circles.papers.zhou2024.number_models import NumberModelRun
from circles.papers.zhou2024.other_circles import CircleRun
from circles.papers.zhou2024.rescue import RescueNet, RescueRun
from circles.papers.zhou2024.scratch import ScratchRun
from circles.training import runs
from circles.training.run_config import RunConfig

NET = {"p": 23, "d_model": 16, "n_heads": 2, "d_mlp": 32, "epochs": 100, "every": 50, "seed": 1, "warmup": 2}
ADDER = {"addends": 21, "width": 24, "depth": 2, "heads": 2, "epochs": 3, "batch": 64, "lr": 2e-3, "seed": 1}
FINE_TUNED = {"largest": 15, "epochs": 1, "seed": 1}  # of Whisper tiny.en, whose package `make` installs
SMALL_GAPS = {"seeds": 2, "steps": 200, "longest": 400, "n": 32, "D": 32}
SMALL_TWINS = {"pairs": 3, "steps": 200, "n": 32, "D": 32}

FROM_SEED: list[RunConfig] = [
    NandaRun(**NET),
    SmallRun(**NET),
    *(SweepRun(**NET | {"every": 50}, weight_decay=d) for d in (0.0, 1.0)),
    *(BetweenRun(**NET, change=change) for change in CHANGES),
    TimedRun(**NET | {"p": 11}),
    *(LiRun(**NET, kind=kind) for kind in ("full", "binary", "ternary", "2bit", "4bit", "8bit")),
    *(LiRun(**NET, kind=kind, ends=True) for kind in ("binary", "ternary")),
    LiRun(**NET, kind="binary", embedding=1.0, linear="uniform"),
    *(RescueRun(**ADDER, embedding=kind) for kind in ("minilm", "moved", "circles")),
    RescueRun(**ADDER, embedding="random", trained=True),
    RescueNet(**ADDER),
    CircleRun(**ADDER),
    ScratchRun(**ADDER),
    rescue_shapes.ShapeRun(**ADDER, components=12),
    *(AdderRun(**FINE_TUNED, mode=mode) for mode in ("pretrained", "rows-frozen")),
    AdderRun(**FINE_TUNED, told="either"),
    AdderRun(**FINE_TUNED, mode="random-frozen", deviation=0.5),
    AdderRun(**FINE_TUNED, mode="rows-frozen", deviation=0.5, table="no-spikes"),
    *(look.of(AdderRun(**FINE_TUNED, mode="random")) for look in (AdderInside, AdderRows)),
    *(ShapeRun(data="loop", manifold=m) for m in ("sphere1", "euclidean1")),
    *(ShapeRun(data="torus", manifold=m) for m in ("flat_torus", "sphere2")),
    *(ShapeRun(data=d, manifold=m, steps=3) for d in ("grey", "coloured") for m in ("so3", "sphere3")),
    ShapeRun(data="loop", manifold="sphere1", log_t=AUTHORS),
    ShapeRun(data="torus", manifold="sphere2", side=64, nets=1, first=1, seed=1),
    ShapeRun(waves=4, fading=False, hidden=(24, 12), steps=3, nets=2),
    *(ManyRun(data=d, manifold=m, nets=2) for d, m in (("loop", "sphere1"), ("coloured", "so3"))),
    *(DigitsRun(manifold=m, steps=3) for m in MANIFOLDS),
    ManyDigitsRun(nets=2, steps=3),
    KeptShape(),
    KeptDigits(steps=3),
    HomologyRun(data="loop", space="sphere1"),
    HomologyRun(data="loop", space="pictures"),
    *(MnistRun(manifold=m, epochs=1) for m in ("sphere2", "torus", "so3")),
    *(MnistRun(manifold="euclidean2", epochs=1, noise=noise) for noise in ("each", "free")),
    *(LikelihoodRun(manifold=m, epochs=1) for m in ("flat_torus", "torus")),
    ResizedRun(epochs=1),
    NoiseRun(),
    DenoisingRun(n=5, tests=5, epochs=3),
    DenoisingSweep(n=5, tests=5, epochs=3, draws=1, ridges=(1.0,)),
    DenoisingSweep(pictures="mnist", n=5, tests=5, epochs=3, draws=1, ridges=(1.0,), large=(1, 4, 3, 1)),
    ReleasedRun(n=5, tests=5, steps=2, epochs=3, draws=2),
    ReleasedRun(n=5, tests=5, steps=2, epochs=3, draws=2, penalty=10.0, applied=False),
    *(SettingRun(setting=s, n=5, tests=5, epochs=3, draws=2) for s in ("noise 0.3", "wave", "blur", "gain")),
    *(SyntheticRun(n=10, tests=10, released=r) for r in (False, True)),
    MixingRun(weights=(0.0, 0.1)),
    *(InteractionRun(which=w) for w in ("gain", "filter")),
    *(FeatureStudy(kernel=k, seeds=1, side=4) for k in ("gaussian", "laplace")),
    *(FeatureStudy(variant=v, seeds=1, side=4) for v in ("cosine", "scikit-learn")),
    *(GapStudy(over=over, **SMALL_GAPS) for over in ("steps", "alpha", "n", "D")),
    SmallSample(**SMALL_GAPS),
    *(TwinStudy(loss=loss, **SMALL_TWINS) for loss in ("smoothed hinge", "hinge", "logistic")),
    TwinStudy(decay=0.01, variant="cosine", **SMALL_TWINS),
    *(ManyGaps(over=over, **SMALL_GAPS) for over in ("steps", "D", "n")),
    ManyTwins(**SMALL_TWINS),
    *(ManyFeatures(kernel=k, seeds=1, side=4) for k in ("gaussian", "laplace")),
    ManyWorst(studies=1, pairs=4, n=16, steps=8, largest=4),
    ManySynthetic(draws=1, n=10, tests=10),
    ManyMixing(draws=1),
    *(NumberModelRun(of=name) for name in ("minilm", "counts")),
    *(WorstStudy(pairs=4, n=16, steps=8, largest=4, hinge=h) for h in (False, True)),
]

# Live runs, whose weights are recorded whole.
FROM_WEIGHTS: list[RunConfig] = [
    nanda2023.config(),
    *(li2024.live_config(kind) for kind in ("binary", "ternary")),
    rescue_runs.net_config(),
]


def starts() -> list[tuple[RunConfig, str]]:
    """All goldens: settings, and the folder of the recorded weights to start from, or nothing."""
    recorded = [(c, runs.folder_of(c, runs.recordings()).name) for c in FROM_WEIGHTS]
    return [*((c, "") for c in FROM_SEED), *recorded]


if __name__ == "__main__":
    restamp.write([start for start in starts() if start[0].family in sys.argv[1:] or not sys.argv[1:]])
