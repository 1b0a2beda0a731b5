"""The one-layer transformer for modular addition, computed only as far as the answer needs.

The answer is read at ``=``. That query is the same vector for every pair, and a token's key and value
depend on the token and its position alone, so all of attention is a table over tokens: scores
s_0[a], s_1[b], s_2 and values v_0[a], v_1[b], v_2 for each head. What follows the attention is linear
up to the ReLU and linear after it, so W_O W_in, W_O W_U and W_L = W_out W_U are multiplied first.

Every tensor of weights has a leading replicate axis R: R nets, each with its own weights and data.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import pad

from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams
from circles.models.pairs import Pairs
from circles.models.pairs_mlp import pairs_mlp
from circles.models.primitives import answer_loss, lookup

Weights = Mapping[str, Tensor]


@dataclass(frozen=True)
class ModularSpec:
    """The shape of the net; the defaults are those of Nanda et al. 2023, section 3.

    ``norm`` puts an RMSNorm with a gain before the unembedding and ``score_scale`` multiplies the
    attention scores (None: d_head^-0.5); both belong to Li 2024, who also drops the positions and, with
    ``biases`` False, both biases of the MLP.
    """

    p: int = 113
    d_model: int = 128
    n_heads: int = 4
    d_mlp: int = 512
    positions: bool = True
    norm: bool = False
    biases: bool = True
    score_scale: float | None = None

    def __post_init__(self) -> None:
        for name in ("p", "d_model", "n_heads", "d_mlp"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} is {getattr(self, name)}, expected a positive whole number")
        if self.d_model % self.n_heads:
            raise ConfigError(f"d_model is {self.d_model}, expected a multiple of n_heads = {self.n_heads}")

    @property
    def d_head(self) -> int:
        return self.d_model // self.n_heads

    @property
    def scale(self) -> float:
        return self.d_head**-0.5 if self.score_scale is None else self.score_scale

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shape of each weight of one net, without the replicate axis."""
        d, h, dh, m, p = self.d_model, self.n_heads, self.d_head, self.d_mlp, self.p
        shapes = {
            "W_E": (p + 1, d), "W_pos": (3, d),
            "W_Q": (h, d, dh), "W_K": (h, d, dh), "W_V": (h, d, dh), "W_O": (h, dh, d),
            "W_in": (d, m), "b_in": (m,), "W_out": (m, d), "b_out": (d,), "W_U": (d, p), "gain": (d,),
        }  # fmt: skip
        if not self.positions:
            del shapes["W_pos"]
        if not self.norm:
            del shapes["gain"]
        if not self.biases:
            del shapes["b_in"], shapes["b_out"]
        return shapes

    def check(self, weights: Weights) -> None:
        """Raise ShapeError, naming the weight, unless all weights are there with their shapes."""
        shapes = self.shapes()
        if odd := set(weights) ^ set(shapes):
            raise ShapeError(f"weights {sorted(odd)} are missing or unknown, expected {sorted(shapes)}")
        for name, shape in shapes.items():
            if tuple(weights[name].shape[1:]) != shape:
                raise ShapeError(f"{name} has shape {tuple(weights[name].shape)}, expected (R, {shape})")


LINEARS = ("normal", "uniform")


def initial(
    spec: ModularSpec,
    seeds: Sequence[int],
    *,
    embedding: float | None = None,
    linear: str = "normal",
    dtype: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """Initial weights of one net a seed: N(0, 1/d_model) entries, W_U N(0, 1/(p+1)), biases zero.

    Source: the released code of Nanda et al. 2023. Each net depends on its own seed alone. ``embedding`` is the
    standard deviation of W_E, None d_model^-0.5. ``linear`` "uniform" draws all maps from +-fan_in^-0.5, as PyTorch's
    own Linear does; with an ``embedding`` of 1, PyTorch's own too, it is the start of Li 2024's released code. Raises
    ConfigError for another word or a standard deviation that is not positive.
    """
    if linear not in LINEARS:
        raise ConfigError(f"linear is {linear!r}, expected one of {', '.join(LINEARS)}")
    if embedding is not None and not 0 < embedding < math.inf:
        raise ConfigError(f"embedding is {embedding!r}, expected a positive standard deviation")
    drawn = {
        name: torch.stack([_draw(name, shape, spec, seed, linear) for seed in seeds]).to(dtype)
        for name, shape in spec.shapes().items()
    }
    return drawn if embedding is None else drawn | {"W_E": drawn["W_E"] * (embedding * math.sqrt(spec.d_model))}


def _draw(name: str, shape: tuple[int, ...], spec: ModularSpec, seed: int, linear: str) -> Tensor:
    if name.startswith("b_"):
        return torch.zeros(shape)
    if name == "gain":
        return torch.ones(shape)
    generator = streams(seed, f"init/{name}")[f"init/{name}"]
    if linear == "uniform" and name not in ("W_E", "W_pos"):
        fan_in = spec.d_mlp if name == "W_out" else spec.d_model  # W_O reads all heads together, d_model numbers
        return (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1) / math.sqrt(fan_in)
    fan = spec.p + 1 if name == "W_U" else spec.d_model
    return torch.randn(shape, generator=generator, dtype=torch.float64) / math.sqrt(fan)


def tables(weights: Weights, spec: ModularSpec) -> dict[str, Tensor]:
    """Attention as tables: scores ``s0 s1 [R p H]``, ``s2 [R 1 H]`` and values ``v0 v1 [R p H*dh]``, ``v2``.

    ``x2`` [R 1 d] is the residual stream at ``=`` before attention, the same for every pair.
    """
    numbers, equals = weights["W_E"][:, :-1], weights["W_E"][:, -1:]
    inputs = [numbers, numbers, equals]
    if spec.positions:
        inputs = [x + weights["W_pos"][:, i : i + 1] for i, x in enumerate(inputs)]
    query = torch.einsum("rtd,rhde->rhe", inputs[2], weights["W_Q"])
    key_map = torch.einsum("rhe,rhde->rdh", query, weights["W_K"]) * spec.scale
    value_map = weights["W_V"].transpose(1, 2).flatten(2)
    if not spec.positions:  # both numbers share one table
        scores, values = numbers @ key_map, numbers @ value_map
        found = {"s0": scores, "s1": scores, "v0": values, "v1": values}
    else:
        found = {f"s{i}": inputs[i] @ key_map for i in (0, 1)} | {
            f"v{i}": inputs[i] @ value_map for i in (0, 1)
        }
    return found | {"s2": inputs[2] @ key_map, "v2": inputs[2] @ value_map, "x2": inputs[2]}


def attend(
    table: Mapping[str, Tensor], a: Int[Tensor, "R n"], b: Int[Tensor, "R n"]
) -> tuple[Float[Tensor, "R n H 3"], Float[Tensor, "R n k"]]:
    """The attention paid at ``=`` to a, b and ``=``, and the mixed values z of all heads side by side."""
    rows = [lookup(table["s0"], a), lookup(table["s1"], b)]
    rows.append(table["s2"].expand_as(rows[0]))
    pattern = torch.stack(rows, dim=-1).softmax(-1)
    heads = pattern.shape[2]
    values = [lookup(table["v0"], a), lookup(table["v1"], b), table["v2"]]
    z = sum(
        p.unsqueeze(-1) * v.unflatten(-1, (heads, -1))
        for p, v in zip(pattern.unbind(-1), values, strict=True)
    )
    return pattern, z.flatten(2)


def forward(
    weights: Weights, a: Int[Tensor, "R n"], b: Int[Tensor, "R n"], spec: ModularSpec
) -> Float[Tensor, "R n p"]:
    """Logits over the p answers for pairs (a, b), the ``=`` class dropped."""
    return logits(weights, Pairs(a, b, spec.p, spec.n_heads), spec)


def logits(weights: Weights, pairs: Pairs, spec: ModularSpec) -> Float[Tensor, "R n p"]:
    """``forward`` for pairs that are asked again and again."""
    table = tables(weights, spec)
    scores = torch.cat([table["s0"], table["s1"]], 1) - table["s2"]
    values = torch.cat([table["v0"], table["v1"]], 1) - table["v2"]
    W_O, W_in, W_out, W_U = weights["W_O"].flatten(1, 2), weights["W_in"], weights["W_out"], weights["W_U"]
    skip = torch.baddbmm(table["x2"], table["v2"], W_O)  # the stream of a pair that attends to = alone
    hidden = skip @ W_in
    if spec.biases:
        hidden, skip = hidden + weights["b_in"].unsqueeze(1), skip + weights["b_out"].unsqueeze(1)
    straight, out = W_O, W_out
    if not spec.norm:
        straight, skip, out = W_O @ W_U, skip @ W_U, W_out @ W_U
    by_head = (spec.n_heads, -1)
    maps = torch.cat([W_O @ W_in, straight], 2).unflatten(1, by_head)
    said = values.unflatten(2, by_head).transpose(1, 2) @ maps
    read = pairs_mlp(scores, said, torch.cat([hidden, skip], 2), out, pairs)
    return _unembed_normed(read, weights) if spec.norm else read


def _unembed_normed(x: Float[Tensor, "R n d"], weights: Weights) -> Float[Tensor, "R n p"]:
    """``rms_norm(x, gain) @ W_U`` with fewer passes over the rows: the gain goes to the map, the norm to the logits."""
    read = weights["gain"].unsqueeze(2) * weights["W_U"]
    p = read.shape[2]
    return (x @ pad(read, (0, -p % 8)))[..., :p] * (x.square().mean(-1, keepdim=True) + 1e-8).rsqrt()


def activations(weights: Weights, spec: ModularSpec) -> dict[str, Tensor]:
    """Everything at ``=`` for all p^2 pairs, row a * p + b.

    ``attn`` [R p^2 H 3], ``scores`` [R p^2 H 3], ``z`` [R p^2 H dh], ``resid_mid`` [R p^2 d],
    ``mlp`` [R p^2 m] after the ReLU, ``resid_post`` [R p^2 d], ``logits`` [R p^2 p].
    """
    replicas, p = weights["W_E"].shape[0], spec.p
    index = torch.arange(p * p, device=weights["W_E"].device).expand(replicas, -1)
    a, b = index // p, index % p
    table = tables(weights, spec)
    pattern, z = attend(table, a, b)
    scores = torch.stack(
        [lookup(table["s0"], a), lookup(table["s1"], b), table["s2"].expand(-1, p * p, -1)], -1
    )
    resid_mid = table["x2"] + z @ weights["W_O"].flatten(1, 2)
    b_in, b_out = (weights[b].unsqueeze(1) if spec.biases else 0.0 for b in ("b_in", "b_out"))
    mlp = (resid_mid @ weights["W_in"] + b_in).relu()
    resid_post = resid_mid + mlp @ weights["W_out"] + b_out
    read = rms_norm(resid_post, weights["gain"]) if spec.norm else resid_post
    return {
        "attn": pattern, "scores": scores, "z": z.unflatten(-1, (spec.n_heads, -1)), "resid_mid": resid_mid,
        "mlp": mlp, "resid_post": resid_post, "logits": read @ weights["W_U"],
    }  # fmt: skip


def rms_norm(x: Float[Tensor, "R n d"], gain: Float[Tensor, "R d"]) -> Float[Tensor, "R n d"]:
    """x / sqrt(mean(x^2) + 1e-8) times the gain (Li 2024: needed for quantised nets to train)."""
    return x * (x.square().mean(-1, keepdim=True) + 1e-8).rsqrt() * gain.unsqueeze(1)


def loss(
    weights: Weights,
    a: Int[Tensor, "R n"],
    b: Int[Tensor, "R n"],
    answer: Int[Tensor, "R n"],
    spec: ModularSpec,
) -> Float[Tensor, " R"]:
    """Mean cross-entropy of the R nets on their own pairs, in nats."""
    return objective(a, b, answer, spec)(weights)


def objective(
    a: Int[Tensor, "R n"], b: Int[Tensor, "R n"], answer: Int[Tensor, "R n"], spec: ModularSpec
) -> Callable[[Weights], Float[Tensor, " R"]]:
    """``loss`` of the weights alone, for pairs that stay the same from step to step."""
    pairs = Pairs(a, b, spec.p, spec.n_heads)
    return lambda weights: answer_loss(logits(weights, pairs, spec), answer).mean(-1)
