"""Every claim of the live tier on other arithmetic: instruction sets, thread counts and seeds that turn no verdict.

Each chapter is executed as ``make reproduce`` does, in a process of its own, once a setting; what its checks were
given is kept in full. A chapter that is finished is not executed again, and one that was stopped goes on from its
finished runs, so the script may be stopped at any time.

    python benchmarks/arithmetics.py                              all that is missing: hours
    python benchmarks/arithmetics.py --settings sse --chapters 05_manifolds
    python benchmarks/arithmetics.py --table                      what there is, and the verdicts that turn
    python benchmarks/arithmetics.py --check --settings sse --chapters 05_manifolds     fails when a verdict turns
    python benchmarks/arithmetics.py --record                     add it to what the page "On another machine" shows
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch

from circles.ledger import checks, elsewhere
from circles.ledger.rules import show

OLD = {
    "ATEN_CPU_CAPABILITY": "default", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "DNNL_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
}  # fmt: skip
SETTINGS: dict[str, dict[str, str]] = {
    "two threads": {"OMP_NUM_THREADS": "2"},
    "one thread": {"OMP_NUM_THREADS": "1"},
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2"},
    "sse": OLD | {"OMP_NUM_THREADS": "1"},
    **{f"seeds + {shift}": {"SHIFT": str(shift), "OMP_NUM_THREADS": "1"} for shift in (100, 200, 300)},
}
CHAPTERS = ("05_manifolds", "04_kernels", "01_numbers", "02_grokking", "03_quantized")
PLACE = Path("_build") / "arithmetics"

# Put before the first cell: every seed is so many higher. All randomness of the package begins in this function. So it
# moves what is asked of recorded nets as well, such as which pairs they were not trained on: of other seeds only the
# claims of the live tier count.
SHIFTED = """from circles.foundations import streams
derive = streams._derive
streams._derive = lambda seed, name: derive(seed + {shift}, name)"""


def execute(setting: str, chapter: str) -> None:
    """Execute one chapter on one setting, in this process, whose environment is the setting's."""
    import nbformat

    from circles.book import chapters

    place = PLACE / setting
    place.mkdir(parents=True, exist_ok=True)
    checks = (place / f"{chapter}.jsonl").resolve()
    checks.unlink(missing_ok=True)
    os.environ["CIRCLES_CHECKS"] = str(checks)
    path = chapters.folder() / f"{chapter}.ipynb"
    if shift := SETTINGS[setting].get("SHIFT"):
        notebook = chapters.read(path)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(SHIFTED.format(shift=shift)))
        path = (place / f"{chapter}.ipynb").resolve()
        nbformat.write(notebook, path)
    began = time.monotonic()
    _, failed = chapters.execute(path, "fresh", (place / "runs").resolve(), lambda *_: None)
    checked = [json.loads(line) for line in checks.read_text(encoding="utf-8").splitlines()]
    found = {
        "seconds": round(time.monotonic() - began, 1), "failed": failed,
        "checks": {c["claim"]: c["value"] for c in checked},
        "live": {c["claim"]: c["live"] for c in checked},
    }  # fmt: skip
    _result(setting, chapter).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _result(setting: str, chapter: str) -> Path:
    return PLACE / setting / f"{chapter}.json"


def gathered() -> dict[str, Any]:
    """All results that there are, by setting."""
    from circles.training.provenance import provenance

    settings = {}
    for setting, environment in SETTINGS.items():
        files = [_result(setting, chapter) for chapter in CHAPTERS if _result(setting, chapter).exists()]
        found = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in files}
        if found:
            out = {c.name for p in checks.papers() for c in p.claims if "SHIFT" in environment and c.tier != "live"}
            failed = [line for f in found.values() for line in f["failed"]]
            settings[setting] = {
                "environment": environment, "seconds": {name: f["seconds"] for name, f in found.items()},
                "failed": [line for line in failed if not any(f"LedgerError: {name}:" in line for name in out)],
                "checks": {k: v for f in found.values() for k, v in f["checks"].items() if k not in out},
                "live": {k: v for f in found.values() for k, v in f["live"].items() if k not in out},
            }  # fmt: skip
    return {"machine": provenance(torch.device("cpu")), "settings": settings}


def table(found: dict[str, Any]) -> str:
    """A claim a line that moves or turns: its value in each setting, its room, the settings that turn it."""
    lines = []
    for each in elsewhere.claims(found):
        if each.moves or each.turned:
            values = "; ".join(f"{s}: {show(v, each.claim.digits)}" for s, v in each.live.items())
            room = f"{each.room:.1f}" if math.isfinite(each.room) else "-"
            turned = f"  TURNED {', '.join(each.turned)}" if each.turned else ""
            lines.append(f"{each.claim.name:<45} room {room:>6}{turned}")
            lines.append(f"    band {each.claim.band}; {values}")
    turned = sum(bool(each.turned) for each in elsewhere.claims(found))
    failed = [f"{s}: {line}" for s, about in found["settings"].items() for line in about["failed"]]
    seconds = [f"{s}: {about['seconds']}" for s, about in found["settings"].items()]
    return "\n".join([*lines, *seconds, f"{turned} verdicts turned; {len(failed)} cells failed", *failed])


def run_all(settings: list[str], chapters: list[str]) -> None:
    for setting, chapter in [(s, c) for c in chapters for s in settings if not _result(s, c).exists()]:
        print(f"{time.strftime('%H:%M:%S')} {setting}: {chapter}", flush=True)
        command = [sys.executable, __file__, "--one", setting, chapter]
        subprocess.run(command, env=os.environ | SETTINGS[setting], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--settings", default=",".join(SETTINGS), help="names, with commas between")
    parser.add_argument("--chapters", default=",".join(CHAPTERS), help="names, with commas between")
    parser.add_argument("--table", action="store_true", help="print what there is")
    parser.add_argument("--check", action="store_true", help="then fail when a verdict turned or a cell failed")
    parser.add_argument("--record", action="store_true", help="add what there is to the book's")
    parser.add_argument("--one", nargs=2, metavar=("SETTING", "CHAPTER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        execute(*given.one)
    elif given.table:
        print(table(gathered()))
    elif given.record:
        kept = elsewhere.joined(elsewhere.read(), gathered())
        elsewhere.FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    else:
        settings, chapters = given.settings.split(","), given.chapters.split(",")
        run_all(settings, chapters)
        kept = gathered()["settings"]
        if given.check and (failed := [line for s in settings for line in kept[s]["failed"]]):
            sys.exit("\n".join(["cells failed on other arithmetic; chapters/another_machine says what to do", *failed]))


if __name__ == "__main__":
    main()
