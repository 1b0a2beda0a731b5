"""Checks of Chapter 2's exercises on trained nets: each rule raises NotYet and says why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Generator, Tensor

from circles.analysis import losses, readout
from circles.analysis.progress import excluded_loss, restricted_loss
from circles.foundations import fourier
from circles.teaching import cases, nets, trained
from circles.teaching.answers import array, close, integer, members, number, off, pair
from circles.teaching.check import NotYet


def key_frequencies(answer: Callable[[dict[str, Tensor]], Any], *, draw: Generator) -> None:
    """frequencies(weights): the key frequencies of a trained net that nobody has seen."""
    for seed, times in ((4, 17), *((s, cases.integer(2, trained.P - 2, draw=draw)) for s in trained.GROKKED)):
        weights = trained.adder(seed, times)
        right = set(trained.keys(seed, times))
        said = members(answer(dict(weights)), "frequencies", "a list of frequencies")
        got = [integer(k, "frequencies") for k in said]
        if odd := [k for k in got if not 1 <= k <= trained.P // 2]:
            raise NotYet(f"you find {odd[0]}, expected frequencies from 1 to {trained.P // 2}")
        if len(got) != len(set(got)):
            raise NotYet(f"you find {sorted(got)}: each frequency once")
        if set(got) == right:
            continue
        size = trained.bands(trained.readout(weights))
        if missing := sorted(right - set(got)):
            k = missing[0]
            raise NotYet(
                f"for one net you find {sorted(got)}, but its readout has {float(size[k]):.0%} of its largest band at "
                f"{k}: do you start at 1, and count cosine and sine together?"
            )
        k = sorted(set(got) - right)[0]
        raise NotYet(
            f"for one net you find {sorted(got)}, but {k} has {float(size[k]):.1%} of the largest band in the readout "
            "W_L: what the embedding carries, the readout need not use"
        )


def without(answer: Callable[[Tensor, int], Any], *, draw: Generator) -> None:
    """without(W_E, k): the embedding [p+1, d] without the wave k over the numbers; the row of = is no number."""
    seed, times = trained.drawn(draw)
    cases_of = [(trained.adder(4)["W_E"], trained.keys(4)[0]), (trained.adder(4)["W_E"], 30)]
    cases_of += [(trained.adder(seed, times)["W_E"], k) for k in trained.keys(seed, times)[:2]]
    cases_of += [(cases.noise(14, 5, draw=draw), cases.integer(1, 6, draw=draw))]
    for W, k in cases_of:
        p, kept = len(W) - 1, W.clone()
        got = array(answer(kept, k), tuple(W.shape), f"without(W_E, {k})")
        if off(kept, W):
            raise NotYet("without changes the W_E that it is given: the net would be lost, return a new one")
        if off(got[-1], W[-1]):
            raise NotYet("the row of = has changed: it stands behind the numbers 0 to p-1 and is no number")
        c = fourier.transform(W[:-1], 0)
        found = fourier.bands(fourier.transform(got[:-1], 0).norm(dim=1))
        before = fourier.bands(c.norm(dim=1))
        if float(found[k]) > 1e-4 * float(before[k]):
            half = fourier.transform(got[:-1], 0).norm(dim=1)[2 * k - 1 : 2 * k + 1]
            what = "its sine is still there" if half[0] < half[1] / 100 else "its cosine is still there"
            both = "it has the wave still" if half.min() > float(before[k]) / 100 else what
            raise NotYet(f"W_E without {k}: {both}, {float(found[k] / before[k]):.0%} of it")
        c[2 * k - 1 : 2 * k + 1] = 0
        if gap := off(got[:-1], fourier.inverse(c, 0)):
            mean = "the mean number has gone too: " if off(got[:-1].mean(0), W[:-1].mean(0)) else ""
            raise NotYet(f"W_E without {k} of p = {p} is off by {gap:.3g}: {mean}take away two waves and nothing else")


def two_directions(fit: Callable[..., Any], explained: Callable[..., Any], *, draw: Generator) -> None:
    """fit(W_L, k) is u_k, v_k in neuron space; explained(x, k) the share of x's variance in cos(w_k(a+b))."""
    for seed, times in ((4, 1), trained.drawn(draw)):
        weights = trained.adder(seed, times)
        W_L, mlp = trained.readout(weights), trained.neurons(weights)
        for k in trained.keys(seed, times)[:2]:
            want = readout.directions(W_L, (k,))[0]
            found = pair(fit(W_L, k), f"fit(W_L, {k})", "the two directions u_k and v_k")
            for name, x, true in zip("uv", found, want, strict=True):
                got = array(x, (W_L.shape[1],), f"fit(W_L, {k}): {name}_k")
                if gap := off(got, true):
                    scale = float((got * true).sum() / true.square().sum())
                    why = "project W_L on the wave over its classes"
                    if not off(got, scale * true):
                        why = f"it is {scale:.3g} times as long as it should be: the waves are unit vectors"
                    raise NotYet(f"{name}_{k} is off by {gap:.3g}: {why}")
            read = mlp @ want[0]
            _explains(explained, read, k, readout.direction_variance(mlp, W_L, (k,))[0, 0].item())
    p = 11
    x = cases.noise(p * p, draw=draw) + 3
    wave = fourier.sum_directions(p, 4)[0]
    true = float((x @ wave) ** 2 / (x - x.mean()).square().sum())
    _explains(explained, x, 4, true)


def _explains(answer: Callable[..., Any], x: Tensor, k: int, true: float) -> None:
    got = number(answer(x, k), f"explained(x, {k})")
    if not close(got, true):
        why = "the wave's share of the sum of squares about the mean"
        if close(got**2, true) or close(got, true**0.5):
            why = "variance is a square: you have its root"
        raise NotYet(f"explained(x, {k}) gives {got:.4g}, not {true:.4g}: {why}")


def progress(answer: Callable[..., Any], *, draw: Generator) -> None:
    """curves(logits, ks, train): restricted loss over all pairs and excluded loss over train, of each snapshot."""
    from circles.teaching import snapshots

    times = cases.integer(2, snapshots.P - 2, draw=draw)
    for factor, chosen in ((1, slice(None)), (times, slice(cases.integer(0, 3, draw=draw), None, 3))):
        made = snapshots.logits(factor)[chosen]
        ks, train = snapshots.keys(factor), snapshots.train(factor)
        found = pair(answer(list(made), ks, train), "curves", "two lists, restricted and excluded losses")
        both = [array(x, (len(made),), f"curves: the {n}") for n, x in zip(("first", "second"), found, strict=True)]
        restricted = torch.tensor([restricted_loss(x, ks) for x in made])
        excluded = torch.tensor([excluded_loss(x, ks, train) for x in made])
        on_train = torch.tensor([restricted_loss(x, ks, train) for x in made])
        on_all = torch.tensor([excluded_loss(x, ks) for x in made])
        _agrees(both[0], restricted, on_train, "restricted", "that is over the training pairs: it is measured on all")
        _agrees(both[1], excluded, on_all, "excluded", "that is over all pairs: it is measured on the training pairs")


def _agrees(got: Tensor, want: Tensor, slip: Tensor, name: str, slipped: str) -> None:
    wrong = ~_near(got, want)
    if wrong.any():
        i = int(wrong.nonzero()[0])
        why = "project each class's logit on both unit waves of each key frequency, then keep or take away"
        if _near(got, slip).all():
            why = slipped
        raise NotYet(f"the {name} loss of snapshot {i} is {float(got[i]):.4g}, not {float(want[i]):.4g}: {why}")


def _near(got: Tensor, want: Tensor) -> Tensor:
    return (got - want).abs() <= 1e-4 * (1 + want.abs())


def by_hand(answer: Callable[..., Any], clean_share: Callable[..., Any], *, draw: Generator) -> None:
    """by_hand(p, ks): weights of the trained net's kind that add; clean_share(logits, ks): the share of clean waves."""
    size = cases.prime(31, draw=draw)
    drawn = (size, cases.some(3, 1, size // 2, draw=draw))
    for p, ks in ((7, (1,)), (15, (3, 5)), drawn, (113, (14, 35, 41, 52))):
        logits = _of_net(answer(p, ks), p, ks)
        a, b = torch.arange(p * p) // p, torch.arange(p * p) % p
        wrong = (logits.argmax(-1) != (a + b) % p).nonzero().flatten()
        if len(wrong):
            i = int(wrong[0])
            raise NotYet(
                f"for p = {p}, ks = {ks} your net is right on {1 - len(wrong) / p**2:.1%} of the pairs; {int(a[i])} + "
                f"{int(b[i])} gives {int(logits[i].argmax())}. Look at one frequency and one pair first"
            )
        nets.waves_are(logits, p, ks)
        _share(clean_share, logits, ks)
    seed, times = trained.drawn(draw)
    _share(clean_share, trained.logits(trained.adder(seed, times)), trained.keys(seed, times))


def _of_net(net: Any, p: int, ks: Sequence[int]) -> Tensor:
    """The logits of a net that was set by hand, once its shapes are those of the paper's net."""
    call = f"by_hand({p}, {ks})"
    names = set(trained.ModularSpec().shapes())
    if not isinstance(net, dict) or set(net) != names:
        raise NotYet(f"{call} gives no dict with exactly the weights {', '.join(sorted(names))}")
    heads, width, _ = array(net["W_Q"], (None, None, None), f"{call}: W_Q").shape
    neurons = array(net["W_in"], (width, None), f"{call}: W_in").shape[1]
    if not heads or not width or not neurons or width % heads:
        raise NotYet(f"{call}: {heads} heads share a width of {width}, expected a multiple of the heads")
    spec = trained.ModularSpec(p=p, d_model=width, n_heads=heads, d_mlp=neurons)
    whole = {name: array(net[name], shape, f"{call}: {name}") for name, shape in spec.shapes().items()}
    return trained.logits(whole)


def _share(answer: Callable[..., Any], logits: Tensor, ks: Sequence[int]) -> None:
    call = f"clean_share(logits, {tuple(ks)})"
    got, true = number(answer(logits, ks), call), readout.fit_logits(logits, ks).explained
    if not close(got, true, 1e-5):
        why = "sum alpha_k^2 times the squared norm of each wave cos(w_k(a+b-c)), over the squares about the mean"
        raise NotYet(f"{call} gives {got:.4g}, not {true:.4g}: {why}")


def loss(weights: dict[str, Tensor]) -> float:
    """The loss of a net over all pairs, in nats."""
    return losses.loss(trained.logits(weights))
