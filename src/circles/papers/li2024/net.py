"""A finished run taken apart on the weights it computes with, after the map."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import losses
from circles.analysis.net import Net as AnyNet
from circles.models import modular, quantized
from circles.papers.li2024 import packed
from circles.papers.li2024.run import LiRun
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
        return _swing(self.attention)

    @property
    def uniform_loss(self) -> float:
        """Test loss, in nats, when every head pays a third of its attention to a, to b and to ``=``.

        A query of zeros makes all scores equal, so W_Q = 0 is that net exactly.
        """
        level = self.with_weights(W_Q=torch.zeros_like(self.weights["W_Q"]))
        return losses.loss(level["logits"][0], self.test)

    @property
    def halved_attention(self) -> tuple[float, float]:
        """Test loss, in nats, and test accuracy when every head pays half its attention to each number.

        Nothing is paid to ``=``, to which ``uniform_loss`` pays a third, whatever the net paid it.
        """
        logits = self.halved()["logits"]
        return losses.loss(logits, self.test), losses.accuracy(logits, self.test)

    def halved(self) -> dict[str, Tensor]:
        """``mlp`` [pairs, d_mlp] and ``logits`` [pairs, p] over all pairs when it does: no head multiplies waves."""
        found = modular.tables(self.weights, self.spec)
        at = torch.arange(self.p)
        z = (found["v0"][:, at.repeat_interleave(self.p)] + found["v1"][:, at.repeat(self.p)]) / 2
        x = found["x2"] + z @ self.weights["W_O"].flatten(1, 2)
        mlp = (x @ self.weights["W_in"]).relu()
        x = x + mlp @ self.weights["W_out"]
        logits = modular.rms_norm(x, self.weights["gain"]) @ self.weights["W_U"]
        return {"mlp": mlp[0], "logits": logits[0]}

    @property
    def equals_size(self) -> float:
        """The norm of the embedding of ``=``, from which every query is made, over the mean norm of a number's."""
        norms = self.weights["W_E"][0].norm(dim=1)
        return float(norms[-1] / norms[:-1].mean())

    def without_equals(self) -> tuple[float, float]:
        """The largest swing of a head, and the test accuracy, when the embedding of ``=`` is zero."""
        W_E = self.weights["W_E"].clone()
        W_E[:, -1] = 0
        found = self.with_weights(W_E=W_E)
        return float(_swing(found["attn"][0]).max()), losses.accuracy(found["logits"][0], self.test)

    def ends_accuracy(self, kind: str, ends: Sequence[str] = quantized.ENDS) -> float:
        """Test accuracy when these ends are mapped too, now, without a further step of training."""
        mapped = {name: quantized.MAPS[kind](self.weights[name]) for name in ends}
        return losses.accuracy(self.with_weights(**mapped)["logits"][0], self.test)

    def with_weights(self, **changed: Tensor) -> dict[str, Tensor]:
        """``modular.activations`` of this net with these weights in place of its own."""
        return modular.activations(dict(self.weights) | changed, self.spec)

    @property
    def bits(self) -> dict[str, int]:
        """Bits that the weights hold: of the "ends", at 32 each, and of what is mapped "between" them."""
        size = {name: math.prod(shape) for name, shape in self.spec.shapes().items()}
        each = quantized.BITS[self.run.config.kind]
        return {
            "ends": round(sum(32 * size[name] for name in quantized.ENDS)),
            "between": round(sum(each * size[name] for name in quantized.BETWEEN)),
        }


def _swing(attention: Float[Tensor, "pairs heads 3"]) -> Float[Tensor, " heads"]:
    return attention[:, :, 0].double().std(0)
