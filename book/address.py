"""``make address URL=...``: put the repository's address, kept in ``_config.yml``, everywhere it is named."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https://github\.com/[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
STANDS = re.compile(r"^  url: (\S+)$", re.MULTILINE)
# Files that name it: globs below the root.
NAMED_IN = (
    "_config.yml",
    "CITATION.cff",
    "CHANGELOG.md",
    "README.md",
    "pyproject.toml",
    "chapters/*.ipynb",
    "chapters/*.md",
    "handouts/*.ipynb",
    "src/circles/ledger/citation.py",
)


def present(root: Path) -> str:
    """The address in ``_config.yml``."""
    found = STANDS.search((root / "_config.yml").read_text(encoding="utf-8"))
    if found is None:
        raise ValueError("_config.yml has no line '  url: https://github.com/OWNER/NAME' under repository")
    return found[1]


def stamp(url: str, root: Path = ROOT) -> list[str]:
    """Put ``url`` in place of the present address; the files that changed. Raises ValueError for another kind."""
    url = url.rstrip("/").removesuffix(".git")
    if not ADDRESS.fullmatch(url):
        raise ValueError(f"URL is {url!r}, expected https://github.com/OWNER/NAME")
    old, changed = present(root), []
    pattern = re.compile(re.escape(old) + r"(?![A-Za-z0-9-])")
    for path in sorted(p for name in NAMED_IN for p in root.glob(name)):
        text = path.read_text(encoding="utf-8")
        stamped = pattern.sub(url, text)
        if stamped != text:
            path.write_text(stamped, encoding="utf-8")
            changed.append(path.relative_to(root).as_posix())
    return changed


if __name__ == "__main__":
    try:
        for name in stamp(sys.argv[1] if len(sys.argv) == 2 else ""):
            print(name)
    except ValueError as error:
        raise SystemExit(f"address: {error}") from None
