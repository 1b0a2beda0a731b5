"""A finished run taken apart on the weights it computes with, after the map."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from circles.analysis import losses
from circles.analysis.net import Net as AnyNet
from circles.experiments.li2024 import packed
from circles.experiments.li2024.run import LiRun
from circles.models import modular, quantized
from circles.training.runs import Run

FULL, BINARY, TERNARY = "full precision", "binary", "ternary"
NAMES = {"full": FULL, "binary": BINARY, "ternary": TERNARY} | {f"{k}bit": f"{k} bits" for k in (2, 4, 8)}


class Net(AnyNet):
    """A run of the quantised transformer: what Chapter 2 asks of a net, and what its attention is worth."""

    def __init__(self, run: Run) -> None:
        config = run.config
        assert isinstance(config, LiRun)
        weights = run.weights
        super().__init__(run, packed.unpack(weights, config) if packed.held(weights) else config.effective(weights))

    @property
    def swing(self) -> Tensor:
        """[heads]: the standard deviation, over all pairs, of the attention that each head pays to a."""
        return self.attention[:, :, 0].double().std(0)

    @property
    def uniform_loss(self) -> float:
        """Test loss, in nats, when every head pays a third of its attention to a, to b and to ``=``.

        A query of zeros makes all scores equal, so W_Q = 0 is that net exactly.
        """
        level = dict(self.weights) | {"W_Q": torch.zeros_like(self.weights["W_Q"])}
        return losses.loss(modular.activations(level, self.spec)["logits"][0], self.test)

    def ends_accuracy(self, kind: str) -> float:
        """Test accuracy when embedding and unembedding are mapped too, now, without a further step of training."""
        mapped = {name: quantized.MAPS[kind](self.weights[name]) for name in quantized.ENDS}
        found = modular.activations(dict(self.weights) | mapped, self.spec)
        return losses.accuracy(found["logits"][0], self.test)

    @property
    def bits(self) -> dict[str, int]:
        """Bits that the weights hold: of the "ends", at 32 each, and of what is mapped "between" them."""
        size = {name: math.prod(shape) for name, shape in self.spec.shapes().items()}
        each = quantized.BITS[self.run.config.kind]
        return {
            "ends": round(sum(32 * size[name] for name in quantized.ENDS)),
            "between": round(sum(each * size[name] for name in quantized.BETWEEN)),
        }
