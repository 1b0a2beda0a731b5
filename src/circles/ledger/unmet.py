"""What did not come out, or only in part, or was not run: headlines first, claim by claim, with the reason."""

from __future__ import annotations

import html
from collections.abc import Iterable

from circles.ledger.cards import linked
from circles.ledger.checks import Paper, css_class, ours
from circles.ledger.claims import Claim
from circles.ledger.kinds import BAD, NOT_RUN, PARTLY

WHY = dict.fromkeys(BAD, "why it did not") | {PARTLY: "what is missing", NOT_RUN: "what it needs"}
UNKNOWN = "no reason found yet"
RANK = {"own": 0, "smaller": 1, "other": 2, "": 3}  # the nearer to the paper's own experiment, the more it says


def reason(claim: Claim) -> str:
    """Why the claim did not simply come out, in the ledger's words."""
    return claim.needs if claim.verdict == NOT_RUN else claim.because or UNKNOWN


class Unmet:
    """The claims of some papers with one verdict and the reason for each: HTML in a notebook, text elsewhere.

    Headlines first, then by setting, the paper's own before others; what asks a claim again comes after.
    """

    def __init__(self, papers: Iterable[Paper], verdict: str, *, headline: bool | None = None) -> None:
        self.verdict = verdict
        found = [(p, c) for p in papers for c in p.claims if c.verdict == verdict and headline in (None, c.headline)]
        self.found = sorted(found, key=lambda each: rank(each[1]))
        self._ours = ours()

    def __len__(self) -> int:
        return len(self.found)

    def _repr_html_(self) -> str:
        if not self.found:
            return f"<p>No claim here is {self.verdict}.</p>"
        return f'<dl class="circles-unmet">{"".join(self._entry(p, c) for p, c in self.found)}</dl>'

    def _entry(self, p: Paper, claim: Claim) -> str:
        name = f"{linked(p, claim, f'{p.authors} ({p.year})')}, <code>{linked(p, claim, claim.id)}</code>"
        plain = f"<b>{html.escape(claim.plain)}</b> " if claim.headline else ""
        again = next((f" Asks {linked(p, c, c.id)} again." for c in p.claims if c.id == claim.again), "")
        rows = "".join(f"<dd><b>{html.escape(key)}</b> {html.escape(value)}</dd>" for key, value in self._rows(claim))
        return (
            f'<div class="{css_class(claim.verdict)}"><dt>{name}: {plain}{html.escape(claim.statement)} '
            f"<cite>{html.escape(claim.source)}; {claim.asked}.{again}</cite></dt>{rows}</div>"
        )

    def _rows(self, claim: Claim) -> list[tuple[str, str]]:
        mine = [] if claim.verdict == NOT_RUN else [("ours", self._ours.get(claim.name, "not yet recorded"))]
        return [("paper", claim.paper), *mine, ("band", claim.band), (WHY[claim.verdict], reason(claim))]

    def __repr__(self) -> str:
        if not self.found:
            return f"no claim here is {self.verdict}"
        blocks = []
        for _, claim in self.found:
            again = f"; asks {claim.again} again" if claim.again else ""
            lines = [f"{claim.paper_id} {claim.id} ({claim.asked}{again}): {claim.statement}"]
            blocks.append("\n".join([*lines, *(f"    {key}: {value}" for key, value in self._rows(claim))]))
        return "\n\n".join(blocks)


def rank(claim: Claim) -> tuple[bool, bool, int]:
    """What sorts claims: headlines first, what asks again last, the paper's own setting before others."""
    return (not claim.headline, bool(claim.again), RANK[claim.setting])
