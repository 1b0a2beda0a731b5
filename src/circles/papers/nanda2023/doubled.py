"""What stands in the embedding and not in the readout: frequencies that are twice a key frequency, and of use."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from circles.analysis import losses, number_spectrum, spectra
from circles.models import modular
from circles.papers.nanda2023.net import Net


def twice(k: int, p: int) -> int:
    """The frequency 0 ... p//2 whose waves on Z_p are those of 2k."""
    return min(2 * k % p, -2 * k % p)


def without(net: Net, k: int) -> float:
    """Test loss in nats with the cosine and the sine of frequency k taken out of W_E [p d]."""
    W_E = net.weights["W_E"].clone()  # [1 p+1 d], the last row for =
    W_E[0, :-1] = number_spectrum.without(net.W_E.double(), [k])
    return losses.loss(modular.activations(dict(net.weights) | {"W_E": W_E}, net.spec)["logits"][0], net.test)


def beyond_readout(nets: Mapping[int, Net]) -> pd.DataFrame:
    """The largest frequency of W_E that is no key frequency, and the largest that is not twice one either.

    seed; frequency; ``size``: its norm in W_E over the largest; ``stands_out``: whether the rule for key frequencies
    takes it; ``twice``: the key frequency that it doubles, 0 for none; ``times``: test loss without it in W_E over the
    net's.
    """
    rows = []
    for seed, net in sorted(nets.items()):
        size = spectra.spectrum(net.W_E)
        doubles = {twice(k, net.p): k for k in net.keys}
        others = [k for k in (size.argsort(descending=True) + 1).tolist() if k not in net.keys]
        control = next(k for k in others if k not in doubles)
        rows += [
            (
                seed, k, (size[k - 1] / size.max()).item(), k in net.three_rules["embedding"], doubles.get(k, 0),
                without(net, k) / net.loss,
            )
            for k in dict.fromkeys((others[0], control))
        ]  # fmt: skip
    return pd.DataFrame(rows, columns=["seed", "frequency", "size", "stands_out", "twice", "times"])
