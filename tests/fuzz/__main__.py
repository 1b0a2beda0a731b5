"""``PYTHONPATH=tests python -m fuzz MINUTES [SEED]``: every reader for its share of that time; the table.

Each reader has a process. Each run explores other inputs than the one before: it prints its seed, to have it again.
"""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import time
import traceback

from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.readers import READERS, Reader, attempt

BATCH = 50  # inputs drawn from one seed


def tried(reader: Reader, seconds: float, *, first: int = 0, most: int = 10**9) -> dict[str, object]:
    """Inputs of this kind from the seed ``first`` until there are ``most`` or the time is up.

    How many, the longest seconds, what was raised and should not be.
    """
    count, longest, raised = 0, 0.0, []
    end, number = time.monotonic() + seconds, first
    while count < most and time.monotonic() < end:

        @seed(number)
        @settings(
            max_examples=min(BATCH, most),
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(reader.inputs)
        def once(found: object) -> None:
            nonlocal count, longest
            if count >= most or time.monotonic() >= end:
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


def _one(kind: str, seconds: float, first: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = tried(READERS[kind], seconds, first=first)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(found | {"megabytes": most / 1024, "more": (most - before) / 1024}))


def main(minutes: float, first: int) -> int:
    """Print the table for CONTRIBUTING.md, and what was raised; the number of kinds that raised."""
    whole = sum(reader.share for reader in READERS.values())
    print("| inputs | tries | tracebacks | longest, s | most memory, MB |\n| --- | ---: | ---: | ---: | ---: |")
    tries, errors = 0, {}
    for kind, reader in READERS.items():
        words = [sys.executable, "-m", "fuzz", kind, str(60 * minutes * reader.share / whole), str(first)]
        found = json.loads(subprocess.run(words, check=True, stdout=subprocess.PIPE).stdout)
        tries += found["tries"]
        numbers = f"{found['tries']:,} | {len(found['raised'])} | {found['longest']:.1f} | {found['megabytes']:.0f}"
        print(f"| {kind} | {numbers} |", flush=True)
        if found["raised"]:
            errors[kind] = found["raised"]
    print(f"\n{tries:,} tries in {minutes:g} minutes from seed {first}")
    for kind, raised in errors.items():
        for text in dict(sorted({text.splitlines()[-2][:80]: text for text in raised}.items())).values():
            print(f"\n{kind}\n{text}")
    return len(errors)


if __name__ == "__main__":
    if sys.argv[1] in READERS:
        _one(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    else:
        sys.exit(main(float(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else random.SystemRandom().randrange(2**32)))
