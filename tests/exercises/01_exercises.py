"""Chapter 1's exercises: what the stubs are told, and wrong answers."""

from __future__ import annotations

from fractions import Fraction

import torch

from circles.teaching import numbers

STUB_SAYS = {
    "periods": "these are 3 periods, and there are more",
    "spectrum": "two rows of the basis belong to a frequency",
    "marks": "a mark on the multiples of ten shows at period 5",
    "alias": "a longer period has them too",
    "corrected": "one is small by chance six times as often",
    "filter": "expected 0: take away all that the rows of A see of h",
    "alike": "0 is missing",
}
LEAST = {"all": 6}


def uncentred(rows):
    energy = torch.fft.rfft(rows, dim=0).abs().square().sum(1) * 2 / len(rows)
    energy[0] /= 2
    if len(rows) % 2 == 0:
        energy[-1] /= 2
    return energy.sqrt()


TOLD = [
    (numbers.last_digit_periods, [[10, 5, 10 / 3, 2.5, 2, 4]], "a wave of period 4 does not repeat after ten"),
    (numbers.last_digit_periods, [[10, 10 / 9]], "period 1.11111 is under 2"),
    (numbers.last_digit_periods, [[10, 5, 3.3333, 3.33333, 2.5]], "these are 4 periods"),
    (numbers.last_digit_periods, [[10, 5, 10 / 3, 2.5, float("inf")]], "what never changes is no wave"),
    (numbers.spectrum, [uncentred], "component 0 is not zero: take the mean off"),
    (numbers.spectrum, [lambda rows: rows], "norms(rows) gives shape (12, 3), expected a tensor of shape (7,)"),
    (numbers.marks, [{"multiples of ten": [10, 5, 10 / 3, 2.5, 2], "multiples of five": [10, 5, 2.5]}],
     "a mark on the multiples of five does not show at period 10"),
    (numbers.marks, [{"multiples of ten": [10, 5, 10 / 3, 2.5, 2, 7]}], "7 is none of the five periods"),
    (numbers.marks, [{}], "the answer for 'multiples of ten' is None"),
    (numbers.same_wave, [lambda T: Fraction(10)], "slowest(5/2) gives 10: its values differ"),
    (numbers.corrected, [lambda o, c: (c.max(1).values[:, None] >= o).double().mean(0)],
     "no finite number of controls makes a result impossible"),
    (numbers.corrected, [lambda o, c: (1 + (c.max(1).values[:, None] > o).double().sum(0)) / 100],
     "whose largest component is at least as large"),
    (numbers.nearest_point, [lambda h, A: 0 * h], "A x is 0, but x lies"),
    (numbers.alike, [lambda c, T, n: [x for x in range(n) if (x - c) % 2 == 0]], "(2, 5), 130): 0 is not among"),
    (numbers.alike, [lambda c, T, n: [c, c]], "lists a number twice"),
    (numbers.alike, [lambda c, T, n: 5], "gives 5, expected a list of numbers"),
]  # fmt: skip
