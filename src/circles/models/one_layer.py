"""Any one-layer transformer on two operands, as written by whoever trained it, read at the last token.

Where ``modular`` computes one architecture fast, this computes many plainly: biases everywhere, any activation, uniform
attention, LayerNorm around the two halves, two to six tokens. All at once for the pairs given, in the weights' dtype.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F

from circles.foundations.errors import ConfigError

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": F.relu, "gelu": F.gelu, "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "silu": F.silu,
    "tanh": torch.tanh,
}  # fmt: skip
NORMS = ("none", "post", "pre")
BLOCK = 4096  # pairs computed at a time


@dataclass(frozen=True)
class Wiring:
    """What the weights of a layer do not say: how they are wired together.

    ``attention`` mixes softmax and constant attention, A = attention * softmax + (1 - attention) * 1 (Zhong et al.
    2023, the released code; 1 is the usual one, 0 adds all values up). ``norm``: LayerNorm nowhere, after each
    residual sum (post) or before each half (pre). ``scale`` multiplies the scores; None is d_head^-0.5.
    """

    heads: int = 1
    activation: str = "relu"
    attention: float = 1.0
    norm: str = "none"
    scale: float | None = None
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        for name, known in (("activation", ACTIVATIONS), ("norm", NORMS)):
            if getattr(self, name) not in known:
                raise ConfigError(f"{name} is {getattr(self, name)!r}, expected one of {', '.join(known)}")
        if not 0 <= self.attention <= 1:  # false for NaN too
            raise ConfigError(f"attention is {self.attention}, expected 0 (uniform) to 1 (softmax)")
        if self.heads < 1:
            raise ConfigError(f"heads is {self.heads}, expected a positive whole number")


@dataclass(frozen=True)
class OneLayer:
    """Weights by name and how they are wired; every map acts on rows, x W + b, heads side by side.

    W_E [tokens d], W_pos [places d], W_Q W_K W_V [d k] with b_Q b_K b_V [k], W_O [k d] with b_O, W_in [d m] with b_in,
    W_out [m d] with b_out, W_U [d classes] with b_U; norm1, norm2 and norm_final [2 d] (gain, shift) where there are
    norms. A bias that is not there is zero, and so are positions.
    """

    weights: Mapping[str, Tensor]
    wiring: Wiring = field(default_factory=Wiring)

    def embedded(self, tokens: Int[Tensor, "n places"]) -> Float[Tensor, "n places d"]:
        """The tokens' rows of W_E, before positions are added."""
        return self.weights["W_E"][tokens]

    def activations(self, embedded: Float[Tensor, "n places d"]) -> dict[str, Tensor]:
        """At the last token: ``attn`` [n H places], ``mlp`` [n m] after the activation, ``logits`` [n classes]."""
        w, how = self.weights, self.wiring
        x = embedded
        if "W_pos" in w:
            x = x + w["W_pos"][: x.shape[1]]
        read = self._norm("norm1", x) if how.norm == "pre" else x
        query = self._linear("Q", read[:, -1]).unflatten(-1, (how.heads, -1))
        key, value = (self._linear(name, read).unflatten(-1, (how.heads, -1)) for name in "KV")
        scale = query.shape[-1] ** -0.5 if how.scale is None else how.scale
        pattern = (torch.einsum("nhe,nlhe->nhl", query, key) * scale).softmax(-1)
        pattern = how.attention * pattern + (1 - how.attention)
        mixed = torch.einsum("nhl,nlhe->nhe", pattern, value).flatten(1)
        x = x[:, -1] + self._linear("O", mixed)
        if how.norm == "post":
            x = self._norm("norm1", x)
        hidden = ACTIVATIONS[how.activation](self._linear("in", self._norm("norm2", x) if how.norm == "pre" else x))
        x = x + self._linear("out", hidden)
        if how.norm == "post":
            x = self._norm("norm2", x)
        if "norm_final" in w:
            x = self._norm("norm_final", x)
        return {"attn": pattern, "mlp": hidden, "logits": self._linear("U", x)}

    @torch.no_grad()
    def over(self, tokens: Int[Tensor, "n places"]) -> dict[str, Tensor]:
        """``activations`` of many sequences, a block at a time: memory is what is returned."""
        blocks = [self.activations(self.embedded(part)) for part in tokens.split(BLOCK)]
        return {name: torch.cat([block[name] for block in blocks]) for name in blocks[0]}

    @property
    def readout(self) -> Float[Tensor, "classes m"]:
        """W_L = (W_out W_U)^T, what the logits read from the neurons.

        Where a LayerNorm stands between, with what it does to every pair alike: the mean taken out and the gain. Its
        factor, one positive number a pair, is left out.
        """
        W_out = self.weights["W_out"]
        norms = [name for name, there in (("norm2", self.wiring.norm == "post"), ("norm_final", True)) if there]
        for name in norms:
            if name in self.weights:
                W_out = (W_out - W_out.mean(1, keepdim=True)) * self.weights[name][0]
        return (W_out @ self.weights["W_U"]).mT

    def to(self, dtype: torch.dtype) -> OneLayer:
        """The same net with its weights in another dtype."""
        return OneLayer({name: w.to(dtype) for name, w in self.weights.items()}, self.wiring)

    def _linear(self, name: str, x: Tensor) -> Tensor:
        y = x @ self.weights[f"W_{name}"]
        return y + self.weights[f"b_{name}"] if f"b_{name}" in self.weights else y

    def _norm(self, name: str, x: Tensor) -> Tensor:
        gain, shift = self.weights[name]
        return F.layer_norm(x, x.shape[-1:], gain, shift, self.wiring.epsilon)
