"""The experiments of the module's chapter: data, selection, bound, the files of MNIST, the theorems measured."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from circles.analysis import rkhm_bound
from circles.foundations.errors import ConfigError
from circles.models.rkhm_kernels import CirculantKernel, Gaussian, Polynomial
from circles.models.rkhm_vector import AuthorsQR
from circles.papers.hashimoto2023 import axioms, data, denoising, evidence, selection, synthetic
from circles.papers.hashimoto2023.many import ManyMixing, ManySynthetic


def worst(x, y):
    return (x - y).abs().max().item()


def test_only_the_released_data_disturb_the_test_targets():
    clean, noisy = (data.authors(3, noisy_test=flag) for flag in (False, True))
    assert worst(clean.x, noisy.x) == worst(clean.y, noisy.y) == 0
    assert worst(clean.y_test, data.target(clean.x_test)) == 0 < worst(noisy.y_test, clean.y_test)
    assert len(clean.x) == 30 and len(clean.x_test) == 100
    assert (
        worst(data.target(torch.tensor([[1.0, 2.0]])), torch.tensor([math.sin(3), math.sin(3) + math.sin(1.5)])) < 1e-6
    )


def test_a_gain_makes_neighbouring_frequencies_interact_and_a_filter_none():
    alone, mixed = (data.mapped(0, which, n=4, noise=0.0) for which in data.MAPS)
    assert worst(alone.x, mixed.x) == 0
    heard = torch.fft.fft(alone.y)
    around = heard + (heard.roll(1, 1) + heard.roll(-1, 1)) / 2
    assert worst(torch.fft.fft(mixed.y).real, around.real) < 1e-9
    with pytest.raises(ConfigError, match="which is 'square', expected one of filter, gain"):
        data.mapped(0, "square", n=4)


def test_the_chosen_setting_has_the_least_error_on_the_folds_that_are_visited():
    split, cs = data.authors(0), (0.1, 10.0)

    def error(c, penalty, visited):
        fold = torch.arange(30) // 6
        return sum(
            selection.distances(
                selection.predictions(
                    Gaussian(c), split.x[fold != f], split.y[fold != f], split.x[fold == f], [penalty], whole=False
                )[0],
                split.y[fold == f],
            ).mean()
            for f in range(visited)
        )

    for visited in (4, 5):
        c, penalty = selection.choose(Gaussian, split.x, split.y, whole=False, visited=visited, cs=cs)
        least = min(error(a, b, visited) for a in cs for b in (1e-4, 1e-2, 1.0, penalty))
        assert error(c, penalty, visited) <= least + 1e-12


def test_the_norm_that_the_bound_uses_is_that_of_the_fit():
    from circles.models import rkhm

    split = data.authors(1, n=8)
    for kernel, whole in ((Gaussian(), False), (AuthorsQR(0.5, signs="positive"), True)):
        norm, traces = selection.size(kernel, split.x, split.y, 0.2, whole=whole)
        fit = rkhm.ridge(kernel, split.x, rkhm.columns(split.y, whole=whole), 0.2)
        assert abs(norm - float(fit.norms().mean())) < 1e-8 * (1 + norm)
        diagonal = torch.stack([kernel.values(z[None], z[None])[0, 0].trace() for z in split.x])
        assert worst(traces, diagonal) < 1e-9


def test_the_bound_grows_with_the_ball_and_shrinks_with_the_points():
    everywhere = {"top": 1.0, "largest_target": 1.0}

    def total(norm, n):
        return rkhm_bound.bound(float(norm), torch.ones(n), torch.zeros(n), torch.zeros(5), **everywhere).total

    assert total(1, 50) < total(4, 50) and total(1, 500) < total(1, 50)
    found = rkhm_bound.bound(1.0, torch.ones(50), torch.zeros(50), torch.full((5,), 9.0), **everywhere)
    assert found.gap == 9.0 and not found.holds  # a gap that large is caught
    assert sum(1 / (4 * (1 + j * j)) for j in range(-10_000, 10_000)) < 1  # the shares of delta


@pytest.mark.parametrize("name", synthetic.METHODS)
def test_no_point_of_the_domain_has_a_larger_trace_than_the_bound_takes(name):
    inside = torch.rand(400, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    corners = synthetic.DOMAIN.corners
    for c in (1e-3, 1.0, 100.0):
        kernel = synthetic.METHODS[name](c)
        top = rkhm_bound.largest_trace(kernel, corners)
        found = torch.stack([kernel.values(z[None], z[None])[0, 0].trace() for z in torch.cat([inside, corners])])
        assert found.max() <= top * (1 + 1e-12)
        assert found.max() > top * (0.02 if "QR" in name else 1 - 1e-12)  # reached at a corner


def test_the_largest_loss_is_that_of_the_domain_and_not_of_the_draw():
    """Points near the origin say nothing of how large f can be at the far corner."""
    split = data.authors(0, n=10)
    near = data.Split(0.01 * split.x, split.y, split.x_test, split.y_test)
    found = selection.evaluate(lambda c: Polynomial(c), near, whole=False, domain=synthetic.DOMAIN, cs=(1.0,))
    norm, traces = selection.size(Polynomial(1.0), near.x, near.y, found.penalty, whole=False)
    B = next(2.0**j for j in range(-60, 60) if norm <= 2.0**j)
    M = B * math.sqrt(5**3 + 1) + 5**0.5  # at (1, 1) x^ = (2, 0), and tr k = 5^3 + 1
    assert float(traces.max()) < 2.01
    assert found.bound.confidence == pytest.approx(three_deviations(M, 10, 0.05 / (4 + 4 * math.log2(B) ** 2)))


def three_deviations(M, n, delta):
    """Twice McDiarmid's inequality, each with half of delta, by bisection.

    The largest deviation of a mean from its expectation, and the complexity of the losses, each move by M / n at most
    when one of n points is replaced; the complexity stands in the bound twice.
    """
    low, high = 0.0, 100.0 * M
    for _ in range(200):
        middle = (low + high) / 2
        chance = math.exp(-2 * middle**2 / sum((M / n) ** 2 for _ in range(n)))
        low, high = (low, middle) if chance <= delta / 2 else (middle, high)
    return high + 2 * high


def test_the_shares_of_delta_that_the_bound_takes_add_up_to_less_than_delta():
    def share(norm):
        found = rkhm_bound.bound(norm, torch.ones(8), torch.zeros(8), torch.zeros(1), top=0.0, largest_target=1.0)
        low, high = 1e-12, 1.0
        for _ in range(200):  # which delta gives this confidence
            middle = math.sqrt(low * high)
            low, high = (low, middle) if three_deviations(1.0, 8, middle) < found.confidence else (middle, high)
        return high

    shares = [share(2.0**j) for j in range(-30, 31)]
    assert 0.03 < sum(shares) < 0.05
    assert max(shares) == shares[30]


def test_the_complexity_is_the_mean_of_random_signs():
    """2 sqrt(2) E |sum_i sigma_i phi(x_i)| B / n, and for orthogonal phi(x_i) of one length no sign matters."""
    phi = 3.0 * torch.eye(16, dtype=torch.float64)
    signs = torch.tensor([1.0, -1.0], dtype=torch.float64)[torch.arange(16) % 2]
    found = rkhm_bound.bound(
        4.0, phi.square().sum(1), torch.zeros(16), torch.zeros(1), top=9.0, largest_target=1.0
    )
    rademacher = 4.0 / 16 * float((signs @ phi).norm())
    assert found.complexity == pytest.approx(2 * 2**0.5 * rademacher)


def test_a_kernel_of_which_no_bound_is_known_is_named():
    with pytest.raises(ConfigError, match="no bound on the trace of Flat is known, expected a kernel of the book"):
        rkhm_bound.largest_trace(Flat(), synthetic.DOMAIN.corners)


def test_the_theorems_hold_and_a_start_off_the_circulants_leaves_them():
    assert max(axioms.kernels().values()) < 1e-9 and max(axioms.algebra().values()) <= 1e-10
    assert max(axioms.solvers(), axioms.full_coefficients(), axioms.all_modulations()) < 1e-9
    assert axioms.leaves_the_circulants() < 1e-9 < 1e-3 < axioms.leaves_the_circulants(moved=0.01)


class Flat(CirculantKernel):
    """exp(-0.02 d^4) at each frequency: one of the functions that look like a kernel and are not positive definite."""

    def spectra(self, x, y):
        u, v = torch.fft.fft(x).T, torch.fft.fft(y).T
        return torch.exp(-0.02 * (u.unsqueeze(-1) - v.unsqueeze(-2)).abs() ** 4) + 0j


def test_a_kernel_that_is_not_positive_or_not_symmetric_or_not_its_features_fails_the_axioms():
    assert axioms.kernels(kinds=[Flat()])["negative part"] > 1e-3

    class Skew(AuthorsQR):
        def values(self, x, y):
            return super().values(x, 2 * y)

    found = axioms.kernels(kinds=[Skew(0.5)])
    assert found["reproducing error"] > 1e-3
    assert axioms.kernels(kinds=[AuthorsQR(0.5)]) == dict.fromkeys(found, axioms.ROUNDING)


def test_with_two_frequencies_and_a_full_weight_the_modulated_kernels_are_separable():
    x = data.authors(0).x
    for name in ("modulated polynomial", "modulated Gaussian"):
        alone, other = synthetic.METHODS[name](0.7).spectra(x, x)
        assert worst(alone, other) == 0


def test_every_method_has_a_family_and_every_unit_a_name_of_its_own():
    assert set(synthetic.BASELINES) < set(synthetic.METHODS) and synthetic.AUTHORS in synthetic.METHODS
    names = [c.name for c in [*synthetic.study(released=True), *synthetic.study(released=False)]]
    assert len(set(names)) == 2 * len(synthetic.SEEDS)


def test_a_short_denoising_run_scores_every_method_on_every_draw():
    found = denoising.DenoisingRun(n=3, tests=4, epochs=2).compute()
    assert set(found) == set(denoising.METHODS)
    assert all(v.shape == (denoising.REPLICATES,) and v.isfinite().all() for v in found.values())


def test_many_draws_are_single_ones_side_by_side():
    unit = ManySynthetic(draws=2, seed=3, n=10, tests=5).compute()
    one = synthetic.SyntheticRun(seed=7, n=10, tests=5).compute()
    for name in ("test", "gap"):
        assert torch.equal(unit[name][1], one[name])
    assert torch.equal(unit["bound"][1], one["complexity"] + one["confidence"])


def test_ratios_are_of_means_and_the_best_baseline_has_the_least(monkeypatch):
    many = pd.DataFrame({m: [2.0, 4.0, 3.0] * 7 for m in synthetic.METHODS})
    many["separable Gaussian"] = [1.0, 1.1, 0.9] * 7
    many["modulated Gaussian"] = [0.5, 0.6, 1.0] * 7
    monkeypatch.setattr(evidence, "errors", lambda *, released: many)
    monkeypatch.setattr(evidence, "_live", lambda what, *, released: many)
    assert evidence.best(released=True) == "separable Gaussian"
    found = evidence.ratios("modulated Gaussian")
    assert set(found) == {"released", "mended"} and found["released"].value == pytest.approx(0.7)
    lower = evidence.lower("modulated Gaussian", "separable Gaussian", released=True)
    assert lower.value == pytest.approx(2 / 3) and lower.words(2).endswith("(21 draws; live 14 of 21)")


def test_the_many_draws_are_not_the_chapters():
    units = [unit for number in range(9) for unit in evidence.units(number)]
    assert len({(u.family, u.name) for u in units}) == len(units)
    assert min(u.seed * u.draws for u in units) > max(synthetic.SEEDS)


def test_the_weak_interaction_is_the_first_weight_of_the_many_draws(monkeypatch):
    assert ManyMixing().weights[0] == float(evidence.WEAK)
    rivals = pd.DataFrame({"separable Gaussian": [2.0, 4.0, 3.0] * 7})
    weak = torch.tensor([1.0, 2.0, 1.5] * 7)
    mixed = pd.DataFrame({"seed": range(21), "weight": evidence.WEAK, "test": weak})
    unit = SimpleNamespace(measures={"test": torch.stack([weak, 10 * weak], 1)})
    monkeypatch.setattr(evidence.runs, "get", lambda _: unit)
    monkeypatch.setattr(evidence.found, "mixing", lambda: pd.concat([mixed, mixed.assign(weight="1", test=30.0)]))
    monkeypatch.setattr(evidence, "best", lambda *, released: "separable Gaussian")
    monkeypatch.setattr(evidence, "errors", lambda *, released: rivals)
    monkeypatch.setattr(evidence, "_live", lambda what, *, released: rivals)
    assert evidence.weak_ratio().value == pytest.approx(0.5)


@pytest.mark.parametrize(("released", "visited"), [(True, 4), (False, 5)])
def test_the_script_leaves_the_last_fold_out(monkeypatch, released, visited):
    seen, bound = set(), SimpleNamespace(complexity=0.0, confidence=0.0, gap=0.0)

    def evaluate(make, split, *, visited, domain, whole):
        seen.add(visited)
        return selection.Chosen(1.0, 1.0, 0.0, 0.0, bound)

    monkeypatch.setattr(synthetic, "evaluate", evaluate)
    synthetic.SyntheticRun(released=released).compute()
    assert seen == {visited}
