"""Checks of Chapter 1's exercises about numbers on waves: each rule raises NotYet and says why."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Generator, Tensor

from circles.teaching import cases
from circles.teaching.answers import array, close, integer, members, number, off, real, said
from circles.teaching.check import NotYet


def last_digit_periods(answer: Any) -> None:
    """The periods, in numbers, that a function of the last digit can have."""
    n = np.arange(40)
    right = [10 / j for j in range(1, 6)]
    found = set()
    for period in members(answer, "periods", "a list of periods"):
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


def spectrum(answer: Callable[[Tensor], Any], *, draw: Generator) -> None:
    """norms(rows): the norm over all dimensions of each component k = 0 ... n//2, columns centred."""
    sizes = ((12, 3), (15, 4), (cases.integer(16, 40, draw=draw), cases.integer(2, 6, draw=draw)))
    for n, d in sizes:
        rows = 5 + cases.noise(n, d, draw=draw)
        got = real(array(answer(rows), (n // 2 + 1,), "norms(rows)"), "norms(rows)", "a norm is a real number")
        fast = torch.fft.rfft(rows - rows.mean(0), dim=0).abs().square().sum(1)
        want = (fast * torch.tensor([1.0 if k in (0, n / 2) else 2.0 for k in range(n // 2 + 1)]) / n).sqrt()
        if gap := off(got, want):
            why = "two rows of the basis belong to a frequency; the squares of both, and of all columns, add up"
            if abs(float(got[0])) > 1e-3 and not off(got[1:], want[1:]):
                why = "component 0 is not zero: take the mean off each column first"
            raise NotYet(f"norms(rows) is off by {gap:.3g} for {n} numbers: {why}")


def marks(answer: Mapping[str, Any]) -> None:
    """For each mark, which of the periods 10, 5, 10/3, 2.5, 2 it shows at."""
    n = np.arange(100)
    tables = {"multiples of ten": n % 10 == 0, "multiples of five": n % 5 == 0, "even numbers": n % 2 == 0}
    periods = [10, 5, 10 / 3, 2.5, 2]
    for mark, where in tables.items():
        listed = members(said(answer, mark), f"shows_at[{mark!r}]", "a list of periods")
        for one in listed:
            if all(abs(one - period) >= 0.01 for period in periods):
                raise NotYet(f"{one:g} is none of the five periods that are asked about")
        power = [abs((where * np.exp(2j * np.pi * n / t)).sum()) > 1e-6 for t in periods]
        for period, there in zip(periods, power, strict=True):
            if there != any(abs(period - t) < 0.01 for t in listed):
                hint = "a mark that repeats after m numbers has waves that repeat after m numbers, and no others"
                words = "shows" if there else "does not show"
                raise NotYet(f"a mark on the {mark} {words} at period {period:.3g}: {hint}")


def same_wave(answer: Callable[[Fraction], Any], *, draw: Generator) -> None:
    """slowest(T): the longest period whose cosine agrees with that of period T on all whole numbers."""
    asked = [Fraction(10), Fraction(10, 9), Fraction(5, 2), Fraction(5, 3), Fraction(4, 3), Fraction(10, 7)]
    asked.append(Fraction(7, 12))
    while len(asked) < 15:
        over, under = cases.integer(2, 40, draw=draw), cases.integer(1, 40, draw=draw)
        if over % under and under % over:  # a period of 1/m is no wave on whole numbers
            asked.append(Fraction(over, under))
    for t in asked:
        got = number(answer(t), f"slowest({t})")
        f = (1 / t) % 1
        f = min(f, 1 - f)
        if not close(got, float(1 / f)):
            n = np.arange(50)
            same = got > 0 and np.abs(np.cos(2 * np.pi * n / got) - np.cos(2 * np.pi * n / float(t))).max() < 1e-4
            why = "it has the same values, but a longer period has them too" if same else "its values differ"
            raise NotYet(f"slowest({t}) gives {got:.4g}: {why}. Add a whole turn a step, or turn the other way")


def corrected(answer: Callable[[Tensor, Tensor], Any], *, draw: Generator) -> None:
    """corrected(observed, controls): p-values of k components against the largest of each of R controls."""
    for R, k in ((99, 6), (cases.integer(40, 300, draw=draw), cases.integer(4, 9, draw=draw))):
        controls = cases.fixed(R, k, seed=1).abs() if R == 99 else cases.noise(R, k, draw=draw).abs()
        observed = torch.tensor([0.1, 1.0, 2.0, 2.6, 5.0, 9.0] + [1.5, 1.8, 2.2], dtype=torch.float64)[:k]
        observed[3] = controls[0].max()  # a tie: as large counts
        got = array(answer(observed, controls), (k,), "corrected(observed, controls)")
        most = [max(row) for row in controls.tolist()]
        want = torch.tensor([(1 + sum(m >= o for m in most)) / (R + 1) for o in observed.tolist()]).double()
        if gap := off(got, want):
            alone = (1 + (controls >= observed).sum(0)) / (R + 1)
            why = "count the controls whose largest component is at least as large, add one to both counts"
            if (got - alone).abs().max() < 0.02:
                why = (
                    "these are the p-values of each component alone: of six, one is small by chance six times as often"
                )
            elif got.min() <= 0:
                why = "no finite number of controls makes a result impossible: the numbers as they are count as one"
            raise NotYet(f"corrected(observed, controls) is off by {gap:.3g}: {why}")


def nearest_point(answer: Callable[[Tensor, Tensor], Any], *, draw: Generator) -> None:
    """nearest(h, A): the point nearest h with A x = 0."""
    for rows, size in ((2, 7), (4, 7), (cases.integer(3, 5, draw=draw), cases.integer(8, 12, draw=draw))):
        A, h = cases.noise(rows, size, draw=draw), cases.noise(size, draw=draw)
        if rows > 2:
            A[-1] = A[0] + A[1]  # a row that says nothing new
        got = array(answer(h, A), (size,), "nearest(h, A)")
        if (far := float((A @ got).abs().max())) > 1e-4:
            raise NotYet(f"A x is {far:.3g}, expected 0: take away all that the rows of A see of h")
        kernel = torch.from_numpy(np.linalg.svd(A.numpy())[2][int(torch.linalg.matrix_rank(A)) :])
        want = kernel.mT @ (kernel @ h)
        if not (got - want).abs().max() <= 1e-4:
            far, near = (got - h).norm(), (want - h).norm()
            raise NotYet(f"A x is 0, but x lies {far:.3g} from h and a point at {near:.3g} fulfils it too")


def alike(answer: Callable[[int, Sequence[float], int], Any], *, draw: Generator) -> None:
    """alike(c, periods, n): the numbers 0 ... n-1 at which the sum of the waves is as large as at c."""
    asked = [(108, (2,), 130), (108, (2, 5), 130), (7, (10, 2.5), 40), (50, (5, 2, 340), 340)]
    for _ in range(6):
        n = cases.integer(60, 250, draw=draw)
        pick = cases.some(cases.integer(1, 3, draw=draw), 0, 6, draw=draw)
        asked.append((cases.integer(0, n - 1, draw=draw), tuple((2, 2.5, 3, 4, 6, 7.5, 12)[i] for i in pick), n))
    for c, periods, n in asked:
        call = f"alike({c}, {periods}, {n})"
        got = [integer(x, call) for x in members(answer(c, periods, n), call, "a list of numbers")]
        if len(set(got)) != len(got):
            raise NotYet(f"{call} lists a number twice")
        x = np.arange(n)
        height = sum(np.cos(2 * np.pi * (x - c) / t) for t in periods)
        want = [int(i) for i in x[height > len(periods) - 1e-9]]
        if sorted(got) != want:
            extra, missed = sorted(set(got) - set(want)), sorted(set(want) - set(got))
            one = f"{missed[0]} is missing" if missed else f"{extra[0]} is not among them"
            hint = "every wave must have made whole turns between c and the number"
            raise NotYet(f"{call}: {one}: {hint}")


def whole(x: float) -> bool:
    """Whether x is a whole number up to rounding; for use in answers."""
    return math.isclose(x, round(x), abs_tol=1e-9)
