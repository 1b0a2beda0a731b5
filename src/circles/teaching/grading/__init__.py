"""Grading a course: a student's code runs in a confined process, and its answers are judged in another."""
