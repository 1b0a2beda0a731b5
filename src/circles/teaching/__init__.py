"""What otter-grader lacks: checks that explain in words, and the way from a chapter to a handout."""

from circles.teaching.check import NotYet, check, require

__all__ = ["NotYet", "check", "require"]
