"""Laws of the Fourier basis, for odd and even n, in float32 and float64."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from circles.foundations import fourier
from circles.foundations.errors import ShapeError

TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-5}
sizes = st.integers(1, 64) | st.sampled_from([97, 113, 128])
dtypes = st.sampled_from([torch.float64, torch.float32])
laws = settings(max_examples=40, deadline=None)


def noise(*shape, dtype=torch.float64, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def worst(x, y):
    return (x - y).abs().max().item()


@laws
@given(sizes, dtypes)
def test_orthonormal(n, dtype):
    rows = fourier.basis(n, dtype=dtype)
    assert rows.dtype == dtype
    assert worst(rows @ rows.mT, torch.eye(n, dtype=dtype)) < TOLERANCE[dtype]


@laws
@given(sizes, dtypes, st.sampled_from([0, 1, -1]))
def test_round_trip_and_parseval(n, dtype, dim):
    x = noise(n, n, dtype=dtype)
    c = fourier.transform(x, dim)
    assert worst(fourier.inverse(c, dim), x) < TOLERANCE[dtype]
    assert worst(c.norm(dim=dim), x.norm(dim=dim)) < TOLERANCE[dtype] * 10
    assert worst(fourier.bands(c, dim).norm(dim=dim), x.norm(dim=dim)) < TOLERANCE[dtype] * 10


@laws
@given(st.integers(1, 24), dtypes)
def test_round_trip_in_two_dimensions(n, dtype):
    x = noise(3, n, n + 1, dtype=dtype)
    c = fourier.transform2(x)
    assert worst(fourier.inverse2(c), x) < TOLERANCE[dtype]
    assert worst(c.flatten(1).norm(dim=1), x.flatten(1).norm(dim=1)) < TOLERANCE[dtype] * 10


@laws
@given(sizes, st.integers(-200, 200), dtypes)
def test_shift_theorem(n, s, dtype):
    x = noise(2, n, dtype=dtype)
    c = fourier.transform(x)
    shifted = fourier.transform(x.roll(s, -1))
    assert worst(fourier.shift(c, s), shifted) < TOLERANCE[dtype]
    assert worst(fourier.bands(c), fourier.bands(shifted)) < TOLERANCE[dtype]
    assert worst(fourier.shift(c.mT, s, 0), shifted.mT) < TOLERANCE[dtype]


def by_fft(x):
    """The same coefficients by torch.fft over the last axis."""
    n = x.shape[-1]
    f = torch.fft.rfft(x)
    columns = [f[..., 0].real / math.sqrt(n)]
    for k in range(1, (n + 1) // 2):
        columns += [f[..., k].real * math.sqrt(2 / n), -f[..., k].imag * math.sqrt(2 / n)]
    if n % 2 == 0:
        columns.append(f[..., n // 2].real / math.sqrt(n))
    return torch.stack(columns, -1)


@laws
@given(sizes)
def test_agrees_with_fft(n):
    x = noise(3, n, n)
    assert worst(fourier.transform(x), by_fft(x)) < 1e-12
    assert worst(fourier.transform2(x), by_fft(by_fft(x).mT).mT) < 1e-12


@pytest.mark.parametrize("n", [1, 2, 3, 4, 113, 114])
def test_frequencies_name_the_rows(n):
    rows = fourier.basis(n)
    power = torch.fft.rfft(rows).abs()
    assert fourier.frequencies(n).tolist() == power.argmax(-1).tolist()


@pytest.mark.parametrize(("n", "k"), [(5, 2), (8, 3), (113, 56)])
def test_sum_directions_are_the_waves_of_a_plus_b(n, k):
    a, b = torch.arange(n).unsqueeze(1), torch.arange(n)
    wave = (2 * math.pi * k * (a + b).double() / n).flatten()
    rows = fourier.sum_directions(n, k)
    assert worst(rows * n / math.sqrt(2), torch.stack([wave.cos(), wave.sin()])) < 1e-11
    assert worst(rows @ rows.mT, torch.eye(2, dtype=torch.float64)) < 1e-12


def test_refusals_name_the_value():
    with pytest.raises(ShapeError, match="n is 0, expected a positive whole number"):
        fourier.basis(0)
    for k in (0, 4, 5):
        with pytest.raises(ShapeError, match=f"k is {k}, expected 0 < k < 8/2"):
            fourier.sum_directions(8, k)


def test_a_basis_may_be_written_to():
    fourier.basis(7).zero_()
    assert fourier.basis(7).norm() > 0


@pytest.mark.parametrize("n", [6, 7])
@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8])
def test_whole_numbers_are_transformed_in_float64(n, dtype):
    whole = (torch.arange(n * n).reshape(n, n) % 3).to(dtype)
    for f in (fourier.transform, fourier.inverse, fourier.transform2, fourier.inverse2, fourier.bands):
        assert f(whole).dtype == torch.float64
        assert worst(f(whole), f(whole.double())) == 0
    assert worst(fourier.shift(whole, 2), fourier.shift(whole.double(), 2)) == 0
