"""All claims in one table: for the scorecard's page and for the terminal."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable

from circles.ledger.cards import linked
from circles.ledger.checks import Paper, anchor, css_class, ours, said
from circles.ledger.claims import TIERS, Claim
from circles.ledger.kinds import CODE, KINDS, NOT_RUN, OURS, PAPER, SETTINGS, SOFTWARE, VERDICTS

COLUMNS = ("claim", "paper", "ours", "band", "tier", "verdict")
__all__ = ["Scorecard", "anchor", "counted", "groups", "row"]


def row(claim: Claim, known: dict[str, str]) -> dict[str, str]:
    """One line of the scorecard; ``known`` holds our values by ``paper/claim``."""
    absent = f"needs {claim.needs}" if claim.verdict == NOT_RUN else "not yet recorded"
    return {
        "claim": claim.id, "paper": claim.paper, "ours": known.get(claim.name, absent),
        "band": claim.band, "tier": claim.tier, "verdict": claim.verdict,
    }  # fmt: skip


def counted(papers: Iterable[Paper], kinds: Iterable[str] = tuple(KINDS)) -> dict[str, int]:
    """How many claims of these kinds have each verdict, in the order of VERDICTS; a claim asked again counts once.

    Words of verdicts differ by kind, so that none is mixed with another's.
    """
    kinds = set(kinds)
    found = Counter(c.verdict for p in papers for c in p.claims if c.kind in kinds and not c.again)
    return {verdict: found[verdict] for verdict in VERDICTS}


def groups(p: Paper) -> list[tuple[str, list[Claim]]]:
    """The paper's claims by group: headlines, others of the paper, of its code, ours, software.

    A claim asked again follows the one it asks.
    """
    firsts = {
        "headlines": [c for c in p.claims if c.headline],
        "other claims of the paper": [c for c in p.claims if c.kind == PAPER and not c.headline],
        "the released code": [c for c in p.claims if c.kind == CODE and not c.headline],
        "expectations of ours": [c for c in p.claims if c.kind == OURS],
        "our software": [c for c in p.claims if c.kind == SOFTWARE],
    }
    made = []
    for name, claims in firsts.items():
        wanted = [m for c in claims if not c.again for m in (c, *(a for a in p.claims if a.again == c.id))]
        made += [(name, wanted)] if wanted else []
    return made


class Scorecard:
    """The claims of some papers, as HTML tables in a notebook and as text elsewhere."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers = tuple(papers)
        self._ours = ours()

    def _repr_html_(self) -> str:
        return f'<div class="circles-scorecards">{self._filters()}{"".join(self._table(p) for p in self.papers)}</div>'

    def _filters(self) -> str:
        """Five lists, hidden until the page's script, ``_static/circles.js``, makes them filter."""
        choices = {"paper": [p.id for p in self.papers], "kind": KINDS, "setting": SETTINGS, "tier": TIERS}
        lists = "".join(
            f'<label>{key} <select name="{key}"><option value="">all</option>'
            f"{''.join(f'<option>{value}</option>' for value in values)}</select></label>"
            for key, values in (choices | {"verdict": VERDICTS}).items()
        )
        return f'<form class="circles-filter" hidden>{lists}<output></output></form>'

    def _table(self, p: Paper) -> str:
        heads = "".join(f'<th scope="col">{name}</th>' for name in COLUMNS)
        bodies = "".join(
            f'<tbody><tr class="circles-group"><th scope="rowgroup">{name}</th></tr>'
            f"{''.join(self._html_row(p, claim) for claim in claims)}</tbody>"
            for name, claims in groups(p)
        )
        caption = html.escape(f"{p.authors} ({p.year}). {p.title}. {p.version}")
        return (
            f'<table class="circles-scorecard" id="scorecard-{p.id}"><caption>{caption}</caption>'
            f"<thead><tr>{heads}</tr></thead>{bodies}</table>"
        )

    def _html_row(self, p: Paper, claim: Claim) -> str:
        cells = row(claim, self._ours)
        again = f"Measured again, see <code>{claim.again}</code>. " if claim.again and not claim.differs else ""
        first = (
            f"<code>{linked(p, claim, claim.id)}</code> {said(claim)} "
            f"<cite>{again}{html.escape(claim.source)}; {claim.asked}</cite>"
            f"<details><summary>why this band</summary>{html.escape(claim.why)}</details>"
        )
        rest = "".join(f'<td class="{name}">{html.escape(cells[name])}</td>' for name in COLUMNS[1:])
        marks = (
            f'data-paper="{p.id}" data-tier="{claim.tier}" data-verdict="{claim.verdict}" '
            f'data-kind="{claim.kind}" data-setting="{claim.setting}"'
        )
        return f'<tr class="{css_class(claim.verdict)}" {marks}><th scope="row">{first}</th>{rest}</tr>'

    def __repr__(self) -> str:
        return "\n\n".join(self._text(p) for p in self.papers)

    def _text(self, p: Paper) -> str:
        lines = [f"{p.id}: {p.title} ({p.version}), {len(p.claims)} claims"]
        for name, claims in groups(p):
            lines += ["", f"== {name} =="]
            for claim in claims:
                cells = row(claim, self._ours)
                marks = claim.asked + ("; headline" if claim.headline else "")
                marks += f"; measures {claim.again} again" if claim.again else ""
                lines += ["", f"{claim.verdict.upper()}  {claim.id}: {claim.statement}", f"    kind   {marks}"]
                lines += [f"    {name:<6} {cells[name]}" for name in ("paper", "ours", "band")]
        return "\n".join(lines)
