"""Components of logits against waves written out, and the answers that few of them name."""

import math

import numpy as np
import pytest
import torch

from circles.analysis import logit_components
from circles.foundations.errors import ShapeError


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def peaked(answers, n=40, sizes=((20, 4.0), (16, 3.0), (8, 2.0), (4, 1.5), (1, 1.0))):
    """Logits sum over k of c_k cos(2 pi k (x - answer) / n): each wave is largest at the answer."""
    x = np.arange(n)
    return torch.tensor(np.stack([sum(c * np.cos(2 * np.pi * k * (x - s) / n) for k, c in sizes) for s in answers]))


@pytest.mark.parametrize("n", [9, 10])
def test_waves_add_up_to_the_logits_and_are_waves(n):
    logits = noise(3, n)
    parts = logit_components.waves(logits)
    assert (parts.sum(1) - logits).abs().max() < 1e-12
    fast = np.fft.rfft(logits.numpy(), axis=1)
    for k in range(n // 2 + 1):
        alone = np.zeros_like(fast)
        alone[:, k] = fast[:, k]
        assert np.abs(parts[:, k].numpy() - np.fft.irfft(alone, n, axis=1)).max() < 1e-12
        assert (parts[:, k].norm(dim=1) - logit_components.norms(logits)[:, k]).abs().max() < 1e-12


def test_the_order_is_that_of_the_norms():
    # cos of k = 20 on 40 numbers is one wave of norm c sqrt(40), the others have norm c sqrt(20)
    assert logit_components.by_size(peaked([7]))[0, :5].tolist() == [20, 16, 8, 4, 1]


def test_sums_of_the_largest_name_the_answer_once_there_are_enough():
    answers = torch.tensor([3, 11, 26])
    sums = logit_components.top_sums(peaked(answers.tolist()), 5)
    x = np.arange(40)
    want = 4 * np.cos(np.pi * (x - 11)) + 3 * np.cos(2 * np.pi * 16 * (x - 11) / 40)
    assert np.abs(sums[1, 1].numpy() - want).max() < 1e-12
    named = logit_components.named_by_top(peaked(answers.tolist()), answers, 5)
    assert named[:, -1].tolist() == [True, True, True]
    assert not named[:, 0].all()  # every other number has the same parity


def test_parity_alone_names_no_answer_but_the_parity():
    sums = logit_components.top_sums(peaked([7]), 1)[0, 0]
    assert math.isclose(float(sums[7]), float(sums[9]))
    assert float(sums[8]) < 0 < float(sums[7])


def test_a_module_writes_logits_through_the_unembedding():
    out, W_U = noise(4, 6), noise(6, 10, seed=1)
    assert torch.allclose(logit_components.number_logits(out, W_U)[2, 3], (out[2] * W_U[:, 3]).sum())


def test_bad_input_is_named():
    with pytest.raises(ShapeError, match="most is 21, expected 1 to 20 components of 40 numbers"):
        logit_components.top_sums(noise(1, 40), 21)
    with pytest.raises(ShapeError, match="answer 40 has no logit, expected a number from 0 to 39"):
        logit_components.named_by_top(noise(1, 40), torch.tensor([40]), 3)
