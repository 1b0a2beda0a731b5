"""What the claims ask of nets side by side: a row of numbers a net, and medians over seeds a kind.

A net here is an ``analysis.net.Net`` on the weights it computes with, after the map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import clusters, plane, spectra
from circles.analysis.alignment import Alignment, against_shuffled, arrivals
from circles.foundations.streams import streams
from circles.models import modular
from circles.papers.li2024.net import BINARY, FULL, TERNARY, Net
from circles.training.runs import Run

GROKKED = 0.99  # test accuracy from which a net counts as grokked, as in Chapter 2


def row(net: Net) -> dict[str, float]:
    """The numbers of one net at the end of its run.

    ``accuracy train_loss test_loss restricted_loss excluded_loss`` of the last checkpoint, ``restricted_ratio``
    of restricted to test loss there; ``grokked``: the
    first checkpoint above 99% test accuracy, -1 when none is; ``frequencies`` in W_L and ``in_embedding``;
    ``gini`` of W_E's components and its ``gini_rise`` over the run; ``outside``: the share of W_E's energy in
    frequencies (the constant left out) that its prominent ones do not hold; ``periodic_neurons``: the share of
    neurons that one frequency explains to over 85%; ``periodic_heads``: the median variance of a head's
    attention explained by one frequency, a share of nothing where its ``swing`` is zero, the largest standard deviation
    of a head's attention to a; ``diagonal``: the share of the neurons' interaction energy in
    same-frequency blocks; ``logit_variance`` explained by sum_k alpha_k cos(w_k(a+b-c)); ``level_attention``: the
    test loss when every head attends to all tokens alike, over the net's; ``halved_attention`` and
    ``halved_accuracy``: the same ratio, and the test accuracy, when it pays half to each number and nothing to ``=``.
    """
    last = {
        name: float(net.curves[curve][-1])
        for name, curve in {
            "accuracy": "test_accuracy", "train_loss": "train_loss", "test_loss": "test_loss",
            "restricted_loss": "restricted_loss", "excluded_loss": "excluded_loss", "gini": "gini_E",
        }.items()
    }  # fmt: skip
    power = spectra.spectrum(net.W_E).square()
    halved_loss, halved_accuracy = net.halved_attention
    held = power[[k - 1 for k in spectra.embedding_frequencies(net.W_E)]].sum()
    return last | {
        "restricted_ratio": last["restricted_loss"] / last["test_loss"],
        "grokked": net.first_epoch("test_accuracy", GROKKED),
        "frequencies": len(net.keys),
        "in_embedding": len(spectra.embedding_frequencies(net.W_E)),
        "gini_rise": last["gini"] - float(net.curves["gini_E"][0]),
        "outside": 1 - (held / power.sum()).item(),
        "periodic_neurons": _periodic(net.neurons),
        "periodic_heads": net.heads.explained.double().quantile(0.5).item(),
        "swing": float(net.swing.max()),
        "diagonal": plane.diagonal_share(net.energy),
        "logit_variance": net.logit_fit.explained,
        "level_attention": net.uniform_loss / net.loss,
        "halved_attention": halved_loss / net.loss,
        "halved_accuracy": halved_accuracy,
    }


def beside(ours: pd.DataFrame, released: pd.DataFrame) -> pd.DataFrame:
    """The rows of each kind and seed that both tables have, one below the other; the kind names the start."""
    keys = ["kind", "seed"]
    first = ours.merge(released[keys])
    second = first[keys].merge(released)
    first["kind"] += ", ours"
    second["kind"] += ", released"
    return pd.concat([first, second]).sort_index(kind="stable", ignore_index=True)


def table(found: Iterable[tuple[str, int, Run]]) -> pd.DataFrame:
    """``row`` of each (kind, seed, run), with the columns kind and seed in front; one net at a time in memory."""
    return pd.DataFrame([{"kind": kind, "seed": seed} | row(Net(run)) for kind, seed, run in found])


def relapses(found: Iterable[tuple[str, int, Run]]) -> pd.DataFrame:
    """How often a net falls back: kind, seed, and how many checkpoints after the first above 99% are ``below`` it."""
    rows = []
    for kind, seed, run in found:
        above = run.measures["test_accuracy"] > GROKKED
        below = int((~above[int(above.int().argmax()) :]).sum()) if above.any() else 0
        rows.append({"kind": kind, "seed": seed, "below": below})
    return pd.DataFrame(rows)


def sizes(found: Iterable[tuple[str, int, Run]]) -> pd.DataFrame:
    """How large the embedding is: kind, seed, root mean square of its entries at the start, at 99%, at the end.

    sqrt(sum_k |W_k|^2 / (p d)) with W_k the part of W_E at frequency k; the constant is left out. NaN at 99% when
    the net never gets there. ``epoch``: when it does, -1 for never.
    """
    rows = []
    for kind, seed, run in found:
        size = (run.measures["spectrum_E"].double().square().sum(1) / (run.config.p * run.config.d_model)).sqrt()
        above = run.measures["test_accuracy"] > GROKKED
        at = int(above.int().argmax())
        rows.append({
            "kind": kind, "seed": seed, "start": float(size[0]), "at 99%": float(size[at]) if above.any() else math.nan,
            "end": float(size[-1]), "epoch": int(run.measures["epoch"][at]) if above.any() else -1,
        })  # fmt: skip
    return pd.DataFrame(rows)


def floors(found: Iterable[tuple[str, int, Run]]) -> pd.DataFrame:
    """How much of what the last norm divides by is its floor: kind, seed, and the median ``share`` over all pairs.

    f / (mean x^2 + f) with x the stream before the norm and f = 1e-8 (``modular.rms_norm``; the released code has
    none of this size).
    """
    rows = []
    for kind, seed, run in found:
        x = Net(run).with_weights()["resid_post"][0].double()
        one = modular.rms_norm(x[None], torch.ones(1, x.shape[1], dtype=x.dtype))[0]
        rows.append({"kind": kind, "seed": seed, "share": float((1 - one.square().mean(-1)).median())})
    return pd.DataFrame(rows)


OWN, HALVED = "its own", "half on each number"


def neurons_halved(found: Iterable[tuple[str, int, Run]]) -> pd.DataFrame:
    """The neurons of each net with its attention and with half on each number in its place (``Net.halved``).

    kind, seed, attention, and ``periodic_neurons`` and ``diagonal`` as in ``row``.
    """
    rows = []
    for kind, seed, run in found:
        net = Net(run)
        halved = plane.block_energy(net.halved()["mlp"])
        for attention, energy in ((OWN, net.energy), (HALVED, halved)):
            rows.append({
                "kind": kind, "seed": seed, "attention": attention,
                "periodic_neurons": _periodic(clusters.best(clusters.shares(energy, net.p))),
                "diagonal": plane.diagonal_share(energy),
            })  # fmt: skip
    return pd.DataFrame(rows)


def _periodic(neurons: clusters.Clusters) -> float:
    return neurons.clustered.double().mean().item()


def each(rows: pd.DataFrame, measure: str, kinds: Iterable[str] = (BINARY, TERNARY)) -> dict[str, float]:
    """The median of a measure over the seeds of each kind: the form of the ledger's values."""
    return {kind: float(rows[rows["kind"] == kind][measure].median()) for kind in kinds}


def against_full(rows: pd.DataFrame, measure: str, how: str) -> dict[str, float]:
    """Medians of the binary and the ternary nets against the full-precision nets: "ratio" or "difference"."""
    full = each(rows, measure, (FULL,))[FULL]
    return {k: v / full if how == "ratio" else v - full for k, v in each(rows, measure).items()}


def planes(net: Net) -> list[Float[Tensor, "d q"]]:
    """The planes in which the waves of the key frequencies arrive at the neurons, by ``alignment.arrivals``."""
    return arrivals(net.W_E, net.weights["W_V"][0], net.weights["W_O"][0], net.keys)


def structure(net: Net, *, controls: int = 1000) -> Alignment:
    """W_in as the net computes with it against the planes of its key frequencies, and shuffled controls."""
    return against_shuffled(net.weights["W_in"][0], planes(net), controls, generator=shuffles(net))


def shuffles(net: Net) -> torch.Generator:
    """The stream of random orders for this net's controls."""
    return streams(net.run.config.seed, "shuffled controls")["shuffled controls"]
