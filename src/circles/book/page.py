"""What the teaching page shows, as Markdown made from the chapters: times, courses, quizzes. Nothing of it is typed."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import nbformat

from circles.book import minutes, spent
from circles.book.minutes import Section
from circles.teaching import questions

COURSES = Path(str(resources.files("circles.teaching"))) / "courses.toml"
PRINTED = ("not_replicated", "scorecard")  # made from the ledger: their cells print nearly all that they say
_BACK = {"References", "Provenance"}  # nobody teaches them


def found(folder: Path, name: str) -> Path | None:
    """The notebook of this name; "02" is that chapter without its exercises. None when the book has it not yet."""
    exact = folder / f"{name}.ipynb"
    numbered = [p for p in sorted(folder.glob(f"{name}_*.ipynb")) if not p.stem.endswith("exercises")]
    return exact if exact.exists() else numbered[0] if numbered else None


def says(path: Path, word: str) -> str:
    """What the chapter's first cell says after **word**, up to the end of its line."""
    text = nbformat.read(path, as_version=4).cells[0].source
    match = re.search(rf"^\*\*{word}:?\*\* *(.+?)\s*$", text, re.MULTILINE)
    return match[1] if match else ""


def taught(path: Path) -> list[Section]:
    """The chapter's sections without references and provenance."""
    return [section for section in minutes.sections(path) if section.title not in _BACK]


def times(folder: Path) -> str:
    """For each chapter its goal, its prerequisites and a table of minutes."""
    parts = []
    for path in [p for p in (folder / "primer.ipynb", *sorted(folder.glob("[0-9]*.ipynb"), key=_order)) if p.exists()]:
        sections = taught(path)
        rows = [
            f"| {s.title} | {s.reading:.0f} | {s.exercises or ''} | {s.running:.0f} | {s.minutes} |" for s in sections
        ]
        parts += [
            f"### {sections[0].title}",
            "",
            f"{{doc}}`{path.stem}`, {sum(s.minutes for s in sections)} minutes.",
            "",
        ]
        for word in ("At the end you will have", "Prerequisites:"):
            if text := says(path, word.removesuffix(":")):
                parts += [f"{word} {text}", ""]
        head = "| section | reading (min) | exercise (min) | running (s) | together (min) |"
        parts += [head, "| --- | ---: | ---: | ---: | ---: |", *rows, ""]
    return "\n".join(parts)


def _order(path: Path) -> tuple[str, bool]:
    return path.stem[:2], path.stem.endswith("exercises")  # a chapter, then its exercises


def courses() -> list[dict[str, Any]]:
    """The courses of ``courses.toml``."""
    return tomllib.loads(COURSES.read_text(encoding="utf-8"))["course"]


def chosen(folder: Path, part: dict[str, Any]) -> list[Section] | None:
    """The sections that a part of a course takes; None when its chapter is not in the book yet."""
    path = found(folder, part["chapter"])
    if path is None:
        return None
    wanted = part.get("sections")
    return [s for s in taught(path) if wanted is None or s.title in wanted]


def plans(folder: Path) -> str:
    """Each course with its parts, their minutes and its sum."""
    lines = []
    for course in courses():
        lines += [f"### {course['name']}", "", course["goal"], "", "| part | how | minutes |", "| --- | --- | ---: |"]
        together = 0
        for part in course["parts"]:
            if (sections := chosen(folder, part)) is None:
                continue
            span = sum(s.minutes for s in sections)
            together += span
            week = f"week {part['week']}: " if "week" in part else ""
            only = ": " + "; ".join(part["sections"]) if "sections" in part else ""
            lines.append(f"| {week}{{doc}}`{found(folder, part['chapter']).stem}`{only} | {part['do']} | {span} |")
        room = f" of {course['room']}; the rest is for talk" if course["room"] else ""
        lines += ["", f"Together {together} minutes{room}.", ""]
    return "\n".join(lines)


def quizzes(folder: Path) -> str:
    """The quiz of every chapter, answers folded away."""
    lines = []
    for name in questions.chapters():
        path = found(folder, name)
        if path is None:
            continue
        lines += [f"### {minutes.sections(path)[0].title}", ""]
        for i, q in enumerate(questions.quiz(name), 1):
            options = "\n".join(f"- ({'abcdef'[j]}) {choice}" for j, choice in enumerate(q.choices))
            folded = f"**({'abcdef'[q.answer - 1]})** {q.why}"
            lines += [
                f"**{i}.** {q.question}",
                "",
                options,
                "",
                "<details><summary>answer</summary>",
                "",
                folded,
                "",
                "</details>",
                "",
            ]
    return "\n".join(lines)


def printed(folder: Path) -> str:
    """How long the pages that the ledger prints take, read word by word."""
    spans = [f"{{doc}}`{name}` would take {minutes.printed(folder / f'{name}.ipynb')} minutes" for name in PRINTED]
    return ", ".join(spans)


def seconds(folder: Path) -> str:
    """A table of each notebook's seconds: of its live runs' training, on recorded runs, and trained anew."""
    columns = [spent.training(), *(spent.kept()[kind] for kind in ("recorded", "fresh"))]
    rows = [
        f"| {{doc}}`{path.stem}` | {' | '.join(_whole(column.get(path.stem)) for column in columns)} |"
        for path in sorted(folder.glob("*.ipynb"))
        if any(path.stem in column for column in columns)
    ]
    sums = " | ".join(_whole(sum(column.values()) if column else None) for column in columns)
    head = "| notebook | training of its live runs (s) | on recorded runs (s) | trained anew (s) |"
    limits = " and ".join(f"`make {name}` {minutes} minutes" for name, minutes in spent.LIMITS.items())
    return "\n".join(
        [head, "| --- | ---: | ---: | ---: |", *rows, f"| together | {sums} |", "", f"Limits: {limits}.", ""]
    )


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def filled(text: str, folder: Path) -> str:
    """The page with its marks replaced: ``<!-- times -->``, and so for courses, quizzes, printed and seconds."""
    made = {"times": times, "courses": plans, "quizzes": quizzes, "printed": printed, "seconds": seconds}
    for mark, make in made.items():
        text = text.replace(f"<!-- {mark} -->", make(folder))
    return text
