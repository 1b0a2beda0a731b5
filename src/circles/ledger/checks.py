"""The check that stands beside a sentence: ours against the paper's, or an error."""

from __future__ import annotations

import functools
import html
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from circles.foundations import files
from circles.foundations.errors import FileError, LedgerError, quoted
from circles.ledger import estimates, rules
from circles.ledger.claims import Claim, nearest, read
from circles.ledger.kinds import NOT_RUN
from circles.ledger.rules import show

FOLDER = Path(str(resources.files("circles.ledger")))
OURS = FOLDER.parent / "recorded" / "ours.json"
_ABSENT = object()


@dataclass(frozen=True)
class Badge:
    """A claim with our value: a small table in a notebook, four lines of text elsewhere."""

    claim: Claim
    ours: str
    verdict: str

    def rows(self) -> list[tuple[str, str]]:
        return [
            ("paper", self.claim.paper),
            ("ours", self.ours),
            ("band", self.claim.band),
            ("verdict", self.verdict),
        ]

    def __repr__(self) -> str:
        return "\n".join([self.claim.name, *(f"  {key:<8}{value}" for key, value in self.rows())])

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{key}</th>' for key, _ in self.rows())
        cells = "".join(f'<td class="{key}">{html.escape(value)}</td>' for key, value in self.rows())
        in_full = f"<p>{html.escape(self.claim.statement)}</p>" if self.claim.differs else ""
        return (
            f'<table class="circles-check {css_class(self.verdict)}"><caption>{caption(self.claim)} '
            f"<details><summary>why this band</summary>{in_full}"
            f"<cite>{html.escape(self.claim.source)}; {self.claim.asked}</cite> {html.escape(self.claim.why)}"
            "</details></caption>"
            f"<thead><tr>{heads}</tr></thead><tbody><tr>{cells}</tr></tbody></table>"
        )


@dataclass(frozen=True)
class Paper:
    """A paper's entry and its claims; ``question`` is the one that the front page asks of it."""

    id: str
    title: str
    authors: str
    year: int
    version: str
    chapter: str
    address: str
    question: str
    claims: tuple[Claim, ...]

    def claim(self, id: str) -> Claim:
        """The claim with this id. Raises LedgerError, offering the nearest."""
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise LedgerError(f"{self.id} has no claim {id!r}{nearest(id, [c.id for c in self.claims])}")

    def page(self, claim: Claim) -> str:
        """The notebook that checks the claim."""
        return claim.page or self.chapter

    def check(self, id: str, value: Any = _ABSENT) -> Badge:
        """Hold our value against the claim.

        A claim that is "not run" is checked without a value. Raises LedgerError when the verdict the value
        earns is not the recorded one.
        """
        claim = self.claim(id)
        if claim.verdict == NOT_RUN and value is _ABSENT:
            return Badge(claim, f"needs {claim.needs}", NOT_RUN)
        if value is _ABSENT:
            raise LedgerError(f"{claim.name}: check got no value, expected one to earn {claim.verdict!r}")
        verdict = claim.judge(estimates.plain(value))
        _note(claim, value, verdict)
        if verdict != claim.verdict:
            raise LedgerError(
                f"{claim.name}: value {estimates.show(value, 6)} against band {claim.band} gives {verdict!r}, "
                f"the recorded verdict is {claim.verdict!r}"
            )
        _refuse_doubt(claim, value, verdict)
        return Badge(claim, claim.written(f"{estimates.show(value, claim.digits)} {claim.unit}".rstrip()), verdict)


def _refuse_doubt(claim: Claim, value: Any, verdict: str) -> None:
    """Refuse a verdict that three standard errors would turn, or that live nets unlike the recorded ones do turn."""
    for estimate, other in estimates.moved(value, lambda e: [e.now]):
        if estimate.fits < estimates.STRANGE and (turned := claim.judge(other)) != verdict:
            raise LedgerError(
                f"{claim.name}: the live nets do not look like the recorded ones: {estimate.words(claim.digits)}, "
                f"p = {estimate.fits:.1g}, and would give {turned!r}, expected {verdict!r} or p of at least "
                f"{estimates.STRANGE:g}"
            )
    for _, other in estimates.moved(value, lambda e: [e.low, e.high]):
        if (turned := claim.judge(other)) != verdict:
            raise LedgerError(
                f"{claim.name}: {estimates.show(value, 6)} has no room: three standard errors away, at "
                f"{show(other, 6)}, band {claim.band} gives {turned!r}, expected {verdict!r} there too"
            )


def _note(claim: Claim, value: Any, verdict: str) -> None:
    """Append the value in full to the file that CIRCLES_CHECKS names: what a badge shows is rounded.

    Raises LedgerError, naming the place, where it cannot be written or is no file: a pipe would be waited for.
    """
    if (place := os.environ.get("CIRCLES_CHECKS", "")).strip():
        line = {
            "claim": claim.name, "value": rules.plain(estimates.plain(value)), "verdict": verdict,
            "live": rules.plain(estimates.live(value)),
        }  # fmt: skip
        if os.path.exists(place) and not os.path.isfile(place):
            raise LedgerError(f"CIRCLES_CHECKS is {quoted(place)}, which is there and no file; expected a file")
        try:
            with open(place, "a", encoding="utf-8") as file:
                file.write(json.dumps(line, default=str) + "\n")
        except OSError as error:
            why = f"expected a file that can be written ({error.strerror})"
            raise LedgerError(f"CIRCLES_CHECKS is {quoted(place)}, {why}") from error


def caption(claim: Claim) -> str:
    """The head of a badge in HTML: the claim's name and what it says."""
    return f"<code>{claim.id}</code> {said(claim)}"


def said(claim: Claim) -> str:
    """A claim's statement in HTML, or what differs from the one that it asks again."""
    again = f"The same as <code>{claim.again}</code>, {html.escape(claim.differs)}."
    return again if claim.differs else html.escape(claim.statement)


def css_class(verdict: str) -> str:
    """The CSS class of a verdict: ``verdict-not-reproduced``."""
    return "verdict-" + verdict.replace(" ", "-")


def anchor(claim: Claim) -> str:
    """The id, in its chapter's built page, of the cell that checks this claim; ``book/page.py`` puts it there."""
    return f"claim-{claim.paper_id}-{claim.id}"


@functools.cache
def paper(id: str) -> Paper:
    """The paper with this id, such as ``nanda2023``. Raises LedgerError, offering the nearest."""
    known = _ids()
    if id not in known:
        raise LedgerError(f"no paper {id!r} in the ledger{nearest(id, known)}")
    about, claims = read(FOLDER / f"{id}.toml")
    return Paper(id=id, claims=claims, **about)


def papers() -> tuple[Paper, ...]:
    """All papers of the ledger, in the order of their chapters."""
    return tuple(sorted((paper(id) for id in _ids()), key=lambda p: (p.chapter, p.id)))


def named(name: str) -> Claim:
    """The claim ``paper/claim``. Raises LedgerError for another name, offering the nearest."""
    paper_id, slash, claim_id = name.partition("/")
    if not slash:
        raise LedgerError(f"claim is {name!r}, expected paper/claim, such as nanda2023/wl-rank")
    return paper(paper_id).claim(claim_id)


def check(id: str, value: Any = _ABSENT) -> Badge:
    """``paper(...).check(id, value)`` for the one paper with this claim; ``paper/id`` tells two apart."""
    wanted, _, short = id.rpartition("/")
    candidates = (paper(wanted),) if wanted else papers()
    owners = [p for p in candidates if any(claim.id == short for claim in p.claims)]
    if len(owners) == 1:
        return owners[0].check(short, value)
    if owners:
        raise LedgerError(f"claim {short!r} is in {', '.join(p.id for p in owners)}, expected paper/claim")
    known = [c.id for p in candidates for c in p.claims]
    raise LedgerError(f"no claim {short!r} in the ledger{nearest(short, known)}")


def ours() -> dict[str, str]:
    """Our value of each claim as the chapters last showed it, by ``paper/claim``. Raises LedgerError when damaged."""
    if not OURS.exists():
        return {}
    try:
        found = files.json_object(files.content(OURS))
    except FileError:
        found = {"": None}
    if not all(isinstance(value, str) for value in found.values()):
        raise LedgerError(f"{OURS.name}: damaged, expected a JSON object of words; python -m circles record")
    return found


def shown(text: str) -> Iterable[tuple[str, str, str, str]]:
    """``(paper/claim, ours, band, verdict)`` of each badge printed in this text."""
    names = {claim.name for p in papers() for claim in p.claims}
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if line in names and len(lines) > i + 4:
            rows = dict((x[2:10].strip(), x[10:]) for x in lines[i + 1 : i + 5])
            yield line, rows["ours"], rows["band"], rows["verdict"]


def _ids() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.toml"))
