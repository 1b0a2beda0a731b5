"""The nets of Chapter 5 that pages compute with are the chapter's own."""

import pytest
import torch

from circles.models import vae
from circles.papers.rey2020 import digits, kept, living_frames, shapes
from circles.papers.rey2020.grids import grid
from circles.training import runs

HALF = 2e-3  # what half precision of the weights moves a code or a chance by, at most


@pytest.mark.parametrize("config", kept.hands(), ids=lambda c: c.name)
def test_the_kept_hand_is_encoded_as_the_chapters_first_net_does(config):
    own = shapes.ShapeRun(data="loop", manifold=config.manifold, log_t=config.log_t)
    w = living_frames.weights(runs.get(config))
    codes = vae.encode(w, config.pictures[:1].double(), config.spec).mu[0]
    assert (codes - runs.get(own).measures["latents"][0]).abs().max() < HALF


@pytest.mark.parametrize("config", kept.digits(), ids=lambda c: c.name)
def test_the_kept_decoder_draws_the_chapters_grid(config):
    net, points = runs.get(config), grid(config.manifold, 12, 16)
    drawn = torch.stack([living_frames.decoded(net, z) for z in points.flatten(0, 1)])
    recorded = digits.found()[config.manifold].measures["grid"].flatten(0, 1)
    assert (drawn - recorded).abs().max() < HALF


def test_only_the_first_net_is_kept_and_only_its_decoder_of_digits():
    found = kept.KeptDigits(steps=2).compute()
    assert set(found) == {f"decode{i}.{part}" for i in range(3) for part in ("weight", "bias")}
    assert found["decode0.weight"].shape == (3, 64) and found["decode0.weight"].dtype == torch.float16
    hand = kept.KeptShape(steps=2).compute()
    assert hand["encode0.weight"].shape == (256, 64) and {"mu.weight", "t.weight"} <= set(hand)


def test_a_hand_at_no_degrees_points_up():
    (picture,) = shapes.pictures.clock_hand(torch.pi - torch.deg2rad(torch.tensor([0.0])))
    rows = picture.reshape(16, 16)
    assert rows[:4, 7:9].sum() > 10 * rows[12:, 7:9].sum()
