"""The index of figures, made by the build from the notebooks: thumbnails, captions, files to download, how to cite."""

from __future__ import annotations

import hashlib
import html
import json
import re
import subprocess
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import vl_convert

import circles
from circles.book.drawn import FIGURE, Drawn, drawn
from circles.figures.show import held_still, laid_out

MARK = "<!-- figures -->"
FILES = "_static/figures"  # below the built pages
INLINE = re.compile(r'src="data:image/png;base64,[^"]*"')
WIDTH, SCALE = 900, 1.5  # of a download, in pixels and how many of them a pixel of the page


@cache
def at(root: Path) -> str:
    """The tag of this commit, else the commit, else the tag of the version where nothing tells: for links to code."""
    for command in (["describe", "--exact-match", "--tags"], ["rev-parse", "HEAD"]):
        try:
            done = subprocess.run(["git", *command], cwd=root, capture_output=True, text=True, encoding="utf-8")
        except OSError:
            break
        if done.returncode == 0:
            return done.stdout.strip()
    return f"v{circles.__version__}"


def notebooks(root: Path) -> list[Path]:
    """The book's notebooks in the order of its table of contents."""
    names = re.findall(r"(?:root|file): (\S+)", (root / "_toc.yml").read_text(encoding="utf-8"))
    return [path for name in names if (path := root / f"{name}.ipynb").is_file()]


@cache
def every(root: Path) -> tuple[Drawn, ...]:
    """All figures of the book."""
    return tuple(figure for path in notebooks(root) for figure in drawn(path))


def of(root: Path, chapter: str) -> list[Drawn]:
    """The figures of one notebook."""
    return [figure for figure in every(root) if figure.chapter == chapter]


def index(figures: Sequence[Drawn], commit: str) -> str:
    """The index as Markdown: a heading a chapter, and its figures."""
    parts: list[str] = []
    for title in dict.fromkeys(figure.title for figure in figures):
        parts += [f"## {title}", "", *(_entry(f, commit) for f in figures if f.title == title), ""]
    return "\n".join(parts)


def _entry(figure: Drawn, commit: str) -> str:
    """One line of HTML: a blank one would end it."""
    place, file = html.escape(figure.address), f"../{FILES}/{figure.key}"
    said = "<br>".join(html.escape(line) for line in figure.citation(commit).split("\n"))
    links = [
        f'<a href="{place}">in its place</a>',
        f'<a href="{figure.chapter}.html?full={figure.name}#{figure.name}">full screen</a>',
        *_downloads(figure, file),
        *_code(figure, commit),
    ]
    return (
        f'<div class="circles-indexed" id="index-{figure.key}"><a href="{place}">'
        f'<img loading="lazy" alt="{html.escape(figure.alt, quote=True)}" src="{file}-small.png"></a>'
        f'<div><p>{html.escape(figure.caption)}</p><p class="circles-links">{" · ".join(links)}</p>'
        f"<details><summary>how to cite</summary><p><code>{said}</code></p></details></div></div>"
    )


def _downloads(figure: Drawn, file: str) -> list[str]:
    return [
        f'<a class="circles-save" download="{figure.key}.{kind}" href="{file}.{kind}">{kind.upper()}</a>'
        for kind in ("svg", "png")
    ]


def _code(figure: Drawn, commit: str) -> list[str]:
    return [f'<a href="{figure.code(commit)}">code</a>'] if figure.source else []


def tooled(body: str, figures: Iterable[Drawn], commit: str) -> str:
    """The page with a fold below each figure: its link, full screen, downloads, code, how to cite.

    Its picture for who has no scripts comes from the file that the index shows, and out of the page's own bytes.
    """
    waiting = iter(figures)

    def add(found: re.Match) -> str:
        if (figure := next(waiting, None)) is None:
            return found[0]
        links = [
            f'<a href="#{figure.name}">link</a>',
            '<button type="button" class="circles-enlarge" hidden>full screen</button>',
            *_downloads(figure, f"../{FILES}/{figure.key}"),
            *_code(figure, commit),
            f'<a href="figures.html#index-{figure.key}">cite</a>',
        ]
        fold = f'<details class="circles-tools"><summary>use this figure</summary>{" ".join(links)}</details>'
        page = INLINE.sub(f'loading="lazy" src="../{FILES}/{figure.key}-small.png"', found[0])
        return page.removesuffix("</figure>") + fold + "</figure>"

    return re.sub(FIGURE.pattern.replace("<figure ", '<figure (?:id="[^"]*" )?'), add, body, flags=re.DOTALL)


def write(figures: Iterable[Drawn], folder: Path, kept: Path) -> None:
    """Write each figure's SVG, PNG and thumbnail; what was drawn before from the same comes from ``kept``."""
    folder.mkdir(parents=True, exist_ok=True)
    kept.mkdir(parents=True, exist_ok=True)
    for figure in figures:
        spec = figure.spec
        source = json.dumps([spec, WIDTH, vl_convert.__version__]) if spec else figure.svg
        name = hashlib.sha256(source.encode()).hexdigest()[:24]
        files = {"svg": kept / f"{name}.svg", "png": kept / f"{name}-{SCALE:g}.png"}
        if not all(file.is_file() for file in files.values()):
            _draw(spec, figure, files)
        for kind, file in files.items():
            (folder / f"{figure.key}.{kind}").write_bytes(file.read_bytes())
        small = figure.picture or files["png"].read_bytes()
        (folder / f"{figure.key}-small.png").write_bytes(small)


def _draw(spec: dict | None, figure: Drawn, files: dict[str, Path]) -> None:
    if not files["svg"].is_file():
        svg = vl_convert.vegalite_to_svg(held_still(laid_out(spec, width=WIDTH))) if spec else figure.svg
        files["svg"].write_text(svg, encoding="utf-8")
    files["png"].write_bytes(vl_convert.svg_to_png(files["svg"].read_text(encoding="utf-8"), scale=SCALE))
