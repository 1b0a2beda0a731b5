"""Inside the net that adds: the logit lens, the modules' logits in Fourier space, what the paper's filters break."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from circles.analysis import addition_errors, filters, paper_waves
from circles.models import decoder
from circles.models.decoder_spec import DecoderSpec
from circles.models.primitives import answer_loss
from circles.papers.zhou2024 import logit_sums
from circles.training.run_config import Weights

PARTS = {"attention and MLP": ("attn", "mlp"), "attention": ("attn",), "MLP": ("mlp",)}
BANDS = {"low": paper_waves.low, "high": paper_waves.high}
FILTERS = ("nothing", *(f"{band}, {parts}" for band in BANDS for parts in PARTS))  # the rows of the paper's Table 1


def unembedding(weights: Weights, spec: DecoderSpec) -> Tensor:
    """[p d]: the numbers' rows of W_U with the final layer norm's gain and centring multiplied in.

    What is orthogonal to a wave of these rows adds nothing to that wave of the logits but through the norm's length.
    """
    rows = decoder.unembedding(weights)[0, : spec.numbers] * weights["g_f"][0]
    return rows - rows.mean(1, keepdim=True)


def filtered(weights: Weights, spec: DecoderSpec, row: str) -> decoder.Edit | None:
    """The edit of this row of ``FILTERS``: the band is taken from the outputs of these modules, in every layer."""
    if row == "nothing":
        return None
    band, _, parts = row.partition(", ")
    return edit(projection(weights, spec, band).to(weights["g_f"].dtype), parts)


def projection(weights: Weights, spec: DecoderSpec, band: str) -> Tensor:
    """[d d] float64: the filter that takes this band of ``BANDS`` from an output; its trace is what it leaves."""
    return filters.projection(unembedding(weights, spec).mT, BANDS[band](spec.numbers))


def edit(keep: Tensor, parts: str) -> decoder.Edit:
    """The edit that multiplies the outputs of these of ``PARTS`` by a projection, in every layer."""
    return lambda layer, part, out: out @ keep if part in PARTS[parts] else out


def table(weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec) -> dict[str, Tensor]:
    """For each row of ``FILTERS`` the loss, in nats, and all errors: ``filter_loss`` [7], ``filter_errors`` [7 n]."""
    losses, found = [], []
    for row in FILTERS:
        logits = decoder.forward(weights, a, b, spec, edit=filtered(weights, spec, row))
        losses.append(answer_loss(logits, a + b).mean())
        found.append(addition_errors.errors(logits, a + b, numbers=spec.numbers)[0].short())
    return {"filter_loss": torch.stack(losses), "filter_errors": torch.stack(found)}


def lens(weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec) -> dict[str, Tensor]:
    """The logit lens: ``lens_errors`` [layers + 1, n] of the states at = before the first and after each layer."""
    seen = outputs(weights, a, b, spec)
    x = (weights["W_S"][:, 1:] + weights["W_P"][:, 3:]).expand_as(seen[0, "attn"])
    rows = [x]
    for layer in range(spec.depth):
        x = x + seen[layer, "attn"] + seen[layer, "mlp"]
        rows.append(x)
    wrong = [addition_errors.errors(decoder.unembed(x, weights), a + b, numbers=spec.numbers)[0] for x in rows]
    return {"lens_errors": torch.stack(wrong).short()}


def outputs(weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec) -> dict[tuple[int, str], Tensor]:
    """What each attention and MLP adds to the residual stream at =, by (layer, part)."""
    seen: dict[tuple[int, str], Tensor] = {}

    def note(layer: int, part: str, out: Tensor) -> Tensor:
        return seen.setdefault((layer, part), out)

    decoder.residual(weights, a, b, spec, edit=note)
    return seen


def spectra(weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec) -> dict[str, Tensor]:
    """``module_norms`` [layers 2 components]: the mean size of each wave in the logits of attention and of MLP.

    Component k is entry k - 1; the outputs are divided by the standard deviation of the last state, as the norm does.
    """
    return {"module_norms": norms(written(weights, a, b, spec) @ unembedding(weights, spec).mT)}


def written(weights: Weights, a: Tensor, b: Tensor, spec: DecoderSpec) -> Tensor:
    """[layers 2 n d]: ``outputs`` of attention and MLP over the standard deviation of the last state."""
    size = decoder.residual(weights, a, b, spec).std(-1, keepdim=True, unbiased=False)
    found = torch.cat([out / size for out in outputs(weights, a, b, spec).values()])
    return found.unflatten(0, (spec.depth, 2))


def norms(logits: Tensor) -> Tensor:
    """[... n p] to [... components]: the root of the sum of squares of cosine and sine of each wave, mean over n."""
    p = logits.shape[-1]
    squares = paper_waves.transform(logits).square()
    waves = [squares[..., paper_waves.rows_of(p, [k])].sum(-1) for k in range(1, (p - 1) // 2 + 1)]
    return torch.stack(waves, -1).sqrt().mean(-2)


STUDIES: tuple[Callable[..., dict[str, Tensor]], ...] = (table, lens, spectra, logit_sums.sums)
