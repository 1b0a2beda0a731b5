"""Heat on a manifold: Brownian motion's exact law, its divergence from uniform, and the law of the random walk.

Time is that of Brownian motion: the heat equation is dp/dt = (1/2) Laplacian p, so that in R^d the law at time t is
normal with variance t in each direction.
"""

from circles.foundations.heat.density import log_kernel
from circles.foundations.heat.divergence import kl_expansion, kl_uniform
from circles.foundations.heat.radial import Radial, radial
from circles.foundations.heat.walk_law import WalkLaw, walk_law

__all__ = ["Radial", "WalkLaw", "kl_expansion", "kl_uniform", "log_kernel", "radial", "walk_law"]
