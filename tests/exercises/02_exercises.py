"""Chapter 2's exercises: what the stubs are told, right answers of other forms, and wrong ones."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import numpy as np
import torch

from circles.analysis import readout
from circles.foundations import fourier
from circles.teaching import nets, trained, waves
from exercises import run

# What each check says of its stub: the words that tell a reader what to do.
STUB_SAYS = {
    "alias": "expected a whole number from 0 to p//2 = 3",
    "gini": "one of 5 holds all, but it is one of the 5",
    "losses": "expected the word low or high",
    "coefficients": "the basis rows carry sqrt(2/p) each",
    "sharp": "leave out d = 0",
    "attention": "the query is that of the token = at position 2",
    "decay": "differentiate log sum_d exp(s f(d))",
    "addition": "for p = 7 your net is right on 14% of the pairs; 0 + 1 gives 0",
    "split": "project each column",
    "keys": "these frequencies hold nearly everything",
    "unseen": "its readout has",
    "ablate": "it has the wave still, 100% of it",
    "through": "the restricted loss of snapshot 0 is 0",
    "directions": "project W_L on the wave over its classes",
    "by_hand": "for p = 7, ks = (1,) your net is right on 14.3% of the pairs",
}
LEAST = {"all": 7}
KINDS = ["memoriser", "generaliser", "both"]
SAID = ["high", "low", "low", "high", "low", "low"]  # restricted and excluded of each


def predictions(words):
    pairs = [(kind, loss) for kind in KINDS for loss in ("restricted", "excluded")]
    return dict(zip(pairs, words, strict=True))


def gini_counted(n, m):
    x = np.array([1.0] * m + [0.0] * (n - m), dtype=np.float32)
    return np.abs(x[:, None] - x).mean() / (2 * x.mean())


def solved_net(p, ks):
    return run("02_exercises", "addition", "solution")["addition_net"](p, ks)


def net_with(left, right):
    """The net with these two signs of its cosine and sine outputs."""

    def made(p, ks):
        net, n = solved_net(p, ks), len(ks)
        signs = torch.tensor([1.0, left, right, right * left]).repeat_interleave(n)[:, None]
        return net | {"W_L": net["W_L"] * signs}

    return made


def complex_net(p, ks):
    """A net of three products a frequency: cos cos, sin sin, and (cos + sin)(cos + sin) for both mixed ones."""
    x = np.arange(p)
    wave = [2 * np.pi * k * x / p for k in ks]
    c, s = np.array([np.cos(w) for w in wave]), np.array([np.sin(w) for w in wave])
    one, nil = np.eye(len(ks)), np.zeros((len(ks), len(ks)))
    factor = np.block([[one, nil, one], [nil, one, one]])
    return {"W_E": np.concatenate([c, s]).T, "A": factor, "B": factor, "W_L": np.concatenate([c - s, -c - s, s])}


def single(p, ks):
    """One frequency, the first of them, in the room of all."""
    net = solved_net(p, ks[:1])
    K, pad = len(ks), torch.nn.functional.pad
    E = pad(net["W_E"], (0, 2 * K - 2))
    rows = (0, 0, 0, 2 * K - 2)
    return net | {"W_E": E, "A": pad(net["A"], rows), "B": pad(net["B"], rows)}


def margin(p, ks):
    f = waves.clean_logits(p, ks)
    return f[0] - f[1:].max()


def margin_numpy(p, ks):
    d = np.arange(1, p)
    return len(ks) - max(sum(np.cos(2 * np.pi * k * d / p) for k in ks))


def by_euclid(p, ks):
    for k in ks:
        p = math.gcd(p, k)
    return np.bool_(p == 1)


def scan(E, pos, W_Q, W_K, W_V, scale=True, query=-1, place=2, with_position=True):
    """Both tables token by token; the switches make the usual mistakes."""
    x = np.asarray(E)[None] + np.asarray(pos)[:, None] * with_position
    q = x[place, query] @ np.asarray(W_Q)
    scores = np.array([[q @ (x[i, t] @ np.asarray(W_K)) for t in range(len(E))] for i in range(3)])
    return scores / (len(W_K.T) ** 0.5 if scale else 1), x @ np.asarray(W_V)


F = waves.clean_logits(nets.P, nets.KS)


def slope(s, decay, back=1.0):
    weight = torch.softmax(s * F, 0)
    return float((weight * F).sum() - back * F[0] + decay * s)


def slope_numpy(s, decay):
    f = F.numpy()
    e = np.exp(s * (f - f[0]))
    return np.float32((e * f).sum() / e.sum() - f[0] + decay * s)


def root(decay, by=slope):
    low, high = 0.0, 2000.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (low, middle) if by(middle, decay) > 0 else (middle, high)
    return low


def by_newton(decay):
    s = torch.tensor(0.0, dtype=torch.float64)
    for _ in range(100):
        weight = torch.softmax(s * F, 0)
        bend = (weight * F**2).sum() - (weight * F).sum() ** 2 + decay
        s = s - slope(float(s), decay) / bend
    return s


def split(logits, ks, means=True, keep_means=False, waves_of=lambda v: v):
    p = logits.shape[1]
    v = waves_of(torch.cat([fourier.sum_directions(p, k) for k in ks]))
    kept = v.T @ (v @ logits)
    return kept + logits.mean(0) * means, logits - kept - logits.mean(0) * keep_means


def split_averaged(logits, ks):
    """The same by averaging over each sum and a plain sum of cosines."""
    x, p = np.asarray(logits), logits.shape[1]
    total = np.add.outer(np.arange(p), np.arange(p)).ravel() % p
    by_sum = np.array([x[total == s].mean(0) for s in range(p)])
    s = np.arange(p)
    kernel = sum(2 / p * np.cos(2 * np.pi * k * np.subtract.outer(s, s) / p) for k in ks)
    kept = (kernel @ by_sum)[total]
    return [kept + x.mean(0), x - kept]


def by_rule(rule, bands=True, first=1, dims=None):
    """An answer to exercise 10: the frequencies that this rule takes, of bands or of the larger coefficient."""

    def found(W):
        c = fourier.transform(W, 0)
        rows = c.norm(dim=1) if dims is None else dims(c)
        sizes = fourier.bands(rows)[1:] if bands is True else bands(rows[1::2], rows[2::2])
        return [k + first for k, taken in enumerate(rule(sizes)) if taken]

    return found


def quarter(b):
    return b > b.max() / 4


def by_fft(W):
    size = np.sqrt((np.abs(np.fft.rfft(np.asarray(W), axis=0)[1:]) ** 2).sum(1))
    return np.flatnonzero(size > size.max() / 4) + 1


def table(p, *values):
    return dict(zip(waves.PAIRS, values, strict=True))


# on trained nets


def largest(W, share):
    size = trained.bands(W)
    return [k for k in range(1, len(size)) if size[k] > share]


def fft_keys(weights):
    W = np.asarray(weights["W_U"]).T @ np.asarray(weights["W_out"]).T
    power = (np.abs(np.fft.rfft(W, axis=0)) ** 2).sum(1)[1:]
    return {int(k) + 1 for k in np.flatnonzero(power > power.max() / 16)}


def by_logits(weights):
    """From the logits alone: which waves of a + b - c they hold."""
    x = trained.logits(weights)
    p = x.shape[1]
    i = torch.arange(p * p)
    d = (i // p + i % p)[:, None] - torch.arange(p)
    by_d = torch.zeros(p, dtype=x.dtype).index_add_(0, (d % p).flatten(), x.flatten())
    size = fourier.bands(fourier.transform(by_d))
    return torch.tensor([k for k in range(1, len(size)) if size[k] > size[1:].max() / 10])


def project_off(W, k, rows=(-1, 0), last=True, mean=False):
    p = len(W) - 1
    V = fourier.basis(p)[[2 * k + r for r in rows]]
    E = W[:-1] - V.T @ (V @ W[:-1]) - mean * W[:-1].mean(0)
    return torch.cat([E, W[-1:] if last else W[-1:] * 0])


def off_by_fft(W, k):
    c = np.fft.rfft(np.asarray(W)[:-1], axis=0)
    c[k] = 0
    return np.concatenate([np.fft.irfft(c, len(W) - 1, axis=0), np.asarray(W)[-1:]])


def off_by_fit(W, k):
    n = torch.arange(len(W) - 1, dtype=W.dtype) * (2 * math.pi * k / (len(W) - 1))
    A = torch.stack([n.cos(), n.sin()], 1)
    return torch.cat([W[:-1] - A @ torch.linalg.lstsq(A, W[:-1]).solution, W[-1:]]).float()


def in_place(W, k):
    W[:-1] = project_off(W, k)[:-1]
    return W


def followed(logits, ks, train, mean=True, swap=False, both=None, loss=torch.nn.functional.cross_entropy):
    p = logits[0].shape[1]
    i = torch.arange(p * p)
    c, V = (i // p + i % p) % p, torch.cat([fourier.sum_directions(p, k) for k in ks])
    kept = [V.T @ (V @ x) for x in logits]
    on = i if both is None or both == "all" else train
    of = train if both is None or both == "train" else i
    first = [loss((w + x.mean(0) * mean)[on], c[on]) for w, x in zip(kept, logits, strict=True)]
    second = [loss((x - w)[of], c[of]) for w, x in zip(kept, logits, strict=True)]
    return (second, first) if swap else (first, second)


def followed_numpy(logits, ks, train):
    """By averaging over sums, in NumPy."""
    found = []
    for x in logits:
        kept, rest = (np.asarray(t) for t in split_averaged(x, ks))
        p = x.shape[1]
        c = np.add.outer(np.arange(p), np.arange(p)).ravel() % p
        take = [np.log(np.exp(z - z.max(1, keepdims=True)).sum(1)) + z.max(1) - z[np.arange(p * p), c] for z in (kept, rest)]
        found.append((take[0].mean(), take[1][np.asarray(train)].mean()))
    return np.array(found).T


def directions_of(W, k):
    cos, sin = fourier.basis(len(W))[2 * k - 1 : 2 * k + 1].to(W)
    return W.T @ cos, W.T @ sin


def directions_fitted(W, k):
    """All waves at once by least squares."""
    p = len(W)
    x = np.arange(p)
    A = np.stack([f(2 * np.pi * j * x / p) for j in range(1, p // 2 + 1) for f in (np.cos, np.sin)], 1) * np.sqrt(2 / p)
    found = np.linalg.lstsq(A, np.asarray(W) - np.asarray(W).mean(0), rcond=None)[0]
    return found[2 * k - 2], found[2 * k - 1]


def directions_by_fft(W, k):
    c = torch.fft.fft(W, dim=0)[k] * (2 / len(W)) ** 0.5
    return torch.stack([c.real, -c.imag]).float()


def share_of(x, k, wave=0, centre=True):
    w = fourier.sum_directions(math.isqrt(len(x)), k)[wave].to(x)
    x = x - x.mean() * centre
    return (x @ w) ** 2 / (x @ x)


def share_by_correlation(x, k):
    p = math.isqrt(len(x))
    wave = np.cos(2 * np.pi * k * np.add.outer(np.arange(p), np.arange(p)).ravel() / p)
    return np.float32(np.corrcoef(np.asarray(x), wave)[0, 1] ** 2)


@cache
def book_hand():
    return run("02_exercises", "by_hand", "solution")["by_hand"]


def hand(p, ks, **changed):
    return book_hand()(p, ks, **changed)


def hand_with(**changes):
    """The solution's net with some weights changed by functions of them."""

    def made(p, ks):
        net = hand(p, ks)
        return net | {name: change(net[name]) for name, change in changes.items()}

    return made


def clean_share(logits, ks, centre=True):
    p = logits.shape[1]
    i = torch.arange(p * p)
    d = ((i // p + i % p)[:, None] - torch.arange(p)).to(logits)
    x = logits - logits.mean() * centre
    waves_of = torch.stack([(2 * math.pi * k * d / p).cos() for k in ks])
    return (torch.einsum("knc,nc->k", waves_of, x) ** 2).sum() * 2 / p**3 / x.square().sum()


def clean_share_by_sums(logits, ks):
    p = logits.shape[1]
    x = np.asarray(logits) - np.asarray(logits).mean()
    d = (np.add.outer(np.arange(p), np.arange(p)).ravel()[:, None] - np.arange(p)) % p
    mean = np.bincount(d.ravel(), x.ravel(), p) / p**2
    return float((np.abs(np.fft.fft(mean)[list(ks)]) ** 2).sum() * 2 * p / (x**2).sum())


def clean_share_by_fit(logits, ks):
    found = readout.fit_logits(logits.float(), tuple(ks))
    return np.float32(found.explained)


def two_heads(p, ks):
    """The same net with two heads, each with half of the width."""
    net = hand(p, ks)
    d = net["W_E"].shape[1]
    one = torch.eye(d, dtype=torch.float64)
    V = torch.stack([one[:, : d // 2], one[:, d // 2 :]])
    zero = torch.zeros(2, d, d // 2, dtype=torch.float64)
    return net | {"W_Q": zero, "W_K": zero, "W_V": V, "W_O": V.mT}


RIGHT = {
    "alias": [[lambda k, p: abs((k + p // 2) % p - p // 2)], [lambda k, p: torch.tensor([k % p, -k % p]).min()],
              [lambda k, p: np.float32(min(abs(k - j * p) for j in range(12)))],
              [lambda k, p: round(math.acos(round(math.cos(2 * math.pi * k / p), 12)) * p / (2 * math.pi))]],
    "gini": [[gini_counted], [lambda n, m: Fraction(n - m, n)], [lambda n, m: torch.tensor((n - m) / n)],
             [lambda n, m: np.float32(1) - np.float32(m) / np.float32(n)]],
    "losses": [[predictions(SAID)], [predictions([w.upper() for w in SAID])], [predictions([f" {w} " for w in SAID])],
               [predictions([np.str_(w) for w in SAID])]],
    "coefficients": [[lambda p: table(p, np.float32(p / 2), np.float32(-p / 2), 0.0, 0.0)],
                     [lambda p: table(p, torch.tensor(p / 2), -torch.tensor(p / 2), torch.tensor(0.0), 1e-8)],
                     [lambda p: table(p, Fraction(p, 2), Fraction(-p, 2), Fraction(0), 0)],
                     [lambda p: table(p, 1 / math.sqrt(2 / p) ** 2, -1 / math.sqrt(2 / p) ** 2, 0, 0)]],
    "sharp": [[margin, by_euclid], [margin_numpy, lambda p, ks: margin_numpy(p, ks) > 1e-6],
              [lambda p, ks: margin(p, ks).float(), lambda p, ks: int(math.gcd(p, *ks) == 1)],
              [lambda p, ks: waves.clean_logits(p, ks).diff().new_tensor(margin_numpy(p, ks)),
               lambda p, ks: torch.tensor(all(any(k * d % p for k in ks) for d in range(1, p)))]],
    "attention": [[scan], [lambda *x: [torch.from_numpy(t).float() for t in scan(*x)]],
                  [lambda *x: [t.tolist() for t in scan(*x)]],
                  [lambda E, pos, Q, K, V: (((E[-1] + pos[2]) @ Q @ (K.T / K.shape[1] ** 0.5) @ (E + pos[:, None]).mT),
                                            (E + pos[:, None]) @ V)]],
    "decay": [[slope, root], [slope_numpy, lambda decay: root(decay)],
              [lambda s, decay: torch.tensor(slope(s, decay), dtype=torch.float32), by_newton]],
    "addition": [[solved_net], [complex_net], [lambda p, ks: {n: 3 * w.float() for n, w in solved_net(p, ks).items()}],
                 [lambda p, ks: {n: w.tolist() for n, w in solved_net(p, ks).items()}],
                 [lambda p, ks: solved_net(p, [p - k for k in ks])]],
    "split": [[split], [split_averaged], [lambda x, ks: torch.stack(split(x, ks))],
              [lambda x, ks: [t.float() for t in split(x, ks)]], [lambda x, ks: np.stack(split_averaged(x, ks))]],
    "keys": [[by_rule(quarter)], [by_fft], [lambda W: torch.tensor(by_rule(quarter)(W))],
             [lambda W: set(by_rule(quarter)(W))], [lambda W: by_rule(quarter)(W.float())[::-1]],
             [lambda W: tuple(float(k) for k in by_fft(W))]],
    "unseen": [[lambda w: largest(trained.readout(w), 0.25)], [fft_keys], [by_logits],
               [lambda w: np.array(largest(w["W_U"].T, 0.3)[::-1], dtype=np.float32)]],
    "ablate": [[project_off], [off_by_fft], [off_by_fit], [lambda W, k: project_off(W, k).tolist()]],
    "through": [[followed], [followed_numpy], [lambda *x: torch.stack([torch.stack(t).float() for t in followed(*x)])],
                [lambda *x: tuple(np.array(t) for t in followed(*x))]],
    "directions": [[directions_of, share_of], [directions_fitted, share_by_correlation],
                   [directions_by_fft, lambda x, k: share_of(x, k).float()]],
    "by_hand": [[hand, clean_share], [two_heads, clean_share_by_sums], [lambda p, ks: hand(p, ks, directions=5), clean_share_by_fit],
                [lambda p, ks: {n: w.float().numpy() for n, w in hand(p, ks, directions=7).items()}, clean_share]],
}  # fmt: skip

WRONG = {
    "alias": [
        ([lambda k, p: k % p // 2], "they are not the same wave"),
        ([lambda k, p: None], "gives None, expected a number"),
        ([lambda k, p: 1 // 0], "your code stopped with ZeroDivisionError"),
        ([lambda k, p: k % p], "expected a whole number from 0 to p//2 = 3"),
        ([lambda k, p: min(k, p - k)], "expected a whole number from 0"),
        ([lambda k, p: k % (p // 2)], "they are not the same wave"),
        ([lambda k, p: min(k % p, p // 2)], "they are not the same wave"),
        ([lambda k, p: float("nan")], "expected a whole number from 0"),
    ],
    "gini": [
        ([lambda n, m: m / n], "average |x_i - x_j|"),
        ([lambda n, m: 1 - (m - 1) / (n - 1)], "gives 1: one of 5 holds all, but it is one of the 5"),
        ([lambda n, m: (n - m) / (n - 1)], "gives 1: one of 5"),
        ([lambda n, m: 1 - m / n + 1e-3], "average |x_i - x_j|"),
        ([lambda n, m: 2 * (1 - m / n)], "then divide by twice the mean"),
        ([lambda n, m: 1 - (m / n) ** 2], "average |x_i - x_j|"),
        ([lambda n, m: float("nan")], "average |x_i - x_j|"),
    ],
    "losses": [
        ([{("memoriser", "restricted"): "low"}], "only the key waves are kept"),
        ([predictions(["high"] * 6)], "you say the excluded loss of memoriser is high"),
        ([predictions(["high", "low", "low", "low", "low", "low"])], "the excluded loss of generaliser is low"),
        ([predictions(["high", "low", "low", "high", "high", "low"])], "the restricted loss of both is high"),
        ([predictions(["high", "low", "low", "high", "low", "high"])], "the excluded loss of both is high"),
        ([SAID], "expected a dict with an entry for each question"),
        ([predictions([True, False, False, True, False, False])], "expected the word low or high"),
    ],
    "coefficients": [
        ([lambda p: table(p, p / 2, p / 2, 0, 0)], "the sign is not"),
        ([lambda p: None], "expected a dict with the keys cos cos, sin sin"),
        ([lambda p: table(p, math.sqrt(p / 2), -math.sqrt(p / 2), 0, 0)], "multiply the table by that basis table"),
        ([lambda p: table(p, 2 / p, -2 / p, 0, 0)], "multiply the table by that basis table"),
        ([lambda p: table(p, 0, 0, p / 2, p / 2)], "multiply the table by that basis table"),
        ([lambda p: table(p, p / 2, -p / 2, p / 2, 0)], "cos(x+y) has no such product"),
        ([lambda p: table(p, p, -p, 0, 0)], "which is wrong"),
        ([lambda p: [p / 2, -p / 2, 0, 0]], "expected a dict with the keys"),
    ],
    "sharp": [
        # One frequency is not enough when it shares a divisor with p.
        ([margin, lambda p, ks: True], "sharp(4, (2,)) says True, but the answer a + b - 2"),
        ([margin, lambda p, ks: all(math.gcd(p, k) == 1 for k in ks)], "says False, but every wrong answer gets"),
        ([margin, lambda p, ks: any(math.gcd(p, k) == 1 for k in ks)], "says False, but every wrong answer gets"),
        ([margin, lambda p, ks: math.gcd(*ks) == 1], "says"),
        ([margin, lambda p, ks: all(p % d for d in range(2, p))], "says False, but every wrong answer gets"),
        ([lambda p, ks: margin(p, ks) / len(ks), by_euclid], "take f(0) minus the largest other"),
        ([lambda p, ks: margin(p, ks[:1]), by_euclid], "take f(0) minus the largest other"),
        ([margin, lambda p, ks: "yes"], "expected True or False"),
    ],
    "attention": [
        ([lambda *x: scan(*x, scale=False)], "divide the scores by sqrt(h)"),
        ([lambda *x: scan(*x, query=0)], "the query is that of the token ="),
        ([lambda *x: scan(*x, place=0)], "the query is that of the token ="),
        ([lambda *x: scan(*x, with_position=False)], "a key is that of a token plus its position"),
        ([lambda E, pos, Q, K, V: (scan(E, pos, Q, K, V)[0], E @ V + 0 * pos[:, :1, None])], "a value is (token + position) W_V"),
        ([lambda *x: scan(*x)[0]], "expected scores [3, p+1] and values [3, p+1, h]"),
        ([lambda *x: scan(*x)[::-1]], "tables: the first gives shape (3, 12, 4)"),
        ([lambda *x: (scan(*x)[0] * 2, scan(*x)[1])], "the pattern differs"),
    ],
    "decay": [
        ([lambda s, decay: slope(s, 0), root], "the term of the weight decay is missing"),
        ([lambda s, decay: slope(s, decay, back=0), root], "differentiate log sum_d exp(s f(d))"),
        ([lambda s, decay: slope(s, decay / 2), root], "differentiate log sum_d exp(s f(d))"),
        ([lambda s, decay: -slope(s, decay), root], "differentiate log sum_d"),
        ([slope, lambda decay: 1 / decay], "where the slope is"),
        ([slope, lambda decay: root(2 * decay)], "s is too small"),
        ([slope, lambda decay: root(decay) + 0.01], "s is too large"),
        ([slope, lambda decay: math.inf], "s is too"),
    ],
    "addition": [
        ([net_with(1, -1)], "your net computes"),
        ([net_with(-1, 1)], "your net computes a - b: look at a sign"),
        ([single], "for p = 15 your net is right on"),
        ([lambda p, ks: solved_net(p, [k for k in range(1, p // 2) if math.gcd(k, p) == 1][: len(ks)] or ks)], "is not among ks"),
        ([lambda p, ks: solved_net(p, ks) | {"W_L": solved_net(p, ks)["W_L"].roll(1, 1)}], "right on 0%"),
        ([lambda p, ks: single(p, ks) if p != 15 else solved_net(p, ks)], "has no part in it: use every k of ks"),
        ([lambda p, ks: {n: w for n, w in solved_net(p, ks).items() if n != "B"}], "expected a dict with W_E, A, B and W_L"),
        ([lambda p, ks: solved_net(p, ks) | {"W_E": torch.eye(p)}], "expected a tensor of shape (7, 2)"),
    ],
    "split": [
        ([lambda logits, ks: None], "gives None, expected two tables"),
        ([lambda x, ks: split(x, ks, means=False)], "add back the mean logit of each class"),
        ([lambda x, ks: split(x, ks, keep_means=True)], "the mean stays in"),
        ([lambda x, ks: split(x, ks[:1])], "project each column"),
        ([lambda x, ks: split(x, ks, waves_of=lambda v: v[: len(v) // 2])], "project each column"),
        ([lambda x, ks: split(x, ks, waves_of=lambda v: v * 2)], "project each column"),
        ([lambda x, ks: split(x, ks)[::-1]], "project each column"),
        ([lambda x, ks: (split(x, ks)[0], x)], "take the key waves away, nothing else"),
    ],
    "keys": [
        ([by_rule(lambda b: b > b.max() / 2)], "above a quarter of the largest"),
        ([by_rule(lambda b: b**2 > b.max() ** 2 / 4)], "compare no squares"),
        ([by_rule(lambda b: b > 0.12 * b.max())], "below a quarter of the largest"),
        ([by_rule(quarter, bands=torch.maximum)], "compare bands"),
        ([by_rule(quarter, bands=lambda c, s: c + s)], "the root of the sum of squares, not a sum of sizes"),
        ([by_rule(quarter, dims=lambda c: c.abs().sum(1))], "you find"),
        ([by_rule(quarter, first=0)], "you find [13, 34, 51]"),
        ([lambda W: by_rule(quarter)(W)[:-1]], "you find [14, 35], expected [14, 35, 52]"),
        ([lambda W: [k for k in by_rule(lambda b: b > 1)(W)]], "the rule must not depend on the scale of W"),
        ([lambda W: 2 * by_rule(quarter)(W)], "you find [14, 14, 35, 35, 52, 52]"),
        ([lambda W: by_rule(quarter)(W[:, :1])], "you find"),
        ([lambda W: None], "gives None, expected a list of frequencies"),
    ],
    "unseen": [
        ([lambda w: largest(w["W_E"][:-1], 0.25)], "what the embedding carries, the readout need not use"),
        ([lambda w: largest(trained.readout(w), 0.01)], "of the largest band in the readout"),
        ([lambda w: largest(trained.readout(w), 0.95)], "but its readout has"),
        ([lambda w: [k - 1 for k in largest(trained.readout(w), 0.25)]], "do you start at 1"),
        ([lambda w: [2 * k for k in largest(trained.readout(w), 0.25)]], "expected frequencies from 1 to 56"),
        ([lambda w: 2 * largest(trained.readout(w), 0.25)], "each frequency once"),
        ([lambda w: largest(w["W_in"][:113], 0.25)], "for one net you find"),
        ([lambda w: list(trained.keys(4, 17))], "for one net you find"),
        ([lambda w: "14, 35"], "expected a list of frequencies"),
    ],
    "ablate": [
        ([lambda W, k: project_off(W, k, rows=(-1,))], "its sine is still there"),
        ([lambda W, k: project_off(W, k, rows=(0,))], "its cosine is still there"),
        ([lambda W, k: project_off(W, k, last=False)], "the row of = has changed"),
        ([lambda W, k: project_off(W, k, mean=True)], "the mean number has gone too"),
        ([in_place], "without changes the W_E that it is given"),
        ([lambda W, k: project_off(W, k)[:-1]], "gives shape (113, 128), expected a tensor of shape (114, 128)"),
        ([lambda W, k: project_off(W, k + 1)], "it has the wave still"),
        ([lambda W, k: W - project_off(W, k) + torch.cat([0 * W[:-1], W[-1:]])], "it has the wave still"),
    ],
    "through": [
        ([lambda *x: followed(*x, swap=True)], "the restricted loss of snapshot 0"),
        ([lambda *x: followed(*x, both="train")], "that is over the training pairs: it is measured on all"),
        ([lambda *x: followed(*x, both="all")], "that is over all pairs: it is measured on the training pairs"),
        ([lambda *x: followed(*x, mean=False)], "the restricted loss of snapshot 0"),
        ([lambda x, ks, train: followed(x, ks[:1], train)], "the restricted loss of snapshot"),
        ([lambda *x: followed(*x)[0]], "expected two lists, restricted and excluded losses"),
        ([lambda *x: followed(*x, loss=lambda z, c: -z.softmax(1).log2()[torch.arange(len(z)), c].mean())], "the restricted loss"),
        ([lambda x, ks, train: followed(x[:3], ks, train)], "curves: the first gives shape (3,)"),
    ],
    "directions": [
        ([lambda W, k: directions_of(W, k)[::-1], share_of], "project W_L on the wave over its classes"),
        ([lambda W, k: [t * 2 for t in directions_of(W, k)], share_of], "it is 2 times as long as it should be"),
        ([lambda W, k: [t / t.norm() for t in directions_of(W, k)], share_of], "the waves are unit vectors"),
        ([lambda W, k: directions_of(W.T, k), share_of], "expected a tensor of shape (512,)"),
        ([lambda W, k: directions_of(W, k + 1), share_of], "project W_L"),
        ([directions_of, lambda x, k: share_of(x, k) ** 0.5], "variance is a square: you have its root"),
        ([directions_of, lambda x, k: share_of(x, k, wave=1)], "the wave's share of the sum of squares"),
        ([directions_of, lambda x, k: share_of(x, k, centre=False)], "about the mean"),
    ],
    "by_hand": [
        ([lambda p, ks: hand(p, ks, directions=4), clean_share], "your net is right on"),
        ([lambda p, ks: hand(p, ks, directions=3), clean_share], "your net is right on"),
        ([lambda p, ks: hand(p, ks[:1]), clean_share], "for p = 15, ks = (3, 5) your net is right on"),
        ([hand_with(W_out=lambda w: -w), clean_share], "your net is right on"),
        ([hand_with(W_U=lambda w: w.roll(1, 1)), clean_share], "is right on 0.0% of the pairs"),
        ([hand_with(W_E=lambda w: w[:-1]), clean_share], "W_E gives shape (7, 4), expected a tensor of shape (8, 4)"),
        ([lambda p, ks: {n: w for n, w in hand(p, ks).items() if n != "b_in"}, clean_share], "exactly the weights W_E"),
        ([lambda p, ks: hand(p, range(1, p // 2 + 1)), clean_share], "which is not among ks"),
        ([hand, lambda x, ks: clean_share(x, ks) ** 0.5], "sum alpha_k^2 times the squared norm"),
        ([hand, lambda x, ks: clean_share(x, ks[:1])], "clean_share(logits, (3, 5)) gives"),
    ],
}  # fmt: skip
