"""What one checkpoint has learnt: the measures of Nanda et al. 2023, for people and for machines."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch

from circles.analysis import clusters, losses, progress, readout, spectra
from circles.foundations.errors import CheckpointError, ConfigError
from circles.models import checkpoint, modular
from circles.training.tasks import split

Report = dict[str, Any]


def report(path: str | Path, *, fraction: float | None = None, seed: int | None = None) -> Report:
    """Loss, key frequencies, neurons, logits' fit, restricted and excluded loss, Gini: plain values by name.

    All over all p^2 pairs, since a file does not say which pairs it was trained on; with ``fraction`` and
    ``seed`` our split of that seed adds the train and test pairs apart. Key frequencies by three rules;
    the fit and the losses use those of W_L, which is what reaches the logits. In float64. A value that
    does not exist (a Gini of zeros) is None. Raises CheckpointError for a file that is no checkpoint of
    this transformer, ConfigError when only one of fraction and seed is given, or a fraction not between 0 and 1.
    """
    if (fraction is None) != (seed is None):
        given = "fraction" if seed is None else "seed"
        raise ConfigError(f"only {given} is given, expected fraction and seed together: both name the split")
    if fraction is not None and not 0 < fraction < 1:  # true of NaN too
        raise ConfigError(f"fraction is {fraction}, expected a number between 0 and 1")
    weights, spec = checkpoint.load(path)
    exact = {name: w.double() for name, w in weights.items()}
    with torch.no_grad():
        everything = modular.activations(exact, spec)
        acts = {name: everything[name][0] for name in ("logits", "mlp", "attn")}
        del everything
        W_E = exact["W_E"][0, :-1]
        W_L = (exact["W_out"][0] @ exact["W_U"][0]).mT
        for name, x in {**acts, "W_L": W_L}.items():
            if not x.abs().max() < 1e100:  # squares must stay finite; false for NaN too
                raise CheckpointError(f"{path}: the weights are finite but {name} is not, or is beyond 1e100")
        found = _measures(acts, W_E, W_L)
        found = {"file": str(path), "p": spec.p, "d_model": spec.d_model, "heads": spec.n_heads,
                 "d_mlp": spec.d_mlp, "positions": spec.positions, "pairs": spec.p**2} | found  # fmt: skip
        found["sum_of_squares"] = spectra.sum_of_squares(exact)
        if fraction is not None and seed is not None:
            keys = tuple(found["key_frequencies"]["W_L"])
            sides = zip(("train", "test"), split(spec.p, fraction, seed=seed), strict=True)
            found["split"] = {"fraction": fraction, "seed": seed} | {
                side: {"pairs": len(pairs)} | _losses(acts["logits"], keys, pairs) for side, pairs in sides
            }
    return _plain(found)


def _measures(acts: dict[str, torch.Tensor], W_E: torch.Tensor, W_L: torch.Tensor) -> Report:
    neurons = clusters.clusters(acts["mlp"])
    heads = clusters.clusters(acts["attn"][:, :, 0])
    keys = spectra.readout_frequencies(W_L)
    fit = readout.fit_logits(acts["logits"], keys)
    return _losses(acts["logits"], keys) | {
        "key_frequencies": {
            "W_E": list(spectra.embedding_frequencies(W_E)),
            "W_L": list(keys),
            "neurons": list(neurons.frequencies),
        },
        "neurons": {
            "threshold": neurons.threshold,
            "clustered": int(neurons.clustered.sum()),
            "total": acts["mlp"].shape[1],
            "by_frequency": {str(k): n for k, n in neurons.counts.items()},
        },
        "attention_heads": [
            {"frequency": k, "explained": v}
            for k, v in zip(heads.frequency.tolist(), heads.explained.tolist(), strict=True)
        ],
        "logits_variance_explained": fit.explained,
        "logits_fit_loss": fit.loss,
        "alpha": {str(k): v for k, v in fit.alpha.items()},
        "readout_residual": readout.residual_fraction(W_L, keys),
        "gini": {"W_E": spectra.gini(spectra.components(W_E)), "W_L": spectra.gini(spectra.components(W_L))},
    }


def _losses(logits: torch.Tensor, keys: tuple[int, ...], pairs: torch.Tensor | None = None) -> Report:
    return {
        "loss": losses.loss(logits, pairs),
        "accuracy": losses.accuracy(logits, pairs),
        "restricted_loss": progress.restricted_loss(logits, keys, pairs),
        "excluded_loss": progress.excluded_loss(logits, keys, pairs),
    }


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: None stands for both."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def render(found: Report) -> str:
    """The report as lines of text, names left and values right."""
    p, neurons, keys = found["p"], found["neurons"], found["key_frequencies"]
    most = (p - 1) // 2
    shape = f"p {p}, d_model {found['d_model']}, {found['heads']} heads, d_mlp {found['d_mlp']}"
    rows = [("net", shape + ("" if found["positions"] else ", no positions"))]
    rows += _loss_rows(found, f"all {found['pairs']} pairs")
    for side in ("train", "test"):
        if "split" in found:
            part = found["split"][side]
            rows += _loss_rows(part, f"{side}, {part['pairs']} pairs")
    rows += [(f"key frequencies, {rule}", _listed(chosen, most)) for rule, chosen in keys.items()]
    rows.append(("neurons over 85%" if neurons["threshold"] == 0.85 else "neurons", _neurons(neurons)))
    heads = [f"{h['frequency']} ({_number(h['explained'], '.1%')})" for h in found["attention_heads"]]
    gini = found["gini"]
    rows += [
        ("attention heads", ", ".join(heads)),
        ("logits explained", _number(found["logits_variance_explained"], ".2%")),
        ("loss of that fit", _number(found["logits_fit_loss"], ".3e")),
        ("W_L residual", _number(found["readout_residual"], ".2%")),
        ("Gini", f"W_E {_number(gini['W_E'], '.3f')}, W_L {_number(gini['W_L'], '.3f')}"),
        ("sum of squares", _number(found["sum_of_squares"], ".1f")),
    ]
    if len(keys["W_L"]) > most // 2:
        # all sum waves together hold every function of a + b, so the projection itself would solve the task
        rows.append(("note", "W_L is not sparse: restricted, excluded and fit say nothing of this net"))
    width = max(len(name) for name, _ in rows)
    return "\n".join([found["file"], *(f"  {name:<{width}}  {value}" for name, value in rows)])


def _loss_rows(part: Report, where: str) -> list[tuple[str, str]]:
    loss = f"loss {_number(part['loss'], '.3e')}, accuracy {_number(part['accuracy'], '.2%')}"
    measures = [f"{name} {_number(part[f'{name}_loss'], '.3e')}" for name in ("restricted", "excluded")]
    return [(where, f"{loss}, {', '.join(measures)}")]


def _listed(keys: list[int], most: int) -> str:
    if len(keys) > most // 2:
        return f"{len(keys)} of {most}: the spectrum is not sparse"
    return ", ".join(map(str, keys)) or "none"


def _neurons(neurons: Report) -> str:
    parts = ", ".join(f"{number} at {k}" for k, number in neurons["by_frequency"].items())
    return f"{neurons['clustered']} of {neurons['total']}" + (f": {parts}" if parts else "")


def _number(value: float | None, form: str) -> str:
    return "undefined" if value is None else format(value, form)
