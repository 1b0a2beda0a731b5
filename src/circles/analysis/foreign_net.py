"""Anyone's net, taken apart as the book takes apart its own: over the pairs of the group in which it adds."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from circles.analysis import clock_pizza, clusters, spectra
from circles.analysis.dissected import Dissected
from circles.foundations.errors import CheckpointError
from circles.foundations.streams import streams
from circles.models.foreign.load import Loaded
from circles.models.foreign.operations import answers, group
from circles.models.one_layer import OneLayer
from circles.models.primitives import answer_loss

TRIPLES = 2000  # (a, b, c) for the gradients; the paper draws 100
TOGETHER = 128  # neurons transformed at a time


class ForeignNet(Dissected):
    """A loaded net in float64, rows and classes in the order in which its operation is a sum.

    ``p`` is the order of that group: the modulus for a + b and a - b, one less for a * b, where 0 has no logarithm.
    ``modulus`` is the modulus; ``loss`` and ``accuracy`` are over all of its pairs, 0 among them.
    Raises CheckpointError when finite weights give values that are not.
    """

    def __init__(self, loaded: Loaded) -> None:
        self.loaded, meaning = loaded, loaded.meaning
        self.modulus, self.operation = meaning.p, meaning.operation
        self.group = group(meaning.operation, meaning.p)
        self.p = n = self.group.n
        self.net: OneLayer = meaning.net.to(torch.float64)
        index = torch.arange(n * n)
        found = self.net.over(meaning.order.tokens(self.group.first[index // n], self.group.second[index % n]))
        self.mlp, self.attention = found["mlp"], found["attn"]
        self.logits = found["logits"][:, self.group.answer]
        self.W_E = self.net.weights["W_E"][self.group.first]
        self.W_L = self.net.readout[self.group.answer]
        for name, x in (found | {"W_L": self.W_L, "W_E": self.W_E}).items():
            if not x.abs().max() < 1e100:  # squares must stay finite; false for NaN too
                raise CheckpointError(f"{loaded.name}: the weights are finite but {name} is not, or is beyond 1e100")

    @cached_property
    def neurons(self) -> clusters.Clusters:
        """As for the book's nets, some neurons at a time: a wide net's 2-D transforms need not fit at once."""
        found = [clusters.clusters(part) for part in self.mlp.split(TOGETHER, 1)]
        return clusters.Clusters(torch.cat([c.frequency for c in found]), torch.cat([c.explained for c in found]))

    @cached_property
    def _all(self) -> tuple[Tensor, Tensor]:
        """Loss of each pair (a, b), row a p + b of the modulus, and whether it is right."""
        p, meaning = self.modulus, self.loaded.meaning
        a, b = torch.arange(p * p) // p, torch.arange(p * p) % p
        logits = self.net.over(meaning.order.tokens(a, b))["logits"][:, :p]
        right = answers(self.operation, a, b, p)
        return answer_loss(logits[None], right[None])[0], logits.argmax(-1) == right

    def scores(self, pairs: Tensor | None = None) -> dict[str, float]:
        """Mean loss in nats and accuracy over the pairs of the modulus with these numbers a p + b, all where None."""
        loss, right = (x if pairs is None else x[pairs] for x in self._all)
        return {"loss": loss.mean().item(), "accuracy": right.double().mean().item()}

    def rows(self, pairs: Tensor) -> Tensor:
        """The rows here of the pairs with numbers a p + b there; pairs with a number outside the group have none."""
        p, n = self.modulus, self.p
        place = torch.full((2, p), -1)
        place[0, self.group.first], place[1, self.group.second] = torch.arange(n), torch.arange(n)
        a, b = place[0, pairs // p], place[1, pairs % p]
        return (a * n + b)[(a >= 0) & (b >= 0)]

    @cached_property
    def clock_or_pizza(self) -> dict[str, float | str]:
        """Gradient symmetry and distance irrelevance of Zhong et al. 2023, and what they say together."""
        noise = streams(0, "triples")["triples"]
        a, b, c = torch.randint(self.p, (3, TRIPLES), generator=noise)
        order = self.loaded.meaning.order
        tokens = order.tokens(self.group.first[a], self.group.second[b])
        places = order.words.index("a"), next(i for i, w in enumerate(order.words) if w[0] == "b")
        symmetry = clock_pizza.gradient_symmetry(
            lambda x: self.net.activations(x)["logits"], self.net.embedded(tokens), self.group.answer[c], places
        )
        irrelevance = clock_pizza.distance_irrelevance(self.logits)
        return {
            "gradient_symmetry": symmetry,
            "distance_irrelevance": irrelevance,
            "verdict": clock_pizza.verdict(symmetry, irrelevance),
        }

    @property
    def alternating(self) -> float:
        """For an even group: the wave of two numbers a turn, which no circle has, in W_L, over the largest circle;
        else 0.
        """
        if self.p % 2:
            return 0.0
        return (spectra.components(self.W_L)[-1] / spectra.spectrum(self.W_L).max()).item()
