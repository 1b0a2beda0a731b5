"""What did not replicate, or only in part, or was not run: claim by claim, with the reason."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable

from circles.ledger.checks import Paper, css_class, ours
from circles.ledger.claims import NOT_REPRODUCED, NOT_RUN, PARTLY, Claim
from circles.ledger.scorecard import anchor

WHY = {NOT_REPRODUCED: "why it did not", PARTLY: "what is missing", NOT_RUN: "what it needs"}
UNKNOWN = "no reason found yet"


def reason(claim: Claim) -> str:
    """Why the claim is not simply reproduced, in the ledger's words."""
    return claim.needs if claim.verdict == NOT_RUN else claim.because or UNKNOWN


class Unmet:
    """The claims of some papers with one verdict and the reason for each: HTML in a notebook, text elsewhere."""

    def __init__(self, papers: Iterable[Paper], verdict: str) -> None:
        self.verdict = verdict
        self.found = [(p, c) for p in papers for c in p.claims if c.verdict == verdict]
        self._ours = ours()

    def __len__(self) -> int:
        return len(self.found)

    def _repr_html_(self) -> str:
        if not self.found:
            return f"<p>No claim is {self.verdict}.</p>"
        return f'<dl class="circles-unmet">{"".join(self._entry(p, c) for p, c in self.found)}</dl>'

    def _entry(self, p: Paper, claim: Claim) -> str:
        name = f"{html.escape(p.authors)} ({p.year}), <code>{claim.id}</code>"
        if os.environ.get("CIRCLES_BOOK") == "1":
            name = f'<a href="{p.chapter}.html#{anchor(claim)}">{name}</a>'
        rows = "".join(f"<dd><b>{html.escape(key)}</b> {html.escape(value)}</dd>" for key, value in self._rows(claim))
        return (
            f'<div class="{css_class(claim.verdict)}"><dt>{name}: {html.escape(claim.statement)} '
            f"<cite>{html.escape(claim.source)}</cite></dt>{rows}</div>"
        )

    def _rows(self, claim: Claim) -> list[tuple[str, str]]:
        mine = [] if claim.verdict == NOT_RUN else [("ours", self._ours.get(claim.name, "not yet recorded"))]
        return [("paper", claim.paper), *mine, ("band", claim.band), (WHY[claim.verdict], reason(claim))]

    def __repr__(self) -> str:
        if not self.found:
            return f"no claim is {self.verdict}"
        blocks = []
        for _, claim in self.found:
            lines = [f"{claim.paper_id} {claim.id}: {claim.statement}"]
            blocks.append("\n".join([*lines, *(f"    {key}: {value}" for key, value in self._rows(claim))]))
        return "\n\n".join(blocks)
