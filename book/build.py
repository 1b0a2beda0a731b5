"""``make book``: render the committed chapters with warnings as errors, and print the page to open."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from links import faults

ROOT = Path(__file__).resolve().parent.parent
LOG = ROOT / "_build" / "book.log"
HTML = ROOT / "_build" / "html"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAULT = re.compile(r".*\b(WARNING|ERROR|CRITICAL)\b.*|^\w*(Error|Exception)\b.*")


def render() -> list[str]:
    """Run jupyter-book, keep its words in LOG; its warnings and errors, one line each."""
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ".", "--all", "-W", "-n", "--keep-going"]
    # In a C locale the book's own pages and a folder with an umlaut would be read, and said, in ASCII.
    environment = os.environ | {"PYTHONUTF8": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    words = COLOUR.sub("", done.stdout.decode("utf-8", errors="replace"))
    LOG.parent.mkdir(exist_ok=True)
    LOG.write_text(words, encoding="utf-8")
    root = os.fsencode(ROOT).decode("utf-8", errors="replace")
    lines = [line.replace(f"{root}/", "") for line in words.splitlines() if FAULT.match(line)]
    # jupyter-book ends 0 on some warnings, so its status alone does not tell.
    return lines or ([f"jupyter-book ended with status {done.returncode}"] if done.returncode else [])


def main() -> int:
    found = render() or faults(HTML)
    if found:
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        print(f"book: {found[0]}{more}; all in {LOG.relative_to(ROOT)}", file=sys.stderr)
        with LOG.open("a", encoding="utf-8") as log:
            log.write("\n".join(["", "faults:", *found, ""]))
        return 1
    print(f"The book is built. Open {(HTML / 'index.html').as_uri()}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
