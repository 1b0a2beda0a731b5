"""Charts of tidy frames: each returns a Figure with a text description and a caption.

The forms are ``rows``, ``lines``, ``settings``, ``phased``, ``bars``, ``heat``, ``plane`` and those that a reader moves; what an axis
measures is a ``Quantity``. A file a chapter (``numbers``, ``grokking``, ``quantized``, ``kernels``, ``manifolds``, ``primer``)
names the figures that the chapter shows.
"""

from circles.figures.clock import clock
from circles.figures.frames import FigureError, thin
from circles.figures.show import Figure

__all__ = ["Figure", "FigureError", "clock", "thin"]
