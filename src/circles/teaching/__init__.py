"""For teachers: checks that explain in words, students' notebooks, the grading of a course, the teaching page."""

from circles.teaching.check import NotYet, check, require

__all__ = ["NotYet", "check", "require"]
