"""The settings of the paper's experiment and of ours side by side, a row a setting, and where they part."""

from __future__ import annotations

import math

import pandas as pd

from circles.models import modular
from circles.papers.li2024.run import LiRun
from circles.papers.li2024.training import EPOCHS, SEEDS, config

LAW = {"normal": "N(0, 1/{d})", "uniform": "uniform, up to 1/sqrt(inputs)"}


def table() -> pd.DataFrame:
    """setting, paper (its released code), ours, and ours from the released start."""
    rows = [
        ("p, share for training", "113, 0.3", lambda c: f"{c.p}, {c.fraction:g}"),
        ("d_model, heads, neurons", "128, 4, 512", lambda c: f"{c.d_model}, {c.n_heads}, {c.d_mlp}"),
        ("optimiser", "AdamW, 0.001", lambda c: f"AdamW, {c.lr:g}"),
        ("decay, betas", "1, 0.9, 0.98", lambda c: f"{c.weight_decay:g}, {c.beta1:g}, {c.beta2:g}"),
        ("warm-up, steps", "none", lambda c: str(c.warmup or "none")),
        ("epochs", "10000", lambda c: str(c.epochs)),
        ("embedding at the start", "N(0, 1)", _embedding),
        ("maps at the start", LAW["uniform"], lambda c: LAW[c.linear].format(d=c.d_model)),
        ("split of the pairs", "seed 598", lambda c: "one a seed"),
        ("seeds", "not said", lambda c: ", ".join(map(str, SEEDS))),
        ("sign of zero", "0", lambda c: "1"),
    ]
    ours, released = config("binary", SEEDS[0]), config("binary", SEEDS[0], start="released")
    return pd.DataFrame(
        [(name, paper, of(ours), of(released)) for name, paper, of in rows],
        columns=["setting", "paper", "ours", "released start"],
    )


def spreads() -> pd.DataFrame:
    """The standard deviation of each matrix before the first step, by start."""
    found = {}
    for start in ("normal", "released"):
        one = config("binary", SEEDS[0], epochs=EPOCHS, start=start)
        found[start] = {name: float(w.std()) for name, w in LiRun.initial([one]).items() if name != "gain"}
    return pd.DataFrame(found).T


def hardness(start: str, *, kind: str = "binary") -> float:
    """The largest share of its attention that a head pays to one token, mean over pairs and heads, before training."""
    one = config(kind, SEEDS[0], start=start)
    return float(modular.activations(one.effective(LiRun.initial([one])), one.spec)["attn"].amax(-1).mean())


def epochs_of_decay() -> float:
    """Epochs in which weight decay alone brings the released start's embedding to the size of ours.

    AdamW multiplies a weight by 1 - lr * decay in each step, so they are log(ratio) / -log(1 - lr * decay).
    """
    ours, released = config("binary", SEEDS[0]), config("binary", SEEDS[0], start="released")
    assert released.embedding is not None
    ratio = released.embedding * math.sqrt(ours.d_model)
    return math.log(ratio) / -math.log1p(-ours.lr * ours.weight_decay)


def _embedding(c: LiRun) -> str:
    return LAW["normal"].format(d=c.d_model) if c.embedding is None else f"N(0, {c.embedding**2:g})"
