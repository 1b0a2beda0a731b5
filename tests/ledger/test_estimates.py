"""Estimates from many nets: intervals that cover as often as they say, room to the band, live nets that must fit."""

import numpy as np
import pytest
from scipy import stats

from circles.foundations.errors import LedgerError
from circles.ledger import estimates
from circles.ledger.checks import Paper
from circles.ledger.claims import Claim


def draws(seed=0):
    return np.random.Generator(np.random.PCG64(seed))


def paper(verdict, **accept):
    table = {"id": "rate", "statement": "s", "source": "s", "paper": "p", "why": "w", "tier": "recorded"}
    table |= {"kind": "paper", "setting": "own"}
    claim = Claim.parse(table | {"accept": accept, "verdict": verdict}, "test2030")
    return Paper("test2030", "t", "a", 2030, "v", "c", "https://x", "q?", (claim,))


@pytest.mark.parametrize("chance", [0.5, 0.73, 0.9])
def test_the_interval_of_a_share_covers_the_chance_in_nearly_all_samples(chance):
    found = [estimates.share(draws(i).random(100) < chance, [True]) for i in range(2000)]
    outside = np.mean([not e.low <= chance <= e.high for e in found])
    assert outside < 0.008  # 0.0027 by the normal law; of so few draws it may be three times that


def test_the_interval_of_a_median_covers_it_whatever_the_law_of_the_values():
    law = stats.lognorm(2)
    found = [estimates.median(law.rvs(60, random_state=i), [1.0]) for i in range(2000)]
    assert np.mean([not e.low <= law.median() <= e.high for e in found]) < 0.004


def test_a_share_by_hand():
    found = estimates.share([True] * 73 + [False] * 27, [True, True, False, True, True])
    assert found.value == 0.73 and found.live == "4 of 5" and found.nets == 100
    by_hand = (77.5 - 3 * 21.96**0.5) / 109, (77.5 + 3 * 21.96**0.5) / 109
    assert (found.low, found.high) == pytest.approx(by_hand)
    assert found.words(2) == "0.73 ± 0.04 (100 nets; live 4 of 5)"
    everywhere = estimates.share([True] * 100, [True] * 5)
    assert everywhere.high == pytest.approx(1) and everywhere.low == pytest.approx(100 / 109)


def test_ratio_and_difference_of_medians():
    a, b = draws(1).normal(12, 1, 100), draws(2).normal(4, 0.5, 100)
    found = estimates.ratio(a, b, (a[:5], b[:5]))
    assert found.value == np.median(a) / np.median(b)
    assert found.low < 3 < found.high and found.high - found.low < 0.6
    assert estimates.difference(a, b, (a[:5], b[:5])).value == np.median(a) - np.median(b)


def test_the_interval_of_a_mean_covers_it_in_nearly_all_samples():
    found = [estimates.mean(draws(i).exponential(size=60), [1.0]) for i in range(600)]
    assert np.mean([not e.low <= 1 <= e.high for e in found]) < 0.02  # skewed: Student's law is no exact one here
    few = [estimates.mean(draws(i).normal(1, 2, 5), [1.0]) for i in range(600)]
    assert np.mean([not e.low <= 1 <= e.high for e in few]) < 0.012  # and here it is


def test_the_interval_of_a_ratio_of_means_covers_it_and_uses_the_pairs():
    def pairs(i, n=40):
        luck = draws(i).gamma(4, 0.25, n)  # both errors share a draw's luck
        own = draws(10_000 + i).normal(0, 0.1, (2, n))
        return 0.7 * luck + own[0], luck + own[1]

    found = [estimates.ratio_of_means(*pairs(i), live=([0.7], [1.0])) for i in range(600)]
    assert np.mean([not e.low <= 0.7 <= e.high for e in found]) < 0.012
    a, b = pairs(0)
    assert found[0].value == a.mean() / b.mean() and found[0].words(2).endswith("(40 draws; live 0.7)")
    apart = estimates.ratio_of_means(a, b[::-1], live=([0.7], [1.0]))
    assert apart.error > 1.5 * found[0].error


def test_the_ends_of_a_ratio_of_means_are_where_the_mean_difference_is_at_its_reach():
    a, b = draws(1).normal(3, 1, 30), draws(2).normal(2, 0.5, 30)
    found = estimates.ratio_of_means(a, b, live=(a[:5], b[:5]))
    for end in (found.low, found.high):
        assert stats.ttest_1samp(a - end * b, 0).pvalue == pytest.approx(2 * estimates.TAIL, rel=1e-6)


def test_means_that_give_no_interval_are_refused():
    with pytest.raises(LedgerError, match="a mean of 1 draws has no interval, expected two or more"):
        estimates.mean([1.0], [1.0])
    with pytest.raises(LedgerError, match="a ratio has 3 values over 2, expected pairs"):
        estimates.ratio_of_means([1, 2, 3], [1, 2], live=([1], [1]))
    with pytest.raises(LedgerError, match="the mean below is 0.333 of 3 draws, expected three standard errors from 0"):
        estimates.ratio_of_means([1, 2, 3], [-1, 2, 0], live=([1], [1]))


def test_a_verdict_that_three_standard_errors_would_turn_is_refused():
    nets, live = [True] * 73 + [False] * 27, [True, False, True, True, True]
    assert paper("reproduced", min=0.5).check("rate", estimates.share(nets, live)).verdict == "reproduced"
    for value in (estimates.share(nets, live), {"a": estimates.share(nets, live)}, [estimates.share(nets, live)]):
        with pytest.raises(LedgerError, match=r"test2030/rate: .*0.73 ± 0.04 .* has no room: .* 0.58.*gives 'not"):
            paper("reproduced", min=0.7).check("rate", value)


def test_the_high_end_must_have_room_too():
    found = estimates.share([True] * 73 + [False] * 27, [True, False, True, True, True])
    assert found.high == pytest.approx((77.5 + 3 * 21.96**0.5) / 109)  # 0.84
    assert paper("reproduced", max=0.9).check("rate", found).verdict == "reproduced"
    with pytest.raises(LedgerError, match=r"has no room: three standard errors away, at 0.8399.*gives 'not"):
        paper("reproduced", max=0.8).check("rate", found)


def test_live_nets_that_do_not_look_like_the_recorded_ones_are_refused():
    nets = [True] * 95 + [False] * 5
    assert paper("reproduced", min=0.5).check("rate", estimates.share(nets, [True, True, False, True, True]))
    with pytest.raises(LedgerError, match="do not look like the recorded ones: .*live 0 of 5.*would give 'not rep"):
        paper("reproduced", min=0.5).check("rate", estimates.share(nets, [False] * 5))
    same = estimates.median(np.linspace(1, 1.001, 100), [1.1] * 5)  # unlike them, but of one verdict
    assert same.fits < estimates.STRANGE and paper("reproduced", min=0.5).check("rate", same)
    values = draws(3).normal(size=100)
    with pytest.raises(LedgerError, match="do not look like"):
        paper("reproduced", max=1).check("rate", estimates.median(values, [9.0, 8.0, 9.5, 8.5, 9.1]))


@pytest.mark.parametrize("count", [1, 3])
def test_one_live_net_is_held_against_the_spread_of_the_others(count):
    values = draws(4).normal(5, 1, 25)
    assert estimates.median(values, [6.5] * count).fits > estimates.STRANGE
    assert estimates.median(values, [11.0] * count).fits < estimates.STRANGE
    found = [estimates.median(draws(i).normal(size=25), draws(-i - 1 + 10**6).normal(size=count)) for i in range(2000)]
    assert np.mean([e.fits < 0.05 for e in found]) == pytest.approx(0.05, abs=0.015)


def test_nets_that_give_no_interval_are_refused():
    with pytest.raises(LedgerError, match="a median of 9 nets has no interval of three standard errors, expected 11"):
        estimates.median([1.0] * 9, [1.0])
    with pytest.raises(LedgerError, match="live nets are .*expected one number a net"):
        estimates.share([True], [])
    with pytest.raises(LedgerError, match="nets are .*nan"):
        estimates.median([float("nan")] * 20, [1.0])


def test_a_few_nets_have_a_range_and_no_interval():
    found = estimates.few([0.71, 0.79, 0.76], 0.75)
    assert found.value == found.low == found.high == 0.76
    assert found.words(2) == "0.76 (3 nets: 0.71 to 0.79; live 0.75)" and found.fits > 0.5
    assert estimates.few([0.98, 0.985, 0.99], 0.2).fits < estimates.STRANGE
    assert estimates.few([1e5, 1e6, 3e5], 1e4).fits > estimates.STRANGE  # by their logarithms


def test_of_truth_values_all_must_be_true():
    assert estimates.few([True, True], True).words(3) == "yes (all 2 nets; live yes)"
    assert estimates.few([True, False], False).value is False
    assert estimates.few([True, False], True).fits == estimates.few([True, True], True).fits == 1


def test_where_nets_have_one_value_the_odd_one_is_the_live_one_by_chance():
    """Three nets that say 2 do not make 2.25 strange, a thousand do."""
    assert estimates.few([2.0, 2.0, 2.0], 2.25).fits == estimates.few([True] * 3, False).fits == 0.25
    assert estimates.few([2.0, 2.0, 2.0], 2.0).fits == 1
    assert estimates.few([2.0] * 1000, 2.25).fits < estimates.STRANGE


def test_a_live_net_that_a_claim_is_not_about_is_not_held_against_the_others():
    found = estimates.few([0.71, 0.79, 0.76], None)
    assert found.words(2) == "0.76 (3 nets: 0.71 to 0.79)" and found.now == 0.76
    assert paper("reproduced", min=0.7).check("rate", found)
    assert estimates.few([True, True], None).words(3) == "yes (all 2 nets)"


def test_the_chance_of_a_greater_value_by_counting_pairs():
    a, b = draws(7).normal(1, 1, 40), draws(8).normal(0, 2, 60)
    found = estimates.ahead(a, b, (a[:5], b[:5]))
    assert found.value == np.mean([[x > y for y in b] for x in a])
    assert found.low < found.value < found.high
    assert estimates.ahead([1, 2], [2, 3], ([1], [2])).value == 0.125
    assert estimates.ahead(a + 100, b, (a[:5], b[:5])).high == 1


def test_the_interval_of_that_chance_covers_it():
    true = stats.norm.cdf(1 / 5**0.5)
    samples = [(draws(i).normal(1, 1, 60), draws(i + 10**6).normal(0, 2, 60)) for i in range(150)]
    found = [estimates.ahead(a, b, (a[:5], b[:5])) for a, b in samples]
    assert sum(not e.low <= true <= e.high for e in found) <= 3
