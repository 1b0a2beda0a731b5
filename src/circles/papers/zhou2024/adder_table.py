"""The paper's Table 1 of a fine-tuned adder, beside random directions: any, and inside the span of the number rows.

A filter takes a direction a wave from what modules write, in every layer. The paper's own stands where the answer is
read, and knows the rows of W_U alone. Beside it stand the same at every position, for a number's wave may be written
before, and one that knows the last norm between a state and its logits. A band with as many waves as the net has
directions has no filter: its rows are left out.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
from jaxtyping import Float
from torch import Tensor

from circles.analysis import filters, paper_waves
from circles.papers.zhou2024.adder_opened import Edits, Opened

WHERE = ("at the answer", "everywhere")
WAYS = {  # where a filter stands, and whether it knows the last norm
    "the paper's": (WHERE[0], False),
    "at every position": (WHERE[1], False),
    "with the last norm": (WHERE[0], True),
}
PARTS = {"attention and MLP": ("attn", "mlp"), "attention": ("attn",), "MLP": ("mlp",)}
BANDS = {"low": paper_waves.low, "high": paper_waves.high}
ROWS = tuple(f"{band}, {parts}" for band in BANDS for parts in PARTS)  # of the paper's Table 1, but for the first
KINDS = ("any directions", "directions of the number rows")
NEAR = (0, 2, 10)
TURNS = 10


def projection(net: Opened, band: str, *, normed: bool = False) -> Float[Tensor, "d d"]:
    """The filter that takes this band from an output. Raises ShapeError where it leaves nothing."""
    rows = net.normed if normed else net.unembedding
    return filters.projection(rows.mT, BANDS[band](net.spec.numbers))


def filters_of(net: Opened, *, normed: bool = False) -> dict[str, Float[Tensor, "d d"]]:
    """The filter of each band that leaves something of this width."""
    p = net.spec.numbers
    room = [band for band, waves in BANDS.items() if len(paper_waves.rows_of(p, waves(p))) < net.d]
    return {band: projection(net, band, normed=normed) for band in room}


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


def span(rows: Float[Tensor, "p d"]) -> Float[Tensor, "rank d"]:
    """Orthonormal rows that span these, the numbers' rows of an unembedding."""
    _, s, V = torch.linalg.svd(rows, full_matrices=False)
    return V[s > s.max() * max(rows.shape) * torch.finfo(torch.float32).eps]


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
    """All errors: ``errors`` [n], ``filter_errors`` [ways rows n]; ``taken``, the directions of each band's filter.

    The rows are those of the bands in ``filters_of``.
    """
    kept = {normed: filters_of(net, normed=normed) for normed in (False, True)}
    wrong = [
        [net.errors(edits(kept[normed][_band(row)], _parts(row), where)) for row in rows_of(kept[normed])]
        for where, normed in WAYS.values()
    ]
    return {
        "errors": net.errors().short(),
        "filter_errors": torch.stack([torch.stack(rows) for rows in wrong]).short(),
        "taken": torch.tensor([_taken(of_band) for of_band in kept[False].values()]),
    }


def controls(net: Opened, *, generator: torch.Generator, turns: int = TURNS) -> dict[str, Tensor]:
    """``control_shares`` [rows kinds turns 3]: exact, within 2, within 10 without as many random directions.

    They are taken where the paper's filter takes its own, at the answer.
    """
    taken = {band: _taken(keep) for band, keep in filters_of(net).items()}
    spans = dict(zip(KINDS, (torch.eye(net.d, dtype=torch.float64), span(net.unembedding)), strict=True))
    found = []
    for row in rows_of(taken):
        for kind in KINDS:
            for _ in range(turns):
                keep = random_projection(spans[kind], taken[_band(row)], generator=generator)
                found.append(near(net.errors(edits(keep, _parts(row), WHERE[0]))))
    return {"control_shares": torch.stack(found).float().unflatten(0, (-1, len(KINDS), turns))}


def near(errors: Tensor) -> Float[Tensor, "*batch 3"]:
    """The shares of answers that are exact, within 2 and within 10."""
    return torch.stack([(errors.abs() <= most).double().mean(-1) for most in NEAR], -1)


def _band(row: str) -> str:
    return row.partition(", ")[0]


def _parts(row: str) -> str:
    return row.partition(", ")[2]


def _taken(keep: Tensor) -> int:
    return len(keep) - round(float(keep.trace()))
