"""``make archive``: the built book as one zip, the same bytes for the same pages, that opens from disk."""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HTML = ROOT / "_build" / "html"
FIRST = (1980, 1, 1, 0, 0, 0)  # zip's own beginning of time
LEFT_OUT = {".doctrees", ".buildinfo", "objects.inv", "_sources"}


def version(root: Path = ROOT) -> str:
    """The package's version, read and not imported."""
    text = (root / "src" / "circles" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "([^"]+)"', text)[1]


def pages(html: Path) -> list[Path]:
    """The files of the built book in a fixed order."""
    return sorted(
        file for file in html.rglob("*") if file.is_file() and not LEFT_OUT & set(file.relative_to(html).parts)
    )


def archive(html: Path, target: Path) -> Path:
    """Write ``target``, all pages in one folder of its name. Raises FileNotFoundError without a built book."""
    if not (html / "index.html").is_file():
        raise FileNotFoundError(f"no built book at {html}, expected one from `make book`")
    aside = target.with_suffix(".new")
    with zipfile.ZipFile(aside, "w", zipfile.ZIP_DEFLATED) as made:
        for file in pages(html):
            entry = zipfile.ZipInfo(f"{target.stem}/{file.relative_to(html).as_posix()}", FIRST)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            made.writestr(entry, file.read_bytes())
    aside.replace(target)
    return target


if __name__ == "__main__":
    try:
        made = archive(HTML, ROOT / "_build" / f"learning-in-circles-{version()}.zip")
    except FileNotFoundError as error:
        sys.exit(f"archive: {error}")
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.1f} MB; unpack it and open index.html")
