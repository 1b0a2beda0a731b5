"""Check of Chapter 4's exercise on recorded gaps: the exponent of a curve, and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import torch
from jaxtyping import Float
from torch import Generator, Tensor

from circles.foundations.errors import ConfigError
from circles.papers import samareh2018
from circles.papers.samareh2018 import data, trends
from circles.teaching import cases
from circles.teaching.answers import number, pair, shown
from circles.teaching.check import NotYet

Curve = tuple[Float[Tensor, " k"], Float[Tensor, "seeds k"]]
FIRST = (("digits", "steps"), ("digits", "n"), ("moons", "steps"))  # the cases that every reader gets
ROOM = 0.3  # relative: what lies between a jackknife and a bootstrap of sixteen seeds or more
CLOSE = 1e-4  # of the exponent: what single precision leaves


def gaps(dataset: str, over: str) -> Curve:
    """The recorded gaps |test loss - training loss|: the values of the setting [k], and the gaps [seeds, k].

    ``over`` is the setting that varies. Raises ConfigError for another data set or setting. In float64.
    """
    for word, got, known in (("dataset", dataset, data.NAMES), ("over", over, samareh2018.found.SETTINGS)):
        if got not in known:
            raise ConfigError(f"{word} is {got!r}, expected one of {', '.join(known)}")
    values, found = _recorded(over)[dataset]
    return values.clone(), found.clone()


@cache
def _recorded(over: str) -> dict[str, Curve]:
    found = samareh2018.found.gaps(over)
    return {
        name: (run.measures["values"].double(), samareh2018.measures.gap(run.measures["measured"])["loss"])
        for name, run in found.items()
    }


def unseen(dataset: str, over: str, *, draw: Generator) -> Curve:
    """The same with some seeds left out, the others in another order, the setting and the loss in other units."""
    values, found = gaps(dataset, over)
    kept = torch.randperm(len(found), generator=draw)[: cases.integer(16, len(found) - 2, draw=draw)]
    return values * cases.between(0.1, 9, draw=draw), found[kept] * cases.between(0.1, 9, draw=draw)


def slope(values: Tensor, found: Tensor) -> float:
    """The exponent of the mean over seeds against the setting."""
    return float(trends.slopes(values, found.mean(0, keepdim=True)))


def jackknife(values: Tensor, found: Tensor) -> float:
    """The standard error of ``slope`` from leaving out one seed at a time: sqrt((n - 1) / n sum (b_i - mean b)^2)."""
    n = len(found)
    left = torch.tensor([slope(values, torch.cat([found[:i], found[i + 1 :]])) for i in range(n)], dtype=torch.float64)
    return float(((n - 1) / n * (left - left.mean()).square().sum()).sqrt())


def exponent_and_error(answer: Callable[[Tensor, Tensor], Any], *, draw: Generator) -> None:
    """rate(values, gaps): the exponent of the mean gap against the setting, and its standard error over seeds."""
    names = [(name, over) for name in data.NAMES for over in samareh2018.found.SETTINGS]
    drawn = [names[cases.integer(0, len(names) - 1, draw=draw)] for _ in range(3)]
    for case in (*FIRST, *drawn):
        values, found = unseen(*case, draw=draw)
        call = f"rate(values, gaps) of the {case[0]} over {case[1]}"
        exponent, error = pair(answer(values.clone(), found.clone()), call, "the exponent and its standard error")
        _hold_exponent(number(exponent, f"{call}: the exponent"), values, found, call)
        _hold_error(number(error, f"{call}: the standard error"), values, found, call)


def _hold_exponent(got: float, values: Tensor, found: Tensor, call: str) -> None:
    true = slope(values, found)
    if abs(got - true) <= CLOSE:
        return
    mistaken = {
        "take the mean over seeds before the logarithm: one gap near zero drags the mean of the logarithms down": float(
            trends.slopes(values, found.log().mean(0).exp()[None])
        ),
        "all values of the setting count, not the two at the ends": float(
            (found.mean(0)[-1] / found.mean(0)[0]).log() / (values[-1] / values[0]).log()
        ),
        "that is the slope of the setting against the gap: turn the axes round": float(
            trends.slopes(found.mean(0), values[None])
        ),
        "the sign is turned round: a gap that grows has an exponent above zero": -true,
    }
    why = "an exponent is the least-squares slope of the logarithm of the gap against that of the setting"
    why = next((words for words, wrong in mistaken.items() if abs(got - wrong) <= CLOSE), why)
    raise NotYet(f"{call}: the exponent is {got:.4g}, expected {true:.4g}: {why}")


def _hold_error(got: float, values: Tensor, found: Tensor, call: str) -> None:
    true, n = jackknife(values, found), len(found)
    if abs(got - true) <= ROOM * true:
        return
    from_line, spread = _from_line(values, found), true * math.sqrt(n)
    if abs(got - from_line) <= 1e-3 * from_line:
        why = "the scatter about the line says little, since a seed's gaps at all values rise and fall together"
    elif abs(got - spread) <= ROOM * spread:
        why = "that is how far one seed lies from another; the mean of many is surer, by the root of their number"
    elif 0 <= got < true / 2:
        why = "leaving out one of n seeds moves the slope by a 1 / (n - 1) part of what that seed is off"
    else:
        why = "ask how much the exponent would change with other seeds"
    raise NotYet(f"{call}: the standard error is {shown(round(got, 5))}, expected about {true:.2g}: {why}")


def _from_line(values: Tensor, found: Tensor) -> float:
    """What a regression's own formula gives, as if the points were independent: sqrt(sum r^2 / (k - 2) / sum x^2)."""
    x, y = values.log() - values.log().mean(), found.mean(0).log()
    rest = y - y.mean() - slope(values, found) * x
    return float((rest.square().sum() / (len(values) - 2) / x.square().sum()).sqrt())
