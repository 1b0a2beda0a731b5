"""The claims of a paper that wait for what this book lacks (a download, a GPU, access), in one table."""

from __future__ import annotations

import html
import re

from circles.ledger.cards import linked
from circles.ledger.checks import Badge, Paper, anchor, css_class, paper
from circles.ledger.claims import Claim

COLUMNS = ("claim", "paper", "band")
LACKING = "hub"  # the tier of what neither a reader's two cores nor a recording can answer
COMMAND = re.compile(r"python -m circles run [\w-]+(?: --[\w-]+ [\w,-]+)*")


class Waiting:
    """A row a claim: statement and reason of its band, the paper's value, the band, what it waits for.

    In text it is the badge of each, so that what reads a chapter's outputs finds every claim.
    """

    def __init__(self, p: Paper) -> None:
        self.paper = p
        self.claims = tuple(claim for claim in p.claims if claim.tier == LACKING)

    def badges(self) -> list[Badge]:
        """The claims, each checked without a value. Raises LedgerError for one that has a verdict."""
        return [self.paper.check(claim.id) for claim in self.claims]

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        rows = "".join(self._row(badge.claim) for badge in self.badges())
        caption = f"{html.escape(self.paper.authors)} ({self.paper.year}): what was not run, and what it waits for"
        return (
            f'<table class="circles-card circles-waiting"><caption>{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _row(self, claim: Claim) -> str:
        why = f"<cite>{html.escape(claim.source)}; {claim.asked}</cite> {html.escape(claim.why)}"
        said = COMMAND.sub(r"<code>\g<0></code>", html.escape(claim.needs))
        cells = zip(COLUMNS[1:], (claim.paper, claim.band), strict=True)
        rest = "".join(f'<td data-label="{name}">{html.escape(words)}</td>' for name, words in cells)
        return (
            f'<tr id="{anchor(claim)}" class="{css_class(claim.verdict)}"><th scope="row">'
            f"<code>{linked(self.paper, claim, claim.id)}</code> {html.escape(claim.statement)} "
            f"<details><summary>why this band</summary>{why}</details>"
            f'<small class="circles-waits">Waits for {said}.</small></th>{rest}</tr>'
        )

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.badges()))


def waiting(id: str) -> Waiting:
    """What the claims of this paper wait for. Raises LedgerError for an unknown paper, offering the nearest."""
    return Waiting(paper(id))
