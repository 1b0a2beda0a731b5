"""``make slides``: the chapters of the built book as slides: an address each, to open in a browser."""

from __future__ import annotations

from pathlib import Path

from build import HTML


def addresses() -> list[str]:
    """The chapters that have slides, as ``_static/slides.js`` cuts them: each page with ``?slides=1`` behind it."""
    found = sorted((HTML / "chapters").glob("0[1-9]_*.html"))
    return [f"{Path(page).as_uri()}?slides=1" for page in found if not page.stem.endswith("_exercises")]


if __name__ == "__main__":
    print("Arrows turn the slides, n shows the notes, Escape goes back to the page. No network is needed.")
    print(*addresses(), sep="\n")
