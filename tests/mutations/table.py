"""Both tables by one command: ``python tests/mutations/table.py``. Ten minutes; ``--quick`` leaves the goldens out.

Each change is made in a copy of the package. Staleness is read from the copy's source. Then the goldens of the fault's
family are computed there, as ``circles restamp`` does before it takes a change's word: one must disagree, or the row
says why none can. ``make test`` holds the first column of both tables (``test_mutations.py``).
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from changes import FAULTS, TIDY, Change
from copies import ENDLESS, PACKAGE, copied, forked

from circles.book.registry import FAMILIES
from circles.training.canonical import Reference
from circles.training.source import Source

KINDS = {name: Reference(kind.__module__, kind.__qualname__) for name, kind in FAMILIES.items()}
LONGEST = 300  # seconds of a processor for the goldens of one family


def stale(changes: list[Change], before: dict, families: list[str]) -> dict[str, list[str]]:
    """Those of these families whose recordings the changes make stale, each with the names of what has changed."""
    with copied() as root:
        for change in changes:
            change.apply(root)
        source = Source(root)
        found = {}
        for family in families:
            kind = KINDS[family]
            names = [
                n
                for now, then in zip((source.trains(kind), source.measures(kind)), before[family], strict=True)
                for n in now.changed_since(then)
            ]
            if names:
                found[family] = names
        return found


def today() -> dict:
    """The code of every family, as it is."""
    source = Source(PACKAGE)
    return {family: (source.trains(kind), source.measures(kind)) for family, kind in KINDS.items()}


def disagreement(change: Change) -> str:
    """The first golden of the change's family that does not agree in a copy; empty where all do."""
    with copied() as root:
        change.apply(root)
        return forked(root, lambda: _first(change.family), LONGEST)


def _first(family: str) -> str:
    from circles.book import restamp

    return next(restamp.disagreements(family), "")


def main(words: list[str]) -> int:
    """Print both tables; whether a tidy change is not silent, or a fault not caught and no reason given."""
    before, failed = today(), 0
    print(f"{'tidy change':<46}recordings stale")
    for change in TIDY:
        found = stale([change], before, list(KINDS))
        failed += bool(found)
        print(f"{change.what:<46}{', '.join(found) or 'none'}", flush=True)
    print(f"\n{'fault':<40}{'of':<20}  named")
    for change in FAULTS:
        found = stale([change], before, [change.family])
        names = sorted({n for each in found.values() for n in each})
        failed += not found
        print(f"{change.what:<40}{change.family:<20}  {', '.join(names[:3]) or 'NOT CAUGHT'}", flush=True)
        if "--quick" not in words:
            said = disagreement(change)
            failed += (not said or said == ENDLESS) and not change.why
            print(f"{'':<40}goldens: {said or 'agree; ' + (change.why or 'NOT CAUGHT')}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
