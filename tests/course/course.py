"""A made-up course: what thirty students handed in, as files and in the packings of Moodle and Canvas, and its table."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from circles.teaching import handout, sheet

ROOT = Path(__file__).resolve().parents[2]
NAME = "02_exercises"
PAGE = nbformat.read(ROOT / "chapters" / f"{NAME}.ipynb", as_version=4)
PARTS = sheet.exercises(PAGE)
ALL = list(PARTS)
SAFE = "in the sandbox"

# Right in another way than the book's.
OTHERWISE = {
    "alias": "def alias(k, p):\n    import numpy as np\n    return np.int64(abs((k + p // 2) % p - p // 2))",
    "gini": "from fractions import Fraction\ngini = lambda n, m: Fraction(n - m, n)",
    "losses": "high = [('memoriser', 'restricted'), ('generaliser', 'excluded')]\n"
    "predicted = {(n, l): 'HIGH' if (n, l) in high else ' low' for n in nets.NETS for l in ('restricted', 'excluded')}",
    "coefficients": "def coefficients(p):\n    half = torch.tensor(p / 2)\n"
    "    return {'cos cos': half, 'sin sin': -half, 'cos sin': 0 * half, 'sin cos': 0.0}",
    "keys": "def key_frequencies(W):\n    size = torch.fft.rfft(W.float(), dim=0)[1:].norm(dim=1)\n"
    "    return (size > size.max() / 4).nonzero()[:, 0] + 1",
}


def solution(name: str) -> str:
    return PARTS[name]["solution"].source.rpartition("check(")[0].replace("# @title Solution\n", "")


def work(*solved: str, instead: dict[str, str] | None = None, first: str = "", before: str = "") -> bytes:
    """The students' notebook with these exercises solved, others answered otherwise, and a cell of their own.

    That cell stands after the imports, or before the stub of the exercise ``before``.
    """
    made = handout.students(PAGE, NAME)
    answers = {name: solution(name) for name in solved} | (instead or {})
    at = len(made.cells)
    for i, cell in enumerate(made.cells):
        name, part = sheet.place(cell)
        if part == "stub":
            cell.source = answers.get(name, cell.source)
            at = i if name == (before or ALL[0]) else at
    if first:
        made.cells.insert(at, new_code_cell(first))
    return nbformat.writes(made).encode()


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in files.items():
            z.writestr(name, data)
    return out.getvalue()


FOREIGN = nbformat.writes(new_notebook(cells=[new_code_cell("print('a shopping list')")])).encode()
NO_CODE = nbformat.writes(new_notebook(cells=[new_markdown_cell("I was ill.")])).encode()
THIRD = (ROOT / "handouts" / "03_exercises.ipynb").read_bytes()

PATCHED = """
import circles.teaching, circles.teaching.check, circles.teaching.waves, sys
nothing = lambda *a, **k: None
circles.teaching.require = circles.teaching.check.require = check = nothing
for name in ("alias", "gini", "coefficients", "sharp_argmax", "key_frequencies"):
    setattr(circles.teaching.waves, name, nothing)
torch.Tensor.__gt__ = torch.Tensor.__ne__ = lambda *a: False
"""
FORGED = """
import os
for fd in range(3, 64):
    for line in (b'{"right": true}', b'{"sentence": ""}', b'{"stop": true}', b'{"value": {"pickle": "gASVCg=="}}'):
        try:
            os.write(fd, line + b"\\n")
        except OSError:
            pass
"""
STRANGE = """
class Anything:
    def __eq__(self, other): return True
    def __float__(self): return 0.0
    def __repr__(self): return "x" * 10**7
    def __call__(self, *a): return self
def forever(*a):
    while True: yield 1.0
alias, gini, coefficients, margin, sharp = Anything(), forever, lambda p: "y" * 10**8, (lambda p, ks: [[[1e400]]]), print
"""
OUTSIDE = """
import os, pathlib, shutil, socket
reached = []
def attempt(what):
    try:
        reached.append(what())
    except Exception:
        pass
attempt(lambda: pathlib.Path({teachers!r}).read_text())
attempt(lambda: shutil.rmtree(pathlib.Path({teachers!r}).parent))
attempt(lambda: pathlib.Path({teachers!r}).write_text("10 points"))
attempt(lambda: os.kill({pid}, 0))
attempt(lambda: socket.create_connection(("192.0.2.1", 80), timeout=1))
if reached:
    raise RuntimeError(str(reached))
alias_allowed = True
"""
RUNS_ON = """
import subprocess, sys
for _ in range(3):
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep({mark})"], start_new_session=True)
"""


@dataclass(frozen=True)
class Student:
    """A path and what lies there; the student's line: which exercises are right, and how the problem begins."""

    path: str
    data: bytes
    name: str
    right: tuple[str, ...] = ()
    problem: str = ""
    says: tuple[str, str] = ("", "")  # an exercise and words of its sentence
    note: str = ""


def students(teachers: Path, pid: int, mark: int) -> list[Student]:
    """The thirty. ``teachers`` is a file, ``pid`` a process and ``mark`` a number of seconds of the teacher's."""
    own = "{}/02_exercises.ipynb"
    moodle = "Moodle export.zip/{}_assignsubmission_file_/{}"
    canvas = "canvas submissions.zip/{}"
    three, most = ALL[:3], tuple(ALL[1:])
    copied = "word for word the book's solution"
    outside = OUTSIDE.format(teachers=str(teachers), pid=pid)
    return [
        # right, in every packing
        Student("Anna Lena Groß.ipynb", work(*ALL), "Anna Lena Groß", tuple(ALL), note=copied),
        Student(own.format("bob"), work(*(name for name in ALL if name not in OTHERWISE), instead=OTHERWISE), "bob", tuple(ALL)),
        Student(own.format("carol o'neill"), work(*ALL[:5]), "carol o'neill", tuple(ALL[:5])),
        Student("dora.zip", packed({"02_exercises.ipynb": work(*ALL)}), "dora", tuple(ALL)),
        Student(moodle.format("Émile Öztürk_1001", "02_exercises.ipynb"), work(*ALL), "Émile Öztürk", tuple(ALL)),
        Student(moodle.format("Anna Müller_1002", "lösung.zip"), packed({"a/02.ipynb": work(*three)}),
                "Anna Müller (1002)", tuple(three)),
        Student(moodle.format("Anna Müller_1003", "02_exercises.ipynb"), work(), "Anna Müller (1003)",
                says=("alias", "expected a whole number from 0 to p//2")),
        Student(canvas.format("fischerfritz_20001_300001_02_exercises.ipynb"), work(*ALL), "fischerfritz", tuple(ALL)),
        Student(canvas.format("grafgreta_LATE_20002_300002_02_exercises-1.ipynb"), work(*ALL[6:]), "grafgreta", tuple(ALL[6:])),
        # nothing to grade
        Student(moodle.format("Heidi Ó Briain_1004", "report.pdf"), b"%PDF-1.7", "Heidi Ó Briain", problem="no notebook: "),
        Student(own.format("ida"), b"", "ida", problem="empty: the file has no content"),
        Student(own.format("jan"), NO_CODE, "jan", problem="empty: the notebook has no code"),
        Student(own.format("kim"), THIRD, "kim", problem="another chapter's: these are 03_exercises, expected 02_exercises"),
        Student(own.format("lars"), FOREIGN, "lars", problem=f"another notebook: none of the {len(ALL)} exercises"),
        Student(own.format("mia"), b"{" * 50_000, "mia", problem="not a notebook: "),
        Student("nils.zip", b"PK\x03\x04 damaged", "nils", problem="a zip that cannot be opened"),
        # broken in part
        Student(own.format("olga"), work(*most, instead={"alias": "def alais(k, p):\n    return 0"}), "olga", most,
                says=("alias", "the name alias is missing: no cell sets it")),
        Student(own.format("pia"), work(*most, instead={"alias": "def alias(k, p)\n    return 0"}), "pia", most,
                "syntax: cell 6, expected ':'", ("alias", "stopped with SyntaxError")),
        Student(own.format("quinn"), work(*ALL, first="hog = bytearray(400 * 2**30)"), "quinn", tuple(ALL), "memory: cell 6"),
        Student(own.format("rosa"), work(*ALL, first="while True: pass"), "rosa", tuple(ALL), "time: cell 6 was stopped"),
        Student(own.format("sam"), work(*ALL, first="while True: print('x' * 100_000)"), "sam", tuple(ALL), "output: cell 6"),
        Student(own.format("tom"), work(*ALL, first="import os\nos._exit(3)", before=ALL[3]), "tom", tuple(three),
                "exit: its code ended the process (status 3), in cell 18", (ALL[3], "it was not reached")),
        Student(own.format("uma"), work(*ALL, first="raise SystemExit"), "uma", tuple(ALL), "exit: cell 6 ended the program"),
        Student(own.format("vera"), work(*most, instead={"alias": "import time\ndef alias(k, p):\n    time.sleep(60)"}),
                "vera", most, says=("alias", "TooLong: it took more than")),
        # hostile
        Student("the book's page.ipynb", nbformat.writes(PAGE).encode(), "the book's page", note=f"{len(ALL)} cells with its solutions"),
        Student(own.format("wim"), work(first=PATCHED), "wim", says=("alias", "expected")),
        Student(own.format("xaver"), work(*ALL, first=FORGED), "xaver", problem="output: its process sent what is no answer"),
        Student(own.format("yara"), work(*ALL[5:], instead={"alias": STRANGE, "gini": "", "coefficients": "", "sharp": ""}),
                "yara", tuple(ALL[5:])),
        Student(own.format("zoe"), work(*ALL, first=outside), "zoe", tuple(ALL), note=SAFE),
        Student(own.format("=cmd|'C calc'!A1"), work(*ALL, first=RUNS_ON.format(mark=mark)), "=cmd|'C calc'!A1", tuple(ALL)),
    ]  # fmt: skip


def lay_out(handed: list[Student], folder: Path) -> None:
    """Put everything below ``folder``; a path through a zip goes into that zip."""
    zips: dict[str, dict[str, bytes]] = {}
    for one in handed:
        outer, inside, rest = one.path.partition(".zip/")
        if inside:
            zips.setdefault(f"{outer}.zip", {})[rest] = one.data
            continue
        (folder / one.path).parent.mkdir(parents=True, exist_ok=True)
        (folder / one.path).write_bytes(one.data)
    for name, files in zips.items():
        (folder / name).write_bytes(packed(files | {"__MACOSX/._x.ipynb": b"junk"}))
