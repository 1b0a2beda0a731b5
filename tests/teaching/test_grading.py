"""Grading one notebook: what crosses to the judge, whose file is whose, what cannot be graded, the table."""

from __future__ import annotations

import csv
import io
import shutil
import tomllib
import zipfile
from pathlib import Path

import exercises
import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from circles.foundations.errors import CirclesError
from circles.teaching import sheet
from circles.teaching.grading import __main__ as command
from circles.teaching.grading import reading, sandbox, table, wire
from circles.teaching.grading.course import RUBRICS, Course, grade
from circles.teaching.grading.reading import Unusable
from circles.teaching.grading.sandbox import Limits
from circles.teaching.grading.submissions import collect

# What crosses.
NUMBERS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5) | st.fractions()
KEYS = st.text(max_size=3) | st.tuples(st.text(max_size=3), st.integers())
PLAIN = st.recursive(
    NUMBERS | st.complex_numbers(allow_nan=False, max_magnitude=1e9),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(PLAIN)
def test_plain_data_comes_back_as_it_was(value):
    assert wire.loads(wire.dumps({"value": value}))["value"] == value


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.bool, torch.complex64, torch.float16])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_tensors_and_arrays_come_back_bit_for_bit(dtype, shape):
    x = (torch.randn(shape, generator=torch.Generator().manual_seed(0)) * 3).to(dtype)
    back = wire.loads(wire.dumps({"x": x, "y": x.numpy()}))
    assert back["x"].dtype == dtype and torch.equal(back["x"], x)
    assert back["y"].dtype == x.numpy().dtype and np.array_equal(back["y"], x.numpy())


def test_the_rest_crosses_as_far_as_it_is_data():
    draw = torch.Generator().manual_seed(3)
    torch.rand(5, generator=draw)
    back = wire.loads(wire.dumps({
        "set": {1, 2.5}, "iterator": (x * x for x in range(3)), "keys": {"a": 1}.keys(), "object": object(),
        "generator": draw, "leaf": torch.ones(2, requires_grad=True), "half": torch.ones(2, dtype=torch.bfloat16),
    }))  # fmt: skip
    assert back["set"] == {1, 2.5} and back["iterator"] == [0, 1, 4] and back["keys"] == ["a"]
    assert repr(back["object"]).startswith("<object object")
    assert torch.equal(torch.rand(4, generator=back["generator"]), torch.rand(4, generator=draw))
    assert back["leaf"].requires_grad and back["half"].dtype == torch.float32


@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"3", b"\xff", b"[" * 100_000, b'{"x": {"pickle": "gASVCg=="}}', b'{"x": {"a": 1, "b": 2}}',
        b'{"x": {"array": ["<f8", [4], "AAAA"]}}', b'{"x": {"array": ["object", [1], "AAAAAAAAAAA="]}}', b'{"x": {}}',
        b'{"x": {"array": ["float64", [-1], "AAAAAAAAAAA="]}}', b'{"x": {"tensor": [["float64", [1], "!"], true]}}',
        b'{"x": {"fraction": [1, 0]}}', b'{"x": {"set": [[1]]}}', b'{"x": {"generator": ["uint8", [1], "AA=="]}}',
        b'{"x": {"dict": [[[1], 2]]}}', b'{"x": ' + b"9" * 10_000 + b"}",
    ],
)  # fmt: skip
def test_a_line_that_is_no_message_is_refused_in_one_way(line):
    with pytest.raises(wire.WireError):
        wire.loads(line)


# Whose file is whose.
def packed(files: dict[str, bytes | str], packing: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("files", "students"),
    [
        ({"Anna Lena Groß.ipynb": b"1", "bob.ipynb": b"2"}, {"Anna Lena Groß": b"1", "bob": b"2"}),
        ({"alice/02_exercises.ipynb": b"1", "bob/02_exercises.ipynb": b"2"}, {"alice": b"1", "bob": b"2"}),
        ({"alice.zip": packed({"02_exercises.ipynb": b"1", "__MACOSX/._02_exercises.ipynb": b"x"})}, {"alice": b"1"}),
        ({"all.zip": packed({"course/alice/a.ipynb": b"1", "course/bob/a.ipynb": b"2"})}, {"alice": b"1", "bob": b"2"}),
        ({"all.zip": packed({"a.ipynb": b"1", "b.ipynb": b"2"})}, {"a": b"1", "b": b"2"}),
        ({"all.zip": packed({"Müller Jörg_12_assignsubmission_file_/x.ipynb": b"1"})}, {"Müller Jörg": b"1"}),
        ({"all.zip": packed({"Kim_12_assignsubmission_file_x.ipynb": b"1", "Kim_13_assignsubmission_file_x.ipynb": b"2"})},
         {"Kim (12)": b"1", "Kim (13)": b"2"}),
        ({"s.zip": packed({"doejane_123_4567_02.ipynb": b"1", "roe_LATE_124_4568_02-1.ipynb": b"2"})},
         {"doejane": b"1", "roe": b"2"}),
        ({"Zoe\u0308/a b.ipynb": b"1", "Zo/.ipynb_checkpoints/x.ipynb": b"x", "Zo/x.ipynb": b"2"}, {"Zo\u00eb": b"1", "Zo": b"2"}),
        ({"x/a.zip": packed({"b.zip": packed({"c.ipynb": b"1"})})}, {"x": b"1"}),
    ],
)  # fmt: skip
def test_each_student_is_found(tmp_path, files, students):
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert {one.student: b"".join(f.data for f in one.notebooks) for one in collect(tmp_path)} == students


def test_one_file_alone_and_one_zip_alone_will_do(tmp_path):
    (tmp_path / "eva.ipynb").write_bytes(b"1")
    (tmp_path / "all.zip").write_bytes(packed({"eva/a.ipynb": b"1", "max/a.ipynb": b"2"}))
    assert [one.student for one in collect(tmp_path / "eva.ipynb")] == ["eva"]
    assert [one.student for one in collect(tmp_path / "all.zip")] == ["eva", "max"]


def test_what_holds_no_notebook_is_told(tmp_path):
    deep = packed({"e.ipynb": b"1"})
    for _ in range(4):
        deep = packed({"z.zip": deep})
    for name, data in {"a.zip": b"no", "b.pdf": b"", "c.zip": packed({}), "d.zip": deep}.items():
        (tmp_path / name).write_bytes(data)
    a, b, c, d = collect(tmp_path)
    assert "a zip that cannot be opened" in a.notebooks[0].error and b.others == ("b.pdf",)
    assert "nothing in it" in c.notebooks[0].error and "a zip in a zip" in d.notebooks[0].error
    with pytest.raises(CirclesError, match="nothing at"):
        collect(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CirclesError, match="no file in"):
        collect(tmp_path / "empty")


# What can be graded.
SHEET = Path(__file__).parents[2] / "chapters" / "02_exercises.ipynb"
ASKED = {"alias": sheet.Asked("waves", "alias", ("alias",)), "gini": sheet.Asked("waves", "gini", ("gini",))}
OTHERS = {"02_exercises": ASKED, "03_exercises": {"bits": sheet.Asked("quantized", "bits", ("bits",))}}


def notebook(*sources: str) -> bytes:
    return nbformat.writes(new_notebook(cells=[new_code_cell(source) for source in sources])).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty: the file has no content"),
        (b" \n", "empty: the file has no content"),
        (b"{", "not a notebook"),
        (b"\xff\xfe\x00", "not a notebook"),
        (b"[" * 100_000, "not a notebook"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a notebook"),
        (b'{"cells": [3], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "not a notebook"),
        (b"x" * (reading.LARGEST + 1), "too large: 10 MB, expected at most 10; clear the outputs"),
        (nbformat.writes(new_notebook(cells=[new_markdown_cell("hello")])).encode(), "empty: the notebook has no code"),
        (notebook("  \n"), "empty: the notebook has no code"),
        (notebook("check(quantized.bits, bits)"), "another chapter's: these are 03_exercises, expected 02_exercises"),
        (notebook("x = 1"), "another notebook: none of the 2 exercises of 02_exercises is in it"),
    ],
)
def test_what_cannot_be_graded_is_told_in_one_line(data, words):
    with pytest.raises(Unusable) as caught:
        reading.work(reading.notebook(data), ASKED, OTHERS, "02_exercises")
    assert str(caught.value).startswith(words) and "\n" not in str(caught.value)


def test_odd_encodings_are_read():
    data = notebook("alias = 'ä'").decode()
    for coding in ("utf-8-sig", "utf-16"):
        assert reading.notebook(data.encode(coding)).cells[0].source == "alias = 'ä'"


def test_a_copy_of_the_books_solution_is_noticed_and_a_short_one_is_not():
    long = "def alias(k, p):\n    a = 1\n    b = 2\n    c = 3\n    return a"
    copy = reading.notebook(notebook(long.replace("    a = 1", "    a = 1  # mine"), "gini = lambda n, m: 1 - m / n"))
    solutions = {"alias": long, "gini": "def gini(n, m):\n    return 1 - m / n"}
    assert reading.as_in_the_book(copy, solutions) == ["alias"]
    assert reading.as_in_the_book(reading.notebook(notebook("def alias(")), solutions) == []


# The judge, one process a notebook.
LIMITS = Limits(seconds=120, cell=20, call=20)


def rows(folder: Path, *, walls: bool, asked=ASKED):
    course = Course("02_exercises", {"02_exercises": asked}, {}, {}, seed=7, limits=LIMITS, walls=walls)
    submissions = collect(folder)
    return {submissions[i].student: row for i, row in grade(submissions, course, jobs=2)}


IMPORTS = "from circles.teaching import check, waves"
GOOD = "def alias(k, p):\n    return min(k % p, -k % p)"
WALLS = [pytest.param(False, id="bare"), pytest.param(True, id="walls", marks=pytest.mark.skipif(not sandbox.found(), reason="no bubblewrap"))]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("walls", WALLS)
def test_answers_are_judged_where_the_students_code_never_was(tmp_path, walls):
    secret = tmp_path / "secret.txt"
    secret.write_text("x", encoding="utf-8")
    spoil = "import circles.teaching as t, os\nt.check = t.require = t.waves.alias = check = lambda *a: None\n"
    look = f"import os\nassert not os.path.exists({str(secret)!r})\ngini = lambda n, m: 1 - m / n"
    folder = tmp_path / "in"
    folder.mkdir()
    for name, cells in {
        "good": (IMPORTS, GOOD, "check(waves.alias, alias)", look, "def alias(k, p):\n    return 0"),
        "patched": (IMPORTS, spoil + "def alias(k, p):\n    return k", "check(waves.alias, alias)", "import os\nos._exit(7)"),
    }.items():
        (folder / f"{name}.ipynb").write_bytes(notebook(*cells))
    made = rows(folder, walls=walls)
    assert made["good"].sentences["alias"] == "", "it was right where it was checked"
    assert bool(made["good"].sentences["gini"]) == (not walls), "only in the sandbox the file is not there"
    assert "expected a whole number" in made["patched"].sentences["alias"]
    assert made["patched"].problem == "exit: its code ended the process (status 7), in cell 4"
    assert made["patched"].sentences["gini"] == "it was not reached"


@pytest.mark.slow
def test_a_gradient_goes_through_to_the_judge(tmp_path):
    through = {"through": sheet.Asked("quantized", "straight_through", ("quantize",))}
    head = "import torch\nfrom circles.teaching import check, quantized\nsigns = lambda W: torch.where(W >= W.mean(), 1., -1.).to(W)\n"
    for name, answer in {"right": "W + (signs(W) - W).detach()", "twice": "2 * W + (signs(W) - 2 * W).detach()", "none": "signs(W)"}.items():
        (tmp_path / f"{name}.ipynb").write_bytes(notebook(f"{head}def quantize(W):\n    return {answer}"))
    made = rows(tmp_path, walls=bool(sandbox.found()), asked=through)
    assert made["right"].sentences["through"] == ""
    assert "a gradient off by" in made["twice"].sentences["through"]
    assert "carries no gradient" in made["none"].sentences["through"]


# The table.
def test_the_table_is_safe_in_a_spreadcopiedand_on_a_page():
    made = [
        table.Row("=1+1", "a.ipynb", {"alias": "", "gini": "<b>no</b>, \"never\""}, notes=("one",), seconds=1.25),
        table.Row("Zoë", "b.ipynb", problem="empty: no code"),
    ]  # fmt: skip
    first, second = csv.DictReader(io.StringIO(table.as_csv(made, ["alias", "gini"])))
    assert (first["student"], first["points"], first["of"], first["alias"], first["gini"]) == ("'=1+1", "1", "2", "right", '<b>no</b>, "never"')
    assert (second["points"], second["problem"], second["alias"]) == ("0", "empty: no code", "not graded")
    page = table.as_page(made, ["alias", "gini"], "02_exercises", ["said"])
    assert "&lt;b&gt;no&lt;/b&gt;" in page and "<b>no</b>" not in page and "Zoë: not graded" in page


def test_a_proof_is_shown_to_the_teacher_with_its_rubric_and_earns_nothing_by_itself():
    cells = [
        new_markdown_cell(f"{sheet.PROOF}\n\nBecause $1 < 2$.", metadata={"tags": ["exercise:alias", "proof"]}),
        new_markdown_cell(sheet.PROOF, metadata={"tags": ["exercise:gini", "proof"]}),
        new_markdown_cell("a note", metadata={"tags": ["exercise:gini"]}),
    ]
    written = reading.proofs(new_notebook(cells=cells))
    assert written == {"alias": "Because $1 < 2$."}
    made = [table.Row("Zoë", "b.ipynb", {"alias": "no"}, written=written)]
    (row,) = csv.DictReader(io.StringIO(table.as_csv(made, ["alias"])))
    assert (row["points"], row["to read"]) == ("0", "alias")
    page = table.as_page(made, ["alias"], "02_exercises", [], {"alias": ["Says <why>."]})
    assert "<pre>Because $1 &lt; 2$.</pre>" in page and "<li>Says &lt;why&gt;.</li>" in page


def test_every_exercise_to_prove_has_a_rubric_and_no_other_has():
    rubrics = tomllib.loads(RUBRICS.read_text(encoding="utf-8"))
    for name in exercises.NAMES:
        asked = [e for e, part in exercises.parts(name).items() if sheet.asks_for_a_proof(part["statement"].source)]
        assert sorted(rubrics[name]) == sorted(asked), name
        assert all(len(points) >= 3 for points in rubrics[name].values())


@pytest.mark.parametrize("words", [[], ["a"], ["a", "b", "c", "seed"], ["a"] * 5])
def test_the_command_says_how_it_is_used(words, capsys):
    assert command.main(words) == 2
    assert "usage" in capsys.readouterr().err


def test_the_command_needs_a_sheet(tmp_path):
    with pytest.raises(CirclesError, match="no sheet at"):
        command.main([str(tmp_path / "x.ipynb"), str(tmp_path), str(tmp_path)])


# What would cost the whole class its table.


def test_the_place_of_the_table_is_asked_before_a_class_is_graded(tmp_path, monkeypatch):
    (tmp_path / "taken").write_text("x", encoding="utf-8")
    copied = Path(shutil.copy(SHEET, tmp_path))
    monkeypatch.setattr(command, "collect", lambda place: pytest.fail("it was graded first"))
    with pytest.raises(CirclesError, match="taken: cannot be written .*, expected a folder for the table"):
        command.main([str(copied), str(tmp_path), str(tmp_path / "taken")])


def test_half_a_letter_in_a_proof_costs_that_letter_and_not_the_table(tmp_path, monkeypatch):
    copied = shutil.copy(SHEET, tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.ipynb").write_text("{}", encoding="utf-8")
    odd = table.Row("a", "a.ipynb", {"one": "it says \ud800"}, written={"one": "so \udfff, hence"})
    monkeypatch.setattr(command, "grade", lambda submissions, made: [(0, odd)])
    assert command.main([str(copied), str(tmp_path / "in"), str(tmp_path / "out"), "1"]) == 0
    assert "so ?, hence" in (tmp_path / "out" / f"{SHEET.stem}.html").read_text(encoding="utf-8")
    assert (tmp_path / "out" / f"{SHEET.stem}.csv").exists()


@pytest.mark.parametrize("seed", ["²", "-1", "x", "9" * 30])
def test_a_seed_is_digits_that_a_generator_takes(tmp_path, capsys, seed):
    assert command.main([str(SHEET), str(tmp_path), str(tmp_path), seed]) == 2
    assert "usage" in capsys.readouterr().err


def test_a_copiedwithout_exercises_and_a_damaged_neighbour_are_named(tmp_path):
    (tmp_path / "02_page.ipynb").write_bytes(notebook("1"))
    with pytest.raises(CirclesError, match="02_page.ipynb has no exercises, expected a sheet such as"):
        command.course(tmp_path / "02_page.ipynb", seed=0)
    (tmp_path / "03_exercises.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(CirclesError, match="03_exercises.ipynb: not a notebook"):
        command.course(tmp_path / "02_page.ipynb", seed=0)


def test_a_notebook_of_endless_code_or_cells_is_not_read_through(monkeypatch):
    monkeypatch.setattr(reading, "MOST_CODE", 1000)
    with pytest.raises(Unusable, match="too much code: .* is there data in a cell"):
        reading.work(nbformat.reads(notebook("x = 1\n" * 200).decode(), 4), ASKED, {}, "x")
    with pytest.raises(Unusable, match="3000 cells, expected at most 2000"):
        reading.notebook(b'{"cells": [' + b",".join([b'{"cell_type": "code"}'] * 3000) + b"]}")


def test_zips_in_zips_share_one_room_and_cost_their_student_alone(tmp_path, monkeypatch):
    monkeypatch.setattr("circles.teaching.grading.submissions.ROOM", 50_000)
    page = notebook("x = 1") + b" " * 9_000
    inner = packed({f"{i}.ipynb": page for i in range(4)}, zipfile.ZIP_DEFLATED)
    outer = packed({f"{i}.zip": inner for i in range(4)}, zipfile.ZIP_DEFLATED)
    assert len(outer) < 20_000  # and 150,000 when all is unpacked
    (tmp_path / "mallory.zip").write_bytes(outer)
    (tmp_path / "alice.ipynb").write_bytes(page)
    alice, mallory = collect(tmp_path)
    assert alice.student == "alice" and not alice.notebooks[0].error
    assert [f.error for f in mallory.notebooks] == ["too large: unpacks to more than 0 MB"]


@pytest.mark.parametrize("dtype", ["uint16", "uint32", "float8_e4m3fn", "bfloat16"])
def test_numbers_that_the_judge_has_no_kind_for_cross_as_one_that_holds_them(dtype):
    x = torch.tensor([0.0, 2.0, 5.0]).to(getattr(torch, dtype))
    assert wire.loads(wire.dumps({"x": x}))["x"].tolist() == [0.0, 2.0, 5.0]
