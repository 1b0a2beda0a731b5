"""Hashimoto, Ikeda, Kadri 2023, "Learning in RKHM": kernels with values in a C*-algebra."""

from circles.papers.hashimoto2023 import (
    axioms,
    costs,
    denoising,
    denoising_frames,
    denoising_runs,
    evidence,
    found,
    frames,
    interaction,
    synthetic,
)

__all__ = [
    "axioms",
    "costs",
    "denoising",
    "denoising_frames",
    "denoising_runs",
    "evidence",
    "found",
    "frames",
    "interaction",
    "synthetic",
]
