"""A trained net as the few products that a page needs to compute it anew: tables over numbers, and maps after them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from circles.models import modular


def tabled(weights: Mapping[str, Tensor], spec: modular.ModularSpec) -> dict[str, Tensor]:
    """The first replicate's net in float64 as products over tables.

    At ``=`` a head h pays the shares (A_a, A_b, A_=) = softmax(scores[a, h], scores[b, h] + later_score[h], 0) and
    mixes z = A_a values[a] + A_b (values[b] + later_value); then MLP = relu(z to_neurons + neuron_bias) and
    logits = z past_neurons + logit_bias + MLP readout. Scores and values are those above what ``=`` has itself.

    ``scores`` [p H], ``later_score`` [1 H], ``values`` [p H*dh], ``later_value`` [1 H*dh],
    ``to_neurons`` [H*dh m] = W_O W_in, ``neuron_bias`` [1 m], ``past_neurons`` [H*dh p] = W_O W_U,
    ``logit_bias`` [1 p], ``readout`` [m p] = W_out W_U. Where a norm stands before the unembedding the products stay
    apart: ``past_neurons`` [H*dh d] = W_O, ``stream_bias`` [1 d], ``read`` [d m] = W_in, ``readout`` [m d] = W_out,
    and the stream x = z past_neurons + stream_bias + MLP readout has the logits (x / rms x) unembed, with
    ``unembed`` [d p] = diag(gain) W_U. Sources: Nanda et al. 2023, section 3; Li 2024, released code.
    """
    w = {name: x[:1].double() for name, x in weights.items()}
    table = modular.tables(w, spec)
    W_O = w["W_O"].flatten(1, 2)
    stream = table["x2"] + table["v2"] @ W_O  # of a pair that attends to = alone
    bias_in, bias_out = (w[name].unsqueeze(1) if spec.biases else 0.0 for name in ("b_in", "b_out"))
    found = {
        "scores": table["s0"] - table["s2"],
        "later_score": (table["s1"] - table["s0"])[:, :1],
        "values": table["v0"] - table["v2"],
        "later_value": (table["v1"] - table["v0"])[:, :1],
        "neuron_bias": stream @ w["W_in"] + bias_in,
    }
    if spec.norm:
        found |= {
            "past_neurons": W_O, "stream_bias": stream + bias_out, "read": w["W_in"], "readout": w["W_out"],
            "unembed": w["gain"].unsqueeze(-1) * w["W_U"],
        }  # fmt: skip
    else:
        found |= {
            "to_neurons": W_O @ w["W_in"], "past_neurons": W_O @ w["W_U"],
            "logit_bias": (stream + bias_out) @ w["W_U"], "readout": w["W_out"] @ w["W_U"],
        }  # fmt: skip
    return {name: torch.as_tensor(x[0]).contiguous() for name, x in found.items()}
