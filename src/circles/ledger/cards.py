"""The claims of each paper's abstract on one card: the same on the front page, in the chapter and on the scorecard."""

from __future__ import annotations

import html
from collections.abc import Iterable

from circles.ledger.checks import Paper, anchor, css_class, ours, paper
from circles.ledger.citation import chapter_address
from circles.ledger.claims import Claim
from circles.ledger.kinds import NOT_RUN, SETTINGS

NOTE = (
    "Beside each claim in the chapters stands a band: the values that we accept as the same. It was set from the "
    "meaning of the claim or from evidence, never so that the claim may pass; \u201cwhy this band\u201d says which. "
    "Behind a value stands in brackets of how many nets or draws it is; \u201clive\u201d are those few of them that "
    "\u201cmake reproduce\u201d trains anew."
)
COLUMNS = ("headline", "paper", "ours", "verdict")


def headline_claims(p: Paper) -> list[Claim]:
    """The claims that the paper's abstract makes, in the order of the ledger."""
    return [claim for claim in p.claims if claim.headline]


def measured(claim: Claim) -> str:
    """What our value is of: the statement's words after its last colon, none where it has none."""
    return claim.statement.rpartition(": ")[2].rstrip(".") if ": " in claim.statement else ""


def linked(p: Paper, claim: Claim, words: str) -> str:
    """The words, escaped, as a link to the notebook; in the built book to the cell that checks the claim."""
    return f'<a href="{chapter_address(p.page(claim))}#{anchor(claim)}">{html.escape(words)}</a>'


class Headlines:
    """A card a paper: claim in plain words, what we measured, the paper's value, ours, verdict, a link to the cell."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers = tuple(papers)
        self._ours = ours()

    def _repr_html_(self) -> str:
        cards = "".join(self.card(p) for p in self.papers)
        return f'<div class="circles-headlines">{cards}<p class="circles-note">{NOTE}</p></div>'

    def card(self, p: Paper) -> str:
        heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        rows = "".join(self._row(p, claim) for claim in headline_claims(p))
        caption = f"{html.escape(p.authors)} ({p.year}): what the abstract claims"
        return (
            f'<table class="circles-card" id="headlines-{p.id}"><caption>{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _row(self, p: Paper, claim: Claim) -> str:
        what = measured(claim) if claim.verdict != NOT_RUN else ""
        setting = f" <small>{html.escape(SETTINGS[claim.setting])}</small>"
        setting += f' <small class="circles-measured">Ours: {html.escape(what)}.</small>' if what else ""
        cells = {"paper": claim.paper, "ours": self._found(claim), "verdict": claim.verdict}
        rest = "".join(f'<td class="{k}" data-label="{k}">{html.escape(v)}</td>' for k, v in cells.items())
        return (
            f'<tr class="{css_class(claim.verdict)}"><th scope="row">{linked(p, claim, claim.plain)}{setting}</th>'
            f"{rest}</tr>"
        )

    def _found(self, claim: Claim) -> str:
        if claim.verdict == NOT_RUN:
            return f"needs {claim.needs}"
        return self._ours.get(claim.name, "not yet recorded")

    def __repr__(self) -> str:
        blocks = []
        for p in self.papers:
            lines = [f"{p.authors} ({p.year}): what the abstract claims"]
            for claim in headline_claims(p):
                lines.append(f"  {claim.verdict:<14}  {claim.id}: {claim.plain}")
            blocks.append("\n".join(lines))
        return "\n\n".join(blocks)


def headlines(*ids: str) -> Headlines:
    """The cards of these papers. Raises LedgerError for an unknown one, offering the nearest."""
    return Headlines(paper(id) for id in ids)
