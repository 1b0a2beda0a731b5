"""Peak memory as the system counts it: arrays of known size, torch's and LAPACK's too, and work that fails."""

import numpy as np
import pytest
import torch

from circles.foundations.errors import RunError
from circles.training import peak_memory

pytestmark = pytest.mark.skipif(not peak_memory.STATUS.exists(), reason="peak memory is read from Linux's /proc")


@pytest.mark.parametrize("make", [lambda n: np.ones(n), lambda n: torch.ones(n, dtype=torch.float64)])
@pytest.mark.parametrize("size", [4_000_000, 12_000_000])
def test_an_array_is_as_large_as_it_is(make, size):
    assert abs(peak_memory.megabytes(lambda: make(size)) - 8e-6 * size) < 0.05 * 8e-6 * size


def test_what_is_freed_on_the_way_counts_once_and_what_was_there_before_not_at_all():
    before = np.ones(4_000_000)

    def one_after_the_other():
        for _ in range(3):
            np.ones(4_000_000).sum()

    assert abs(peak_memory.megabytes(one_after_the_other) - 32) < 2
    assert peak_memory.megabytes(lambda: before.sum()) < 2


def test_what_is_kept_from_the_warming_up_is_not_counted():
    kept = []
    found = peak_memory.megabytes(lambda: torch.ones(1_000_000), warm=lambda: kept.append(torch.ones(4_000_000)))
    assert abs(found - 4) < 1 and not kept  # the child's list, not ours


def test_a_hole_is_given_back_before_a_block_that_does_not_fit_it():
    """glibc by itself keeps freed blocks under 32 MB: three and a half times as much would be seen."""

    def growing():
        keep = []
        for size in (8, 10, 12, 14):
            block = torch.ones(size * 125_000, dtype=torch.float64)
            keep.append(torch.ones(10_000))  # above the hole, so that it cannot shrink
            del block

    assert abs(peak_memory.megabytes(growing) - 14) < 1
    pieces = [torch.ones(25_000) for _ in range(800)]  # 80 MB in the parent's heap, and all of it freed below
    last = torch.ones(10)
    del pieces
    assert abs(peak_memory.megabytes(growing) - 14) < 1 and len(last)


def test_the_copy_that_a_factorisation_makes_is_seen():
    A = torch.eye(1500, dtype=torch.float64)
    assert abs(peak_memory.megabytes(lambda: torch.linalg.cholesky(A)) / 18 - 1) < 0.2


def test_work_that_fails_is_said_to_have_failed(capfd):
    with pytest.raises(RunError, match="expected it to finish"):
        peak_memory.megabytes(lambda: 1 / 0)
