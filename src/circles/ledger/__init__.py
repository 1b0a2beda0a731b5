"""What each paper claims, what we accept, and what we found."""

from circles.ledger.cards import headlines
from circles.ledger.checks import Badge, Paper, check, paper, papers
from circles.ledger.claims import Claim
from circles.ledger.endings import ending
from circles.ledger.rules import listed
from circles.ledger.waiting import waiting

__all__ = ["Badge", "Claim", "Paper", "check", "ending", "headlines", "listed", "paper", "papers", "waiting"]
