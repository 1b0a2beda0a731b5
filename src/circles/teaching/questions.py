"""The quiz of a chapter: questions with one right choice each, and for each a proof that a test runs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from circles.foundations import files
from circles.foundations.errors import CirclesError, FileError

FOLDER = Path(str(resources.files("circles.teaching"))) / "quiz"
KEYS = {"question", "choices", "answer", "why", "proof"}


class QuizError(CirclesError):
    """A quiz's file is damaged or a question in it is not whole."""


@dataclass(frozen=True)
class Question:
    """One question; ``answer`` counts the choices from 1. ``proof`` is code that sets ``truth``, one bool a choice."""

    question: str
    choices: tuple[str, ...]
    answer: int
    why: str
    proof: str

    @classmethod
    def parse(cls, table: Any, where: str) -> Question:
        """The question in this table. Raises QuizError naming where it stands and the key."""
        if not isinstance(table, dict) or set(table) != KEYS:
            found = sorted(table) if isinstance(table, dict) else table
            raise QuizError(f"{where}: has {found!r}, expected the keys {', '.join(sorted(KEYS))}")
        choices = table["choices"]
        if not isinstance(choices, list) or len(choices) < 3 or len({str(c) for c in choices}) != len(choices):
            raise QuizError(f"{where}: choices is {choices!r}, expected at least three, all different")
        words = [*choices, *(table[key] for key in ("question", "why", "proof"))]
        if not all(isinstance(word, str) and word.strip() for word in words):
            raise QuizError(f"{where}: expected words for question, why, proof and every choice")
        if type(table["answer"]) is not int or not 1 <= table["answer"] <= len(choices):
            raise QuizError(f"{where}: answer is {table['answer']!r}, expected 1 to {len(choices)}")
        return cls(**table | {"choices": tuple(choices)})


def load(path: Path) -> tuple[Question, ...]:
    """The questions of one file. Raises QuizError, in one line, when it is not a quiz."""
    try:
        table = files.toml(files.content(path, files.LEDGER))
    except FileError as error:
        raise QuizError(f"{path.name}: not a quiz ({error})") from None
    if set(table) != {"question"} or not isinstance(table["question"], list):
        raise QuizError(f"{path.name}: has {', '.join(sorted(table))}, expected [[question]] tables alone")
    return tuple(Question.parse(q, f"{path.name} question {i}") for i, q in enumerate(table["question"], 1))


def chapters() -> list[str]:
    """The chapters that have a quiz, in order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def quiz(chapter: str) -> tuple[Question, ...]:
    """The quiz of this chapter, such as ``02_grokking``."""
    return load(FOLDER / f"{chapter}.toml")
