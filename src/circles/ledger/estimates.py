"""A number estimated from many nets, or many draws of the data, with its interval, and the few made live beside them.

A claim about random training is a claim about a share, a mean or a median. Its verdict comes from the recorded nets and
must have room: the interval of three standard errors lies inside the band or outside of it. The nets trained on this
machine give no verdict of their own, for few nets are a coin; but they must look like the recorded ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Any

import numpy as np

from circles.foundations.errors import LedgerError
from circles.ledger import rules

SIGMA = 3.0  # the interval's half width in standard errors
TAIL = NormalDist().cdf(-SIGMA)  # the chance beyond it, on one side
STRANGE = 1e-3  # live nets that are this unlikely, had they been drawn as the recorded ones were, do not fit
RESAMPLES = 20_000
MOST_DIGITS = 4  # more than that nobody reads
NONE = "none"  # no live net is held against the recorded ones
RANKED = 4  # with fewer live nets no order of ranks among a hundred is rarer than one in a thousand

Nets = Sequence[float]  # one value a net


@dataclass(frozen=True)
class Estimate:
    """``value``, its interval of three standard errors ``low`` to ``high``, and the same number of the live nets.

    ``live`` has that number in words; ``fits`` is the chance that live nets drawn as the recorded ones would lie as far
    from them, or farther.
    """

    value: float
    low: float
    high: float
    nets: int
    now: float
    live: str
    fits: float
    seen: str = ""  # of few nets, which give no interval: the least and the greatest value
    of: str = "nets"  # or draws

    @property
    def error(self) -> float:
        """The standard error: a sixth of the interval."""
        return (self.high - self.low) / (2 * SIGMA)

    def words(self, digits: int) -> str:
        """``0.85 ± 0.04 (100 nets; live 4 of 5)``: as many digits as the error allows, ``digits`` at least.

        Of few nets, which give no error, ``0.85 (3 nets: 0.81 to 0.9; live 0.82)``.
        """
        live = "" if self.live == NONE else f"; live {self.live}"
        if self.seen:
            value = rules.show(self.value, max(digits, 3))
            among = f"all {self.nets} {self.of}" if self.seen == value else f"{self.nets} {self.of}: {self.seen}"
            return f"{value} ({among}{live})"
        if self.error == 0:
            return f"{rules.show(self.value, digits)} (all {self.nets} {self.of}; live {self.live})"
        known = math.floor(math.log10(abs(self.value) or 1)) - math.floor(math.log10(self.error)) + 1
        value = rules.show(self.value, max(digits, min(known, MOST_DIGITS)))
        return f"{value} ± {self.error:.1g} ({self.nets} {self.of}; live {self.live})"


def share(nets: Sequence[bool], live: Sequence[bool], *, of: str = "nets") -> Estimate:
    """The share of nets with a property, with Wilson's interval; the live ones by Fisher's exact test.

    Raises LedgerError when there are no nets.
    """
    from scipy import stats  # here and below: it takes a second to load, and most checks need none of it

    many, few = _sample(nets, "nets").astype(bool), _sample(live, "live nets").astype(bool)
    k, n = int(many.sum()), len(many)
    centre, spread = k + SIGMA**2 / 2, SIGMA * float(np.sqrt(k * (n - k) / n + SIGMA**2 / 4))
    table = [[k, n - k], [int(few.sum()), int((~few).sum())]]
    low, high = (centre - spread) / (n + SIGMA**2), (centre + spread) / (n + SIGMA**2)
    fits = float(stats.fisher_exact(table).pvalue)
    return Estimate(k / n, low, high, n, float(few.mean()), f"{few.sum()} of {len(few)}", fits, of=of)


def median(nets: Nets, live: Nets, *, of: str = "nets") -> Estimate:
    """The median over nets, between order statistics; the live nets by the test of Mann and Whitney.

    The number of nets below the true median is binomial with chance 1/2, so the interval needs no law of the values.
    Raises LedgerError when there are too few nets for one: eleven are needed.
    """
    from scipy import stats

    many, few = np.sort(_sample(nets, "nets")), _sample(live, "live nets")
    place = int(stats.binom.ppf(TAIL, len(many), 0.5))
    if place < 1:
        raise LedgerError(f"a median of {len(many)} nets has no interval of three standard errors, expected 11 or more")
    low, high = float(many[place - 1]), float(many[-place])
    now = float(np.median(few))
    return Estimate(float(np.median(many)), low, high, len(many), now, f"{now:.3g}", _alike(many, few), of=of)


def few(nets: Nets, live: float | None) -> Estimate:
    """The median over a few nets that took long to train: no interval, but their least and greatest value.

    ``live`` is None where the live net is none of those that the claim is about: then nothing is held against them.

    The verdict is about these nets. The live one is held against them by Student's law, in logarithms where all values
    are positive. Where all of them have one value there is no spread to hold it against: that the live net is the odd
    one among n + 1 has chance 1 / (n + 1). So it is with truth values, whose value here is whether all are true.
    """
    if live is None:
        found = few(nets, nets[0])
        return replace(found, now=found.value, live=NONE, fits=1.0)
    odd = 1.0 if live in nets else 1 / (len(nets) + 1)
    if all(isinstance(x, bool) for x in [*nets, live]):
        same = all(nets)
        return Estimate(same, same, same, len(nets), live, rules.show(live), odd, rules.show(same))
    many, one = _sample(nets, "nets"), _sample([live], "live nets")
    value = float(np.median(many))
    scale = np.log if (many > 0).all() and (one > 0).all() else np.asarray
    seen = f"{rules.show(float(many.min()))} to {rules.show(float(many.max()))}"
    fits = _alike(scale(many), scale(one)) if many.max() > many.min() else odd
    return Estimate(value, value, value, len(many), float(live), rules.show(float(live)), fits, seen)


def ratio(over: Nets, under: Nets, live: tuple[Nets, Nets]) -> Estimate:
    """The median of one kind of net over that of another, its interval from nets drawn again with replacement.

    ``live`` has the live nets of both kinds; each must fit.
    """
    return _drawn_again(over, under, live, lambda a, b: a / b)


def ahead(over: Nets, under: Nets, live: tuple[Nets, Nets]) -> Estimate:
    """The chance that a net of one kind has a greater value than a net of another, ties counted half.

    It asks for no law of the values, which may have two peaks. The interval is from nets drawn again with replacement.
    """
    many = [np.sort(_sample(x, "nets")) for x in (over, under)]
    few = [np.sort(_sample(x, "live nets")) for x in live]
    draws = np.random.Generator(np.random.PCG64(0))
    again = [_chance(*(np.sort(draws.choice(x, len(x))) for x in many)) for _ in range(RESAMPLES // 10)]
    reach = SIGMA * float(np.std(again, ddof=1))
    value, now = _chance(*many), _chance(*few)
    fits = min(1.0, 2 * min(_alike(a, b) for a, b in zip(many, few, strict=True)))
    low, high = max(value - reach, 0.0), min(value + reach, 1.0)
    return Estimate(value, low, high, min(map(len, many)), now, f"{now:.3g}", fits)


def _chance(over: np.ndarray, under: np.ndarray) -> float:
    """P(over > under) + P(over = under) / 2; both are sorted."""
    below = np.searchsorted(under, over, "left") + np.searchsorted(under, over, "right")
    return float(below.mean() / (2 * len(under)))


def difference(over: Nets, under: Nets, live: tuple[Nets, Nets]) -> Estimate:
    """The median of one kind of net less that of another, else as ``ratio``."""
    return _drawn_again(over, under, live, lambda a, b: a - b)


def mean(draws: Nets, live: Nets, *, of: str = "draws") -> Estimate:
    """The mean over draws, with Student's interval; the live ones by the test of Mann and Whitney.

    Raises LedgerError when there are fewer than two draws.
    """
    many, few = _sample(draws, of), _sample(live, f"live {of}")
    reach = _student(len(many), of) * float(many.std(ddof=1)) / len(many) ** 0.5
    value = float(many.mean())
    now = float(few.mean())
    return Estimate(value, value - reach, value + reach, len(many), now, f"{now:.3g}", _alike(many, few), of=of)


def ratio_of_means(over: Nets, under: Nets, live: tuple[Nets, Nets], *, of: str = "draws") -> Estimate:
    """The mean of one value a draw over the mean of another of the same draw, with Fieller's interval.

    A ratio r is in it when the mean of over - r under is within Student's reach of 0: what both values share of a
    draw's luck does not widen it. ``live`` has both values of the live draws; each must fit. Raises LedgerError when
    the values are no pairs, fewer than two, or the mean below is too near to 0.
    """
    a, b = _sample(over, of), _sample(under, of)
    if len(a) != len(b):
        raise LedgerError(f"a ratio has {len(a)} values over {len(b)}, expected pairs")
    square = _student(len(a), of) ** 2 / len(a)
    (s_aa, s_ab), (_, s_bb) = np.cov(a, b)
    p, q, r = b.mean() ** 2 - square * s_bb, a.mean() * b.mean() - square * s_ab, a.mean() ** 2 - square * s_aa
    if p <= 0:
        raise LedgerError(f"the mean below is {b.mean():.3g} of {len(b)} {of}, expected three standard errors from 0")
    low, high = ((q + sign * max(q * q - p * r, 0.0) ** 0.5) / p for sign in (-1, 1))
    few = [_sample(x, f"live {of}") for x in live]
    now = float(few[0].mean() / few[1].mean())
    fits = min(1.0, 2 * min(_alike(a, few[0]), _alike(b, few[1])))
    return Estimate(float(a.mean() / b.mean()), float(low), float(high), len(a), now, f"{now:.3g}", fits, of=of)


def plain(value: Any) -> Any:
    """The value with the number in place of each estimate."""
    return _with(value, lambda estimate: estimate.value)


def live(value: Any) -> Any:
    """The value with the number of the live nets in place of each estimate."""
    return _with(value, lambda estimate: estimate.now)


def _with(value: Any, number: Callable[[Estimate], float]) -> Any:
    if isinstance(value, Estimate):
        return number(value)
    if isinstance(value, Mapping):
        return {k: _with(v, number) for k, v in value.items()}
    return [_with(v, number) for v in value] if isinstance(value, list | tuple) else value


def inside(value: Any) -> list[Estimate]:
    """The estimates that the value is or holds."""
    if isinstance(value, Estimate):
        return [value]
    held = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [estimate for each in held for estimate in inside(each)]


def moved(value: Any, to: Callable[[Estimate], Iterable[float]]) -> Iterator[tuple[Estimate, Any]]:
    """Each estimate, and the plain value with that estimate moved to each of the numbers that ``to`` names."""
    if isinstance(value, Estimate):
        yield from ((value, number) for number in to(value))
    elif isinstance(value, Mapping):
        yield from ((e, {**plain(value), k: other}) for k, v in value.items() for e, other in moved(v, to))
    elif isinstance(value, list | tuple):
        for i, v in enumerate(value):
            yield from ((e, [*plain(value[:i]), other, *plain(value[i + 1 :])]) for e, other in moved(v, to))


def show(value: Any, digits: int) -> str:
    """As ``rules.show``, with each estimate's interval, number of nets and live nets."""
    if isinstance(value, Estimate):
        return value.words(digits)
    if isinstance(value, Mapping) and inside(value):
        return ", ".join(f"{k}: {show(v, digits)}" for k, v in value.items())
    if isinstance(value, list | tuple) and inside(value):
        return ", ".join(show(v, digits) for v in value)
    return rules.show(plain(value), digits)


def _drawn_again(
    over: Nets, under: Nets, live: tuple[Nets, Nets], joined: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> Estimate:
    many = [_sample(over, "nets"), _sample(under, "nets")]
    few = [_sample(x, "live nets") for x in live]
    draws = np.random.Generator(np.random.PCG64(0))
    again = [np.median(draws.choice(x, (RESAMPLES, len(x))), axis=1) for x in many]
    low, high = np.quantile(joined(*again), [TAIL, 1 - TAIL])
    now = joined(*(np.median(x) for x in few))
    fits = min(1.0, 2 * min(_alike(a, b) for a, b in zip(many, few, strict=True)))
    value = joined(*(np.median(x) for x in many))
    return Estimate(float(value), float(low), float(high), min(map(len, many)), float(now), f"{now:.3g}", fits)


def _student(count: int, of: str) -> float:
    from scipy import stats

    if count < 2:
        raise LedgerError(f"a mean of {count} {of} has no interval, expected two or more")
    return float(stats.t.isf(TAIL, count - 1))


def _alike(many: np.ndarray, few: np.ndarray) -> float:
    """The p-value that few values are drawn as many were: by ranks, or by Student's law where ranks say too little."""
    from scipy import stats

    if len(few) >= RANKED:
        return float(stats.mannwhitneyu(many, few).pvalue)
    off = abs(float(few.mean() - many.mean()))
    spread = float(many.std(ddof=1)) * float(np.sqrt(1 / len(many) + 1 / len(few)))
    return float(2 * stats.t.sf(off / spread, len(many) - 1)) if spread else float(off == 0)


def _sample(values: Nets, what: str) -> np.ndarray:
    found = np.asarray(values, dtype=float).reshape(-1)
    if not len(found) or np.isnan(found).any():
        raise LedgerError(f"{what} are {values!r}, expected one number a net, at least one")
    return found
