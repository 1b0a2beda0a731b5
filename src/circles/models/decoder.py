"""A small GPT-2 for prompts ``a + b =``, computed only as far as the answer needs.

The answer is read at ``=``. In a causal net what stands at ``a`` and ``+`` depends on a alone, so these two
positions are computed once for each distinct a; before the first attention what stands at ``b`` and ``=`` depends
on one token; and the last layer computes keys and values everywhere, but all else at ``=`` only.

Every tensor of weights has a leading replicate axis R: R nets, each with its own weights and data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams
from circles.models.primitives import answer_loss, lookup

Weights = Mapping[str, Tensor]
Edit = Callable[[int, str, Tensor], Tensor]  # (layer, "attn" or "mlp", its output at =) to the output used instead

POSITIONS, SIGNS = 4, 2  # the prompt: a + b =; the tokens that are no numbers: + and =
EPSILON = 1e-5  # GPT-2's, in every layer norm


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
            raise ConfigError(
                f"numbers is {self.numbers}, expected at least {needed}: the largest sum must be a token"
            )

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


def initial(
    spec: DecoderSpec, seeds: Sequence[int], *, dtype: torch.dtype = torch.float32
) -> dict[str, Tensor]:
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


def forward(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    spec: DecoderSpec,
    *,
    edit: Edit | None = None,
) -> Float[Tensor, "R n v"]:
    """Logits over all tokens at ``=``, where the answer a + b is read.

    ``edit`` sees, and may replace, the output of every attention and every MLP at ``=``.
    """
    return unembed(residual(weights, a, b, spec, edit=edit), weights)


def unembed(x: Float[Tensor, "R n d"], weights: Weights) -> Float[Tensor, "R n v"]:
    """LN_f(x) W_U^T: the final layer norm and the unembedding, also for the logit lens."""
    return _norm(x, weights["g_f"], weights["c_f"]) @ unembedding(weights).mT


def unembedding(weights: Weights) -> Float[Tensor, "R v d"]:
    """The rows that are multiplied with the last state: numbers first, then + and =."""
    return weights["W_U"] if "W_U" in weights else torch.cat([weights["W_E"], weights["W_S"]], 1)


def residual(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    spec: DecoderSpec,
    *,
    edit: Edit | None = None,
) -> Float[Tensor, "R n d"]:
    """The residual stream at ``=`` after the last layer. Raises ConfigError for an addend that is out of range."""
    _refuse(a, b, spec)
    at = _Index(a, b)
    single = _singles(weights, at)  # before the first attention a position holds one token
    x = at.spread(single)
    for layer in range(spec.depth):
        block = {name: weights[f"{layer}.{name}"] for name in _BLOCK}
        if layer == 0:
            qkv = at.spread([_qkv(t, block) for t in single])
        else:
            qkv = _together(x, lambda t, block=block: _qkv(t, block))
        wanted = (3,) if layer == spec.depth - 1 else (0, 1, 2, 3)
        mixed = [_attend(qkv, position, at, spec.heads) for position in wanted]
        out = _together(mixed, lambda t, block=block: _affine(t, block["W_O"], block["b_O"]))
        x = [x[p] + _edited(y, layer, "attn", p, edit) for p, y in zip(wanted, out, strict=True)]
        out = _together(x, lambda t, block=block: _mlp(t, block))
        x = [t + _edited(y, layer, "mlp", p, edit) for t, p, y in zip(x, wanted, out, strict=True)]
    return x[-1]


def loss(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    spec: DecoderSpec,
) -> Float[Tensor, " R"]:
    """Mean cross-entropy of the R nets on the answers a + b of their own pairs, in nats."""
    return answer_loss(forward(weights, a, b, spec), a + b).mean(-1)


class _Index:
    """The distinct first addends and second addends of a batch, and which of them each pair has."""

    def __init__(self, a: Tensor, b: Tensor) -> None:
        self.first, self.of_a = a.unique(return_inverse=True)
        self.second, self.of_b = b.unique(return_inverse=True)

    def spread(self, single: list[Tensor]) -> list[Tensor]:
        """Rows by token to rows by position: one a distinct a at ``a`` and ``+``, one a pair at ``b`` and ``=``."""
        u, n, (r, _, k) = len(self.first), self.of_a.shape[1], single[0].shape
        return [
            single[0], single[1].expand(r, u, k), lookup(single[2], self.of_b), single[3].expand(r, n, k),
        ]  # fmt: skip


_BLOCK = ("g1", "c1", "W_QKV", "b_QKV", "W_O", "b_O", "g2", "c2", "W_in", "b_in", "W_out", "b_out")


def _singles(weights: Weights, at: _Index) -> list[Tensor]:
    E, S, P = weights["W_E"], weights["W_S"], weights["W_P"]
    tokens = (E[:, at.first], S[:, :1], E[:, at.second], S[:, 1:])
    return [x + P[:, i : i + 1] for i, x in enumerate(tokens)]


def _together(parts: list[Tensor], function: Callable[[Tensor], Tensor]) -> list[Tensor]:
    """A function of rows applied to several blocks of rows in one large product."""
    if len(parts) == 1:
        return [function(parts[0])]
    return list(function(torch.cat(parts, 1)).split([x.shape[1] for x in parts], 1))


def _qkv(x: Tensor, block: Weights) -> Tensor:
    return _affine(_norm(x, block["g1"], block["c1"]), block["W_QKV"], block["b_QKV"])


def _mlp(x: Tensor, block: Weights) -> Tensor:
    hidden = _affine(_norm(x, block["g2"], block["c2"]), block["W_in"], block["b_in"])
    return _affine(F.gelu(hidden, approximate="tanh"), block["W_out"], block["b_out"])


def _affine(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    return torch.baddbmm(b.unsqueeze(1), x, W)


def _norm(x: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    if len(gain) == 1:  # one net: the fused kernel does the gain as well
        return F.layer_norm(x, x.shape[-1:], gain[0], shift[0], EPSILON)
    return torch.addcmul(shift.unsqueeze(1), F.layer_norm(x, x.shape[-1:], eps=EPSILON), gain.unsqueeze(1))


def _attend(qkv: list[Tensor], position: int, at: _Index, heads: int) -> Tensor:
    """What the heads, side by side, read at this position from itself and the positions before it."""
    seen = qkv[: position + 1]
    query = seen[-1].chunk(3, -1)[0]
    if position == 0:  # only itself to read
        return seen[0].chunk(3, -1)[2]
    keys_values = [t[..., t.shape[-1] // 3 :] for t in seen]
    if position >= 2:  # rows by distinct a to rows by pair
        both = lookup(torch.cat(keys_values[:2], -1), at.of_a)
        keys_values[:2] = both.chunk(2, -1)
    kv = torch.stack(keys_values, 2).unflatten(-1, (2, heads, -1))  # R n positions 2 heads d_head
    keys, values = kv.unbind(3)
    scores = (query.unflatten(-1, (heads, -1)).unsqueeze(2) * keys).sum(-1) / math.sqrt(keys.shape[-1])
    return (scores.softmax(2).unsqueeze(-1) * values).sum(2).flatten(2)


def _edited(out: Tensor, layer: int, part: str, position: int, edit: Edit | None) -> Tensor:
    return out if edit is None or position != POSITIONS - 1 else edit(layer, part, out)


def _refuse(a: Tensor, b: Tensor, spec: DecoderSpec) -> None:
    for name, addend in (("a", a), ("b", b)):
        if addend.numel() and not 0 <= (worst := int(max(addend.max(), -addend.min(), key=abs))) < spec.addends:
            raise ConfigError(f"{name} holds {worst}, expected addends from 0 to {spec.addends - 1}")


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
