"""The settings of the paper's main run, of its released code and of ours side by side, and where they part.

Released code: mechanistic-interpretability-grokking/progress-measures-paper, whose file is named at each row.
"""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from circles.papers import departures
from circles.papers.departures import UNKNOWN, problem, sides
from circles.papers.nanda2023.sweeps import SweepRun
from circles.papers.nanda2023.training import LIVE_SEED, SEEDS, NandaRun, config, long_config, recorded_long


def _epochs(c: NandaRun) -> str:
    long = sorted(recorded_long())
    of = "seed" if len(long) == 1 else "seeds"
    longer = f"; {long_config(LIVE_SEED).epochs:,} for {of} {', '.join(map(str, long))}" if long else ""
    return f"{c.epochs:,}{longer}"


def _stops(sweep: SweepRun) -> str:
    return f"{sweep.epochs:,} at most, to {sweep.grokked:.0%} on test pairs"


# setting, paper (section 3 unless said), released code (transformers.py unless said), ours
ROWS: tuple[tuple[str, str, str, Callable[[NandaRun], str]], ...] = (
    ("p", "113", "113", lambda c: str(c.p)),  # Config
    ("d_model, heads, neurons", "128, 4, 512", "128, 4, 512",  # Config
     lambda c: f"{c.d_model}, {c.n_heads}, {c.d_mlp}"),
    ("train / test pairs", "3,830 / 8,939", "3,830 / 8,939", sides),  # 30%; gen_train_test rounds down
    ("draw of the split", UNKNOWN, "Python's shuffle, seed 0", lambda c: "torch's order, one a seed"),  # gen_train_test
    ("classes of the loss", "113", "114, with =",  # appendix A; full_loss drops no class, the measures do
     lambda c: str(problem(c)[0]["W_U"].shape[-1])),
    ("W_U at the start", UNKNOWN, "N(0, 1/114)", lambda c: f"N(0, 1/{c.p + 1})"),  # Unembed
    ("other maps", UNKNOWN, "N(0, 1/128)", lambda c: f"N(0, 1/{c.d_model})"),  # Embed, PosEmbed, Attention, MLP
    ("biases", UNKNOWN, "of the MLP, from 0",  # MLP
     lambda c: "of the MLP, from 0" if {"b_in", "b_out"} == {n for n in problem(c)[0] if n[0] == "b"} else "others"),
    ("seed of the start", UNKNOWN, "not set", lambda c: "one a run"),  # Trainer: only the split has one
    ("batch", "all pairs", "all pairs", lambda c: "all pairs"),  # Config.batch_style
    ("optimiser", "AdamW", "AdamW", lambda c: type(problem(c)[1]).__name__),  # Trainer
    ("learning rate", "0.001", "0.001", lambda c: f"{problem(c)[1].lr:g}"),  # Config
    ("weight decay", "1", "1", lambda c: f"{problem(c)[1].weight_decay[0]:g}"),  # Config
    ("betas", UNKNOWN, "0.9, 0.98", lambda c: ", ".join(f"{b:g}" for b in problem(c)[1].betas)),  # Trainer
    ("epsilon", UNKNOWN, "torch's own",  # Trainer
     lambda c: f"{problem(c)[1].eps:g}" if hasattr(problem(c)[1], "eps") else "torch's own"),
    ("warm-up, steps", UNKNOWN, "10", lambda c: str(problem(c)[1].warmup)),  # Trainer: LambdaLR
    ("first step's rate", UNKNOWN, "0", lambda c: f"{c.lr / c.warmup:g}"),  # Trainer: min(step / 10, 1), from step 0
    ("epochs", "40,000", "50,000", _epochs),  # Config
    ("weights", UNKNOWN, "float32", lambda c: str(problem(c)[0]["W_E"].dtype).removeprefix("torch.")),
    # helpers.py; the paper's word, and the comment above that line, is float64
    ("log-softmax", "float64", "float32", lambda c: "float32, by log1p"),
    ("checkpoints, every", UNKNOWN, "100", lambda c: str(c.every)),  # Config.save_every
    ("frequencies searched", "1 to 56", "1 to 55",  # section 4.1; calculate_key_freqs
     lambda c: f"1 to {(c.p - 1) // 2}"),
    ("seeds", "5", UNKNOWN, lambda c: str(len(SEEDS))),  # figure 2
    ("sweeps end", "40,000", UNKNOWN, lambda c: _stops(SweepRun())),
)  # fmt: skip


def table() -> pd.DataFrame:
    """setting, paper, released code, ours, against; ours are those of the live run."""
    rows = [(name, paper, code, of(config())) for name, paper, code, of in ROWS]
    return departures.frame(rows, ("setting", "paper", "released code", "ours"))
