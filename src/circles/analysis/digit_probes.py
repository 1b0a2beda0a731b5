"""Linear probes for n mod m on numbers that they have not seen, against the same probes on permuted labels.

A spike in a spectrum says that embeddings swing with a period on average over all numbers. A probe asks more: whether
one number's residue can be read off its own vector, with directions that other numbers have given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from torch import Tensor

MODULI = (2, 5, 10)


@dataclass(frozen=True, eq=False)
class Probe:
    """How often the residue of a held-out number is read rightly, and how often with permuted labels."""

    modulus: int
    accuracy: float
    permuted: Float[Tensor, " permutations"]

    @property
    def p_value(self) -> float:
        """(1 + permuted probes as good) / (1 + permuted probes)."""
        return (1 + int((self.permuted >= self.accuracy).sum())) / (1 + len(self.permuted))


def probes(
    rows: Float[Tensor, "n d"],
    *,
    moduli: Sequence[int] = MODULI,
    permutations: int = 99,
    folds: int = 5,
    generator: torch.Generator,
) -> list[Probe]:
    """A ridge probe for each modulus; whole tens are held out, a fifth of them at a time.

    A class's target is 1 for its numbers and 0 for others; the class with the largest answer is read. Each dimension
    is scaled to variance 1, and the penalty is the count of training numbers: it halves what a direction of the mean
    variance says, and it is one for all classes, as classes that were shrunk unequally could not be compared. All
    labellings are fitted side by side, as their numbers and folds are the same.
    """
    n = len(rows)
    numbers = torch.arange(n)
    orders = [numbers, *(torch.randperm(n, generator=generator) for _ in range(permutations))]
    labels = {m: torch.stack([order % m for order in orders]) for m in moduli}  # [1 + permutations, n]
    hot = {m: torch.nn.functional.one_hot(found, m) for m, found in labels.items()}
    targets = torch.cat([h.permute(1, 0, 2).flatten(1) for h in hot.values()], 1).double().numpy()
    right = {m: torch.zeros(len(orders)) for m in moduli}
    for fold in range(folds):
        out = (numbers // 10) % folds == fold
        answers = np.split(_answers(rows, targets, out), np.cumsum([len(orders) * m for m in moduli])[:-1], axis=1)
        for m, part in zip(moduli, answers, strict=True):
            read = torch.from_numpy(part).unflatten(1, (len(orders), m)).argmax(2)
            right[m] += (labels[m][:, out] == read.T).sum(1)
    return [Probe(m, float(found[0]) / n, found[1:].double() / n) for m, found in right.items()]


def _answers(rows: Tensor, targets: np.ndarray, out: Tensor) -> np.ndarray:
    known, asked = rows[~out].double().numpy(), rows[out].double().numpy()
    scale = StandardScaler().fit(known)
    ridge = Ridge(alpha=len(known)).fit(scale.transform(known), targets[~out.numpy()])
    return ridge.predict(scale.transform(asked))
