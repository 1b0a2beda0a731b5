"""A paper's claims, read from one TOML file and refused by name when the file is wrong."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from circles.foundations import files
from circles.foundations.errors import FileError, LedgerError
from circles.ledger.kinds import BAD, KINDS, NOT_RUN, OF_KIND, PARTLY, SETTINGS, THEIRS, refuse_kind
from circles.ledger.rules import Rule, entries, show

TIERS = ("live", "recorded", "hub")
SAID = {"statement", "differs", "why", "because", "needs"}  # what may name what the code names, and is read


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One claim: what the paper says, what we accept as the same, why, and the verdict on record.

    ``accept`` decides the best word of the claim's kind, ``partly`` the second best. ``digits`` are the
    significant digits of our value that reproduce and are shown. ``needs`` says what "not run" waits for;
    ``because`` is the reason found for a claim that came out partly or not at all. A claim of the paper or its code
    has a ``setting``; ``headline`` marks those of the abstract, which ``plain`` says in plain words. ``again`` names
    the claim that this one asks again, with another seed or length: both count as one; ``differs`` says what else is
    the same but for, where a reader has just read the other's statement. ``page`` is the notebook that checks it, where
    that is not the paper's chapter. ``words`` says how names of the code, such as those of manifolds, are written for a
    reader.
    """

    paper_id: str
    id: str
    statement: str
    source: str
    paper: str
    accept: Rule
    why: str
    tier: str
    verdict: str
    kind: str
    setting: str = ""
    headline: bool = False
    plain: str = ""
    again: str = ""
    differs: str = ""
    page: str = ""
    partly: Rule | None = None
    digits: int = 3
    unit: str = ""
    needs: str = ""
    because: str = ""
    words: Mapping[str, str] = dataclasses.field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.paper_id}/{self.id}"

    @classmethod
    def parse(cls, table: Mapping[str, Any], paper_id: str, words: Mapping[str, str] | None = None) -> Claim:
        """The claim in this table. Raises LedgerError naming claim and key."""
        where = f"{paper_id}/{table.get('id', '(claim without id)')}"
        fields = {f.name: f for f in dataclasses.fields(cls) if f.name not in ("paper_id", "words")}
        required = {n for n, f in fields.items() if f.default is dataclasses.MISSING}
        refuse_keys(table, where, required=required, allowed=set(fields))
        for key in sorted(set(table) - {"accept", "partly", "digits", "headline"}):
            text = table[key]
            if not isinstance(text, str) or (not text.strip() and key not in ("unit", "needs")):
                raise LedgerError(f"{where}: {key} is {text!r}, expected words")
        if type(headline := table.get("headline", False)) is not bool:
            raise LedgerError(f"{where}: headline is {headline!r}, expected true or false")
        if type(digits := table.get("digits", 3)) is not int or not 1 <= digits <= 9:
            raise LedgerError(f"{where}: digits is {digits!r}, expected a whole number from 1 to 9")
        values = dict(table) | {"accept": Rule.parse(table["accept"], f"{where}: accept")}
        if "partly" in table:
            values["partly"] = Rule.parse(table["partly"], f"{where}: partly")
        words = words or {}
        values |= {key: _written(values[key], words) for key in SAID & set(values)}
        claim = cls(paper_id=paper_id, words=words, **values)
        claim._refuse_values()
        return claim

    def _refuse_values(self) -> None:
        refuse_kind(self.name, self.kind, self.setting, self.headline, self.verdict)
        if self.headline != bool(self.plain):
            raise LedgerError(f"{self.name}: headline is {self.headline!r} and plain is {self.plain!r}, "
                              "expected plain words with a headline and only there")  # fmt: skip
        if self.tier not in TIERS:
            raise LedgerError(f"{self.name}: tier is {self.tier!r}, expected one of: {', '.join(TIERS)}")
        if self.partly is not None and self.kind not in THEIRS:
            raise LedgerError(f"{self.name}: a rule 'partly' stands with kind {self.kind!r}, "
                              f"expected it only with kinds: {', '.join(THEIRS)}")  # fmt: skip
        if (self.verdict == NOT_RUN) != bool(self.needs):
            raise LedgerError(f"{self.name}: verdict is {self.verdict!r} and needs is {self.needs!r}, "
                              "expected needs with 'not run' and only there")  # fmt: skip
        if self.differs and not self.again:
            raise LedgerError(f"{self.name}: differs stands without again, expected the claim that this one asks again")
        if self.because and self.verdict not in {PARTLY, *BAD}:
            raise LedgerError(f"{self.name}: because stands with verdict {self.verdict!r}, "
                              "expected it only with a claim that came out partly or not at all")  # fmt: skip
        if self.verdict == PARTLY and self.partly is None:
            raise LedgerError(f"{self.name}: verdict is 'partly', expected a rule 'partly' that says when")

    def judge(self, value: Any) -> str:
        """The verdict this value earns, in the kind's words: accept, then partly, else the worst. NaN is refused."""
        try:
            if any(x != x for _, x in entries(value)):
                raise LedgerError(f"value {show(value)} holds NaN, expected numbers: NaN earns no verdict")
            best, *_, worst, _ = OF_KIND[self.kind]
            if self.accept.holds(value):
                return best
            return PARTLY if self.partly is not None and self.partly.holds(value) else worst
        except LedgerError as error:
            raise LedgerError(f"{self.name}: {error}") from None

    @property
    def asked(self) -> str:
        """Whose claim it is, and for the authors' in which setting it was asked, in words."""
        return f"{KINDS[self.kind]}, in {SETTINGS[self.setting]}" if self.setting else KINDS[self.kind]

    @property
    def band(self) -> str:
        """The rules in words."""
        return self.written(str(self.accept) if self.partly is None else f"{self.accept} (partly: {self.partly})")

    def written(self, text: str) -> str:
        """The text with the names of the code as ``words`` has them: flat_torus as flat torus."""
        return _written(text, self.words)


def _written(text: str, words: Mapping[str, str]) -> str:
    for name, word in words.items():
        ends = (r"(?<![A-Za-z0-9])", r"(?![A-Za-z0-9])") if name.isidentifier() and name[0] != "_" else ("", "")
        text = re.sub(ends[0] + re.escape(name) + ends[1], word, text)
    return text


PAPER_KEYS = {"title", "authors", "year", "version", "chapter", "address", "question"}


def read(path: Path) -> tuple[dict[str, Any], tuple[Claim, ...]]:
    """The paper's own entry and its claims. Raises LedgerError, one line that names the file."""
    paper_id = path.stem
    if not path.exists():
        raise LedgerError(f"no ledger at {path.name}, expected a TOML file of claims")
    try:
        table = files.toml(files.content(path, files.LEDGER))
    except FileError as error:
        raise LedgerError(f"{path.name} is not TOML: {error}") from None
    refuse_keys(table, path.name, required={"paper", "claim"}, allowed={"paper", "claim", "words"})
    if not isinstance(table["paper"], Mapping):
        raise LedgerError(f"{path.name}: paper is {table['paper']!r}, expected one table [paper]")
    refuse_keys(table["paper"], f"{path.name}: paper", required=PAPER_KEYS, allowed=PAPER_KEYS)
    for key, value in table["paper"].items():
        if not isinstance(value, int if key == "year" else str):
            raise LedgerError(f"{path.name}: {key} is {value!r}, expected {'a year' if key == 'year' else 'words'}")
    if not isinstance(table["claim"], list) or not all(isinstance(entry, Mapping) for entry in table["claim"]):
        raise LedgerError(f"{path.name}: claim is {table['claim']!r}, expected tables [[claim]]")
    words = table.get("words", {})
    if not isinstance(words, Mapping) or not all(isinstance(word, str) for word in words.values()):
        raise LedgerError(f"{path.name}: words is {words!r}, expected a table from names to words")
    claims = tuple(Claim.parse(entry, paper_id, words) for entry in table["claim"])
    ids = [claim.id for claim in claims]
    if twice := sorted({i for i in ids if ids.count(i) > 1}):
        raise LedgerError(f"{path.name} has claim {twice[0]!r} twice, expected each id once")
    refuse_again(claims)
    return table["paper"], claims


def refuse_again(claims: Iterable[Claim]) -> None:
    """Raise LedgerError where ``again`` does not lead to a claim of one kind that asks for itself."""
    known = {claim.id: claim for claim in claims}
    for claim in known.values():
        if not claim.again:
            continue
        first = known.get(claim.again)
        if first is None:
            raise LedgerError(f"{claim.name}: again is {claim.again!r}, no claim here{nearest(claim.again, known)}")
        if first.again or first.kind != claim.kind or claim.headline:
            raise LedgerError(f"{claim.name}: again is {claim.again!r}, expected a claim of kind {claim.kind!r} that "
                              "measures no other again, and a headline on that one only")  # fmt: skip


def refuse_keys(table: Mapping[str, Any], where: str, *, required: set[str], allowed: set[str]) -> None:
    """Raise LedgerError for the first unknown or missing key."""
    if unknown := sorted(set(table) - allowed):
        raise LedgerError(f"{where} has unknown key {unknown[0][:80]!r}{nearest(unknown[0], sorted(allowed))}")
    if missing := sorted(required - set(table)):
        raise LedgerError(f"{where} has no {missing[0]!r}, expected keys {', '.join(sorted(required))}")


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` for the nearest known word, else all of them."""
    known = list(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(known)}"
