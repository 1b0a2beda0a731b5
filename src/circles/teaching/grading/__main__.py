"""``python -m circles.teaching.grading SHEET.ipynb PLACE RESULTS``: grade what lies at PLACE, write the table."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path

from circles.foundations.errors import CirclesError
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
    if len(words) not in (3, 4) or (len(words) == 4 and not words[3].isdigit()):
        print(USAGE, file=sys.stderr)
        return 2
    sheet, place, results = map(Path, words[:3])
    seed = int(words[3]) if len(words) == 4 else secrets.randbelow(10**9)
    began, made = time.monotonic(), course(sheet, seed=seed)
    submissions = collect(place)
    if not made.walls:
        print(WITHOUT, file=sys.stderr)
    rows = {}
    for i, row in grade(submissions, made):
        rows[i] = row
        points = f"{row.points} of {len(made.asked)}"
        print(f"{len(rows)}/{len(submissions)} {row.student}: {points} {row.problem}", flush=True)
    ordered = [rows[i] for i in sorted(rows)]
    results.mkdir(parents=True, exist_ok=True)
    said = [
        f"{len(ordered)} students, {time.strftime('%Y-%m-%d %H:%M')}, {time.monotonic() - began:.0f} seconds. "
        f"The cases were drawn with the seed {seed}: the same seed gives the same table.",
        WITH if made.walls else WITHOUT,
    ]
    (results / f"{made.name}.csv").write_text(table.as_csv(ordered, list(made.asked)), encoding="utf-8-sig")
    page = table.as_page(ordered, list(made.asked), made.name, said, made.rubrics)
    (results / f"{made.name}.html").write_text(page, encoding="utf-8")
    print(f"The table is in {results / made.name}.csv and .html")
    return 0


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except CirclesError as error:
        raise SystemExit(f"grade: {error}") from None
