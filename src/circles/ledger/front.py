"""The six papers of the book in one table, with how many of the authors' claims have each verdict."""

from __future__ import annotations

import html
from dataclasses import dataclass

from circles.ledger.checks import Paper, css_class, papers
from circles.ledger.citation import chapter_address
from circles.ledger.kinds import THEIRS
from circles.ledger.scorecard import counted


@dataclass(frozen=True)
class Planned:
    """A paper that the book sets out to replicate; its claims are in the ledger once its chapter is there."""

    id: str
    chapter: int
    authors: str
    title: str
    address: str
    question: str


SIX = (
    Planned(
        "zhou2024", 1, "Zhou, Fu, Sharan, Jia (2024)",
        "Pre-trained Large Language Models Use Fourier Features to Compute Addition",
        "https://arxiv.org/abs/2406.03445",
        "Do the numbers in a language model lie on circles, and does it add with them?",
    ),
    Planned(
        "nanda2023", 2, "Nanda, Chan, Lieberum, Smith, Steinhardt (2023)",
        "Progress measures for grokking via mechanistic interpretability",
        "https://arxiv.org/abs/2301.05217",
        "A net memorises, and long after that it suddenly adds. What happened in between?",
    ),
    Planned(
        "li2024", 3, "Li (2024)", "Mechanistic Interpretability of Binary and Ternary Transformers",
        "https://arxiv.org/abs/2405.17703",
        "With weights of two or three values, does a net still add on a circle?",
    ),
    Planned(
        "hashimoto2023", 4, "Hashimoto, Ikeda, Kadri (2023)",
        "Learning in RKHM: a C*-Algebraic Twist for Kernel Machines",
        "https://arxiv.org/abs/2210.11855",
        "What does a kernel gain when its values are matrices that turn, not numbers?",
    ),
    Planned(
        "samareh2018", 4, "Samareh, Parizi (2018)",
        "Stability of the Stochastic Gradient Method for an Approximated Large Scale Kernel Machine",
        "https://arxiv.org/abs/1804.08003",
        "Random waves stand in for a kernel: does training on them stay stable?",
    ),
    Planned(
        "rey2020", 5, "Perez Rey, Menkovski, Portegies (2020)", "Diffusion Variational Autoencoders",
        "https://arxiv.org/abs/1901.08991",
        "Give a latent space the shape of the data. Does it find the circles?",
    ),
)  # fmt: skip
LATER = "not in the ledger yet"


class SixPapers:
    """The table of the six papers, as HTML in a notebook and as text elsewhere; counts come from the ledger."""

    def __init__(self) -> None:
        self.known = {p.id: p for p in papers()}

    def _repr_html_(self) -> str:
        names = ("chapter", "paper", "question", "the authors' claims")
        heads = "".join(f'<th scope="col">{name}</th>' for name in names)
        body = "".join(_row(p, self.known.get(p.id)) for p in SIX)
        return (
            '<table class="circles-papers"><caption>The six papers, and the verdicts on their claims</caption>'
            f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __repr__(self) -> str:
        return "\n".join(f"{p.chapter}  {p.authors:<50} {_tally(self.known.get(p.id))}" for p in SIX)


def _tally(found: Paper | None) -> str:
    if found is None:
        return LATER
    return ", ".join(f"{n} {verdict}" for verdict, n in counted([found], THEIRS).items() if n)


def _row(planned: Planned, found: Paper | None) -> str:
    chapter = f"Chapter {planned.chapter}"
    if found is not None:
        chapter = f'<a href="{chapter_address(found.chapter)}">{chapter}</a>'
    badges = LATER
    if found is not None:
        badges = " ".join(
            f'<span class="circles-verdict {css_class(verdict)}">{n} {verdict}</span>'
            for verdict, n in counted([found], THEIRS).items()
            if n
        )
    return (
        f'<tr><th scope="row">{chapter}</th>'
        f'<td>{html.escape(planned.authors)}. <a href="{planned.address}">{html.escape(planned.title)}</a></td>'
        f"<td>{html.escape(planned.question)}</td><td>{badges}</td></tr>"
    )
