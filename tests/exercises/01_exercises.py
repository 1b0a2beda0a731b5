"""Chapter 1's exercises: what the stubs are told, right answers of other forms, and wrong ones."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import torch

from circles.foundations import fourier

STUB_SAYS = {
    "periods": "these are 3 periods, and there are more",
    "spectrum": "two rows of the basis belong to a frequency",
    "marks": "a mark on the multiples of ten shows at period 5",
    "alias": "a longer period has them too",
    "corrected": "one is small by chance six times as often",
    "filter": "expected 0: take away all that the rows of A see of h",
    "alike": "0 is missing",
    "permuted": "ask what neighbours have in common",
    "digits": "expected 85%: better than chance, so something is read",
}
LEAST = {"all": 6}
TENS, FIVES = [10, 5, 10 / 3, 2.5, 2], [5, 2.5]


def by_fft(rows, centre=True, factor=2.0, ends=True):
    """Norms by the fast transform; the switches make the usual mistakes."""
    rows = rows - rows.mean(0) if centre else rows
    energy = torch.fft.rfft(rows, dim=0).abs().square().sum(1) * factor / len(rows)
    if ends:
        energy[0] /= 2
        if len(rows) % 2 == 0:
            energy[-1] /= 2
    return energy.sqrt()


def in_numpy(rows):
    x = np.asarray(rows) - np.asarray(rows).mean(0)
    n = len(x)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(n), np.arange(n)) / n)
    power = (np.abs(waves @ x) ** 2).sum(1) / n
    return np.sqrt([power[k] + (power[n - k] if 0 < k < n - k else 0) for k in range(n // 2 + 1)])


def largest(observed, controls, more=1, count=None):
    most = controls.max(1).values
    count = count or (lambda m, o: m >= o)
    return (more + count(most[:, None], observed).double().sum(0)) / (more + len(controls))


def by_solving(h, A):
    x = torch.linalg.lstsq(A.mT, h[:, None], driver="gelsd").solution[:, 0]
    return (h - A.mT @ x).tolist()


def by_svd(h, A):
    _, s, vt = np.linalg.svd(np.asarray(A))
    kernel = vt[int((s > 1e-9).sum()) :]
    return kernel.T @ (kernel @ np.asarray(h))


def multiples(c, periods, n, keep=all):
    turns = [[abs((x - c) / T - round((x - c) / T)) < 1e-9 for T in periods] for x in range(n)]
    return [x for x in range(n) if keep(turns[x])]


def neighbours(rows):
    rows = rows - rows.mean(0)
    rows = rows / rows.norm(dim=1, keepdim=True)
    return (rows[1:] * rows[:-1]).sum(1).mean()


def distance(rows):
    return -(np.diff(np.asarray(rows), axis=0) ** 2).sum() / np.asarray(rows).var(0).sum()


def slow(rows):
    power = np.abs(np.fft.rfft(np.asarray(rows), axis=0)[1:]) ** 2
    return power[:10].sum() / power.sum()


def least(score):
    return lambda tables: int(np.argmin([float(score(rows)) for rows in tables]))


def most(score):
    return lambda tables: int(np.argmax([float(score(rows)) for rows in tables]))


def waves_at(n, periods=(1, 2, 3, 4, 5)):
    angle = 2 * np.pi * np.outer(np.asarray(n), periods) / 10
    return np.concatenate([np.cos(angle), np.sin(angle)], 1)


def by_ridge(rows, n, others, periods=(1, 2, 3, 4, 5), ridge=1.0, centre=True):
    A, B = np.asarray(rows), np.asarray(others)
    mean = A.mean(0) * centre
    gram = (A - mean) @ (A - mean).T
    weights = np.linalg.solve(gram + ridge * np.diag(gram).mean() * np.eye(len(A)), waves_at(n, periods))
    said = (B - mean) @ (A - mean).T @ weights
    return ((said[:, None] - waves_at(range(10), periods)) ** 2).sum(2).argmin(1)


def by_classes(rows, n, others):
    """A ridge to the ten digits themselves."""
    mean = rows.mean(0)
    gram = (rows - mean) @ (rows - mean).T
    one = torch.nn.functional.one_hot(n % 10, 10).to(rows)
    weights = torch.linalg.solve(gram + gram.diagonal().mean() * torch.eye(len(n)).to(rows), one - one.mean(0))
    return ((others - mean) @ (rows - mean).T @ weights).argmax(1)


def nearest_number(rows, n, others):
    return n[torch.cdist(others, rows).argmin(1)] % 10


RIGHT = {
    "periods": [[{10, 5, 10 / 3, 2.5, 2}], [torch.tensor([2, 2.5, 3.3333, 5, 10])], [10 / np.arange(1, 6)],
                [tuple(Fraction(10, j) for j in range(1, 6))]],
    "spectrum": [[by_fft], [in_numpy], [lambda rows: by_fft(rows.float()).tolist()],
                 [lambda rows: fourier.bands(fourier.transform(rows - rows.mean(0), 0), 0).norm(dim=1)]],
    "marks": [[{"multiples of ten": np.array(TENS), "multiples of five": (2.5, 5), "even numbers": {2}}],
              [{"multiples of ten": torch.tensor(TENS), "multiples of five": torch.tensor(FIVES), "even numbers": [2.0]}],
              [{"multiples of ten": {10, 5, 3.33, 2.5, 2}, "multiples of five": FIVES, "even numbers": (2,)}]],
    "alias": [[lambda T: max(1 / abs(1 / T - round(1 / T)), 2)], [lambda T: float(1 / min(1 / T % 1, -1 / T % 1))],
              [lambda T: torch.tensor(1 / abs(float(1 / T) - round(1 / T)))],
              [lambda T: 2 * np.pi / np.arccos(np.cos(2 * np.pi / float(T)))]],
    "corrected": [[largest], [lambda o, c: [float(x) for x in largest(o, c)]],
                  [lambda o, c: np.array([(1 + sum(np.asarray(c).max(1) >= x)) / (1 + len(c)) for x in np.asarray(o)])],
                  [lambda o, c: torch.cat([torch.ones(1, len(o)), (c.amax(1, keepdim=True) >= o).float()]).mean(0)]],
    "filter": [[by_solving], [by_svd], [lambda h, A: (h.float() - torch.linalg.pinv(A.float(), rtol=1e-5) @ (A.float() @ h.float()))],
               [lambda h, A: tuple(torch.tensor(by_svd(h, A)))]],
    "alike": [[multiples], [lambda c, T, n: set(multiples(c, T, n))], [lambda c, T, n: np.array(multiples(c, T, n))],
              [lambda c, T, n: torch.tensor(multiples(c, T, n))],
              [lambda c, T, n: [float(x) for x in np.flatnonzero(sum(np.cos(2 * np.pi * (np.arange(n) - c) / t) for t in T) > len(T) - 1e-6)]]],
    "permuted": [[least(neighbours)], [least(distance)], [lambda tables: torch.tensor(least(slow)(tables))],
                 [lambda tables: np.float32(least(slow)(tables))]],
    "digits": [[by_ridge], [by_classes], [lambda *x: by_ridge(*x).tolist()], [lambda *x: torch.tensor(by_ridge(*x)).float()]],
}  # fmt: skip

WRONG = {
    "periods": [
        ([[10, 5, 10 / 3, 2.5, 2, 4]], "a wave of period 4 does not repeat after ten"),
        ([[10, 10 / 9]], "period 1.11111 is under 2"),
        ([[10, 5, 3.3333, 3.33333, 2.5]], "these are 4 periods"),
        ([[10, 5, 10 / 3, 2.5, float("inf")]], "what never changes is no wave"),
        ([5], "gives 5, expected a list of periods"),
        (["10, 5, 2.5, 2"], "expected a list of periods"),
        ([[10, 5, 2.5, 2]], "these are 4 periods"),
    ],
    "spectrum": [
        ([lambda rows: by_fft(rows, centre=False)], "component 0 is not zero: take the mean off"),
        ([lambda rows: rows], "norms(rows) gives shape (12, 3), expected a tensor of shape (7,)"),
        ([lambda rows: by_fft(rows, factor=1.0)], "two rows of the basis belong to a frequency"),
        ([lambda rows: by_fft(rows, ends=False)], "two rows of the basis"),
        ([lambda rows: by_fft(rows).square()], "the squares of both"),
        ([lambda rows: fourier.bands(fourier.transform(rows - rows.mean(0), 0), 0).abs().sum(1)], "of all columns"),
        ([lambda rows: torch.fft.rfft(rows - rows.mean(0), dim=0)[:, 0]], "a norm is a real number"),
    ],
    "marks": [
        ([{"multiples of ten": TENS, "multiples of five": [10, 5, 2.5]}], "multiples of five does not show at period 10"),
        ([{"multiples of ten": [10, 5, 10 / 3, 2.5, 2, 7]}], "7 is none of the five periods"),
        ([{}], "shows_at['multiples of ten'] gives None, expected a list of periods"),
        ([{"multiples of ten": TENS, "multiples of five": FIVES, "even numbers": [2, 10]}], "even numbers does not show at period 10"),
        ([{"multiples of ten": TENS, "multiples of five": [5], "even numbers": [2]}], "multiples of five shows at period 2.5"),
        ([[TENS, FIVES, [2]]], "expected a dict with an entry for each question"),
    ],
    "alias": [
        ([lambda T: Fraction(10)], "slowest(5/2) gives 10: its values differ"),
        ([lambda T: 1 / (1 / T % 1)], "a longer period has them too"),
        ([lambda T: T if T >= 2 else 1 / (1 - 1 / T)], "slowest(7/12) gives"),
        ([lambda T: None], "gives None, expected a number"),
        ([lambda T: T / (T - 1) if T < 2 else T], "slowest(7/12) gives"),
        ([lambda T: 2 * T if T < 2 else T], "slowest(10/9) gives 2.222: its values differ"),
    ],
    "corrected": [
        ([lambda o, c: largest(o, c, more=0)], "no finite number of controls makes a result impossible"),
        ([lambda o, c: largest(o, c, count=torch.gt)], "whose largest component is at least as large"),
        ([lambda o, c: largest(o, c, count=torch.le)], "whose largest component is at least as large"),
        ([lambda o, c: (1 + (c >= o).sum(0)) / (1 + len(c))], "of each component alone"),
        ([lambda o, c: (1 + (c >= o).sum(0)) / (1 + len(c)) * len(o)], "corrected(observed, controls) is off by"),
        ([lambda o, c: (1 + (c.max() >= o).double()) / (1 + len(c))], "is off by"),
        ([lambda o, c: float(largest(o, c).min())], "gives shape (), expected a tensor of shape (6,)"),
    ],
    "filter": [
        ([lambda h, A: 0 * h], "A x is 0, but x lies"),
        ([lambda h, A: h], "expected 0: take away all"),
        ([lambda h, A: torch.linalg.pinv(A) @ (A @ h)], "expected 0: take away all"),
        ([lambda h, A: h - A.mT @ torch.linalg.solve(A @ A.mT + torch.eye(len(A)), A @ h)], "expected 0"),
        ([lambda h, A: h - (A[0] @ h) / (A[0] @ A[0]) * A[0]], "expected 0"),
        ([lambda h, A: torch.linalg.svd(A)[2][-1]], "A x is 0, but x lies"),
        ([lambda h, A: A @ h], "expected a tensor of shape (7,)"),
    ],
    "alike": [
        ([lambda c, T, n: [x for x in range(n) if (x - c) % 2 == 0]], "(2, 5), 130): 0 is not among"),
        ([lambda c, T, n: [c, c]], "lists a number twice"),
        ([lambda c, T, n: 5], "gives 5, expected a list of numbers"),
        ([lambda c, T, n: multiples(c, T, n, any)], "is not among them"),
        ([lambda c, T, n: [x for x in range(n) if (x - c) % round(np.prod(T)) == 0]], "is missing"),
        ([lambda c, T, n: [x for x in multiples(c, T, n) if x >= c]], "is missing"),
        ([lambda c, T, n: [c % T[0]]], "is missing"),
    ],
    "permuted": [
        ([most(neighbours)], "ask what neighbours have in common"),
        ([least(lambda rows: rows.std())], "a permutation leaves"),
        ([most(lambda rows: rows.norm())], "a permutation leaves"),
        ([lambda tables: 0], "you pick 0, but"),
        ([lambda tables: 1 + least(neighbours)(tables)], "permuted"),
        ([least(lambda rows: rows[0] @ rows[-1])], "ask what neighbours have in common"),
        ([lambda tables: tables[0]], "expected a number"),
    ],
    "digits": [
        ([nearest_number], "better than chance, so something is read"),
        ([lambda *x: by_ridge(*x, periods=(1,))], "of the last digits that you were not told"),
        ([lambda *x: by_ridge(*x, periods=(5,))], "of the last digits that you were not told"),
        ([lambda rows, n, others: n[: len(others)] % 10], "of the last digits that you were not told"),
        ([lambda rows, n, others: torch.zeros(len(others))], "expected 85%: a map from the embedding to waves"),
        ([lambda rows, n, others: nearest_number(rows, n, others) + 10], "expected digits from 0 to 9"),
        ([lambda rows, n, others: nearest_number(rows, n, rows)], "expected a tensor of shape"),
    ],
}  # fmt: skip
