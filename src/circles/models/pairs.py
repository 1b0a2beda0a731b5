"""Attention over a fixed set of pairs of numbers, as sums of a few table rows, with its gradient.

Pair i = (a_i, b_i) is read as the sequence a b = at its last place. Head h pays w_i0h to a_i, w_i1h to b_i and the
rest to = . Scores and values depend on token and position alone, so with tables of their differences to = ,

    w_i.h = softmax(S[a_i, h], S[p + b_i, h], 0)        x_i = base + sum_h w_i0h T[h, a_i] + w_i1h T[h, p + b_i]

where T may hold the values after any linear map: 2H + 1 rows are added up, where the product of the mixed values with
that map adds d_model. The gradient of a row is a sum over the pairs that have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding_bag


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of numbers below p for each of R nets, read by ``heads`` heads.

    Where the rows of a pair stand, and the pairs of a row, is worked out at the first use and kept.
    """

    a: Int[Tensor, "R n"]
    b: Int[Tensor, "R n"]
    p: int
    heads: int

    def attention(self, S: Float[Tensor, "R t H"]) -> Float[Tensor, "R n 2 H"]:
        """The attention w paid to the two numbers of each pair."""
        odds = S.flatten(0, 1)[self._tokens]
        top = odds.amax(2, keepdim=True).clamp_min_(0)
        odds.sub_(top).exp_()
        return odds.div_(odds.sum(2, keepdim=True) + torch.exp(-top))

    def attention_gradient(
        self, grad: Float[Tensor, "R n 2 H"], w: Float[Tensor, "R n 2 H"]
    ) -> Float[Tensor, "R t H"]:
        """The gradient of S, given that of w."""
        own = w * grad
        own -= w * own.sum(2, keepdim=True)
        numbers, starts = self._by_token
        found = embedding_bag(numbers, own.flatten(0, 2), starts, mode="sum", include_last_offset=True)
        return found.unflatten(0, (len(self.a), -1))

    def sums(self, w: Float[Tensor, "R n 2 H"], table: Float[Tensor, "R rows c"]) -> Float[Tensor, "R n c"]:
        """The sum x of each pair; ``table`` has the rows of T head by head, then the base."""
        weights = torch.cat([w.flatten(2), w.new_ones(*w.shape[:2], 1)], 2).flatten()
        rows, starts = self._rows
        found = embedding_bag(
            rows, table.flatten(0, 1), starts, mode="sum", include_last_offset=True, per_sample_weights=weights
        )
        return found.unflatten(0, self.a.shape)

    def sums_gradient(
        self, grad: Float[Tensor, "R n c"], w: Float[Tensor, "R n 2 H"], table: Float[Tensor, "R rows c"]
    ) -> tuple[Float[Tensor, "R n 2 H"], Float[Tensor, "R H t c"], Float[Tensor, "R 1 c"]]:
        """The gradients of w, T and the base, given that of x."""
        flat = grad.flatten(0, 1)
        order, pairs, starts = self._by_row
        dT = embedding_bag(
            pairs, flat, starts, mode="sum", include_last_offset=True, per_sample_weights=w.flatten()[order]
        )
        # the scalar product of each pair's gradient with each of its rows, as in embedding_bag's own backward
        dw = torch.ops.aten._embedding_bag_per_sample_weights_backward(
            flat, table.flatten(0, 1), *self._number_rows, 0
        )
        dT = dT.view(len(self.a), 2 * self.p, self.heads, -1).transpose(1, 2)
        return dw.view_as(w), dT, grad.new_ones(1, grad.shape[1]) @ grad

    @cached_property
    def _nets(self) -> Int[Tensor, "R 1 1 1"]:
        return torch.arange(len(self.a), device=self.a.device).view(-1, 1, 1, 1)

    @cached_property
    def _heads(self) -> Int[Tensor, " H"]:
        return torch.arange(self.heads, device=self.a.device)

    @cached_property
    def _tokens(self) -> Int[Tensor, "R n 2"]:
        """Rows of the two numbers in the scores of all nets below one another."""
        return torch.stack([self.a, self.b + self.p], 2) + self._nets[..., 0] * 2 * self.p

    @cached_property
    def _by_token(self) -> tuple[Tensor, Tensor]:
        """The numbers of all pairs, those of one token together, and where each token begins."""
        return _grouped(self._tokens.flatten(), len(self.a) * 2 * self.p)

    @cached_property
    def _number_rows(self) -> tuple[Tensor, Tensor, Tensor]:
        """The rows that T gives to each pair, where each pair begins, and the pair of each row."""
        size = 2 * self.p * self.heads + 1
        tokens = torch.stack([self.a, self.b + self.p], 2).unsqueeze(-1)
        rows = self._nets * size + self._heads * 2 * self.p + tokens
        pair = torch.arange(self.a.numel(), device=rows.device)
        return rows.flatten(), pair * 2 * self.heads, pair.repeat_interleave(2 * self.heads)

    @cached_property
    def _rows(self) -> tuple[Tensor, Tensor]:
        """The rows of each pair with its net's base, and where each pair begins."""
        numbers = self._number_rows[0].view(*self.a.shape, -1)
        bases = (self._nets[..., 0] + 1) * (2 * self.p * self.heads + 1) - 1
        rows = torch.cat([numbers, bases.expand(-1, self.a.shape[1], 1)], 2)
        return rows.flatten(), torch.arange(0, rows.numel() + 1, rows.shape[2], device=rows.device)

    @cached_property
    def _by_row(self) -> tuple[Tensor, Tensor, Tensor]:
        """Places in w, those of one row of T together, heads innermost; their pairs; where each row begins."""
        rows = self._tokens.unsqueeze(-1) * self.heads + self._heads
        order, starts = _grouped(rows.flatten(), len(self.a) * 2 * self.p * self.heads)
        return order, order // (2 * self.heads), starts


def _grouped(index: Int[Tensor, " k"], groups: int) -> tuple[Tensor, Tensor]:
    """An order that brings equal numbers together, and where each of the ``groups`` numbers begins in it."""
    counts = torch.bincount(index, minlength=groups)
    return index.argsort(stable=True), torch.cat([counts.new_zeros(1), counts.cumsum(0)])
