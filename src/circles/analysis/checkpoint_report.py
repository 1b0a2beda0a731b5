"""What one net has learnt: the measures of Nanda et al. 2023 and Zhong et al. 2023, for people and for machines."""

from __future__ import annotations

import math
from collections.abc import Mapping
from os import PathLike
from typing import Any

import torch
from torch import nn

from circles.analysis import progress, readout, spectra
from circles.analysis.foreign_net import ForeignNet
from circles.foundations.errors import ConfigError
from circles.models.foreign.load import load
from circles.models.foreign.said import Said
from circles.training.tasks import split

Report = dict[str, Any]
Source = str | PathLike[str] | nn.Module | Mapping[str, Any]


def dissect(
    source: Source, *, at: int | None = None, told: Said | None = None, config: Mapping[str, Any] | None = None
) -> ForeignNet:
    """A checkpoint's file, a module of torch (a HookedTransformer, a bridge) or a dict of tensors, taken apart.

    ``at`` chooses in a list of checkpoints, ``told`` settles what the file does not say, ``config`` is a file beside
    it. Raises CheckpointError for what is no net of this kind.
    """
    return ForeignNet(load(source, at=at, told=told, config=config))


def report(
    source: Source,
    *,
    fraction: float | None = None,
    seed: int | None = None,
    at: int | None = None,
    told: Said | None = None,
    config: Mapping[str, Any] | None = None,
) -> Report:
    """Loss, key frequencies, neurons, logits' fit, restricted and excluded loss, Gini, clock or pizza, by name.

    All over all pairs, since a file does not say which pairs it was trained on; with ``fraction`` and
    ``seed`` our split of that seed adds the train and test pairs apart. Key frequencies by three rules;
    the fit and the losses use those of W_L, which is what reaches the logits. In float64. A value that
    does not exist (a Gini of zeros) is None. Raises CheckpointError for a source that is no checkpoint of such a
    transformer, ConfigError when only one of fraction and seed is given, or a fraction not between 0 and 1.
    """
    net = dissect(source, at=at, told=told, config=config)
    return of_net(net, fraction=fraction, seed=seed)


@torch.no_grad()
def of_net(net: ForeignNet, *, fraction: float | None = None, seed: int | None = None) -> Report:
    """``report`` of a net that is taken apart already."""
    if (fraction is None) != (seed is None):
        given = "fraction" if seed is None else "seed"
        raise ConfigError(f"only {given} is given, expected fraction and seed together: both name the split")
    if fraction is not None and not 0 < fraction < 1:  # true of NaN too
        raise ConfigError(f"fraction is {fraction}, expected a number between 0 and 1")
    found = _about(net) | _scores(net) | _measures(net)
    if fraction is not None and seed is not None:
        sides = zip(("train", "test"), split(net.modulus, fraction, seed=seed), strict=True)
        found["split"] = {"fraction": fraction, "seed": seed} | {
            side: {"pairs": len(pairs)} | _scores(net, pairs) for side, pairs in sides
        }
    return _plain(found)


def _about(net: ForeignNet) -> Report:
    loaded, meaning = net.loaded, net.loaded.meaning
    weights, wiring = meaning.net.weights, meaning.net.wiring
    return {
        "file": loaded.name,
        "place": loaded.place,
        "layout": loaded.layout,
        "p": net.modulus,
        "operation": net.operation,
        "tokens": " ".join(meaning.order.words),
        "d_model": weights["W_E"].shape[1],
        "heads": wiring.heads,
        "d_mlp": weights["W_in"].shape[1],
        "activation": wiring.activation,
        "attention": wiring.attention,
        "norm": wiring.norm,
        "positions": "W_pos" in weights,
        "reasons": dict(meaning.reasons),
        "pairs": net.modulus**2,
        "group": net.p,
    }


def _scores(net: ForeignNet, pairs: torch.Tensor | None = None) -> Report:
    rows = None if pairs is None else net.rows(pairs)
    return net.scores(pairs) | {
        "restricted_loss": progress.restricted_loss(net.logits, net.keys, rows),
        "excluded_loss": progress.excluded_loss(net.logits, net.keys, rows),
    }


def _measures(net: ForeignNet) -> Report:
    neurons, heads, fit = net.neurons, net.heads, net.logit_fit
    with torch.enable_grad():
        clock = net.clock_or_pizza
    rules = net.three_rules
    return {
        "key_frequencies": {
            "W_E": list(rules["embedding"]),
            "W_L": list(rules["readout"]),
            "neurons": list(rules["neurons"]),
        },
        "neurons": {
            "threshold": neurons.threshold,
            "clustered": int(neurons.clustered.sum()),
            "total": net.mlp.shape[1],
            "by_frequency": {str(k): n for k, n in neurons.counts.items()},
        },
        "attention_heads": [
            {"frequency": k, "explained": v}
            for k, v in zip(heads.frequency.tolist(), heads.explained.tolist(), strict=True)
        ],
        "logits_variance_explained": fit.explained,
        "logits_fit_loss": fit.loss,
        "alpha": {str(k): v for k, v in fit.alpha.items()},
        "readout_residual": readout.residual_fraction(net.W_L, net.keys),
        "gini": {
            "W_E": spectra.gini(spectra.components(net.W_E)),
            "W_L": spectra.gini(spectra.components(net.W_L)),
        },
        "sum_of_squares": spectra.sum_of_squares(net.net.weights),
        "alternating_share": net.alternating,
        "clock_or_pizza": clock,
    }


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: None stands for both."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
