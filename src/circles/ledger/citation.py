"""How to cite one claim: a sentence that says what was claimed and found, and an entry for BibTeX."""

from __future__ import annotations

import circles
from circles.ledger.checks import named, ours, paper
from circles.ledger.kinds import NOT_RUN

ADDRESS = "https://github.com/learning-in-circles/learning-in-circles"  # stamped by `make address`


def chapter_address(chapter: str) -> str:
    """Where a chapter's notebook opens from anywhere: in Colab, which reads it from the repository."""
    owner_and_name = ADDRESS.removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{owner_and_name}/blob/main/chapters/{chapter}.ipynb"


def citation(name: str) -> str:
    """The citation of ``paper/claim``. Raises LedgerError for another name, offering the nearest."""
    claim = named(name)
    about = paper(claim.paper_id)
    found = "not run" if claim.verdict == NOT_RUN else f"ours {ours().get(claim.name, 'not yet recorded')}"
    sentence = (
        f"The Learning in Circles contributors. Learning in Circles, version {circles.__version__}, "
        f"claim {claim.name}: {claim.statement} "
        f"Paper ({about.authors} {about.year}, {about.version}; {claim.source}): {claim.paper}; {found}; "
        f"band: {claim.band}; verdict: {claim.verdict}. {ADDRESS}"
    )
    entry = "\n".join(
        [
            f"@misc{{circles:{claim.paper_id}:{claim.id},",
            "  author = {{The Learning in Circles contributors}},",
            f"  title  = {{Learning in Circles, claim {claim.name}: {claim.verdict}}},",
            f"  note   = {{version {circles.__version__}; give the commit as well}},",
            f"  url    = {{{ADDRESS}}},",
            "}",
        ]
    )
    return f"{sentence}\n\n{entry}"
