"""How a chapter ends: what holds, what does not, in words whose numbers come from the ledger."""

from __future__ import annotations

import html
from collections.abc import Iterable

from circles.ledger.cards import headline_claims, linked
from circles.ledger.checks import Paper, paper
from circles.ledger.claims import Claim
from circles.ledger.kinds import BAD, GOOD, NOT_RUN, OURS, PARTLY, SOFTWARE, THEIRS
from circles.ledger.scorecard import counted

PARTS = (("holds", GOOD), ("holds in part", {PARTLY}), ("does not hold here", BAD), ("was not run", {NOT_RUN}))


class Ending:
    """The headlines of some papers sorted by how they came out, and how many of all claims came out so."""

    def __init__(self, papers: Iterable[Paper]) -> None:
        self.papers = tuple(papers)

    def parts(self) -> list[tuple[str, list[tuple[Paper, Claim]]]]:
        """What holds, what in part, what not, what was not run: the headlines of each, where there are any."""
        found = [(p, claim) for p in self.papers for claim in headline_claims(p)]
        parts = [(f"What {words}", [each for each in found if each[1].verdict in known]) for words, known in PARTS]
        return [(words, claims) for words, claims in parts if claims]

    def totals(self) -> str:
        """One sentence a kind of claim: of how many each verdict was found; and one of those that were asked again."""
        theirs = "the paper and its code" if len(self.papers) == 1 else "the papers and their code"
        names = {
            THEIRS: ("claim", f"of {theirs}"),
            (OURS,): ("expectation", "of our own"),
            (SOFTWARE,): ("aim", "of our software"),
        }
        sentences = []
        for kinds, (noun, whose) in names.items():
            found = {v: n for v, n in counted(self.papers, kinds).items() if n}
            if total := sum(found.values()):
                each = ", ".join(f"{n} {v}" for v, n in found.items())
                sentences.append(f"Of {total} {noun}{'s' * (total > 1)} {whose}: {each}.")
        return " ".join([*sentences, *self._asked_again()])

    def _asked_again(self) -> list[str]:
        """A sentence on the claims that ask another once more, where there are any that were answered."""
        pairs = [(c, p.claim(c.again)) for p in self.papers for c in p.claims if c.again and c.verdict != NOT_RUN]
        if not pairs:
            return []
        other = sum(claim.verdict != first.verdict for claim, first in pairs)
        times = "once" if len(pairs) == 1 else f"{len(pairs)} times"
        return [
            f"Claims were asked again, with another net, length or seed, {times}: {other or 'none'} with a verdict "
            "other than the first."
        ]

    def _repr_html_(self) -> str:
        parts = "".join(
            f"<dt>{words}</dt>" + "".join(f"<dd>{self._line(p, claim)}</dd>" for p, claim in claims)
            for words, claims in self.parts()
        )
        return f'<dl class="circles-ending">{parts}</dl><p>{html.escape(self.totals())}</p>'

    def _line(self, p: Paper, claim: Claim) -> str:
        reason = f" {html.escape(claim.because)}" if claim.because else ""
        return f"{linked(p, claim, claim.plain)}{reason}"

    def __repr__(self) -> str:
        lines = []
        for words, claims in self.parts():
            lines += [words, *(f"  {claim.plain} {claim.because}".rstrip() for _, claim in claims)]
        return "\n".join([*lines, self.totals()])


def ending(*ids: str) -> Ending:
    """The ending of a chapter about these papers. Raises LedgerError for an unknown one, offering the nearest."""
    return Ending(paper(id) for id in ids)
