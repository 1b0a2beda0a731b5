"""The small net that adds, opened: its pairs, and what its modules write."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from circles.models import decoder
from circles.models.decoder_spec import DecoderSpec
from circles.training.run_config import Weights
from circles.training.runs import Run


@dataclass(frozen=True, eq=False)
class SmallNet:
    """A trained net and the pairs ``a``, ``b`` that it was not trained on."""

    weights: Weights
    spec: DecoderSpec
    a: Int[Tensor, "1 n"]
    b: Int[Tensor, "1 n"]

    @classmethod
    def of(cls, run: Run) -> SmallNet:
        """The net of a finished ``RescueNet``."""
        return cls(run.weights, run.config.spec, *run.config.held_out())


def outputs(
    net: SmallNet, a: Int[Tensor, "1 n"], b: Int[Tensor, "1 n"]
) -> dict[tuple[int, str], Float[Tensor, "1 n d"]]:
    """What each attention and MLP adds to the residual stream at =, by (layer, "attn" or "mlp")."""
    seen: dict[tuple[int, str], Tensor] = {}

    def note(layer: int, part: str, out: Tensor) -> Tensor:
        return seen.setdefault((layer, part), out)

    decoder.residual(net.weights, a, b, net.spec, edit=note)
    return seen
