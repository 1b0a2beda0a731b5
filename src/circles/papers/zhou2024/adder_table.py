"""The paper's Table 1 of a fine-tuned adder, beside random directions: any, and inside the span of the number rows.

A filter takes a direction a wave from what modules write, in every layer. The paper's own stands where the answer is
read; beside it the same at every position, for a number's wave may be written before. A band with as many waves as the
net has directions has no filter: its rows are left out.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import filters, paper_waves
from circles.papers.zhou2024.adder_opened import Edits, Opened

WHERE = ("at the answer", "everywhere")
PARTS = {"attention and MLP": ("attn", "mlp"), "attention": ("attn",), "MLP": ("mlp",)}
BANDS = {"low": paper_waves.low, "high": paper_waves.high}
ROWS = tuple(f"{band}, {parts}" for band in BANDS for parts in PARTS)  # of the paper's Table 1, but for the first
KINDS = ("any directions", "directions of the number rows")
NEAR = (0, 2, 10)
TURNS = 10


def projection(net: Opened, band: str) -> Float[Tensor, "d d"]:
    """The filter that takes this band from an output. Raises ShapeError where it leaves nothing."""
    return filters.projection(net.unembedding.mT, BANDS[band](net.spec.numbers))


def filters_of(net: Opened) -> dict[str, Float[Tensor, "d d"]]:
    """The filter of each band that leaves something of this width."""
    p = net.spec.numbers
    room = [band for band, waves in BANDS.items() if len(paper_waves.rows_of(p, waves(p))) < net.d]
    return {band: projection(net, band) for band in room}


def rows_of(bands: Collection[str]) -> list[str]:
    """The rows of the paper's Table 1 that take one of these bands away."""
    return [row for row in ROWS if _band(row) in bands]


def random_projection(
    rows: Float[Tensor, "rank d"], taken: int, *, generator: torch.Generator
) -> Float[Tensor, "d d"]:
    """The projection that takes so many random directions inside the span of these orthonormal rows; float64."""
    Q, _ = torch.linalg.qr(torch.randn(len(rows), taken, dtype=torch.float64, generator=generator))
    B = Q.mT @ rows
    return torch.eye(rows.shape[1], dtype=torch.float64) - B.mT @ B


def span(net: Opened) -> Float[Tensor, "rank d"]:
    """Orthonormal rows that span the numbers' rows of the unembedding."""
    _, s, V = torch.linalg.svd(net.unembedding, full_matrices=False)
    return V[s > s.max() * max(net.unembedding.shape) * torch.finfo(torch.float32).eps]


def edits(keep: Float[Tensor, "d d"], parts: str, where: str) -> Edits:
    """Multiplies by a projection what these of ``PARTS`` write, in every layer, at these of ``WHERE``."""

    def edit(layer: int, part: str, out: Tensor, answers: Tensor) -> Tensor:
        if part not in PARTS[parts]:
            return out
        if where == "everywhere":
            return out @ keep.to(out.dtype)
        changed = out.clone()
        changed[answers] = out[answers] @ keep.to(out.dtype)
        return changed

    return lambda at: edit


def table(net: Opened) -> dict[str, Tensor]:
    """All errors: ``errors`` [n], ``filter_errors`` [where rows n]; ``taken``, the directions of each band's filter.

    The rows are those of the bands in ``filters_of``.
    """
    keep = filters_of(net)
    wrong = [[net.errors(edits(keep[_band(row)], _parts(row), where)) for row in rows_of(keep)] for where in WHERE]
    return {
        "errors": net.errors().short(),
        "filter_errors": torch.stack([torch.stack(rows) for rows in wrong]).short(),
        "taken": torch.tensor([_taken(of_band) for of_band in keep.values()]),
    }


def controls(net: Opened, *, generator: torch.Generator, turns: int = TURNS) -> dict[str, Tensor]:
    """``control_shares`` [where rows kinds turns 3]: exact, within 2, within 10 without as many random directions."""
    taken = {band: _taken(keep) for band, keep in filters_of(net).items()}
    spans = dict(zip(KINDS, (torch.eye(net.d, dtype=torch.float64), span(net)), strict=True))
    found = []
    for where in WHERE:
        for row in rows_of(taken):
            for kind in KINDS:
                for _ in range(turns):
                    keep = random_projection(spans[kind], taken[_band(row)], generator=generator)
                    found.append(near(net.errors(edits(keep, _parts(row), where))))
    shape = (len(WHERE), -1, len(KINDS), turns)
    return {"control_shares": torch.stack(found).float().unflatten(0, shape)}


def near(errors: Tensor) -> Float[Tensor, "*batch 3"]:
    """The shares of answers that are exact, within 2 and within 10."""
    return torch.stack([(errors.abs() <= most).double().mean(-1) for most in NEAR], -1)


def _band(row: str) -> str:
    return row.partition(", ")[0]


def _parts(row: str) -> str:
    return row.partition(", ")[2]


def _taken(keep: Tensor) -> int:
    return len(keep) - round(float(keep.trace()))
