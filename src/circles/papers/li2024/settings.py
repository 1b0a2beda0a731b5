"""The settings of the released code and of ours from both starts side by side, and where they part.

Released code: jasonlizhengjian/MI_of_binary_transformers, whose file is named at each row; "notebook" is
analysis_Binary.ipynb, with which analysis_Ternary.ipynb agrees. What the paper prints of them was not at hand.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd
import torch

from circles.models import modular, quantized
from circles.papers import departures
from circles.papers.departures import problem, sides
from circles.papers.li2024.run import LiRun
from circles.papers.li2024.training import EPOCHS, SEEDS, config, recorded

LAW = {"normal": "N(0, 1/{d})", "uniform": "uniform, up to 1/sqrt(inputs)"}
OURS, OTHER = "released start", "our start"  # the two columns of ours; our start is that of Chapter 2's nets
STARTS = {OURS: "released", OTHER: "normal"}


def _mapped(c: LiRun) -> str:
    """The matrices that training computes with otherwise than they are, in the order of the net."""
    weights = problem(c)[0]
    effective = c.effective(weights)
    return ", ".join(n.removeprefix("W_") for n in weights if not torch.equal(effective[n], weights[n]))


def _seeds(c: LiRun) -> str:
    start = "released" if c.start else "normal"
    return str(min(len(recorded(kind, start=start)) for kind in ("binary", "ternary")))


# setting, released code, ours
ROWS: tuple[tuple[str, str, Callable[[LiRun], str]], ...] = (
    ("p", "113", lambda c: str(c.p)),  # notebook
    ("train / test pairs", "3,830 / 8,939", sides),  # notebook: 30%, rounded down
    ("draw of the split", "torch's order, seed 598", lambda c: "torch's order, one a seed"),  # notebook
    ("d_model, heads, neurons", "128, 4, 512",  # notebook
     lambda c: f"{c.d_model}, {c.n_heads}, {c.d_mlp}"),
    ("positions, biases", "none, none",  # bit_transformer.py, bitlinear.py
     lambda c: ", ".join("some" if x else "none" for x in (c.spec.positions, c.spec.biases))),
    ("mask", "none", lambda c: "none"),  # bit_attention.py; all of ours is read at the last token, which sees all
    ("scores times", "1/sqrt(128)", lambda c: f"1/sqrt({c.spec.scale**-2:.0f})"),  # bit_attention.py
    ("norm at the end", "RMSNorm, a gain", lambda c: "RMSNorm, a gain" if "gain" in problem(c)[0] else "none"),
    ("floor of the norm", "a length of 1e-12",  # bit_transformer.py: F.normalize; ours by a test
     lambda c: "1e-8 on the mean square"),
    ("mapped", "Q, K, V, O, in, out", _mapped),  # bit_attention.py, bit_ffn.py
    ("binary: sign of zero", "0",  # bitlinear.py: torch.sign
     lambda c: f"{quantized.binary(torch.zeros(1, 1)).item():g}"),
    ("ternary: least scale", "1e-5", lambda c: "1e-12"),  # bitlinear.py: weight_quant; ours by a test
    ("optimiser", "AdamW", lambda c: type(problem(c)[1]).__name__),  # notebook
    ("learning rate", "0.001", lambda c: f"{problem(c)[1].lr:g}"),  # notebook
    ("weight decay", "1", lambda c: f"{problem(c)[1].weight_decay[0]:g}"),  # notebook
    ("betas", "0.9, 0.98", lambda c: ", ".join(f"{b:g}" for b in problem(c)[1].betas)),  # notebook
    ("warm-up, steps", "none", lambda c: str(problem(c)[1].warmup or "none")),  # notebook
    ("epochs", "10,000", lambda c: f"{c.epochs:,}"),  # notebook
    ("log-softmax", "float64", lambda c: "float32, by log1p"),  # notebook: loss_fn
    ("embedding at the start", "N(0, 1)",  # bit_transformer.py: nn.Embedding
     lambda c: LAW["normal"].format(d=c.d_model) if c.embedding is None else f"N(0, {c.embedding**2:g})"),
    ("maps at the start", LAW["uniform"], lambda c: LAW[c.linear].format(d=c.d_model)),  # nn.Linear
    ("seed of the start", "999", lambda c: "one a run"),  # notebook: HookedTransformerConfig sets it
    ("nets of each map", "1", _seeds),  # the two notebooks
    # both notebooks hold their pictures against those of a public demonstration, which has another architecture
    ("full precision", "not trained", lambda c: "the same net, no map"),
)  # fmt: skip


def table(start: str = STARTS[OURS]) -> pd.DataFrame:
    """setting, released code, ours, against: ours are the binary nets from this start."""
    one = config("binary", SEEDS[0], start=start)
    return departures.frame([(name, code, of(one)) for name, code, of in ROWS], ("setting", "released code", "ours"))


def beside() -> pd.DataFrame:
    """setting, released code, ours from either start, against: of the released start, the paper's own."""
    near, far = (table(start) for start in STARTS.values())
    ours = {OURS: near["ours"], OTHER: far["ours"], "against": near["against"]}
    return pd.DataFrame({"setting": near["setting"], "released code": near["released code"], **ours})


def spreads() -> pd.DataFrame:
    """The standard deviation of each matrix before the first step, by start."""
    found = {}
    for name, start in STARTS.items():
        one = config("binary", SEEDS[0], epochs=EPOCHS, start=start)
        found[name] = {matrix: float(w.std()) for matrix, w in LiRun.initial([one]).items() if matrix != "gain"}
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
