"""The shape of the small GPT-2 for prompts ``a + b =``, its initial weights, and its weights under GPT-2's names."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams

Weights = Mapping[str, Tensor]

POSITIONS, SIGNS = 4, 2  # the prompt: a + b =; the tokens that are no numbers: + and =


@dataclass(frozen=True)
class DecoderSpec:
    """The shape of a pre-LN GPT-2 over the tokens 0 .. ``numbers`` - 1, ``+`` and ``=``.

    ``addends``: a and b are below it. ``tied``: the unembedding is the embedding. The MLP is four times as wide.
    """

    numbers: int = 342
    addends: int = 171
    width: int = 336
    depth: int = 2
    heads: int = 6
    tied: bool = True

    def __post_init__(self) -> None:
        for name in ("numbers", "addends", "width", "depth", "heads"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, expected a positive whole number")
        if self.width % self.heads:
            raise ConfigError(f"width is {self.width}, expected a multiple of heads = {self.heads}")
        if self.numbers < (needed := 2 * self.addends - 1):
            raise ConfigError(f"numbers is {self.numbers}, expected at least {needed}: the largest sum must be a token")

    @property
    def vocabulary(self) -> int:
        return self.numbers + SIGNS

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight of one net, without the replicate axis.

        ``W_E`` embeds the numbers, ``W_S`` the signs + and =, ``W_P`` the positions; ``g`` and ``c`` are gains and
        shifts of layer norms.
        """
        d, v = self.width, self.vocabulary
        shapes = {"W_E": (self.numbers, d), "W_S": (SIGNS, d), "W_P": (POSITIONS, d)}
        for layer in range(self.depth):
            block = {
                "g1": (d,), "c1": (d,), "W_QKV": (d, 3 * d), "b_QKV": (3 * d,), "W_O": (d, d), "b_O": (d,),
                "g2": (d,), "c2": (d,), "W_in": (d, 4 * d), "b_in": (4 * d,), "W_out": (4 * d, d), "b_out": (d,),
            }  # fmt: skip
            shapes |= {f"{layer}.{name}": shape for name, shape in block.items()}
        return shapes | {"g_f": (d,), "c_f": (d,)} | ({} if self.tied else {"W_U": (v, d)})

    def check(self, weights: Weights) -> None:
        """Raise ShapeError, naming the weight, unless all weights are there with their shapes."""
        shapes = self.shapes()
        if odd := set(weights) ^ set(shapes):
            raise ShapeError(f"weights {sorted(odd)} are missing or unknown, expected {sorted(shapes)}")
        for name, shape in shapes.items():
            if tuple(weights[name].shape[1:]) != shape:
                raise ShapeError(f"{name} has shape {tuple(weights[name].shape)}, expected (R, {shape})")


def initial(spec: DecoderSpec, seeds: Sequence[int], *, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """GPT-2's initial weights, one net a seed: N(0, 0.02^2), W_O and W_out over sqrt(2 depth), biases 0, gains 1.

    Each net, and each weight of it, depends on its own seed and name alone.
    """
    return {
        name: torch.stack([_draw(name, shape, spec, seed) for seed in seeds]).to(dtype)
        for name, shape in spec.shapes().items()
    }


def _draw(name: str, shape: tuple[int, ...], spec: DecoderSpec, seed: int) -> Tensor:
    kind = name.rpartition(".")[2]
    if kind[0] in "bc":
        return torch.zeros(shape)
    if kind[0] == "g":
        return torch.ones(shape)
    noise = torch.randn(shape, generator=streams(seed, f"init/{name}")[f"init/{name}"], dtype=torch.float64)
    return 0.02 * noise / (math.sqrt(2 * spec.depth) if kind in ("W_O", "W_out") else 1.0)


def gpt2_state(weights: Weights, spec: DecoderSpec, *, replicate: int = 0) -> dict[str, Tensor]:
    """One replicate as the state of a transformers GPT2LMHeadModel with tokens 0 .. numbers - 1, +, =."""
    w = {name: t[replicate] for name, t in weights.items()}
    wte = torch.cat([w["W_E"], w["W_S"]])
    state = {"transformer.wte.weight": wte, "transformer.wpe.weight": w["W_P"], "lm_head.weight": w.get("W_U", wte)}
    names = {
        "g1": "ln_1.weight", "c1": "ln_1.bias", "W_QKV": "attn.c_attn.weight", "b_QKV": "attn.c_attn.bias",
        "W_O": "attn.c_proj.weight", "b_O": "attn.c_proj.bias", "g2": "ln_2.weight", "c2": "ln_2.bias",
        "W_in": "mlp.c_fc.weight", "b_in": "mlp.c_fc.bias", "W_out": "mlp.c_proj.weight", "b_out": "mlp.c_proj.bias",
    }  # fmt: skip
    for layer in range(spec.depth):
        state |= {f"transformer.h.{layer}.{theirs}": w[f"{layer}.{ours}"] for ours, theirs in names.items()}
    return state | {"transformer.ln_f.weight": w["g_f"], "transformer.ln_f.bias": w["c_f"]}
