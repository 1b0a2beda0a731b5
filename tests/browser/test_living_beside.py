"""The picture of Chapter 3 that computes three nets: driven as a reader drives it, its numbers held against torch."""

from __future__ import annotations

import pytest
import torch
from conftest import HTML
from test_living import column, control, figure, phone_from_disk, settle, shown

from circles.analysis import losses
from circles.analysis.clusters import drop_frequencies, keep_frequencies
from circles.models import modular
from circles.papers import li2024
from circles.papers.li2024 import beside

PAGE_BYTES = 3_000_000
PAGE, PROGRAM, P = "chapters/03_quantized.html", "beside", 113
CLOSE = 1e-4
SWITCHED = {  # frequency taken away, all else in the neurons, head that is off
    "all on": (0, True, None),
    "a frequency": (10, True, None),
    "key frequencies alone": (0, False, None),
    "one key frequency less": (1, False, None),
    "a head": (0, True, 1),
    "a head and a frequency": (54, True, 3),
}


@pytest.fixture(scope="module")
def nets() -> dict[str, li2024.Net]:
    return beside.nets()


def switched(net: li2024.Net, without: int, rest: bool, head: int | None) -> torch.Tensor:
    """The logits of all pairs, by the net's own way: through the residual stream and the norm."""
    w = beside.mapped(net)
    z = modular.activations(w, net.spec)["z"][0]
    if head is not None:
        z[:, head] = z[:, head].mean(0)
    middle = modular.tables(w, net.spec)["x2"][0] + z.flatten(1) @ w["W_O"][0].flatten(0, 1)
    written = (middle @ w["W_in"][0]).relu() @ w["W_out"][0]
    if not rest:
        written = keep_frequencies(written, tuple(k for k in net.keys if k != without))
    elif without:
        written = drop_frequencies(written, (without,))
    return modular.rms_norm((middle + written)[None], w["gain"])[0] @ w["W_U"][0]


def choose(page, found, value: int) -> None:
    found.locator(".circles-controls select").select_option(index=value)
    settle(page, PROGRAM)


@pytest.mark.parametrize("name", SWITCHED)
def test_three_nets_are_torchs(visit, nets, name):
    page = visit(PAGE, width=1280, scheme="light").page
    found, (without, rest, head) = figure(page, PROGRAM), SWITCHED[name]
    for field, value in (("a", 100), ("b", 50)):
        control(found, field).fill(str(value))
    if not rest:
        control(found, "rest").uncheck()
    if head is not None:
        control(found, f"head{head}").uncheck()
    if without:
        choose(page, found, 1 + sorted({k for net in nets.values() for k in net.keys}).index(without))
    settle(page, PROGRAM)
    there = page.evaluate(f"document.getElementById('{PROGRAM}').circlesView.circles")
    for i, (kind, net) in enumerate(nets.items()):
        expected = switched(net, without, rest, head)
        logits = torch.from_numpy(column(shown(page, PROGRAM, f"logits{i}"), "logit"))
        assert (logits - expected[100 * P + 50]).abs().max() < CLOSE, kind
        assert there[kind]["loss"] == pytest.approx(losses.loss(expected), rel=2e-4, abs=1e-6), kind
        assert there[kind]["count"] == int((expected.argmax(-1) == losses.answers(P)).sum()), kind
        assert f"{kind} says {int(expected[100 * P + 50].argmax())}, loss" in found.locator("output").inner_text()


def test_it_is_moved_by_keys_on_a_phone_from_disk(browser):
    with phone_from_disk(browser, PAGE) as page:
        found = figure(page, PROGRAM)
        before = found.locator("output").inner_text()
        control(found, "rest").focus()
        page.keyboard.press("Space")
        settle(page, PROGRAM)
        after = found.locator("output").inner_text()
        assert after != before and after.startswith("37 + 90 mod 113 is 14. full precision says 14")
        assert found.locator("output").evaluate("o => o.getBoundingClientRect().right <= innerWidth")
        assert found.locator(".circles-controls select").evaluate("s => s.getBoundingClientRect().right <= innerWidth")


def test_without_scripts_there_is_a_picture_and_words(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    page = context.new_page()
    page.goto(address + PAGE)
    (picture,) = page.locator(".circles-figure:has(script.circles-living) img.circles-fallback").all()
    assert picture.is_visible() and "ternary says 14" in picture.get_attribute("alt")
    context.close()


def test_no_page_is_too_heavy_with_its_nets():
    sizes = {path.name: path.stat().st_size for path in (HTML / "chapters").glob("*.html")}
    assert sizes and not {name: size for name, size in sizes.items() if size >= PAGE_BYTES}
