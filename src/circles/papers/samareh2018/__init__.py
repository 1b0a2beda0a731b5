"""Samareh and Parizi 2018: is the stochastic gradient method on random Fourier features stable? Studies and frames."""

from circles.papers.samareh2018 import evidence, found, frames, measures
from circles.papers.samareh2018.approximation import FeatureStudy
from circles.papers.samareh2018.gaps import GapStudy
from circles.papers.samareh2018.twins import TwinStudy, WorstStudy

__all__ = ["FeatureStudy", "GapStudy", "TwinStudy", "WorstStudy", "evidence", "found", "frames", "measures"]
