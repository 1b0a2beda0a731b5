"""Both tables by one command: ``python tests/mutations/table.py``, with ``--goldens`` the second in full (minutes).

Each change is made in a copy of the package in a temporary folder. Staleness is read from the copy's source. With
``--goldens``, ``circles restamp`` is asked there to take the change's word, and must refuse.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve()
ROOT = HERE.parents[2] / "src" / "circles"
sys.path.insert(0, str(HERE.parent))

from changes import FAULTS, TIDY, Change  # noqa: E402

from circles.book.registry import FAMILIES  # noqa: E402
from circles.training.canonical import Reference  # noqa: E402
from circles.training.source import Source  # noqa: E402

KINDS = {name: Reference(kind.__module__, kind.__qualname__) for name, kind in FAMILIES.items()}


def copied(folder: Path, family: str = "") -> Path:
    """A copy of the package below this folder; of the recordings, those of one family, and links to the others."""
    root = folder / "circles"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns("recorded", "__pycache__"))
    if family:
        (root / "recorded").mkdir()
        for each in (ROOT / "recorded").iterdir():
            if each.name != family:
                (root / "recorded" / each.name).symlink_to(each)
        shutil.copytree(ROOT / "recorded" / family, root / "recorded" / family)
    return root


def stale(changes: list[Change], before: dict, families: list[str]) -> dict[str, list[str]]:
    """Those of these families whose recordings the changes make stale, each with the names of what has changed."""
    with tempfile.TemporaryDirectory() as folder:
        root = copied(Path(folder))
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
    source = Source(ROOT)
    return {family: (source.trains(kind), source.measures(kind)) for family, kind in KINDS.items()}


def refused(change: Change) -> str:
    """What ``circles restamp`` says to this change in a copy; empty when it stamps."""
    with tempfile.TemporaryDirectory() as folder:
        change.apply(copied(Path(folder), change.family))
        done = subprocess.run(
            [sys.executable, "-m", "circles", "restamp", change.family], text=True, capture_output=True,
            env=os.environ | {"PYTHONPATH": folder},
        encoding="utf-8")  # fmt: skip
        return done.stderr.strip().splitlines()[-1] if done.returncode else ""


def main(words: list[str]) -> int:
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
        if "--goldens" in words:
            said = refused(change)
            failed += not said and not change.why
            print(f"{'':<50}goldens: {said or 'agree; ' + (change.why or 'NOT CAUGHT')}", flush=True)
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
