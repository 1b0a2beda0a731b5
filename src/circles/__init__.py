"""Learning in Circles: six papers about networks and kernels that learn a circle, replicated."""

__version__ = "0.2.0"
