"""``python -m circles.teaching.grading SHEET.ipynb PLACE RESULTS``: grade what lies at PLACE, write the table."""

from __future__ import annotations

import re
import secrets
import sys
import time
from pathlib import Path

from circles.foundations.errors import CirclesError, ConfigError
from circles.teaching.grading import table
from circles.teaching.grading.course import course, grade
from circles.teaching.grading.submissions import collect

WITH = "In a sandbox (bubblewrap): no student's code could reach this computer's files, other processes or a network."
WITHOUT = (
    "Without a sandbox: the students' code ran as you, and could read and change your files. "
    "Install bubblewrap (Linux: apt install bubblewrap), or grade in a virtual machine."
)
USAGE = "usage: python -m circles.teaching.grading SHEET.ipynb PLACE RESULTS [SEED]"


def main(words: list[str]) -> int:
    """Print a line a student and write NAME.csv and NAME.html."""
    if len(words) not in (3, 4) or (len(words) == 4 and not re.fullmatch("[0-9]{1,18}", words[3])):
        print(USAGE, file=sys.stderr)
        return 2
    sheet, place, results = map(Path, words[:3])
    seed = int(words[3]) if len(words) == 4 else secrets.randbelow(10**9)
    began, made = time.monotonic(), course(sheet, seed=seed)
    _ready(results, made.name)
    submissions = collect(place)
    if not made.walls:
        print(WITHOUT, file=sys.stderr)
    rows = {}
    for i, row in grade(submissions, made):
        rows[i] = row
        points = f"{row.points} of {len(made.asked)}"
        print(f"{len(rows)}/{len(submissions)} {row.student}: {points} {row.problem}", flush=True)
    ordered = [rows[i] for i in sorted(rows)]
    said = [
        f"{len(ordered)} students, {time.strftime('%Y-%m-%d %H:%M')}, {time.monotonic() - began:.0f} seconds. "
        f"The cases were drawn with the seed {seed}: the same seed gives the same table.",
        WITH if made.walls else WITHOUT,
    ]
    page = table.as_page(ordered, list(made.asked), made.name, said, made.rubrics)
    for ending, coding, text in (
        ("csv", "utf-8-sig", table.as_csv(ordered, list(made.asked))),
        ("html", "utf-8", page),
    ):  # half a letter, which a student's text may hold, costs that letter and not the table
        (results / f"{made.name}.{ending}").write_text(text, encoding=coding, errors="replace")
    print(f"The table is in {results / made.name}.csv and .html")
    return 0


def _ready(results: Path, name: str) -> None:
    """Ask, before a class is graded, whether its table can be written. Raises ConfigError."""
    try:
        results.mkdir(parents=True, exist_ok=True)
        for ending in ("csv", "html"):
            with (results / f"{name}.{ending}").open("a", encoding="utf-8"):
                pass
    except OSError as error:
        place = error.filename or results
        raise ConfigError(f"{place}: cannot be written ({error.strerror}), expected a folder for the table") from error


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):  # names and words of any script, on any terminal
        stream.reconfigure(errors="backslashreplace")
    try:
        raise SystemExit(main(sys.argv[1:]))
    except CirclesError as error:
        raise SystemExit(f"grade: {error}") from None
