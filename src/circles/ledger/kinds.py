"""Whose claim it is, in which setting it was asked, and the words of its verdict."""

from __future__ import annotations

from circles.foundations.errors import LedgerError

REPRODUCED, PARTLY, NOT_REPRODUCED = "reproduced", "partly", "not reproduced"
HELD, FAILED = "held", "failed"
MET, MISSED = "met", "missed"
NOT_RUN = "not run"

PAPER, CODE, OURS, SOFTWARE = "paper", "code", "ours", "software"
THEIRS = (PAPER, CODE)  # of the authors, in the paper or in the code that they released
OF_KIND = {
    PAPER: (REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_RUN),
    CODE: (REPRODUCED, PARTLY, NOT_REPRODUCED, NOT_RUN),
    OURS: (HELD, FAILED, NOT_RUN),
    SOFTWARE: (MET, MISSED, NOT_RUN),
}
KINDS = {
    PAPER: "a claim of the paper",
    CODE: "a claim of the released code",
    OURS: "an expectation of ours",
    SOFTWARE: "an aim of our software",
}
SETTINGS = {
    "own": "the paper's own setting",
    "smaller": "a smaller setting",
    "other": "another model, start or data",
}
VERDICTS = tuple(dict.fromkeys(word for words in OF_KIND.values() for word in words if word != NOT_RUN)) + (NOT_RUN,)
GOOD = frozenset({REPRODUCED, HELD, MET})
BAD = frozenset({NOT_REPRODUCED, FAILED, MISSED})


def refuse_kind(name: str, kind: str, setting: str, headline: bool, verdict: str) -> None:
    """Raise LedgerError, one line, where kind, setting, headline and verdict do not go together."""
    theirs = kind in THEIRS
    if kind not in OF_KIND:
        problem = f"kind is {kind!r}, expected one of: {', '.join(OF_KIND)}"
    elif theirs and setting not in SETTINGS:
        problem = f"setting is {setting!r}, expected one of: {', '.join(SETTINGS)}"
    elif setting and not theirs:
        problem = f"setting is {setting!r} with kind {kind!r}, expected it only with kinds: {', '.join(THEIRS)}"
    elif headline and not theirs:
        problem = f"headline stands with kind {kind!r}, expected it only with kinds: {', '.join(THEIRS)}"
    elif verdict not in OF_KIND[kind]:
        problem = f"verdict is {verdict!r}, expected one of: {', '.join(OF_KIND[kind])}, for kind {kind!r}"
    else:
        return
    raise LedgerError(f"{name}: {problem}")
