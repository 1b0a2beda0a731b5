"""The sum of waves that names 15 + 93: its frames against the waves themselves, its figure."""

import numpy as np
import pandas as pd
import pytest
import torch

from circles.figures import FigureError
from circles.figures import numbers as figures
from circles.models import decoder_spec
from circles.models.decoder import forward
from circles.papers.zhou2024 import logit_sums
from circles.papers.zhou2024.inside import SmallNet


def peaked(answer=108, n=340):
    x = np.arange(n)
    sizes = {2: 3.0, 2.5: 4.0, 5: 4.5, 10: 5.0, 340: 2.0, 170: 1.5}
    return torch.tensor(sum(c * np.cos(2 * np.pi * (x - answer) / t) for t, c in sizes.items()))


def test_the_waves_come_by_size_and_add_up_to_the_answer():
    curves, waves = logit_sums.example_frames(peaked(), most=6)
    assert waves["period"].round(3).tolist() == [10, 5, 2, 2.5, 340, 170]  # 3 sqrt(340) is above 4 sqrt(170)
    last = curves[curves["waves"] == 6]
    assert np.abs(last["value"] - peaked().numpy()).max() < 1e-9
    assert int(last.loc[last["value"].idxmax(), "number"]) == 108


def test_the_figure_says_from_how_many_waves_on_the_answer_is_named():
    figure = figures.logit_sums(*logit_sums.example_frames(peaked(), most=6), answer=108, example="15 + 93")
    assert "of 15 + 93" in figure.alt
    assert "From 5 waves on it is largest at the answer, 108." in figure.alt
    assert figure.png()[:4] == figure.png(dark=True, width=320)[:4] == b"\x89PNG"
    with pytest.raises(FigureError, match="no column 'norm'"):
        figures.logit_sums(pd.DataFrame({"waves": [1], "number": [0], "value": [1.0]}),
                           pd.DataFrame({"rank": [1], "period": [2]}), answer=0)  # fmt: skip


def test_the_example_is_the_papers_where_it_has_room_and_ends_before_the_largest_sum():
    spec = decoder_spec.DecoderSpec(numbers=341, addends=171, width=16, depth=1, heads=2)
    a, b = torch.tensor([[15]]), torch.tensor([[93]])
    net = SmallNet(decoder_spec.initial(spec, [0]), spec, a, b)
    assert logit_sums.example(spec) == (15, 93)
    assert logit_sums.example(decoder_spec.DecoderSpec(numbers=101, addends=51, width=16, depth=1, heads=2)) == (15, 43)
    found = logit_sums.logits(net)
    assert found.shape == (340,)
    assert torch.allclose(found, forward(net.weights, a, b, spec)[0, 0, :340], atol=1e-5)
