"""Pictures that compute: driven as a reader drives them, their numbers held against torch."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from conftest import HTML

from circles.analysis import ablations, losses
from circles.models import modular
from circles.papers import nanda2023
from circles.papers.nanda2023 import Net, one_sum
from circles.papers.rey2020 import kept, living_frames
from circles.training import runs

MANIFOLDS = "chapters/05_manifolds.html"
PAGE = "chapters/02_grokking.html"
CLOSE = 1e-4  # of a logit
READY = "f => document.querySelector(f).dataset.living?.startsWith('ready')"


@pytest.fixture(scope="module")
def net() -> Net:
    return Net(nanda2023.main_run())


FIND = """name => {
    const scripts = [...document.querySelectorAll('script.circles-living')];
    const named = ({program, net}) => program === name || net === name;
    const mine = scripts.find(script => named(JSON.parse(script.textContent))).closest('.circles-figure');
    mine.dataset.program = name;
    mine.querySelector('.circles-chart').id = name;
}"""


def figure(page, program: str):
    """The figure of a program, or of a net, scrolled into sight, so that it computes, and done with it."""
    page.evaluate(FIND, program)
    found = page.locator(f'[data-program="{program}"]')
    found.locator(".circles-chart").scroll_into_view_if_needed()
    settle(page, program)
    return found


@contextmanager
def phone_from_disk(browser, path: str):
    """The page opened from disk on a phone without a network, its charts drawn."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto((HTML / path).as_uri())
    page.wait_for_function("[...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn)")
    yield page
    context.close()


def settle(page, program: str) -> None:
    page.evaluate("() => new Promise(go => setTimeout(go))")  # a chart hears of a moved control after its own work
    page.wait_for_function(READY, arg=f"#{program}", timeout=120_000)


def shown(page, program: str, name: str) -> list[dict]:
    """The rows of a chart's named data."""
    fields = "({b, x, y, step, value, wave, c, logit, share}) => ({b, x, y, step, value, wave, c, logit, share})"
    script = f"([id, name]) => document.getElementById(id).circlesView.data(name).map({fields})"
    return page.evaluate(script, [program, name])


def column(rows: list[dict], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows], dtype=float)


def control(found, name: str):
    return found.locator(f'.circles-controls input[name="{name}"]')


def enter(page, found, program: str, name: str, value: int) -> None:
    """Types a number, or moves a slider, as the control asks."""
    field = control(found, name)
    if field.get_attribute("type") == "range":
        field.evaluate("(s, v) => { s.value = v; s.dispatchEvent(new Event('input', {bubbles: true})); }", value)
    else:
        field.fill(str(value))
    settle(page, program)


@pytest.mark.parametrize("pair", [(0, 0), (112, 112), (5, 71)])
def test_the_walk_is_torchs(visit, net, pair):
    page = visit(PAGE, width=1280, scheme="light").page
    found, k = figure(page, "walk"), net.keys[-1]
    for name, value in zip("ab", pair, strict=True):
        enter(page, found, "walk", name, value)
    found.locator(f'input[name="k"][value="{k}"]').check()
    settle(page, "walk")
    expected = one_sum.walked(net, *pair, k)
    assert np.abs(column(shown(page, "walk", "attention"), "share") - expected["attention"]["share"]).max() < 1e-6
    for name, columns in (("read", "xy"), ("waves", ["value"])):
        rows = shown(page, "walk", name)
        for one in columns:
            assert np.abs(column(rows, one) - expected[name][one]).max() < 10 * CLOSE  # sums of 113 logits over a root
    assert np.abs(column(shown(page, "walk", "sum"), "value") - expected["total"]["value"]).max() < CLOSE
    said = found.locator("output").inner_text()
    assert said.startswith(f"{pair[0]} + {pair[1]} mod 113: the net says {sum(pair) % 113}, right")


def without_head(net: Net, head: int) -> torch.Tensor:
    """The logits of all pairs when a head says its mean over them, by its own way: through the residual stream."""
    w = {name: x.double() for name, x in net.weights.items()}
    z = modular.activations(w, net.spec)["z"][0]
    z[:, head] = z[:, head].mean(0)
    table = modular.tables(w, net.spec)
    middle = table["x2"][0] + z.flatten(1) @ w["W_O"][0].flatten(0, 1)
    mlp = (middle @ w["W_in"][0] + w["b_in"][0]).relu()
    return (middle + mlp @ w["W_out"][0] + w["b_out"][0]) @ w["W_U"][0]


def test_the_switches_are_torchs(visit, net):
    page = visit(PAGE, width=1280, scheme="light").page
    found, parts, k = figure(page, "switches"), (net.mlp, net.W_L, net.skip_logits), net.keys[1]
    every = {
        "": ablations.clean(*parts),
        f"key{k}": ablations.ablate_frequency(*parts, k),
        "rest": ablations.keep_key_components(*parts, net.keys),
        "head1": losses.loss(without_head(net, 1)),
    }
    for name, expected in every.items():
        if name:
            control(found, name).uncheck()
            settle(page, "switches")
        state = page.evaluate("document.getElementById('switches').circlesView.circles")
        assert state["loss"] == pytest.approx(expected, rel=2e-4), name
        if name:
            control(found, name).check()
            settle(page, "switches")


def test_a_heads_logits_and_the_table_of_right_answers(visit, net):
    page = visit(PAGE, width=390, scheme="dark").page
    found, logits = figure(page, "switches"), without_head(net, 0)
    control(found, "head0").focus()
    page.keyboard.press("Space")
    for name, value in (("a", 100), ("b", 50)):
        enter(page, found, "switches", name, value)
    settle(page, "switches")
    rows = shown(page, "switches", "logits")
    assert np.abs(column(rows, "logit") - logits[100 * 113 + 50].numpy()).max() < CLOSE
    right = int((logits.argmax(-1) == losses.answers(113, logits.device)).sum())
    assert f"{right:,} of 12,769 right" in found.locator("output").inner_text()
    assert found.locator("output").evaluate("o => o.getBoundingClientRect().right <= innerWidth")


def test_a_change_of_theme_keeps_what_was_switched(visit):
    page = visit(PAGE, width=1280, scheme="light").page
    found = figure(page, "switches")
    control(found, "head2").uncheck()
    settle(page, "switches")
    before = found.locator("output").inner_text()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function("document.getElementById('switches').dataset.drawn.startsWith('dark')")
    settle(page, "switches")
    assert not control(found, "head2").is_checked()
    assert found.locator("output").inner_text() == before


@pytest.mark.parametrize("typed", ["", "-4", "999", "12.6"])
def test_what_is_no_number_of_the_net_is_brought_to_one(visit, typed):
    page = visit(PAGE, width=1280, scheme="light").page
    found = figure(page, "switches")
    control(found, "a").fill(typed)
    settle(page, "switches")
    expected = {"": 0, "-4": 0, "999": 112, "12.6": 13}[typed]
    assert found.locator("output").inner_text().startswith(f"{expected} + ")


def test_it_computes_from_disk_without_a_network(browser):
    with phone_from_disk(browser, PAGE) as page:
        found = figure(page, "walk")
        enter(page, found, "walk", "a", 60)
        enter(page, found, "walk", "b", 60)
        assert found.locator("output").inner_text().startswith("60 + 60 mod 113: the net says 7, right")


def test_without_scripts_there_are_pictures_and_words(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PAGE)
    pictures = page.locator(".circles-figure:has(script.circles-living) img.circles-fallback")
    assert pictures.count() == 3
    for picture in pictures.all():
        assert picture.is_visible() and len(picture.get_attribute("alt")) > 100
    context.close()


def state(page, name: str) -> dict:
    return page.evaluate("id => document.getElementById(id).circlesView.circles", name)


@pytest.mark.parametrize("config", kept.digits(), ids=lambda c: c.name)
@pytest.mark.parametrize("angles", [(0, 0), (75, -40), (300, 88)])
def test_a_decoded_digit_is_torchs(visit, config, angles):
    page, name = visit(MANIFOLDS, width=1280, scheme="light").page, f"digits-{config.manifold}"
    found = figure(page, name)
    for slider, value in zip(("around", "up"), angles, strict=True):
        enter(page, found, name, slider, value)
    expected = living_frames.decoded(runs.get(config), living_frames.surface(config.manifold, angles))
    assert np.abs(np.array(state(page, name)["pixels"]) - expected.numpy()).max() < CLOSE


@pytest.mark.parametrize("manifold", kept.TURNED)
def test_a_surface_turns_under_the_pointer_and_by_keys(visit, manifold):
    page, name = visit(MANIFOLDS, width=390, scheme="dark").page, f"digits-{manifold}"
    found = figure(page, name)
    box = found.locator(".circles-sheet").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = state(page, name)["angles"]
    lower = y + box["height"] * (0.15 if manifold == "flat_torus" else 0)
    page.mouse.move(x + box["width"] / 8, lower)  # rests on the surface, and turns nothing
    settle(page, name)
    moved = "([id, was]) => document.getElementById(id).circlesView.circles.angles[0] > was"
    page.wait_for_function(moved, arg=[name, before[0]])
    assert control(found, "around").input_value() == str(living_frames.START[0])
    page.mouse.down()
    page.mouse.move(x - box["width"] / 8, lower, steps=5)
    page.mouse.up()
    settle(page, name)
    assert int(control(found, "around").input_value()) > living_frames.START[0]
    control(found, "up").focus()
    up = int(control(found, "up").input_value())
    page.keyboard.press("ArrowRight")
    settle(page, name)
    assert int(control(found, "up").input_value()) == up + 1
    assert f"and {up + 1}° up" in found.locator("output").inner_text().replace("\u2212", "-")


@pytest.mark.parametrize("degrees", [0, 137, 300])
def test_the_codes_of_a_hand_are_torchs(visit, degrees):
    page = visit(MANIFOLDS, width=1280, scheme="light").page
    found = figure(page, "clock")
    enter(page, found, "clock", "hand", degrees)
    for name, config in zip(living_frames.HANDS, kept.hands(), strict=True):
        net = runs.get(config)
        z = living_frames.encoded(net, torch.tensor([float(degrees)]))[0]
        there = state(page, "clock")[name]
        assert np.abs(np.array(there["z"]) - z.numpy()).max() < CLOSE, name
        assert np.abs(np.array(there["pixels"]) - living_frames.decoded(net, z).numpy()).max() < CLOSE, name
    box = found.locator(".circles-sheet").bounding_box()
    page.mouse.click(box["x"] + 0.9 * box["width"], box["y"] + 0.5 * box["height"])
    settle(page, "clock")
    assert abs(int(control(found, "hand").input_value()) - 90) <= 2
