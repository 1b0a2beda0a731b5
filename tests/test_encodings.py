"""Every file is read and written as UTF-8, whatever the reader's locale."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FILES = [path for folder in ("src", "book", "tests", "benchmarks") for path in sorted((ROOT / folder).rglob("*.py"))]
ENCODING_AT = {"read_text": 0, "write_text": 1}


def by_locale(source: str) -> Iterator[int]:
    """The lines with a call that reads, writes or decodes text by the locale."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", None)
        named = {word.arg: word.value for word in call.keywords}
        if "encoding" in named or None in named:
            continue
        given = [*call.args, *named.values()]
        text = named.get("text")
        if (
            (name in ENCODING_AT and len(call.args) <= ENCODING_AT[name])
            or (name in ("open", "fdopen") and _is_file(call, given))
            or (isinstance(text, ast.Constant) and text.value is True)
        ):
            yield call.lineno


def _is_file(call: ast.Call, given: list[ast.expr]) -> bool:
    """``open(...)`` itself, or a method called with nothing or a mode: other things open, too. Not for bytes."""
    words = [v.value for v in given if isinstance(v, ast.Constant) and isinstance(v.value, str)]
    modes = [word for word in words if word and set(word) <= set("rwaxbt+")]
    alone = isinstance(call.func, ast.Name) or len(modes) == len(given)
    return alone and not any("b" in mode for mode in modes)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_text_is_read_or_written_by_the_locale(path):
    assert list(by_locale(path.read_text(encoding="utf-8"))) == [], 'expected encoding="utf-8"'


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("p.read_text()", True),
        ("p.write_text(x)", True),
        ("p.write_text(x, 'utf-8')", False),
        ("open(p)", True),
        ("open(p, 'a')", True),
        ("p.open('w')", True),
        ("p.open('rb')", False),
        ("open(p, mode='wb')", False),
        ("browser.open(address + path)", False),
        ("run(command, text=True)", True),
        ("run(command, text=True, encoding='utf-8')", False),
        ("p.read_text(encoding='utf-8')", False),
    ],
)
def test_the_check_sees_what_depends_on_the_locale(line, caught):
    assert bool(list(by_locale(line))) == caught


BUILD = """
import sys
from pathlib import Path
sys.executable = str(Path("program/python").resolve())
import build
build.faults = lambda root: []
raise SystemExit(build.main())
"""


@pytest.mark.parametrize("status", [0, 1])
def test_the_book_is_built_in_a_c_locale_below_a_folder_with_an_umlaut(tmp_path, status):
    root = tmp_path / "b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher"
    shutil.copytree(ROOT / "book", root / "book")
    (root / "program").mkdir()
    program = root / "program" / "jupyter-book"
    program.write_text(
        f"#!/bin/sh\necho \"$PWD/a.md: {'WARNING' if status else 'fine'}: \N{LATIN SMALL LETTER U WITH DIAERESIS}\"\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    environment = os.environ | {
        "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(root / "book"),
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", BUILD], cwd=root, env=environment, capture_output=True)
    assert done.returncode == status
    said = (done.stdout + done.stderr).decode("ascii")
    if status:
        assert said == "book: a.md: WARNING: \\xfc; all in _build/book.log\n"
    else:
        assert said.startswith("The book is built. Open file:///") and "b%C3%BCcher" in said


def test_a_checkout_keeps_the_bytes_of_texts():
    """Where git is set to write CRLF, the files would differ from what is hashed and compared."""
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()


def test_a_clone_that_asks_for_crlf_has_none(tmp_path):
    """As git on Windows is set up: what it checks out is what was committed."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no clone")
    names = [".ci/run", "Makefile", "requirements.txt", "chapters/02_grokking.ipynb", "src/circles/ledger/li2024.toml"]
    crlf = ["git", "-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run([*crlf, "checkout-index", "-f", f"--prefix={tmp_path}/", *names], cwd=ROOT, check=True)
    for name in names:
        committed = subprocess.run(["git", "show", f":{name}"], cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout
        assert (tmp_path / name).read_bytes() == committed and b"\r\n" not in committed, name
