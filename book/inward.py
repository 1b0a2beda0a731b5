"""Links that lead from a notebook out to another, wherever it was opened, lead from page to page in the built book."""

from __future__ import annotations

import re

from circles.ledger.citation import ADDRESS, chapter_address

NOTEBOOK = re.compile(re.escape(chapter_address("@")).replace("@", r"(\w+)"))
PAGE = re.compile(re.escape(f"{ADDRESS}/blob/main/chapters/") + r"(\w+\.md)")


def inward(text: str) -> str:
    """The text with addresses of chapters in Colab turned to built pages, those of text files to sources beside it."""
    return PAGE.sub(r"\1", NOTEBOOK.sub(r"\1.html", text))
