"""Checks of the built pages: every internal link and anchor leads somewhere, and nothing is loaded from outside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

# What a browser fetches by itself; <a href> may lead anywhere, these may not.
LOADED = (("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("object", "data"))
LOADING_RELS = {"stylesheet", "icon", "preload", "prefetch", "modulepreload", "manifest", "preconnect"}


@cache
def _soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@cache
def _anchors(page: Path) -> frozenset[str]:
    named = _soup(page).find_all(lambda tag: tag.has_attr("id") or (tag.name == "a" and tag.has_attr("name")))
    return frozenset(value for tag in named for value in (tag.get("id"), tag.get("name")) if value)


def _loaded(page: Path) -> Iterator[str]:
    for name, attribute in LOADED:
        yield from (tag[attribute] for tag in _soup(page).find_all(name) if tag.has_attr(attribute))
    for tag in _soup(page).find_all("link"):
        if LOADING_RELS & set(tag.get("rel", ())):
            yield tag["href"]


def _is_outside(address: str) -> bool:
    return address.startswith("//") or urlsplit(address).scheme in ("http", "https")


def _target(page: Path, address: str) -> tuple[Path, str]:
    parts = urlsplit(address)
    file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    return (file / "index.html" if file.is_dir() else file), unquote(parts.fragment)


def faults(root: Path) -> list[str]:
    """One line for each dead internal link, missing anchor or outside load in the pages below ``root``."""
    root = root.resolve()
    found = []
    for page in sorted(root.rglob("*.html")):
        if "_static" in page.relative_to(root).parts:
            continue
        where = page.relative_to(root)
        loaded = list(_loaded(page))
        found += [f"{where}: loads {address} from outside" for address in loaded if _is_outside(address)]
        linked = [tag["href"] for tag in _soup(page).find_all("a", href=True)]
        for address in dict.fromkeys(loaded + linked):
            if urlsplit(address).scheme or address.startswith("//"):
                continue
            file, anchor = _target(page, address)
            if not file.is_file():
                found.append(f"{where}: dead link {address}")
            elif anchor and file.suffix == ".html" and anchor not in _anchors(file):
                found.append(f"{where}: no anchor #{anchor} in {file.relative_to(root)}")
    return found
