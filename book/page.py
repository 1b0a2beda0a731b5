"""Sphinx extension: what the page needs beyond jupyter-book, above all to ask nothing of any other host.

Writes the Vega bundle of the installed vl-convert beside the page's own scripts, takes out the scripts that would
load others from outside, names the place where each claim is checked and each symbol explained, and fills the teaching
page and the index of figures.
"""

from __future__ import annotations

import re
from pathlib import Path

import code_links
import inward
import pictures
import reading
import sections
import vl_convert
from altair.utils._importers import vl_version_for_vl_convert

from circles import ledger
from circles.book import page as teaching
from circles.ledger import checks
from circles.ledger.checks import anchor
from circles.ledger.claims import Claim

CHECK = re.compile(r'(<table)( class="circles-check[^>]*><caption>)(<code>.*?<details>)', re.DOTALL)


def name_book(app, config) -> None:
    """Write the book's title beside its logo; set in _config.yml it would displace the theme's other options."""
    config.html_theme_options["logo"] = {"text": config.html_title}


def write_vega(app, error) -> None:
    """Write ``_static/vega.js``, which ``circles.js`` loads on the pages that have charts."""
    if error is None and app.builder.format == "html":
        bundle = vl_convert.javascript_bundle(vl_version=vl_version_for_vl_convert())
        # In a function of its own: the bundle's short top-level names would collide with other scripts.
        text = f"(function () {{\n{bundle}\n}})();\n"
        (Path(app.outdir) / "_static" / "vega.js").write_text(text, encoding="utf-8")


def drop_thebe(app, page, template, context, doctree) -> None:
    """Take the scripts of Thebe, which is off but still there, out of the page; give the theme its mode."""
    context["script_files"] = [x for x in context["script_files"] if "thebe" not in _words(x)]
    context["default_mode"] = context.get("default_mode") or "auto"


def fill_teaching(app, docname, source) -> None:
    """Put times, courses and quizzes, made from the chapters, in their places on the teaching page."""
    if docname == "chapters/teaching":
        source[0] = teaching.filled(source[0], Path(app.srcdir) / "chapters")


def fill_figures(app, docname, source) -> None:
    """Put the index of all figures in its place."""
    if docname == "chapters/figures":
        root = Path(app.srcdir)
        source[0] = source[0].replace(pictures.MARK, pictures.index(pictures.every(root), pictures.at(root)))


def lead_inward(app, docname, source) -> None:
    """Turn a notebook's links to chapters, made to be followed from anywhere, to the book's own pages."""
    if Path(app.env.doc2path(docname)).suffix == ".ipynb":
        source[0] = inward.inward(source[0])


def write_figures(app, error) -> None:
    """Write every figure's files, and what a search needs to find sections."""
    if error is None and app.builder.format == "html":
        out = Path(app.outdir)
        pictures.write(pictures.every(Path(app.srcdir)), out / pictures.FILES, out.parent / "figures")
        sections.write(out)


def anchor_symbols(app, page, template, context, doctree) -> None:
    """Give each row of the primer's table of symbols an id, from its name in the code."""
    if (body := context.get("body")) and page == "chapters/primer":
        context["body"] = symbols(body)


def anchor_checks(app, page, template, context, doctree) -> None:
    """Give the first check of each claim in a chapter the id to which the scorecard links."""
    if body := context.get("body"):
        context["body"] = anchored(body)


def show_minutes(app, page, template, context, doctree) -> None:
    """Say under the title of a chapter, and of its exercises, how long it takes: counted, so never out of step."""
    path = Path(app.srcdir) / f"{page}.ipynb"
    if (body := context.get("body")) and path.exists() and re.fullmatch(r"chapters/(\d\d_\w+|primer)", page):
        sections = teaching.taught(path)
        work, minutes = sum(s.exercises for s in sections), sum(s.minutes for s in sections)
        of_it = f", {work} of them at exercises" if work else ""
        counted = '<a href="teaching.html#minutes">how counted</a>'
        words = f'<p class="circles-minutes">About {minutes} minutes{of_it} ({counted})</p>'
        context["body"] = body.replace("</h1>", f"</h1>\n{words}", 1)


def help_reading(app, page, template, context, doctree) -> None:
    """Give a page its first picture, links to figures, cards as the ledger has them now, and prints in columns."""
    path = Path(app.srcdir) / f"{page}.ipynb"
    if (body := context.get("body")) and path.exists():
        cells, root = reading.figure_cells(path), Path(app.srcdir)
        linked = reading.linked_figures(reading.kept_columns(reading.fresh_cards(body)), cells)
        tooled = pictures.tooled(linked, pictures.of(root, path.stem), pictures.at(root))
        context["body"] = reading.opened(tooled, cells)


def lead_to_code(app, page, template, context, doctree) -> None:
    """Link the names in a notebook's cells to their definitions, and its claims to what computes them."""
    path = Path(app.srcdir) / f"{page}.ipynb"
    if (body := context.get("body")) and path.exists():
        context["body"] = code_links.with_definitions(code_links.with_sources(body), path)


def anchored(body: str) -> str:
    """The page with an id on each table that checks a claim of the ledger, known by its claim's name and words."""
    claims = [(paper, claim) for paper in ledger.papers() for claim in paper.claims]
    heads = {f"{checks.caption(claim)} <details>": (paper, claim) for paper, claim in claims}
    seen: set[str] = set()

    def mark(match: re.Match) -> str:
        paper, claim = next((found for head, found in heads.items() if match[3].startswith(head)), (None, None))
        if claim is None or (name := anchor(claim)) in seen:
            return match[0]
        seen.add(name)
        linked = _linked(match[3], claim)
        if claim.differs:
            linked = _linked(linked, paper.claim(claim.again))
        return f'{match[1]} id="{name}"{match[2]}{linked}'

    return CHECK.sub(mark, body)


def _linked(text: str, claim: Claim) -> str:
    """The text with the first mention of this claim's name leading to its table."""
    name = f"<code>{claim.id}</code>"
    return text.replace(name, f'<a href="#{anchor(claim)}">{name}</a>', 1)


def symbols(body: str) -> str:
    """The page with ids on the rows of its section ``symbols``: ``symbol-`` and the first name in the code."""
    begins = body.find('id="symbols"')
    row = re.compile(r"<tr([^>]*)>(\s*<td>)(.*?)(</td>\s*<td>.*?</td>\s*<td>.*?<code[^>]*>(.*?)</code>)", re.DOTALL)

    def mark(found: re.Match) -> str:
        name = f"symbol-{re.sub('<.*?>', '', found[5])}"
        link = f'<a class="headerlink" href="#{name}" title="Link to this symbol">#</a>'
        return f'<tr{found[1]} id="{name}">{found[2]}{found[3]}{link}{found[4]}'

    return body if begins < 0 else body[:begins] + row.sub(mark, body[begins:])


def _words(script) -> str:
    return f"{getattr(script, 'filename', script)} {getattr(script, 'attributes', {}).get('body', '')}"


def setup(app) -> dict[str, bool]:
    app.connect("config-inited", name_book)
    app.connect("source-read", fill_teaching)
    app.connect("source-read", fill_figures)
    app.connect("source-read", lead_inward)
    # After every extension and the theme have added their own.
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("html-page-context", anchor_checks)
    app.connect("html-page-context", anchor_symbols)
    app.connect("html-page-context", show_minutes)
    app.connect("html-page-context", help_reading)
    app.connect("html-page-context", lead_to_code, priority=600)  # after claims have their ids and cards are fresh
    app.connect("build-finished", write_vega)
    app.connect("build-finished", write_figures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
