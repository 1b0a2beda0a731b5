"""What a fine-tuned adder writes, as waves over the answers: the logit lens, its modules, how few waves name a sum."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import addition_errors, filters, logit_components, paper_waves
from circles.models import adder
from circles.papers.zhou2024.adder_opened import Opened

TURNS, MOST = 200, 12
# Of what a module writes: the paper's; the same less what is written alike for every sum; and as the logits see it.
READINGS = ("W_U", "W_U, less the mean over sums", "the last norm and W_U")


def lens(net: Opened) -> dict[str, Tensor]:
    """The logit lens: ``lens_errors`` [layers + 1, n] where the answer is read, before layers and after each."""
    read = [adder.unembed(x, net.weights, net.spec) for x in net.stream]
    wrong = [addition_errors.errors(x, net.answers, numbers=net.spec.numbers) for x in read]
    return {"lens_errors": torch.stack(wrong).short()}


def modules(net: Opened, *, generator: torch.Generator, turns: int = TURNS) -> dict[str, Tensor]:
    """The waves in the logits of what attention and MLP write, [readings layers 2 components], over the median high.

    ``module_waves``, and beside it what the same outputs have when they are turned at random: the median over turns,
    ``module_waves_turned``, and ``module_waves_p``, (1 + turns as large) / (1 + turns). ``module_low`` [readings layers
    2] is the low band's share of the squared sizes, with ``_turned`` and ``_p`` alike. The logits are W_U h for an
    output h, as the paper has them; in the last of ``READINGS`` with the last norm between, which divides by its size.
    """
    plain, normed = (paper_waves.transform(rows, 0) for rows in (net.unembedding, net.normed))  # once, not for each h
    h = net.outputs
    read, written = (plain, plain, normed), (h, h - h.mean(-2, keepdim=True), h / net.size)

    def sizes(turn: Tensor | None = None) -> Tensor:
        turned = read if turn is None else [rows @ turn.mT for rows in read]
        found = [norms(h @ rows.mT.to(h.dtype), net.spec.numbers) for h, rows in zip(written, turned, strict=True)]
        return torch.stack(found)

    ours = sizes()
    turned = torch.stack([sizes(rotation(net.d, generator=generator)) for _ in range(turns)])
    found = {}
    for name, of in (("module_waves", _over_median), ("module_low", _low_share)):
        a, b = of(ours, net.spec.numbers), of(turned, net.spec.numbers)
        found[name] = a.float()
        found[f"{name}_turned"] = b.median(0).values.float()
        found[f"{name}_p"] = ((1 + (b >= a).sum(0)) / (1 + turns)).float()
    return found


def norms(coefficients: Float[Tensor, "*batch n rows"], p: int) -> Float[Tensor, "*batch components"]:
    """The root of the sum of squares of cosine and sine of each wave, its mean over n; component k is entry k - 1."""
    squares = torch.nn.functional.pad(coefficients[..., 1:].square(), (0, p % 2))  # of the fastest: a sine that is zero
    return squares.unflatten(-1, (-1, 2)).sum(-1).sqrt().mean(-2)


def rotation(d: int, *, generator: torch.Generator) -> Float[Tensor, "d d"]:
    """A uniformly random orthogonal matrix, float64: Q of a Gaussian matrix's QR, with the signs of R's diagonal."""
    Q, R = torch.linalg.qr(torch.randn(d, d, dtype=torch.float64, generator=generator))
    return Q * R.diagonal().sign()


def answers(net: Opened) -> dict[str, Tensor]:
    """Of the final logits on 0 ... N - 1: ``named_by_top`` [12, or all where there are fewer] and ``single_wave`` [2].

    The share of the sums that the net gets right which the m largest waves name, m = 1 ... 12; the share of right
    parities with period 2 alone, and of wrong answers with the slowest wave alone. The sum N is left out: in waves of
    period N/k it is one with 0.
    """
    N = net.spec.numbers - 1
    inner = net.answers < N
    logits, answer = net.logits()[inner, :N].double(), net.answers[inner]
    right, most = net.errors()[inner] == 0, min(MOST, N // 2)
    named = logit_components.named_by_top(logits[right], answer[right], most) if right.any() else torch.zeros(1, most)
    fast, slow = (filters.keep(logits, [k]).argmax(-1) - answer for k in (N // 2, 1))
    shares = [(fast % 2 == 0).double().mean(), (slow != 0).double().mean()]
    return {"named_by_top": named.double().mean(0), "single_wave": torch.stack(shares)}


def _over_median(sizes: Float[Tensor, "*batch components"], p: int) -> Float[Tensor, "*batch components"]:
    high = torch.tensor(paper_waves.high(p)) - 1
    return sizes / sizes[..., high].median(-1, keepdim=True).values


def _low_share(sizes: Float[Tensor, "*batch components"], p: int) -> Float[Tensor, "*batch"]:
    low = torch.tensor(paper_waves.low(p), dtype=torch.long) - 1
    return sizes.square()[..., low].sum(-1) / sizes.square().sum(-1)
