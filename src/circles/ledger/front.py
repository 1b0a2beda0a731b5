"""The six papers of the book in one table, with how many of the authors' claims have each verdict."""

from __future__ import annotations

import html

from circles.ledger.checks import Paper, css_class, papers
from circles.ledger.citation import chapter_address
from circles.ledger.kinds import THEIRS
from circles.ledger.scorecard import counted


class SixPapers:
    """The table of the six papers, as HTML in a notebook and as text elsewhere; all of it comes from the ledger."""

    def _repr_html_(self) -> str:
        names = ("chapter", "paper", "question", "the authors' claims")
        heads = "".join(f'<th scope="col">{name}</th>' for name in names)
        body = "".join(_row(p) for p in papers())
        return (
            '<table class="circles-papers"><caption>The six papers, and the verdicts on their claims</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __repr__(self) -> str:
        return "\n".join(f"{_chapter(p)}  {_authors(p):<50} {', '.join(_verdicts(p).values())}" for p in papers())


def _chapter(paper: Paper) -> int:
    return int(paper.chapter.partition("_")[0])


def _authors(paper: Paper) -> str:
    return f"{paper.authors} ({paper.year})"


def _verdicts(paper: Paper) -> dict[str, str]:
    """The verdicts that claims of the authors have, and how many: "reproduced": "3 reproduced"."""
    return {verdict: f"{n} {verdict}" for verdict, n in counted([paper], THEIRS).items() if n}


def _row(paper: Paper) -> str:
    badges = " ".join(
        f'<span class="circles-verdict {css_class(verdict)}">{words}</span>'
        for verdict, words in _verdicts(paper).items()
    )
    return (
        f'<tr><th scope="row"><a href="{chapter_address(paper.chapter)}">Chapter {_chapter(paper)}</a></th>'
        f'<td>{html.escape(_authors(paper))}. <a href="{paper.address}">{html.escape(paper.title)}</a></td>'
        f"<td>{html.escape(paper.question)}</td><td>{badges}</td></tr>"
    )
