"""Random Fourier features: the exact kernel as oracle, bias and error on fixed streams, scikit-learn beside them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.kernel_approximation import RBFSampler
from sklearn.metrics.pairwise import laplacian_kernel, rbf_kernel

from circles.foundations import features
from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.features import Features, Gaussian, Laplace
from circles.foundations.streams import streams

KERNELS = (Gaussian(1.3), Laplace(2.0))
VARIANTS = ("paired", "cosine")


def draw(seed: int = 0) -> torch.Generator:
    return streams(seed, "test")["test"]


def points(n: int = 12, d: int = 3) -> torch.Tensor:
    return torch.randn(n, d, generator=draw(9), dtype=torch.float64)


def test_the_exact_kernels_are_scikit_learns():
    x, y = points(), points(5) + 1
    assert (Gaussian(1.3).exact(x, y) - torch.tensor(rbf_kernel(x, y, gamma=1 / (2 * 1.3**2)))).abs().max() < 1e-12
    assert (Laplace(2.0).exact(x, y) - torch.tensor(laplacian_kernel(x, y, gamma=0.5))).abs().max() < 1e-12


@pytest.mark.parametrize("n", [25, 26, 60])
def test_close_points_keep_their_digits_however_many_they_are(n):
    """1 - k = |x - y|^2 / (2 scale^2), here 1e-10, of points that lie far from the origin."""
    x = 1000 + 1e-5 * torch.arange(n, dtype=torch.float64)[:, None]
    square = (x - x.T).square()
    assert (Gaussian(2.0).exact(x, x) - (-square / 8).exp()).abs().max() < 1e-15


def test_whole_numbers_are_numbers():
    x = torch.arange(12).reshape(4, 3)
    for kernel in KERNELS:
        assert torch.equal(kernel.exact(x, x[:2]), kernel.exact(x.double(), x[:2].double()))
    for variant in VARIANTS:
        z = features.sample(Gaussian(3.0), 3, 8, variant=variant, generator=draw())
        assert z(x).dtype == torch.float64
        assert torch.equal(z(x), z(x.double()))


def test_the_cosine_map_is_scikit_learns_with_the_same_frequencies():
    ours = features.sample(Gaussian(0.7), 3, 64, variant="cosine", generator=draw())
    theirs = RBFSampler(gamma=1 / (2 * 0.7**2), n_components=64, random_state=0).fit(points().numpy())
    theirs.random_weights_, theirs.random_offset_ = ours.omega.T.numpy(), ours.phases.numpy()
    assert (ours(points()) - torch.tensor(theirs.transform(points().numpy()))).abs().max() < 1e-12


def test_scikit_learns_own_draws_err_by_as_much():
    x, kernel, D = points(20, 2), Gaussian(), 128
    exact = kernel.exact(x, x)

    def error(z: torch.Tensor) -> float:
        return float((z @ z.T - exact).square().mean())

    ours = [error(features.sample(kernel, 2, D, variant="cosine", generator=draw(s))(x)) for s in range(100)]
    theirs = [
        error(torch.tensor(RBFSampler(gamma=0.5, n_components=D, random_state=s).fit_transform(x.numpy())))
        for s in range(100)
    ]
    assert abs(sum(ours) / sum(theirs) - 1) < 0.15


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda k: type(k).__name__)
@pytest.mark.parametrize("variant", VARIANTS)
def test_unbiased_with_the_stated_variance(kernel, variant):
    """Bias, worst and mean error over 1,500 maps of a fixed stream, held against the formula for the variance."""
    x, D, maps = points(6), 16, 1500
    found = []
    for seed in range(maps):
        z = features.sample(kernel, 3, D, variant=variant, generator=draw(seed))(x)
        found.append(z @ z.T)
    off = torch.stack(found) - kernel.exact(x, x)
    k, k2 = kernel.exact(x, x), kernel.exact(2 * x, 2 * x)
    variance = features.variance(k, k2, D, variant)
    spread = variance.sqrt().clamp(min=1e-9)
    assert (off.mean(0).abs() / spread).max() < 4.5 / math.sqrt(maps)  # bias: 36 means, each within 4.5 of its errors
    away = ~torch.eye(6, dtype=torch.bool)
    assert (off.var(0)[away] / variance[away] - 1).abs().max() < 0.2
    assert off.abs().mean() < spread.mean()
    assert off.abs().max() < 7 * spread.max()


def test_paired_features_have_norm_one_and_depend_on_the_difference():
    z = features.sample(Gaussian(), 3, 32, generator=draw())
    x = points()
    assert (z(x).norm(dim=1) - 1).abs().max() < 1e-12
    shifted = z(x + 5.0)
    assert (z(x) @ z(x).T - shifted @ shifted.T).abs().max() < 1e-10
    cosine = features.sample(Gaussian(), 3, 32, variant="cosine", generator=draw())
    assert cosine(x).norm(dim=1).max() <= cosine.norm
    assert (cosine(x).norm(dim=1) - 1).abs().max() > 0.01


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 4), st.integers(1, 40), st.integers(0, 10_000), st.sampled_from(VARIANTS))
def test_their_gram_matrix_is_positive_semidefinite_and_near_one_on_the_diagonal(d, half, seed, variant):
    z = features.sample(Gaussian(), d, 2 * half, variant=variant, generator=draw(seed))
    x = points(8, d)
    gram = z(x) @ z(x).T
    assert torch.linalg.eigvalsh(gram).min() > -1e-12
    assert gram.abs().max() <= z.norm**2 + 1e-12
    assert z.D == 2 * half == z(x).shape[1]


def test_the_error_falls_like_the_root_of_D():
    x = points(15, 2)
    exact = Gaussian().exact(x, x)
    worst = [
        sum(
            float((z @ z.T - exact).abs().max())
            for s in range(30)
            for z in [features.sample(Gaussian(), 2, D, generator=draw(s))(x)]
        )
        for D in (64, 1024)
    ]
    assert 3.2 < worst[0] / worst[1] < 4.8  # 4 in theory


def test_the_uniform_bound_inverts_its_formula_and_falls_with_D():
    for D in (256, 4096):
        e = features.uniform_error(D, 2, Gaussian().spread(2), 4.0, probability=0.01)
        assert abs(features.failure(e, D, 2, math.sqrt(2), 4.0) - 0.01) < 1e-9
    assert features.uniform_error(4096, 2, 1.0, 4.0) < features.uniform_error(256, 2, 1.0, 4.0)
    assert features.uniform_error(256, 2, Laplace().spread(2), 4.0) == math.inf


def test_frequencies_have_their_distribution():
    omega = Gaussian(2.0).frequencies(5, 20_000, generator=draw())
    assert abs(omega.square().sum(1).mean().sqrt() / Gaussian(2.0).spread(5) - 1) < 0.02
    cauchy = Laplace(2.0).frequencies(1, 40_000, generator=draw())[:, 0]
    assert abs(float(cauchy.abs().median()) * 2 - 1) < 0.03  # half of a Cauchy variable lies within its width


def test_the_global_random_state_does_not_move():
    before = torch.get_rng_state()
    features.sample(Laplace(), 2, 8, variant="cosine", generator=draw())(points(3, 2))
    assert torch.equal(before, torch.get_rng_state())


def diagonal() -> Features:
    return Features(torch.eye(2, dtype=torch.float64))


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: features.sample(Gaussian(), 2, 0, generator=draw()), ConfigError, "D = 0, expected d from 1 and D a"),
        (lambda: features.sample(Gaussian(), 2, 7, generator=draw()), ConfigError, "D a positive even number"),
        (lambda: features.sample(Gaussian(), 0, 8, generator=draw()), ConfigError, "d = 0"),
        (lambda: Gaussian(0.0), ConfigError, "scale is 0.0, expected a positive number"),
        (lambda: Laplace(math.nan), ConfigError, "scale is nan"),
        (lambda: diagonal()(torch.tensor([[0.0, math.nan]])), ConfigError, "x holds 1 entries that are NaN"),
        (lambda: diagonal()(torch.zeros(3, 5)), ShapeError, "x has 5 columns, expected 2"),
    ],
)
def test_bad_input_is_named(make, error, words):
    with pytest.raises(error, match=words) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_the_bound_on_failure_is_its_proof_at_the_best_radius():
    """Rahimi and Recht's proof, without their closed form: a net of balls of radius r covers the differences.

    The anchors, (4 diam / r)^d at most, each err by e / 2 with the chance 2 exp(-m e^2 / 8) (Hoeffding for m numbers
    in [-1, 1]); the slope exceeds e / (2 r) with the chance (2 r sigma / e)^2 (Markov). The stated bound is never
    below the least sum over r, and its exponent is that of the least sum: the balance of both terms.
    """
    d, spread, diameter, error = 2, 1.4, 3.0, 0.3
    radii = torch.logspace(-8, 2, 20_001, dtype=torch.float64)

    def least(D):
        m = D // 2
        anchors = 2 * (4 * diameter / radii) ** d * math.exp(-m * error**2 / 8)
        return float((anchors + (2 * radii * spread / error) ** 2).min())

    small, large = 2_000, 8_000
    stated = [features.failure(error, D, d, spread, diameter) for D in (small, large)]
    assert abs(math.log(stated[0] / stated[1]) / math.log(least(small) / least(large)) - 1) < 1e-3
    assert least(small) <= stated[0]
