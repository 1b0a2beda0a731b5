"""Chapter 3's exercises: what the stubs are told, right answers of other forms, and wrong ones."""

from __future__ import annotations

import math

import numpy as np
import torch

from circles.teaching import quantized, trained

STUB_SAYS = {
    "bits": "bits(1) gives 1, which is wrong: one value tells nothing",
    "maps": "take the mean off first",
    "invariances": "the answer to 'shift' is '?', expected True or False",
    "through": "carries no gradient",
    "quiet": "the power for full precision is '?'",
    "trains": "the prediction for inner, gradient is '?'",
    "harmonics": "a square wave has the odd multiples",
    "pvalue": "no finite number of controls makes a result impossible",
    "kinds": "you say",
    "halved": "each head writes (E[a] + E[b]) W_V W_O / 2",
}
LEAST = {"all": 5}
SAME = dict(zip(quantized.QUESTIONS, (True, True, False, True), strict=True))
POWERS = dict(zip(quantized.KINDS, (2, 0, 2, 2), strict=True))
TRAINS = {
    ("inner", "gradient"): "numbers", ("inner", "changes"): True,
    ("outer", "gradient"): "None", ("outer", "changes"): False,
}  # fmt: skip


def signs(w):
    return torch.where(w >= w.mean(), 1.0, -1.0).to(w)


def ternary(W, scale=True, centre=True, size=None, clip=True):
    W = W - W.mean() * centre
    g = W.abs().mean() if size is None else size(W)
    t = (W / g).round()
    t = t.clip(-1, 1) if clip else t
    return g * t if scale else t


def signs_numpy(W):
    x = np.asarray(W)
    return 2 * (x >= x.mean()).astype(np.float32) - 1


def ternary_numpy(W):
    x = np.asarray(W, dtype=np.float64)
    x = x - x.mean()
    g = np.abs(x).mean()
    return np.where(np.abs(x) > g / 2, np.sign(x) * g, 0.0)


class Straight(torch.autograd.Function):
    @staticmethod
    def forward(ctx, W):
        return signs(W)

    @staticmethod
    def backward(ctx, g):
        return g


def odd(p, k):
    return [abs((m * k + p // 2) % p - p // 2) for m in (1, 3, 5)]


def by_energy(p, k):
    wave = np.sign(np.cos(2 * np.pi * k * np.arange(p) / p))
    power = np.abs(np.fft.rfft(wave))
    power[0] = 0
    return np.argsort(power)[-3:]


def share(o, c, more=1, count=torch.ge):
    return (more + int(count(c, o).sum())) / (more + len(c))


def fourth(W):
    x = (W - W.mean()) / W.std()
    return float(x.pow(4).mean())


def named(size, binary=1.2, ternary=2.0):
    return "binary" if size < binary else "ternary" if size < ternary else "full"


def by_rank(matrices):
    """The fourth moments in their order: each kind is there once."""
    order = sorted(range(3), key=lambda i: fourth(matrices[i]))
    words = dict(zip(order, ("binary", "ternary", "full"), strict=True))
    return tuple(words[i] for i in range(3))


def by_size(matrices):
    """The mean size over the root of the mean square: 1 for two values, less for three, less still for a bell."""
    found = []
    for W in matrices:
        x = np.asarray(W, dtype=np.float64) - float(W.mean())
        found.append(np.abs(x).mean() / x.std())
    order = np.argsort(found)
    words = np.empty(3, dtype=object)
    words[order] = ["full", "ternary", "binary"]
    return words


def of_stream(x, weights, gain=True, eps=1e-8):
    x = x + (x @ weights["W_in"]).relu() @ weights["W_out"]
    x = x / (x.square().mean(-1, keepdim=True) + eps).sqrt()
    return x * (weights["gain"] if gain else 1) @ weights["W_U"]


def half_loop(weights, a, b, share=0.5, equals=True, gain=True):
    E = weights["W_E"]
    x = E[-1].expand(len(a), -1) * equals
    for V, W in zip(weights["W_V"], weights["W_O"], strict=True):
        x = x + share * (E[a] + E[b]) @ V @ W
    return of_stream(x, weights, gain)


def half_tables(weights, a, b):
    """Head by head as one matrix, looked up by number."""
    V = torch.cat(list(weights["W_V"]), 1) @ torch.cat(list(weights["W_O"]), 0)
    said = weights["W_E"] @ V / 2
    return of_stream(weights["W_E"][-1] + said[a] + said[b], weights).float()


def half_numpy(weights, a, b):
    w = {name: np.asarray(x) for name, x in weights.items()}
    mixed = (w["W_E"][np.asarray(a)] + w["W_E"][np.asarray(b)]) / 2
    x = w["W_E"][-1] + np.einsum("nd,hde,hef->nf", mixed, w["W_V"], w["W_O"])
    x = x + np.maximum(x @ w["W_in"], 0) @ w["W_out"]
    return x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-8) * w["gain"] @ w["W_U"]


RIGHT = {
    "bits": [[lambda n: np.log2(n)], [lambda n: torch.log2(torch.tensor(float(n)))], [lambda n: math.log(n) / math.log(2)],
             [lambda n: -sum(1 / n * math.log2(1 / n) for _ in range(n))]],
    "maps": [[signs, ternary], [signs_numpy, ternary_numpy], [lambda W: signs(W.float()), lambda W: ternary(W.float())],
             [lambda W: signs(W).tolist(), lambda W: [list(row) for row in ternary_numpy(W)]],
             [lambda W: signs(W).int(), ternary]],
    "invariances": [[SAME], [{q: int(v) for q, v in SAME.items()}], [{q: np.bool_(v) for q, v in SAME.items()}],
                    [{q: torch.tensor(v) for q, v in SAME.items()}]],
    "through": [[Straight.apply], [lambda W: (signs(W) - W).detach() + W], [lambda W: W - W.detach() + signs(W.detach())],
                [lambda W: Straight.apply(W.float())]],
    "trains": [[TRAINS], [TRAINS | {("outer", "gradient"): None}], [{q: str(v).upper() for q, v in TRAINS.items()}],
               [TRAINS | {("inner", "changes"): np.bool_(True), ("outer", "changes"): 0}]],
    "harmonics": [[odd], [by_energy], [lambda p, k: torch.tensor(odd(p, k))], [lambda p, k: set(odd(p, k))],
                  [lambda p, k: tuple(float(f) for f in odd(p, k))]],
    "pvalue": [[share], [lambda o, c: torch.cat([c, torch.tensor([o])]).ge(o).float().mean()],
               [lambda o, c: np.mean([x >= o for x in [*c.tolist(), o]])],
               [lambda o, c: (1 + torch.count_nonzero(c >= o)) / (1 + c.numel())]],
    "quiet": [[POWERS], [{q: float(v) for q, v in POWERS.items()}], [{q: np.int64(v) for q, v in POWERS.items()}],
              [{q: torch.tensor(v) for q, v in POWERS.items()}]],
    "kinds": [[lambda ms: [named(fourth(W)) for W in ms]], [by_rank], [by_size],
              [lambda ms: [f" {named(fourth(W.float())).upper()} " for W in ms]]],
    "halved": [[half_loop], [half_tables], [half_numpy], [lambda *x: half_loop(*x).tolist()]],
}  # fmt: skip

WRONG = {
    "bits": [
        ([lambda n: (n - 1).bit_length()], "three values need less than two whole bits"),
        ([lambda n: n / 2], "one value tells nothing"),
        ([lambda n: math.log(n)], "two weights have n * n values"),
        ([lambda n: math.sqrt(n) if n > 1 else 0], "information adds up"),
        ([lambda n: math.log10(n)], "two weights have n * n values"),
        ([lambda n: math.floor(math.log2(n))], "two weights have n * n values"),
        ([lambda n: n - 1], "three values need less than two whole bits"),
    ],
    "maps": [
        ([lambda W: torch.where(W >= 0, 1.0, -1.0), lambda W: W], "take the mean off first"),
        ([signs, lambda W: ternary(W, scale=False)], "the scale g is missing"),
        ([signs, lambda W: W[0]], "ternary(W) gives shape (9,), expected a tensor of shape (6, 9)"),
        ([lambda W: torch.sign(W - W.mean()), ternary], "torch.sign(0) is 0"),
        ([lambda W: torch.where(W > W.mean(), 1.0, -1.0), ternary], "of zero 1"),
        ([lambda W: torch.where(W >= W.median(), 1.0, -1.0), ternary], "the sign of W - mean W"),
        ([lambda W: (W >= W.mean()).double(), ternary], "expected -1 and 1"),
        ([signs, lambda W: ternary(W, centre=False)], "round (W - mean W) / g"),
        ([signs, lambda W: ternary(W, clip=False)], "clip to -1 ... 1"),
        ([signs, lambda W: ternary(W, size=torch.std)], "where g is the mean of |W - mean W|"),
    ],
    "invariances": [
        ([dict.fromkeys(quantized.QUESTIONS, True)], "to 'negative scale', but the binary matrix changes"),
        ([SAME | {"shift": False}], "you say False to 'shift', but the binary matrix stays the same"),
        ([SAME | {"positive scale": False}], "to 'positive scale', but the binary matrix stays the same"),
        ([SAME | {"twice": False}], "the mean of the signs lies between -1 and 1"),
        ([SAME | {"twice": "yes"}], "the answer to 'twice' is 'yes', expected True or False"),
        ([list(SAME.values())], "expected a dict with an entry for each question"),
    ],
    "through": [
        ([lambda W: W], "does not have the values of binary(W)"),
        ([lambda W: 2 * W + (signs(W) - 2 * W).detach()], "W gets a gradient off by"),
        ([lambda W: signs(W) + (W - signs(W)).detach()], "does not have the values"),
        ([lambda W: (W + signs(W) - W).detach()], "carries no gradient"),
        ([lambda W: torch.tanh(W) + (signs(W) - torch.tanh(W)).detach()], "W gets a gradient off by"),
        ([lambda W: (W - W.mean()) + (signs(W) - W + W.mean()).detach()], "W gets a gradient off by"),
        ([lambda W: W + (torch.sign(W) - W).detach()], "does not have the values of binary(W)"),
        ([lambda W: signs(W).numpy()], "carries no gradient"),
    ],
    "trains": [
        ([TRAINS | {("outer", "gradient"): "zeros"}], "you say zeros for outer, gradient"),
        ([TRAINS | {("inner", "gradient"): "zeros"}], "you say zeros for inner, gradient"),
        ([TRAINS | {("inner", "changes"): False}], "the straight-through gradient reaches it"),
        ([TRAINS | {("outer", "changes"): True}], "an optimiser passes by what has no gradient"),
        ([TRAINS | {("outer", "gradient"): "numbers"}], "only where the loss depends on the weight"),
        ([{}], "the prediction for inner, gradient is '?', expected one of numbers, zeros, None"),
        ([TRAINS | {("outer", "changes"): "perhaps"}], "expected one of True, False"),
    ],
    "harmonics": [
        ([lambda p, k: [m * k % p for m in (1, 3, 5)]], "fold each multiple back"),
        ([lambda p, k: [1, 3, 5]], "the odd multiples 1, 3, 5 of its frequency"),
        ([lambda p, k: [k, 3 * k, 5 * k]], "fold each multiple back"),
        ([lambda p, k: [min(f % p, -f % p) for f in (k, 2 * k, 3 * k)]], "a square wave has the odd multiples"),
        ([lambda p, k: odd(p, k)[:2]], "expected three frequencies"),
        ([lambda p, k: [min(f, p // 2) for f in odd(p, 1)]], "a square wave has the odd multiples"),
        ([lambda p, k: 3], "gives 3, expected three frequencies"),
        ([lambda p, k: [f + 0.5 for f in odd(p, k)]], "expected whole numbers"),
    ],
    "pvalue": [
        ([lambda o, c: share(o, c, count=torch.le)], "count the other side"),
        ([lambda o, c: share(o, c, more=0)], "no finite number of controls makes a result impossible"),
        ([lambda o, c: share(o, c, count=torch.gt)], "count the controls that are at least as large"),
        ([lambda o, c: 1 + int((c >= o).sum())], "p_value(500, controls) gives 1, expected 0.01"),
        ([lambda o, c: (1 + int((c >= o).sum())) / len(c)], "count the controls that are at least as large"),
        ([lambda o, c: (1 + int((c >= o).sum())) / 100], "for 1 ..."),
        ([lambda o, c: "small"], "expected a number"),
    ],
    "quiet": [
        ([dict.fromkeys(quantized.KINDS, 2)], "you say 2 for binary, but at t"),
        ([dict.fromkeys(quantized.KINDS, 1)], "a score has two matrices in it"),
        ([dict.fromkeys(quantized.KINDS, 0)], "you say 0 for full precision"),
        ([POWERS | {"ternary": 0}], "does the map know how large its weights are?"),
        ([POWERS | {"2 bits": 0}], "you say 0 for 2 bits"),
        ([POWERS | {"2 bits": 4}], "expected 0, 1, 2 or 3"),
        ([POWERS | {"binary": False}], "expected 0, 1, 2 or 3"),
    ],
    "kinds": [
        ([lambda ms: ["binary", "ternary", "full"]], "Scale and shift differ, and noise is on it"),
        ([lambda ms: ["binary" if W.unique().numel() == 2 else "full" for W in ms]], "you say full, but it is"),
        ([lambda ms: [named(float(W.std()), 1, 3) for W in ms]], "you say"),
        ([lambda ms: [named(float((W / W.std()).pow(4).mean())) for W in ms]], "you say"),
        ([lambda ms: [named(-fourth(W), -3, -1.2) for W in ms]], "you say"),
        ([lambda ms: [2, 3, 0]], "expected a list of three words"),
        ([lambda ms: ["1 bit", "ternary", "full"]], "expected three of the words full, binary, ternary"),
        ([lambda ms: by_rank(ms)[:2]], "expected three of the words"),
    ],
    "halved": [
        ([lambda *x: half_loop(*x, share=1.0)], "the two shares are halves"),
        ([lambda *x: half_loop(*x, share=1 / 3)], "nothing is paid to ="),
        ([lambda *x: half_loop(*x, gain=False)], "the norm has a gain"),
        ([lambda *x: half_loop(*x, equals=False)], "what = brings itself stays"),
        ([trained.logits], "that is the net's own attention"),
        ([lambda w, a, b: half_loop(w, a, a)], "each head writes (E[a] + E[b]) W_V W_O / 2"),
        ([lambda w, a, b: half_loop(w, a, b).argmax(-1)], "expected a tensor of shape (60, 113)"),
        ([lambda w, a, b: half_loop({**w, "W_O": w["W_O"][:1], "W_V": w["W_V"][:1]}, a, b)], "each head writes"),
    ],
}  # fmt: skip
