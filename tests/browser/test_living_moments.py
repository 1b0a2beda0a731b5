"""The picture of Chapter 2 that computes a net at any moment of its training: driven by hand, held against torch."""

from __future__ import annotations

import pytest
import torch
from test_living import column, control, enter, figure, phone_from_disk, settle, shown

from circles.analysis import losses
from circles.analysis.clusters import drop_frequencies, keep_frequencies
from circles.models import modular
from circles.papers.nanda2023 import Net, moments, small
from circles.training import runs

PAGE, PROGRAM, P = "chapters/02_grokking.html", "moments", 31
CLOSE = 1e-4
SWITCHED = {  # place of the moment, which key frequencies are off, all else in the neurons, head that is off
    "at the start": (0, (), True, None),
    "memory taken away": (4, (), False, None),
    "the circuit taken away": (6, (0, 1), True, None),
    "one frequency, one head": (9, (1,), True, 2),
    "cleaned up": (16, (), False, None),
}


@pytest.fixture(scope="module")
def run():
    return runs.get(small.config())


def switched(net: Net, off: tuple[int, ...], rest: bool, head: int | None) -> torch.Tensor:
    """The logits of all pairs, by the net's own way through the residual stream."""
    w = net.weights
    z = modular.activations(w, net.spec)["z"][0]
    if head is not None:
        z[:, head] = z[:, head].mean(0)
    middle = modular.tables(w, net.spec)["x2"][0] + z.flatten(1) @ w["W_O"][0].flatten(0, 1)
    written = (middle @ w["W_in"][0] + w["b_in"][0]).relu() @ w["W_out"][0]
    if not rest:
        written = keep_frequencies(written, tuple(k for k in net.keys if k not in off))
    elif off:
        written = drop_frequencies(written, off)
    return (middle + w["b_out"][0] + written) @ w["W_U"][0]


@pytest.mark.parametrize("name", SWITCHED)
def test_every_moment_is_torchs(visit, run, name):
    place, off, rest, head = SWITCHED[name]
    net = moments.at(run, run.config.every * place)
    gone = tuple(net.keys[i] for i in off)
    page = visit(PAGE, width=1280, scheme="light").page
    found = figure(page, PROGRAM)
    enter(page, found, PROGRAM, "at", run.config.every * place)
    for field, value in (("a", 30), ("b", 12)):
        enter(page, found, PROGRAM, field, value)
    for part in (*(f"key{k}" for k in gone), *([] if rest else ["rest"]), *([] if head is None else [f"head{head}"])):
        control(found, part).uncheck()
        settle(page, PROGRAM)
    expected = switched(net, gone, rest, head)
    logits = torch.from_numpy(column(shown(page, PROGRAM, "logits"), "logit"))
    assert (logits - expected[30 * P + 12]).abs().max() < CLOSE
    there = page.evaluate(f"document.getElementById('{PROGRAM}').circlesView.circles")
    assert there["epoch"] == run.config.every * place
    right = expected.argmax(-1) == losses.answers(P)
    for side, pairs in (("train", net.train), ("test", net.test)):
        assert there[side]["value"] == pytest.approx(losses.loss(expected, pairs), rel=2e-4, abs=1e-6)
        assert there[side]["count"] == int(right[pairs].sum()) and there[side]["many"] == len(pairs)
    said = f"30 + 12: {int(expected[30 * P + 12].argmax())}, "
    assert said in found.locator("output").inner_text()


def test_it_is_moved_by_keys_on_a_phone_from_disk(browser):
    with phone_from_disk(browser, PAGE) as page:
        found = figure(page, PROGRAM)
        before = found.locator("output").inner_text()
        control(found, "at").focus()
        page.keyboard.press("ArrowRight")
        settle(page, PROGRAM)
        after = found.locator("output").inner_text()
        assert after != before and after.startswith("Epoch 400. Training: loss ")
        assert found.locator("output").evaluate("o => o.getBoundingClientRect().right <= innerWidth")
        assert control(found, "at").evaluate("s => s.getBoundingClientRect().right <= innerWidth")


def test_without_scripts_there_is_a_picture_and_words(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PAGE)
    pictures = page.locator(".circles-figure:has(script.circles-living) img.circles-fallback").all()
    mine = [picture for picture in pictures if "moments of its training" in picture.get_attribute("alt")]
    assert len(mine) == 1 and mine[0].is_visible()
    context.close()
