"""The table of a course: one row a student, as CSV for a spreadsheet and as a page to read."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """A student's result: for each exercise "" when it is right, else a sentence; what went wrong; proofs to read."""

    student: str
    file: str
    sentences: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    written: dict[str, str] = field(default_factory=dict)

    @property
    def points(self) -> int:
        return sum(not sentence for sentence in self.sentences.values())


def as_csv(rows: Sequence[Row], exercises: Sequence[str]) -> str:
    """A line a student: points, what went wrong, then for each exercise "right" or the sentence."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["student", "points", "of", "problem", "notes", *exercises, "to read", "file", "seconds"])
    for row in rows:
        told = [row.sentences.get(name, "not graded") or "right" for name in exercises]
        words = [row.student, row.points, len(exercises), row.problem, "; ".join(row.notes), *told]
        words += [", ".join(row.written), row.file]
        writer.writerow([*map(_tame, words), f"{row.seconds:.1f}"])
    return out.getvalue()


def _tame(word: object) -> object:
    """A word that no spreadsheet takes for a formula."""
    return f"'{word}" if isinstance(word, str) and word[:1] in ("=", "+", "-", "@", "\t", "\r") else word


def as_page(
    rows: Sequence[Row],
    exercises: Sequence[str],
    name: str,
    said: Sequence[str],
    rubrics: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """One page without any script: the table, then for each student the sentences to hand on and proofs to read.

    ``rubrics`` says for each exercise with a proof what it must say: these points are the reader's, and in no sum.
    """
    head = "".join(f"<th scope='col'><span>{html.escape(e)}</span></th>" for e in exercises)
    lines = "".join(_line(row, exercises, i) for i, row in enumerate(rows))
    right = "".join(f"<td>{sum(row.sentences.get(e) == '' for row in rows)}</td>" for e in exercises)
    words = "".join(_words(row, i, rubrics or {}) for i, row in enumerate(rows))
    notes = "".join(f"<p>{html.escape(line)}</p>" for line in said)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(name)}</title>
<style>{STYLE}</style>
<h1>{html.escape(name)}</h1>
{notes}
<div class="wide"><table>
<thead><tr><th scope="col">student</th><th scope="col">points</th>{head}<th scope="col">problem</th></tr></thead>
<tbody>{lines}</tbody><tfoot><tr><th scope="row">right</th><td></td>{right}<td></td></tr></tfoot></table></div>
<h2>To each student</h2>
{words}
</html>
"""


def _line(row: Row, exercises: Sequence[str], i: int) -> str:
    marks = "".join(_mark(row.sentences.get(name)) for name in exercises)
    notes = "; ".join(filter(None, (row.problem, *row.notes)))
    who = f"<th scope='row'><a href='#s{i}'>{html.escape(row.student)}</a></th>"
    points = f"<td>{row.points} of {len(exercises)}</td>"
    return f"<tr>{who}{points}{marks}<td class='words'>{html.escape(notes)}</td></tr>\n"


def _mark(sentence: str | None) -> str:
    if sentence is None:
        return "<td></td>"
    return "<td class='right'>✓</td>" if not sentence else f"<td class='wrong' title='{html.escape(sentence)}'>–</td>"


def _words(row: Row, i: int, rubrics: Mapping[str, Sequence[str]]) -> str:
    wrong = {name: sentence for name, sentence in row.sentences.items() if sentence}
    told = "".join(f"<li><b>{html.escape(name)}</b>: {html.escape(said)}</li>" for name, said in wrong.items())
    problem = f"<p class='problem'>{html.escape(row.problem)}</p>" if row.problem else ""
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in row.notes)
    points = f"{row.points} of {len(row.sentences)} points" if row.sentences else "not graded"
    return (
        f"<section id='s{i}'><h3>{html.escape(row.student)}: {points}</h3><p class='file'>{html.escape(row.file)}</p>"
        f"{problem}{notes}<ul>{told}</ul>{''.join(_proof(*one, rubrics) for one in row.written.items())}</section>\n"
    )


def _proof(name: str, text: str, rubrics: Mapping[str, Sequence[str]]) -> str:
    points = "".join(f"<li>{html.escape(point)}</li>" for point in rubrics.get(name, []))
    asked = f"<p>A point for each:</p><ol>{points}</ol>" if points else ""
    return f"<h4>To read: {html.escape(name)}</h4><pre>{html.escape(text)}</pre>{asked}"


STYLE = """
:root { color-scheme: light dark; --line: #8886; --right: #0a7d4b; --wrong: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --right: #5fd6a0; --wrong: #ff9b90; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: center; vertical-align: middle; }
th[scope=row], .words { text-align: left; }
thead th span { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: 500; }
td:nth-child(2) { white-space: nowrap; }
.words { min-width: 22rem; font-size: .875rem; }
.right { color: var(--right); } .wrong, .problem { color: var(--wrong); }
.file { color: GrayText; font-size: .875rem; margin: 0; }
h3 { margin-bottom: 0; }
pre { white-space: pre-wrap; border-left: 3px solid var(--line); padding-left: .8rem; }
"""
