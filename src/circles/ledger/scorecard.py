"""All claims in one table: for the scorecard's page and for the terminal."""

from __future__ import annotations

import html
import os
from collections import Counter
from collections.abc import Iterable

from circles.ledger.checks import Paper, css_class, ours
from circles.ledger.claims import NOT_RUN, TIERS, VERDICTS, Claim

COLUMNS = ("claim", "paper", "ours", "band", "tier", "verdict")


def row(claim: Claim, known: dict[str, str]) -> dict[str, str]:
    """One line of the scorecard; ``known`` holds our values by ``paper/claim``."""
    absent = f"needs {claim.needs}" if claim.verdict == NOT_RUN else "not yet recorded"
    return {
        "claim": claim.id, "paper": claim.paper, "ours": known.get(claim.name, absent),
        "band": claim.band, "tier": claim.tier, "verdict": claim.verdict,
    }  # fmt: skip


def counts(papers: Iterable[Paper]) -> dict[str, int]:
    """How many claims have each verdict, in the order of VERDICTS."""
    found = Counter(claim.verdict for p in papers for claim in p.claims)
    return {verdict: found[verdict] for verdict in VERDICTS}


def anchor(claim: Claim) -> str:
    """The id, in its chapter's built page, of the cell that checks this claim; ``book/page.py`` puts it there."""
    return f"claim-{claim.paper_id}-{claim.id}"


class Scorecard:
    """The claims of some papers, as HTML tables in a notebook and as text elsewhere."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers = tuple(papers)
        self._ours = ours()

    def _repr_html_(self) -> str:
        return f'<div class="circles-scorecards">{self._filters()}{"".join(self._table(p) for p in self.papers)}</div>'

    def _filters(self) -> str:
        """Three lists, hidden until the page's script, ``_static/circles.js``, makes them filter."""
        choices = {"paper": [p.id for p in self.papers], "tier": TIERS, "verdict": VERDICTS}
        lists = "".join(
            f'<label>{key} <select name="{key}"><option value="">all</option>'
            f"{''.join(f'<option>{value}</option>' for value in values)}</select></label>"
            for key, values in choices.items()
        )
        return f'<form class="circles-filter" hidden>{lists}<output></output></form>'

    def _table(self, p: Paper) -> str:
        heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        body = "".join(self._html_row(p, claim) for claim in p.claims)
        caption = html.escape(f"{p.authors} ({p.year}). {p.title}. {p.version}")
        return (
            f'<table class="circles-scorecard" id="scorecard-{p.id}"><caption>{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        )

    def _html_row(self, p: Paper, claim: Claim) -> str:
        cells = row(claim, self._ours)
        name = f"<code>{claim.id}</code>"
        if os.environ.get("CIRCLES_BOOK") == "1":  # elsewhere the chapter's page is not beside this one
            name = f'<a href="{p.chapter}.html#{anchor(claim)}">{name}</a>'
        first = (
            f"{name} {html.escape(claim.statement)} <cite>{html.escape(claim.source)}</cite>"
            f"<details><summary>why this band</summary>{html.escape(claim.why)}</details>"
        )
        rest = "".join(
            f'<td class="{name}" data-label="{name}">{html.escape(cells[name])}</td>' for name in COLUMNS[1:]
        )
        marks = f'data-paper="{p.id}" data-tier="{claim.tier}" data-verdict="{claim.verdict}"'
        return f'<tr class="{css_class(claim.verdict)}" {marks}><th scope="row">{first}</th>{rest}</tr>'

    def __repr__(self) -> str:
        return "\n\n".join(self._text(p) for p in self.papers)

    def _text(self, p: Paper) -> str:
        lines = [f"{p.id}: {p.title} ({p.version}), {len(p.claims)} claims"]
        for claim in p.claims:
            cells = row(claim, self._ours)
            lines += ["", f"{claim.verdict.upper()}  {claim.id}: {claim.statement}"]
            lines += [f"    {name:<6} {cells[name]}" for name in ("paper", "ours", "band")]
        return "\n".join(lines)
