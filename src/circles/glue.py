"""Numbers for the prose: stored by myst-nb where it is installed, printed where it is not (Colab)."""

from __future__ import annotations


class _Text:
    """Words whose display has no quotation marks."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text


def glue(name: str, text: str) -> None:
    """Give the prose, as ``name``, the ``text`` of a number rounded to the digits that reproduce."""
    try:
        from myst_nb import glue as store
    except ImportError:
        print(f"{name}: {text}")
    else:
        store(name, _Text(text), display=False)
