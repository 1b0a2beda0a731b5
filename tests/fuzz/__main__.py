"""``PYTHONPATH=tests python -m fuzz MINUTES``: every reader for its share of that time, in its process; the table."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.readers import READERS, Reader, attempt

BATCH = 50  # inputs drawn from one seed


def tried(reader: Reader, seconds: float, *, batch: int = BATCH) -> dict[str, object]:
    """Inputs of this kind until the time is up: how many, the longest seconds, what was raised and should not be."""
    count, longest, raised = 0, 0.0, []
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:

        @seed(number)
        @settings(
            max_examples=batch,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(reader.inputs)
        def once(found: object) -> None:
            nonlocal count, longest
            if time.monotonic() >= end:
                return
            began = time.monotonic()
            try:
                attempt(reader, found)
            except Exception:
                raised.append(f"{traceback.format_exc(limit=-4)}\ninput: {found!r:.600}")
            count, longest = count + 1, max(longest, time.monotonic() - began)

        once()
        number += 1
    return {"tries": count, "longest": longest, "raised": raised}


def _one(kind: str, seconds: float) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = tried(READERS[kind], seconds)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found | {"megabytes": most / 1024, "more": (most - before) / 1024}))


def main(minutes: float) -> int:
    """Print the table for CONTRIBUTING.md, and what was raised; the number of kinds that raised."""
    whole = sum(reader.share for reader in READERS.values())
    print("| inputs | tries | tracebacks | longest, s | most memory, MB |\n| --- | ---: | ---: | ---: | ---: |")
    tries, errors = 0, {}
    for kind, reader in READERS.items():
        words = [sys.executable, "-m", "fuzz", kind, str(60 * minutes * reader.share / whole)]
        found = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
        tries += found["tries"]
        numbers = f"{found['tries']:,} | {len(found['raised'])} | {found['longest']:.1f} | {found['megabytes']:.0f}"
        print(f"| {kind} | {numbers} |", flush=True)
        if found["raised"]:
            errors[kind] = found["raised"]
    print(f"\n{tries:,} tries in {minutes:g} minutes")
    for kind, raised in errors.items():
        for text in dict(sorted({text.splitlines()[-2][:80]: text for text in raised}.items())).values():
            print(f"\n{kind}\n{text}")
    return len(errors)


if __name__ == "__main__":
    if len(sys.argv) == 3:
        _one(sys.argv[1], float(sys.argv[2]))
    else:
        sys.exit(main(float(sys.argv[1])))
