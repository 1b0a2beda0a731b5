"""The figures of Chapter 5: heat on curved spaces, and what nets with such a latent space learn."""

import math

import pandas as pd

from circles.figures.frames import require
from circles.figures.hand import clock_hand
from circles.figures.lines import lines
from circles.figures.mosaic import mosaic
from circles.figures.plane import plane
from circles.figures.quantity import Quantity
from circles.figures.rows import rows, signed_bars
from circles.figures.show import Figure
from circles.figures.spreading import heat_slider as _heat_slider
from circles.figures.table import table
from circles.figures.turning import turning

__all__ = [
    "clock_hand", "dots", "heat_slider", "kl_faults", "kl_remainder", "latent_maps", "losses_against_log", "mosaic", "nats_by_space",
    "persistence_diagrams", "shape_costs", "table", "turning", "walk_against_heat",
]  # fmt: skip

SMALL = 0.005  # nats: what a KL is off by when it is right


def heat_slider(points: pd.DataFrame, divergence: pd.DataFrame) -> Figure:
    """Heat on the circle and the sphere through time. points: space, t, x, y, share. divergence: space, t, kl (nats)."""
    words = "Move the slider: heat spreads from one point. Colours are relative to the peak."
    return _heat_slider(points, divergence, caption=words)


def walk_against_heat(frame: pd.DataFrame) -> Figure:
    """Total variation between the walk and heat. frame: space, steps, total_variation (0 to 1)."""
    require(frame, "walk_against_heat", "space", "steps", "total_variation")
    x = Quantity("steps of the walk", log=True, at=tuple(int(n) for n in sorted(frame["steps"].unique())))
    y = Quantity("total variation", log=True, whole=True)
    return lines(frame, over="steps", x=x, value="total_variation", y=y, by="space", points=True, height=240,
                 caption="How far the walk is from heat, by the number of its steps.")  # fmt: skip


def kl_remainder(frame: pd.DataFrame) -> Figure:
    """What curvature adds to the KL, exactly and by two coefficients. frame: space, t, what, nats."""
    return lines(frame, over="t", x=Quantity("time t", ticks=4), value="nats", y=Quantity("left of the KL (nats)", ticks=4), by="what",
                 panel="space", height=160,
                 caption="What is left of the KL once volume and time are taken off, by the exact kernel and by two coefficients.")  # fmt: skip


def kl_faults(frame: pd.DataFrame) -> Figure:
    """How many nats too much or too little a published KL term reports. frame: space, nats."""
    require(frame, "kl_faults", "space", "nats")
    wrong = [space for space, nats in zip(frame["space"], frame["nats"], strict=True) if abs(nats) > SMALL]
    reach = math.ceil(14 * frame["nats"].abs().max()) / 10  # beyond the longest bar its number has room, on a phone too
    x = Quantity("published KL less exact KL (nats)", span=(-reach, reach), sign=True)
    return signed_bars(frame, value="nats", x=x, row="space", small=SMALL,
                       caption=f"The KL of the released code against the exact one: off on {', '.join(wrong) or 'none'}.")  # fmt: skip


def losses_against_log(frame: pd.DataFrame, log: pd.DataFrame, *, end: int, caption: str) -> Figure:
    """Loss by epoch, a line a seed, and a published log's points. frame: seed, epoch, loss (nats). log: epoch, loss."""
    require(frame, "losses_against_log", "seed", "epoch", "loss")
    require(log, "losses_against_log", "epoch", "loss")
    both = pd.concat([frame.assign(who=[f"seed {s}" for s in frame["seed"]]), log.assign(who="the authors' log")])
    late = f"From epoch {end} on"
    parts = [both.assign(panel="All of training"), both[both["epoch"] >= end].assign(panel=late)]
    return lines(pd.concat(parts)[["who", "epoch", "loss", "panel"]], over="epoch", x=Quantity("epoch", ticks=5), value="loss",
                 y=Quantity("mean loss (nats)"), panel="panel", marked=("the authors' log",), caption=caption)  # fmt: skip


def nats_by_space(frame: pd.DataFrame, *, title: str, caption: str) -> Figure:
    """What a picture costs in each latent space. frame: panel, latent, measure, seed, nats."""
    require(frame, "nats_by_space", "panel", "latent", "measure", "seed", "nats")
    span = (math.floor(frame["nats"].min()) - 1, math.ceil(frame["nats"].max()) + 1)
    return rows(frame, value="nats", x=Quantity(title, span=span), row="latent", by="measure", panel="panel", above=False, caption=caption)


def shape_costs(frame: pd.DataFrame, *, caption: str) -> Figure:
    """The share of variance not explained, a panel a data set. frame: data, latent, fits, seed, unexplained (0 to 1)."""
    require(frame, "shape_costs", "data", "latent", "fits", "seed", "unexplained")
    x = Quantity("share of the variance not explained", log=True)
    return rows(frame, value="unexplained", x=x, row="latent", by="fits", panel="data", above=False, caption=caption)


def dots(frame: pd.DataFrame, *, unit: str, rule: float, means: str, caption: str) -> Figure:
    """A dot a seed, and a rule that `means` something. frame: row, seed, value."""
    return rows(frame, x=Quantity(unit), rule=(rule, means), caption=caption)


def persistence_diagrams(frame: pd.DataFrame, *, lasts: float, caption: str) -> Figure:
    """Death against birth, a point a loop; above the dashed line of slope `lasts` it lasts. frame: panel, birth, death."""
    require(frame, "persistence_diagrams", "panel", "birth", "death")
    kinds = (frame["death"] >= lasts * frame["birth"]).map({True: "lasts", False: "passes"})
    shown = frame.assign(kind=pd.Categorical(kinds, ["lasts", "passes"]).astype(str)).sort_values("kind", kind="stable")
    shown = pd.concat([shown[shown["panel"] == name] for name in dict.fromkeys(frame["panel"])])
    counts = "; ".join(f"{name}: {(part['kind'] == 'lasts').sum()} of {len(part)}" for name, part in shown.groupby("panel", sort=False))
    return plane(shown, x="birth", y="death", across=Quantity("birth"), up=Quantity("death"), kind="kind", title="a loop",
                 panel="panel", slopes=((1.0, "thread"), (lasts, "guide")), square=148, columns=3,
                 text=f"Persistence diagrams of codes, death against birth. Loops that last, of those drawn: {counts}.",
                 caption=caption)  # fmt: skip


def latent_maps(frame: pd.DataFrame, *, caption: str) -> Figure:
    """Where pictures lie in a latent space, each written as its class. frame: panel, across, up (0 to 1), label."""
    require(frame, "latent_maps", "panel", "across", "up", "label")
    counts = "; ".join(f"{name}: {len(part)} pictures" for name, part in frame.groupby("panel", sort=False))
    return plane(frame, x="across", y="up", across=Quantity("across", span=(0, 1)), up=Quantity("up", span=(0, 1)), kind="label",
                 panel="panel", written=True, bare=True,
                 text=f"Maps of latent spaces with each picture written as its class. {counts}.", caption=caption)  # fmt: skip
