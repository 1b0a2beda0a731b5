"""Chapter 3's exercises: what the stubs are told, and wrong answers."""

from __future__ import annotations

import torch

from circles.teaching import quantized

STUB_SAYS = {
    "bits": "bits(1) gives 1, which is wrong: one value tells nothing",
    "maps": "take the mean off first",
    "invariances": "the answer to 'shift' is '?', expected True or False",
    "through": "carries no gradient",
    "quiet": "the power for full precision is '?'",
    "trains": "the prediction for inner, gradient is '?'",
    "harmonics": "a square wave has the odd multiples",
    "pvalue": "no finite number of controls makes a result impossible",
}
LEAST = {"all": 5}


def signs(w):
    return torch.where(w >= w.mean(), 1.0, -1.0).to(w)


TOLD = [
    (quantized.bits, [lambda n: (n - 1).bit_length()], "three values need less than two whole bits"),
    (quantized.maps, [lambda W: torch.where(W >= 0, 1.0, -1.0), lambda W: W], "take the mean off first"),
    (quantized.maps, [signs, lambda W: ((W - W.mean()) / (W - W.mean()).abs().mean()).round().clip(-1, 1)],
     "the scale g is missing"),
    (quantized.maps, [signs, lambda W: W[0]], "ternary(W) gives shape (9,), expected a tensor of shape (6, 9)"),
    (quantized.invariances, [dict.fromkeys(quantized.QUESTIONS, True)],
     "to 'negative scale', but the binary matrix changes"),
    (quantized.straight_through, [lambda W: W], "does not have the values of binary(W)"),
    (quantized.straight_through, [lambda W: 2 * W + (signs(W) - 2 * W).detach()], "W gets a gradient off by"),
    (quantized.which_trains, [{("inner", "gradient"): "numbers", ("inner", "changes"): True,
                               ("outer", "gradient"): "zeros"}], "'zeros' for outer, gradient"),
    (quantized.quiet_scores, [dict.fromkeys(quantized.KINDS, 2)], "you say 2 for binary, but at t"),
    (quantized.quiet_scores, [dict.fromkeys(quantized.KINDS, 1)], "a score has two matrices in it"),
    (quantized.sign_of_wave, [lambda p, k: [m * k % p for m in (1, 3, 5)]], "fold each multiple back"),
    (quantized.p_value, [lambda o, c: (1 + int((c <= o).sum())) / (1 + len(c))], "count the other side"),
]  # fmt: skip
