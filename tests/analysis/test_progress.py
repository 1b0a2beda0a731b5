"""Losses, progress measures, ablations and phases against ideal nets and dense projections."""

import math

import numpy as np
import pytest
import torch

from circles.analysis import ablations, clusters, losses, null_space, phases, progress
from circles.foundations.errors import ConfigError, ShapeError

P, KEYS = 17, (3, 7)


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def cos(k, s, phase=0.0, p=P):
    return (2 * math.pi * k * s.double() / p + phase).cos()


A = torch.arange(P).repeat_interleave(P)
B = torch.arange(P).repeat(P)
C = torch.arange(P)
ANSWER = (A + B) % P
IDEAL = sum(9 * cos(k, (A + B).unsqueeze(1) - C) for k in KEYS)


def entropy(logits):
    return torch.nn.functional.cross_entropy(logits, ANSWER).item()


def test_loss_and_accuracy():
    logits = noise(P * P, P)
    assert abs(losses.loss(logits) - entropy(logits)) < 1e-12
    some = torch.tensor([0, 5, 9])
    reference = torch.nn.functional.cross_entropy(logits[some], ANSWER[some]).item()
    assert abs(losses.loss(logits, some) - reference) < 1e-12
    assert losses.accuracy(IDEAL) == 1.0
    assert losses.accuracy(-IDEAL) == 0.0


@pytest.mark.parametrize("gap", [5.0, 30.0, 60.0, 300.0])
def test_tiny_losses_keep_their_digits(gap):
    logits = torch.zeros(P * P, P)
    logits[torch.arange(P * P), ANSWER] = gap
    exact = math.log1p((P - 1) * math.exp(-gap))
    assert abs(losses.loss(logits) / exact - 1) < 1e-12


def test_shapes_are_refused_by_name():
    with pytest.raises(ShapeError, match="there are 7 rows, expected p\\^2"):
        losses.loss(noise(7, 3))
    with pytest.raises(ShapeError, match=r"logits have shape \(9, 4\), expected \(p\^2, p\)"):
        losses.loss(noise(9, 4))
    for other in ("both", "waves"):
        with pytest.raises(ConfigError, match=f"terms is {other!r}, expected 'sums' or 'products'"):
            progress.wave_space(P, KEYS, other)


def dense_project(x, design):
    """On the span of the design's columns, of which some may be others again."""
    left, size, _ = torch.linalg.svd(design, full_matrices=False)
    basis = left[:, size > 1e-9 * size[0]]
    return basis @ (basis.mT @ x)


def sum_design(keys=KEYS):
    return torch.stack([cos(k, A + B, phase) for k in keys for phase in (0, -math.pi / 2)], 1)


def product_design(keys=KEYS):
    phases_ = (0, -math.pi / 2)
    return torch.stack([cos(k, A, f) * cos(k, B, g) for k in keys for f in phases_ for g in phases_], 1)


@pytest.mark.parametrize(("terms", "design"), [("sums", sum_design()), ("products", product_design())])
def test_restricted_and_excluded_are_dense_projections(terms, design):
    logits = IDEAL / 9 + noise(P * P, P) + noise(P, seed=3)
    kept = dense_project(logits, design)
    restricted = progress.restricted_loss(logits, KEYS, terms=terms)
    assert abs(restricted - entropy(kept + logits.mean(0))) < 1e-10
    assert abs(progress.excluded_loss(logits, KEYS, terms=terms) - entropy(logits - kept)) < 1e-10


def test_one_by_one_and_the_ideal_net():
    assert abs(progress.restricted_loss(IDEAL, KEYS) / losses.loss(IDEAL) - 1) < 1e-9
    assert abs(progress.excluded_loss(IDEAL, KEYS) - math.log(P)) < 1e-12
    each = progress.excluded_losses(IDEAL, KEYS)
    for k, other in zip(KEYS, reversed(KEYS), strict=True):
        assert abs(each[k] - entropy(9 * cos(other, (A + B).unsqueeze(1) - C))) < 1e-12
    assert abs(progress.excluded_loss(IDEAL, ()) / losses.loss(IDEAL) - 1) < 1e-9


def test_sums_and_products_agree_on_the_ideal_net_and_the_gap_says_where_not():
    assert progress.restricted_gap(IDEAL, KEYS) < 1e-20
    difference = 9 * cos(3, A - B).unsqueeze(1) * noise(P)
    gap = progress.restricted_gap(IDEAL + difference, KEYS)
    power = difference.square().sum() / (IDEAL + difference).square().sum()
    assert abs(gap - power.item()) < 1e-9


def ideal_net():
    """Neurons that are polynomials of one frequency each, read out so that the logits are cosines."""
    parts, rows = [], []
    for k in KEYS:
        for phase in (0.0, -math.pi / 2):
            parts += [cos(k, A + B, phase) + 2, cos(k, A + B, phase) + cos(k, A - B) + 2]
            rows += [cos(k, C, phase)] * 2
    return torch.stack(parts, 1), 4 * torch.stack(rows, 1), 0.1 * noise(P * P, P)


def test_ablations_of_the_ideal_net():
    mlp, W_L, skip = ideal_net()
    found = clusters.clusters(mlp)
    rows = ablations.table(mlp, W_L, skip, found, KEYS)
    base = entropy(mlp @ W_L.mT + skip)
    same = ("clean", "replace_clustered", "keep_key_components", "onto_directions")
    for name in same:
        assert abs(rows[name] / base - 1) < 1e-9, name
    assert abs(rows["onto_null_space"] - entropy(skip)) < 1e-10
    waves = torch.cat([torch.ones(P * P, 1).double(), sum_design()], 1)
    sums = dense_project(mlp, waves) @ W_L.mT + skip
    assert abs(rows["keep_sum_waves"] - entropy(sums)) < 1e-10
    full = torch.cat([_nine(k) for k in KEYS], 1)
    kept = dense_project(mlp @ W_L.mT + skip, full)
    assert abs(rows["keep_at_logits"] - entropy(kept)) < 1e-10
    for k in KEYS:
        without = mlp - dense_project(mlp, _nine(k)) + mlp.mean(0)
        less = ablations.ablate_frequency(mlp, W_L, skip, k)
        assert abs(less - entropy(without @ W_L.mT + skip)) < 1e-10
        assert less > base


def test_ablations_leave_unclustered_neurons_alone_and_use_the_pairs_given():
    mlp, W_L, skip = ideal_net()
    mlp = torch.cat([mlp, noise(P * P, 3)], 1)
    W_L = torch.cat([W_L, noise(P, 3, seed=5)], 1)
    found = clusters.clusters(mlp)
    assert found.clustered.tolist() == [True] * 8 + [False] * 3
    pairs = torch.arange(0, P * P, 3)
    clean = ablations.clean(mlp, W_L, skip, pairs)
    assert abs(ablations.replace_clustered(mlp, W_L, skip, found, pairs) / clean - 1) < 1e-9
    assert abs(clean - losses.loss(mlp @ W_L.mT + skip, pairs)) < 1e-12


def test_what_the_null_space_knows_is_found_by_holding_one_way_at_a_time():
    mlp, W_L, skip = ideal_net()
    past = skip + 3 * mlp @ W_L.mT
    found = null_space.held(mlp, W_L, past, KEYS)
    assert abs(found[null_space.AS_IT_IS] - ablations.onto_null_space(mlp, W_L, past, KEYS)) < 1e-12
    assert abs(found[null_space.PAST_HELD] - entropy(past.mean(0).expand(P * P, P))) < 1e-10
    assert abs(found[null_space.NEURONS_HELD] - entropy(past)) < 1e-10
    other = torch.stack([cos(9, A + B), cos(9, A + B, -math.pi / 2)], 1)  # a frequency that is not among the keys
    more = torch.cat([mlp, other], 1), torch.cat([W_L, 9 * torch.stack([cos(9, C), cos(9, C, -math.pi / 2)], 1)], 1)
    found = null_space.held(*more, skip, KEYS)
    assert found[null_space.PAST_HELD] < 1 < math.log(P) < found[null_space.NEURONS_HELD]
    assert abs(found[null_space.NEURONS_ALONE] - found[null_space.PAST_HELD]) < 0.1


def test_the_loss_is_of_the_pairs_given_and_what_is_held_is_the_mean_over_all():
    mlp, W_L, past, pairs = noise(P * P, 6), noise(P, 6, seed=1), noise(P * P, P, seed=2), torch.arange(0, 40, 3)
    read = torch.stack([cos(k, C, phase) @ W_L for k in KEYS[:1] for phase in (0, -math.pi / 2)], 1)
    rest = (mlp - dense_project(mlp.mT, read).mT) @ W_L.mT
    logits = {
        null_space.AS_IT_IS: rest + past,
        null_space.PAST_HELD: rest + past.mean(0),
        null_space.NEURONS_HELD: rest.mean(0) + past,
        null_space.NEURONS_ALONE: rest - rest.mean(0),
    }
    found = null_space.held(mlp, W_L, past, KEYS[:1], pairs)
    for way, z in logits.items():
        assert abs(found[way] - torch.nn.functional.cross_entropy(z[pairs], ANSWER[pairs]).item()) < 1e-10, way
    about = mlp.mean(0) + dense_project((mlp - mlp.mean(0)).mT, read).mT
    want = torch.nn.functional.cross_entropy((about @ W_L.mT + past)[pairs], ANSWER[pairs]).item()
    assert abs(null_space.onto_directions_about_mean(mlp, W_L, past, KEYS[:1], pairs) - want) < 1e-10


def test_a_neuron_that_is_the_same_for_every_pair_says_nothing_alone():
    mlp, W_L, past = noise(P * P, 6), noise(P, 6, seed=1), noise(P * P, P, seed=2)
    loud = torch.cat([mlp, torch.ones(P * P, 1).double()], 1), torch.cat([W_L, 30 * cos(9, C)[:, None]], 1)
    without, with_it = (null_space.held(*net, past, KEYS[:1]) for net in ((mlp, W_L), loud))
    assert abs(with_it[null_space.NEURONS_ALONE] - without[null_space.NEURONS_ALONE]) < 1e-10
    assert with_it[null_space.PAST_HELD] > without[null_space.PAST_HELD] + 5


def test_the_mean_that_is_left_in_place_reaches_the_logits():
    mlp, W_L, skip = ideal_net()
    bias = torch.cat([mlp, torch.ones(P * P, 1).double()], 1), torch.cat([W_L, 5 * cos(9, C)[:, None]], 1)
    clean, kept = ablations.clean(*bias, skip), null_space.onto_directions_about_mean(*bias, skip, KEYS)
    assert abs(kept / clean - 1) < 1e-9 and abs(ablations.onto_directions(*bias, skip, KEYS) / clean - 1) > 1e-3


def _nine(k):
    factors = [torch.ones(P).double(), cos(k, C), cos(k, C, -math.pi / 2)]
    return torch.stack([torch.outer(f, g).flatten() for f in factors for g in factors], 1)


EPOCHS = np.arange(0, 20001, 100)


def grokking_curves(memorised=1400, formed=9400, cleaned=14000, ripple=0.0):
    """Log losses made of straight pieces, with ripples and a spike."""
    wiggle = ripple * np.sin(EPOCHS * 0.7)
    test = np.interp(EPOCHS, [0, 700, formed, cleaned, 20000], [1.55, 3.0, 2.9, -15.0, -15.3])
    excluded = np.interp(EPOCHS, [0, memorised, cleaned, 20000], [1.55, -6.0, 2.0, 2.1])
    test[50] += 3.0  # a spike of the optimiser
    excluded[30] -= 9.0
    return np.exp(test + wiggle), np.exp(excluded + wiggle)


@pytest.mark.parametrize("ripple", [0.0, 0.1])
@pytest.mark.parametrize("ends", [(1400, 9400, 14000), (600, 3000, 7000), (2000, 9000, 11000)])
def test_phases_find_the_corners_put_in(ends, ripple):
    found = phases.phases(EPOCHS, *grokking_curves(*ends, ripple=ripple))
    assert np.abs(np.array([found.memorised, found.formed, found.cleaned]) - ends).max() <= 500
    assert list(found.spans) == ["memorisation", "circuit formation", "cleanup"] and found.in_order


def test_phases_of_runs_that_do_not_grok_or_stop_early():
    test, excluded = grokking_curves()
    flat = phases.phases(EPOCHS, np.full(len(EPOCHS), 20.0), excluded)
    assert flat == phases.Phases(None, None, None) and flat.spans == {} and not flat.in_order
    early = phases.phases(EPOCHS[:120], test[:120], excluded[:120])  # in the middle of the fall
    assert early.cleaned is None and abs(early.formed - 9400) <= 300
    assert list(early.spans) == ["memorisation", "circuit formation"] and not early.in_order
    assert not phases.Phases(2000, 1000, 3000).in_order
    assert not phases.Phases(0, 1000, 3000).in_order, "memorisation has no length"
    with pytest.raises(ShapeError, match=r"the curves have \(3, 3, 3\) checkpoints"):
        phases.phases(EPOCHS[:3], test[:3], excluded[:3])


def test_memorisation_ends_at_the_least_excluded_loss_before_cleanup_whatever_comes_after():
    test, excluded = grokking_curves()
    later = excluded * np.exp(np.interp(EPOCHS, [14000, 20000], [0.0, -30.0]))
    assert later[-3] < 0.01 * later[:140].min()
    assert phases.phases(EPOCHS, test, later) == phases.phases(EPOCHS, test, excluded)


@pytest.mark.parametrize("side", ["formed", "cleaned"])
@pytest.mark.parametrize(("bend", "is_one"), [(0.1, True), (0.03, False)])
def test_a_corner_is_a_bend_of_more_than_a_twentieth_of_the_fall(side, bend, is_one):
    fall, sign = 10.0, 1 if side == "formed" else -1
    test = np.interp(EPOCHS, [0, 10000, 20000], [0.0, -fall / 2 + sign * bend * fall, -fall])
    found = phases.phases(EPOCHS, np.exp(test), np.exp(np.linspace(0, -1, len(EPOCHS))))
    other = {"formed": found.cleaned, "cleaned": found.formed}[side]
    assert (getattr(found, side), other) == (10000 if is_one else None, None)


def test_evidence_is_the_ratio_over_each_phase():
    found = phases.Phases(1000, 2000, None)
    falling = np.exp(-EPOCHS / 1000)
    ratios = phases.evidence(found, EPOCHS, restricted=falling)["restricted"]
    assert set(ratios) == {"memorisation", "circuit formation"}
    assert abs(ratios["circuit formation"] - math.exp(-1)) < 1e-12


def test_the_gap_is_a_share_of_the_variance_about_each_classes_mean():
    """By its definition, with dense projections; a constant added to a class's logits changes nothing."""
    logits = noise(P * P, P) + 100 * noise(P, seed=3)
    extra = dense_project(logits, product_design()) - dense_project(logits, sum_design())
    share = (extra.square().sum() / (P * P * logits.var(0, unbiased=False).sum())).item()
    assert abs(progress.restricted_gap(logits, KEYS) / share - 1) < 1e-9
