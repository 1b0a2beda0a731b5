"""Chapter 2's exercises: what the stubs are told, and wrong answers."""

from __future__ import annotations

from collections.abc import Callable

import torch

from circles.foundations import fourier
from circles.teaching import nets, waves
from exercises import run

# What each check says of its stub: the words that tell a reader what to do.
STUB_SAYS = {
    "alias": "expected a whole number from 0 to p//2 = 3",
    "gini": "one of 5 holds all, but it is one of the 5",
    "losses": "expected the word low or high",
    "coefficients": "the basis rows carry sqrt(2/p) each",
    "sharp": "leave out d = 0",
    "attention": "the query is that of the token = at position 2",
    "decay": "differentiate log sum_d exp(s f(d))",
    "addition": "for p = 7 your net is right on 14% of the pairs; 0 + 1 gives 0",
    "split": "project each column",
    "keys": "these frequencies hold nearly everything",
}
LEAST = {"all": 7}


def wrong_sign(p: int, ks: tuple[int, ...]) -> dict[str, torch.Tensor]:
    net = run("02_exercises", "addition", "solution")["addition_net"](p, ks)
    n = len(ks)
    net["W_L"] = torch.cat([net["W_L"][:n], -net["W_L"][n : 2 * n], net["W_L"][2 * n : 3 * n], -net["W_L"][3 * n :]])
    return net


def margin(p: int, ks: tuple[int, ...]) -> torch.Tensor:
    f = waves.clean_logits(p, ks)
    return f[0] - f[1:].max()


def by_rule(rule: Callable[[torch.Tensor], torch.Tensor], bands: bool = True) -> Callable[[torch.Tensor], list[int]]:
    """A wrong answer to exercise 10: the frequencies that this rule takes, of bands or of the larger coefficient."""

    def found(W: torch.Tensor) -> list[int]:
        rows = fourier.transform(W, 0).norm(dim=1)
        sizes = fourier.bands(rows)[1:] if bands else torch.maximum(rows[1::2], rows[2::2])
        return [k + 1 for k, taken in enumerate(rule(sizes)) if taken]

    return found


TOLD = [
    (waves.key_frequencies, [by_rule(lambda b: b > b.max() / 2)], "above a quarter of the largest"),
    (waves.key_frequencies, [by_rule(lambda b: b**2 > b.max() ** 2 / 4)], "compare no squares"),
    (waves.key_frequencies, [by_rule(lambda b: b > 0.12 * b.max())], "below a quarter of the largest"),
    (waves.key_frequencies, [by_rule(lambda b: b > b.max() / 4, bands=False)], "compare bands"),
    (waves.alias, [lambda k, p: k % p // 2], "they are not the same wave"),
    (waves.alias, [lambda k, p: None], "gives None, expected a number"),
    (waves.alias, [lambda k, p: 1 // 0], "your code stopped with ZeroDivisionError"),
    (waves.coefficients, [lambda p: dict(zip(waves.PAIRS, (p / 2, p / 2, 0, 0), strict=True))], "the sign is not"),
    (waves.coefficients, [lambda p: None], "expected a dict with the keys cos cos, sin sin"),
    (waves.gini, [lambda n, m: m / n], "average |x_i - x_j|"),
    (nets.addition_net, [wrong_sign], "your net computes a - b: look at a sign"),
    (nets.split, [lambda logits, ks: None], "expected a pair of tensors"),
    (nets.two_losses, [{("memoriser", "restricted"): "low"}], "only the key waves are kept"),
    # One frequency is not enough when it shares a divisor with p.
    (waves.sharp_argmax, [margin, lambda p, ks: True], "sharp(4, (2,)) says True, but the answer a + b - 2"),
]
