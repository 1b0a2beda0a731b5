"""The page for whoever has only a keyboard, or opens it from disk; what axe hears is in ``test_pages``."""

from __future__ import annotations

import pytest
from conftest import HTML
from test_pages import PAGES

# Twelve presses reach past the sliders of any chart; a chart with more needs a reason and a larger number.
MOST_CONTROLS = 12
WITH_CONTROLS = [path for path in PAGES if '"bind":{' in (HTML / path).read_text(encoding="utf-8")]


@pytest.mark.parametrize("path", WITH_CONTROLS)
def test_the_keyboard_reaches_and_moves_every_control_of_every_chart(visit, path):
    page = visit(path, width=1280, scheme="light").page
    counts = page.evaluate(
        """() => {
            const charts = [...document.querySelectorAll('.circles-live')];
            return charts.map((chart, i) => {
                const controls = [...chart.querySelectorAll('input, select')];
                controls.forEach((c, j) => (c.dataset.place = `${i}/${j}`));
                return controls.length;
            });
        }"""
    )
    for i, many in enumerate(counts):
        if not many:
            continue
        page.locator(f'[data-place="{i}/0"]').focus()
        reached = {page.evaluate("document.activeElement.dataset.place")}
        for _ in range(MOST_CONTROLS):
            page.keyboard.press("Tab")
            reached.add(page.evaluate("document.activeElement.dataset.place ?? ''"))
        # of radio buttons of one name the keyboard stops at one, and the arrows go on to the others
        wanted = page.evaluate(
            """i => [...document.querySelectorAll(`[data-place^="${i}/"]`)]
                .filter(c => c.type !== 'radio' || c.checked).map(c => c.dataset.place)""",
            i,
        )
        assert wanted and set(wanted) <= reached, f"chart {i}: {wanted} expected, {sorted(reached)} reached"
        for place in wanted:
            control = page.locator(f'[data-place="{place}"]')
            if control.get_attribute("type") == "range":
                control.focus()
                before = control.input_value()
                page.keyboard.press("Home" if before != control.get_attribute("min") else "End")
                assert control.input_value() != before, f"chart {i}: the keyboard does not move control {place}"


def test_the_scorecard_filters_by_keyboard_and_leads_to_the_cells(visit, address):
    page = visit("chapters/scorecard.html", width=1280, scheme="light").page
    rows = page.locator(".circles-scorecard tr[data-verdict]")
    every = rows.count()
    page.locator('.circles-filter select[name="verdict"]').focus()
    page.keyboard.type("not run")
    shown = page.locator(".circles-scorecard tr[data-verdict]:visible")
    assert 0 < shown.count() < every
    assert page.locator(".circles-filter output").inner_text() == f"{shown.count()} of {every} claims"
    assert all("verdict-not-run" in row.get_attribute("class") for row in shown.all())
    assert "verdict=not+run" in page.url
    link = shown.first.locator('th a[href*="#claim-"]').get_attribute("href")
    page.goto(f"{address}chapters/{link}")
    assert page.locator(f"#{link.partition('#')[2]}").is_visible()


def test_the_front_page_fits_and_the_clock_turns(visit):
    page = visit("chapters/index.html", width=1280, scheme="light").page
    assert page.locator(".circles-papers tbody tr").count() == 6
    title = page.locator(".circles-live svg .role-title-text").first
    before = title.text_content()
    page.locator(".circles-figure input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.circles-live .role-title-text').textContent !== before", arg=before
    )


def test_the_book_opens_from_disk(browser):
    """What `make archive` packs: no server, charts drawn, formulas set."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, offline=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto((HTML / "chapters" / "index.html").as_uri())
    page.wait_for_function("document.querySelector('.circles-chart').dataset.drawn")
    page.goto((HTML / "search.html").as_uri() + "?q=grokking")
    page.wait_for_selector("#search-results li a")
    context.close()


@pytest.mark.parametrize("path", ["chapters/02_grokking.html", "chapters/03_quantized.html"])
def test_a_slider_through_training_says_the_epoch_that_is_drawn(visit, path):
    page = visit(path, width=1280, scheme="light").page
    said = page.evaluate(
        """async () => {
          const found = [];
          for (const figure of document.querySelectorAll(".circles-figure")) {
            const slider = figure.querySelector(".circles-controls input[type=range][name=at]");
            const spec = JSON.parse(figure.querySelector("script.circles-spec")?.textContent ?? "{}");
            const epoch = spec.params?.find(({ name }) => name === "epoch");
            if (!slider || !epoch) continue;
            const recorded = JSON.parse(epoch.expr.replace("[moment]", ""));
            for (const part of [0, 0.13, 0.37, 0.61, 0.99, 1]) {
              slider.value = +slider.min + part * (slider.max - slider.min);
              slider.dispatchEvent(new Event("input", { bubbles: true }));
              await new Promise((resolve) => setTimeout(resolve, 150));
              const label = slider.nextElementSibling.textContent;
              const off = recorded.map((e) => Math.abs(e - slider.value));
              const nearest = recorded.filter((_, i) => off[i] === Math.min(...off));
              found.push([label, nearest.map((e) => e.toLocaleString("en")), slider.getAttribute("aria-valuetext")]);
            }
          }
          return found;
        }"""
    )
    assert len(said) >= 6
    for label, nearest, read in said:
        assert label in nearest and read == f"epoch {label}"
