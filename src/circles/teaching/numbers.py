"""Checks of Chapter 1's exercises about numbers on waves: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

from circles.teaching.check import NotYet, number
from circles.teaching.quantized import noise, tensor_like


def last_digit_periods(answer: Sequence[float]) -> None:
    """The periods, in numbers, that a function of the last digit can have."""
    n = np.arange(40)
    right = [10 / j for j in range(1, 6)]
    found = set()
    for period in (float(t) for t in answer):
        near = min(right, key=lambda t, said=period: abs(t - said))
        if abs(near - period) < 0.01:
            found.add(near)
        elif not math.isfinite(period):
            raise NotYet(f"{period:g} is no period: what never changes is no wave")
        elif 0 < period < 2:
            raise NotYet(f"period {period:g} is under 2: on whole numbers a slower wave has the same values")
        elif period <= 0 or np.abs(np.cos(2 * np.pi * n / period) - np.cos(2 * np.pi * (n + 10) / period)).max() > 1e-6:
            raise NotYet(f"a wave of period {period:g} does not repeat after ten numbers: 7 and 17 would differ")
    if len(found) < len(right):
        raise NotYet(f"these are {len(found)} periods, and there are more: 10 may hold one, two, three ... whole waves")


def spectrum(answer: Callable[[Tensor], Any]) -> None:
    """norms(rows): the norm over all dimensions of each component k = 0 ... n//2, columns centred."""
    for n, d, seed in ((12, 3, 0), (15, 4, 1)):
        rows = 5 + noise(n, d, seed=seed)
        got = tensor_like(answer(rows), (n // 2 + 1,), "norms(rows)")
        fast = torch.fft.rfft(rows - rows.mean(0), dim=0).abs().square().sum(1)
        want = (fast * torch.tensor([1.0 if k in (0, n / 2) else 2.0 for k in range(n // 2 + 1)]) / n).sqrt()
        if (got - want).abs().max() > 1e-9:
            why = "two rows of the basis belong to a frequency; the squares of both, and of all columns, add up"
            if abs(float(got[0])) > 1e-9 and (got[1:] - want[1:]).abs().max() < 1e-9:
                why = "component 0 is not zero: take the mean off each column first"
            raise NotYet(f"norms(rows) is off by {(got - want).abs().max():.3g} for {n} numbers: {why}")


def marks(answer: Mapping[str, Sequence[float]]) -> None:
    """For each mark, which of the periods 10, 5, 10/3, 2.5, 2 it shows at."""
    n = np.arange(100)
    tables = {"multiples of ten": n % 10 == 0, "multiples of five": n % 5 == 0, "even numbers": n % 2 == 0}
    periods = [10, 5, 10 / 3, 2.5, 2]
    for mark, where in tables.items():
        said = answer.get(mark)
        if not isinstance(said, list | tuple | set):
            raise NotYet(f"the answer for {mark!r} is {said!r}, expected a list of periods")
        for one in map(float, said):
            if all(abs(one - period) >= 0.01 for period in periods):
                raise NotYet(f"{one:g} is none of the five periods that are asked about")
        power = [abs((where * np.exp(2j * np.pi * n / t)).sum()) > 1e-6 for t in periods]
        for period, there in zip(periods, power, strict=True):
            if there != any(abs(period - float(t)) < 0.01 for t in said):
                hint = "a mark that repeats after m numbers has waves that repeat after m numbers, and no others"
                words = "shows" if there else "does not show"
                raise NotYet(f"a mark on the {mark} {words} at period {period:.3g}: {hint}")


def same_wave(answer: Callable[[Fraction], Any]) -> None:
    """slowest(T): the longest period whose cosine agrees with that of period T on all whole numbers."""
    for t in (
        Fraction(10),
        Fraction(10, 9),
        Fraction(5, 2),
        Fraction(5, 3),
        Fraction(4, 3),
        Fraction(10, 7),
        Fraction(7, 12),
    ):
        got = number(answer(t), f"slowest({t})")
        f = (1 / t) % 1
        f = min(f, 1 - f)
        want = float(1 / f)
        if abs(got - want) > 1e-9 * want:
            n = np.arange(50)
            same = got > 0 and np.abs(np.cos(2 * np.pi * n / got) - np.cos(2 * np.pi * n / float(t))).max() < 1e-9
            why = "it has the same values, but a longer period has them too" if same else "its values differ"
            raise NotYet(f"slowest({t}) gives {got:.4g}: {why}. Add a whole turn a step, or turn the other way")


def corrected(answer: Callable[[Tensor, Tensor], Any]) -> None:
    """corrected(observed, controls): p-values of k components against the largest of each of R controls."""
    controls = noise(99, 6, seed=1).abs()
    observed = torch.tensor([0.1, 1.0, 2.0, 2.6, 5.0, 9.0], dtype=torch.float64)
    observed[3] = controls[0].max()  # a tie: as large counts
    got = tensor_like(answer(observed, controls), (6,), "corrected(observed, controls)")
    most = [max(row) for row in controls.tolist()]
    want = torch.tensor([(1 + sum(m >= o for m in most)) / 100 for o in observed.tolist()], dtype=torch.float64)
    if (got - want).abs().max() > 1e-6:
        alone = (1 + (controls >= observed).sum(0)) / 100
        why = "count the controls whose largest component is at least as large, add one to both counts"
        if (got - alone).abs().max() < 0.02:
            why = "these are the p-values of each component alone: of six, one is small by chance six times as often"
        elif got.min() <= 0:
            why = "no finite number of controls makes a result impossible: the numbers as they are count as one more"
        raise NotYet(f"corrected(observed, controls) is off by {(got - want).abs().max():.3g}: {why}")


def nearest_point(answer: Callable[[Tensor, Tensor], Any]) -> None:
    """nearest(h, A): the point nearest h with A x = 0."""
    for rows, seed in ((2, 0), (4, 1)):
        A, h = noise(rows, 7, seed=seed), noise(7, seed=seed + 9)
        if rows == 4:
            A[3] = A[0] + A[1]  # a row that says nothing new
        got = tensor_like(answer(h, A), (7,), "nearest(h, A)")
        if (A @ got).abs().max() > 1e-7:
            raise NotYet(f"A x is {(A @ got).abs().max():.3g}, expected 0: take away all that the rows of A see of h")
        kernel = torch.from_numpy(np.linalg.svd(A.numpy())[2][int(torch.linalg.matrix_rank(A)) :])
        want = kernel.mT @ (kernel @ h)
        if (got - want).abs().max() > 1e-7:
            far, near = (got - h).norm(), (want - h).norm()
            raise NotYet(f"A x is 0, but x lies {far:.3g} from h and a point at {near:.3g} fulfils it too")


def alike(answer: Callable[[int, Sequence[float], int], Any]) -> None:
    """alike(c, periods, n): the numbers 0 ... n-1 at which the sum of the waves is as large as at c."""
    for c, periods, n in ((108, (2,), 130), (108, (2, 5), 130), (7, (10, 2.5), 40), (50, (5, 2, 340), 340)):
        got = answer(c, periods, n)
        if not isinstance(got, list | tuple | set):
            raise NotYet(f"alike({c}, {periods}, {n}) gives {got!r}, expected a list of numbers")
        if len(set(got)) != len(got):
            raise NotYet(f"alike({c}, {periods}, {n}) lists a number twice")
        x = np.arange(n)
        height = sum(np.cos(2 * np.pi * (x - c) / t) for t in periods)
        want = [int(i) for i in x[height > len(periods) - 1e-9]]
        if sorted(int(i) for i in got) != want:
            extra, missed = sorted(set(got) - set(want)), sorted(set(want) - set(got))
            one = f"{missed[0]} is missing" if missed else f"{extra[0]} is not among them"
            hint = "every wave must have made whole turns between c and the number"
            raise NotYet(f"alike({c}, {periods}, {n}): {one}: {hint}")


def whole(x: float) -> bool:
    """Whether x is a whole number up to rounding; for use in answers."""
    return math.isclose(x, round(x), abs_tol=1e-9)
