"""Rows on a smooth curve through the numbers, as training on sums makes them."""

import torch


def steep(n=100, d=20):
    """Each wave is in directions of its own, and smaller than the slower ones."""
    draws = torch.Generator().manual_seed(5)
    k, x = torch.arange(1, n // 2 + 1, dtype=torch.float64), torch.arange(n, dtype=torch.float64)
    angle = 2 * torch.pi * k[:, None] * x / n
    cos, sin = torch.randn(2, len(k), d, dtype=torch.float64, generator=draws) * (-k / 8).exp()[:, None]
    return angle.cos().mT @ cos + angle.sin().mT @ sin
