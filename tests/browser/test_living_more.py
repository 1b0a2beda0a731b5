"""The pictures of Chapters 1 and 4 that compute: driven as a reader drives them, their numbers held against torch."""

from __future__ import annotations

import pytest
import torch
from conftest import HTML
from test_living import control, figure, settle, shown

from circles.analysis import paper_waves
from circles.papers.hashimoto2023 import chosen
from circles.papers.samareh2018 import fitted
from circles.papers.zhou2024 import bands, rescue_runs
from circles.papers.zhou2024.inside import SmallNet

ADDER, KERNELS = "chapters/01_numbers.html", "chapters/04_kernels.html"
CLOSE = 1e-4
TAKEN = {  # switches to the components that they take away
    (): [],
    ("low",): paper_waves.low(101),
    ("ten", "five", "twoandahalf", "two"): [10, 20, 40, 50],
    ("others",): [k for k in paper_waves.high(101) if k not in (10, 20, 40, 50)],
}


@pytest.fixture(scope="module")
def net() -> SmallNet:
    return SmallNet.of(rescue_runs.recorded([rescue_runs.net_config()])[0])


def state(page, program: str) -> dict:
    return page.evaluate(f"document.getElementById('{program}').circlesView.circles")


def apart(found: list[float], expected: torch.Tensor) -> float:
    return float((torch.tensor(found, dtype=torch.float64) - expected.double()).abs().max())


def pick(page, found, program: str, name: str, value: str) -> None:
    found.locator(f'.circles-controls input[name="{name}"][value="{value}"]').check()
    settle(page, program)


@pytest.mark.parametrize("taken", TAKEN, ids="-".join)
def test_the_adders_answers_without_bands_are_torchs(visit, net, taken):
    page = visit(ADDER, width=1280, scheme="light").page
    found = figure(page, "bands")
    for name in taken:
        control(found, name).uncheck()
        settle(page, "bands")
    expected = bands.all_logits(net, bands.without(net, TAKEN[taken]))
    mine, sums = state(page, "bands"), torch.arange(51)[:, None] + torch.arange(51)
    assert apart(mine["logits"], expected[15 * 51 + 43]) < CLOSE
    right = (expected.argmax(-1) == sums.flatten()).unflatten(0, (51, 51))
    assert mine["count"] == int(right.sum())
    assert mine["heldOut"] == int(right[net.a[0], net.b[0]].sum())
    said = found.locator("output").inner_text()
    assert f"Without {len(TAKEN[taken])} of 50 waves {mine['count']:,} of 2,601 pairs are right" in said


@pytest.mark.parametrize("where", bands.WHERE)
def test_one_wave_is_taken_where_the_reader_says(visit, net, where):
    page = visit(ADDER, width=390, scheme="dark").page
    found = figure(page, "bands")
    control(found, "one").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    pick(page, found, "bands", "where", where)
    control(found, "a").fill("7")
    settle(page, "bands")
    expected = bands.all_logits(net, bands.without(net, [3], where=where))
    assert apart(state(page, "bands")["logits"], expected[7 * 51 + 43]) < CLOSE
    assert [row["x"] for row in shown(page, "bands", "table")] == [25.5]
    assert found.locator("output").evaluate("o => o.getBoundingClientRect().right <= innerWidth")


@pytest.mark.parametrize("frequencies", [(1, 3), (0, 1, 2, 3), tuple(range(13)), ()], ids=str)
def test_the_fit_on_the_circle_is_torchs(visit, frequencies):
    page = visit(KERNELS, width=1280, scheme="light").page
    found = figure(page, "circulant")
    for f in range(13):
        control(found, f"f{f}").set_checked(f in frequencies)
    settle(page, "circulant")
    column, mine = chosen.kernel(frequencies), state(page, "circulant")
    expected = chosen.fit(column, 10**chosen.RIDGE)
    assert apart(mine["column"], column) < CLOSE and apart(mine["fit"], expected) < CLOSE
    assert mine["errors"] == pytest.approx(list(chosen.errors(expected).values()), abs=CLOSE)
    assert found.locator("output").inner_text().startswith(f"{len(frequencies)} of 13 frequencies")


@pytest.mark.parametrize(("name", "D", "draw"), [("Gaussian", 8, 0), ("Laplace", 1024, 4), ("Gaussian", 128, 2)])
def test_the_fit_with_random_features_is_torchs(visit, name, D, draw):
    page = visit(KERNELS, width=390, scheme="dark").page
    found = figure(page, "features")
    for control_name, value in (("kernel", name), ("D", D), ("draw", draw)):
        pick(page, found, "features", control_name, str(value))
    ridge = 10**fitted.RIDGE
    kernel, fit = fitted.sampled(name, D, draw, ridge)
    mine = state(page, "features")
    assert apart(mine["kernel"], kernel) < CLOSE and apart(mine["fit"], fit) < CLOSE
    own = fitted.own(name, ridge)
    of_kernel, of_fit = (float((a - b).abs().max()) for a, b in zip((kernel, fit), own, strict=True))
    (errors,) = [row for row in mine["errors"] if row["D"] == D]
    assert errors["kernel"] == pytest.approx(of_kernel, abs=CLOSE) and errors["fit"] == pytest.approx(of_fit, abs=CLOSE)
    assert f"(D = {D})" in found.locator("output").inner_text()


@pytest.mark.parametrize("path", [ADDER, KERNELS])
def test_they_compute_from_disk_and_have_pictures_without_scripts(browser, path):
    for scripts in (True, False):
        context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True, java_script_enabled=scripts)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto((HTML / path).as_uri())
        if scripts:
            page.wait_for_function("[...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn)")
            for program in ("bands",) if path == ADDER else ("circulant", "features"):
                assert figure(page, program).locator("output").inner_text()
        else:
            pictures = page.locator(".circles-figure:has(script.circles-living) img.circles-fallback")
            assert pictures.count() == (1 if path == ADDER else 2)
            assert all(len(picture.get_attribute("alt")) > 100 for picture in pictures.all())
        context.close()
