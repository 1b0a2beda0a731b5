"""Samareh and Parizi 2018: is the stochastic gradient method on random Fourier features stable? Studies and frames."""

from circles.experiments.samareh2018.studies import FeatureStudy, GapStudy, TwinStudy, WorstStudy

__all__ = ["FeatureStudy", "GapStudy", "TwinStudy", "WorstStudy"]
