"""What each paper claims, what we accept, and what we found."""

from circles.ledger.checks import Badge, Paper, check, paper, papers
from circles.ledger.claims import Claim

__all__ = ["Badge", "Claim", "Paper", "check", "paper", "papers"]
