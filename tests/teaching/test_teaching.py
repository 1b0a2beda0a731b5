"""The quizzes' answers are checked by code, minutes are counted, courses name sections that exist."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from circles.book import minutes, page
from circles.teaching import questions

ROOT = Path(__file__).parents[2]
CHAPTERS = ROOT / "chapters"
ALL = [(name, i) for name in questions.chapters() for i in range(len(questions.quiz(name)))]


@pytest.mark.parametrize(("name", "i"), ALL)
def test_the_answer_is_the_only_true_choice(name, i):
    question = questions.quiz(name)[i]
    found = {}
    exec(question.proof, found)  # the repository's own file
    truth = found["truth"]
    assert len(truth) == len(question.choices)
    assert [n for n, true in enumerate(truth, 1) if true] == [question.answer], question.question


@pytest.mark.parametrize("name", questions.chapters())
def test_a_quiz_has_eight_questions_and_a_chapter(name):
    assert len(questions.quiz(name)) == 8
    assert (CHAPTERS / f"{name}.ipynb").exists()


def test_right_answers_do_not_stand_in_one_place():
    for name in questions.chapters():
        assert len({question.answer for question in questions.quiz(name)}) > 1


GOOD = {"question": "q", "choices": ["a", "b", "c"], "answer": 1, "why": "w", "proof": "p"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"answer": 4}, "answer is 4, expected 1 to 3"),
        ({"answer": True}, "answer is True"),
        ({"answer": "1"}, "answer is '1'"),
        ({"choices": ["a", "b"]}, "at least three"),
        ({"choices": ["a", "b", "a"]}, "all different"),
        ({"choices": "abc"}, "at least three"),
        ({"choices": ["a", "b", 3]}, "expected words"),
        ({"why": " "}, "expected words"),
        ({"extra": 1}, "expected the keys"),
    ],
)
def test_a_bad_question_is_refused(changes, words):
    with pytest.raises(questions.QuizError, match=words):
        questions.Question.parse(GOOD | changes, "here")


@pytest.mark.parametrize("content", [b"", b"[", b"\xff", b"question = 3", b"[[question]]\nx = 1", b"[other]\n"])
def test_a_bad_file_is_refused_in_one_line(tmp_path, content):
    (tmp_path / "q.toml").write_bytes(content)
    with pytest.raises(questions.QuizError) as caught:
        questions.load(tmp_path / "q.toml")
    assert "\n" not in str(caught.value)


def test_minutes_are_counted(tmp_path):
    cells = [
        new_markdown_cell("# Title\n\n" + "word " * 300),
        new_code_cell("a = 1\n\nb = 2"),
        new_markdown_cell("## Second $k$\n\n$$x$$\n\nmore\n\n### Part\n\n" + "word " * 149),
        new_code_cell("figure()", metadata={"tags": ["figure"], "seconds": 90.0}),
        new_markdown_cell("## An exercise\n\n*build · 15 minutes*\n\n" + "word " * 500),
        new_markdown_cell("why " * 500, metadata={"tags": ["why"]}),
        new_markdown_cell("## Two\n\none\n\n## Three\n\ntwo three"),
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "x.ipynb")
    first, second, exercise, *rest = minutes.sections(tmp_path / "x.ipynb")
    assert first.title == "Title" and first.reading == pytest.approx(300 / 150 + 2 * 4 / 60)
    assert second.reading == pytest.approx((150 + 1) / 150 + 20 / 60 + (60 + 4) / 60)
    assert second.running == 90 and second.minutes == 4
    assert (exercise.reading, exercise.exercises, exercise.minutes) == (0, 15, 15)
    assert [s.title for s in rest] == ["Two", "Three"]


@pytest.mark.parametrize("course", page.courses(), ids=lambda c: c["name"])
def test_a_course_names_sections_that_exist_and_fits_its_room(course):
    together = 0
    for part in course["parts"]:
        sections = page.chosen(CHAPTERS, part)
        if sections is None:
            assert part["chapter"][:2] in ("01", "04", "05"), f"{course['name']}: no chapter {part['chapter']}"
            continue
        if "sections" in part:
            assert [s.title for s in sections] == part["sections"]
        together += sum(s.minutes for s in sections)
    assert not course["room"] or 0 < together <= course["room"]


def test_the_page_is_filled_from_the_chapters():
    text = page.filled((CHAPTERS / "teaching.md").read_text(encoding="utf-8"), CHAPTERS)
    assert not re.search("<!-- (times|courses|quizzes|printed|seconds)", text)
    for path in CHAPTERS.glob("[0-9]*.ipynb"):
        assert f"{{doc}}`{path.stem}`" in text
    assert text.count("<details><summary>answer</summary>") == len(ALL)


def test_three_courses():
    assert len(page.courses()) == 3


def test_a_chapter_stands_before_its_exercises_and_the_primer_before_all():
    heads = re.findall(r"^\{doc\}`(\w+)`", page.times(CHAPTERS), re.MULTILINE)
    assert heads[0] == "primer" and heads[1:] == sorted(heads[1:], key=lambda name: (name[:2], "exercises" in name))


def test_minutes_of_what_cells_print(tmp_path):
    shown = new_output("display_data", {"text/html": "<p class='no words'>" + "word " * 300})
    cell = new_code_cell("x", outputs=[shown])
    nbformat.write(new_notebook(cells=[cell]), tmp_path / "x.ipynb")
    assert minutes.printed(tmp_path / "x.ipynb") == 2


def test_sections_that_may_be_left_out_are_there():
    heads = set()
    for path in CHAPTERS.glob("0*.ipynb"):
        text = "\n".join(c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown")
        heads |= set(re.findall(r"^#{2,3} (.+)$", text, re.MULTILINE))
    text = (CHAPTERS / "teaching.md").read_text(encoding="utf-8")
    named = re.findall(r'"([^"]+?),?"', " ".join(re.findall(r"\*Leave out:\*(.*?)\n- ", text, re.DOTALL)))
    assert len(named) > 8 and set(named) <= heads
