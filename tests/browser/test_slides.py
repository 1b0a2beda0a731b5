"""A chapter as slides: every figure on one of them, nothing lost, on a screen, on a phone, and from disk."""

from __future__ import annotations

import pytest
from conftest import HTML
from test_pages import overflow

CHAPTERS = sorted(
    path.relative_to(HTML).as_posix()
    for path in (HTML / "chapters").glob("0[1-9]_*.html")
    if not path.stem.endswith("_exercises")
)
FIRST = CHAPTERS[0] if CHAPTERS else ""
PLACE = ".circles-slidebar span"
SEEN = """() => ({
    place: document.querySelector('.circles-slidebar span').textContent,
    charts: [...document.querySelectorAll('.circles-figure')]
        .map((f, i) => f.checkVisibility({ visibilityProperty: true }) ? i : -1).filter(i => i >= 0),
    words: document.querySelector('article').innerText.trim().length,
})"""


def of(page) -> int:
    return int(page.text_content(PLACE).split("/")[1])


@pytest.mark.parametrize("path", CHAPTERS)
def test_every_figure_has_its_slide_and_no_slide_is_empty(visit, path):
    page = visit(f"{path}?slides=1", width=1280, scheme="light").page
    figures = page.locator(".circles-figure").count()
    seen = []
    for i in range(of(page)):
        now = page.evaluate(SEEN)
        assert now["place"].startswith(f"{i + 1} / ")
        assert now["words"] > 3, f"slide {i + 1} shows nothing"
        seen += now["charts"]
        page.keyboard.press("ArrowRight")
    assert sorted(seen) == list(range(figures)), "a figure is on no slide, or on two"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_slide_is_wider_than_a_phone(visit, scheme):
    one = visit(f"{FIRST}?slides=1", width=390, scheme=scheme)
    for _ in range(of(one.page)):
        assert overflow(one.page) is None, one.page.text_content(PLACE)
        one.page.keyboard.press("PageDown")
    assert one.faults == []


def test_keys_buttons_and_notes(visit):
    page = visit(f"{FIRST}?slides=2", width=1280, scheme="light").page
    last = of(page)
    turns = {"ArrowRight": 3, "ArrowLeft": 2, "End": last, "PageDown": last, "Home": 1, "PageUp": 1}
    for key, place in turns.items():
        page.keyboard.press(key)
        assert page.text_content(PLACE) == f"{place} / {last}", key
    page.get_by_role("button", name="Next slide").click()
    assert page.text_content(PLACE) == f"2 / {last}"
    while page.locator(".circles-slidebar button:has-text('Notes')").is_disabled():
        page.keyboard.press("ArrowRight")
    before = page.evaluate(SEEN)["words"]
    page.keyboard.press("n")
    assert page.evaluate(SEEN)["words"] > before
    page.keyboard.press("n")
    assert page.evaluate(SEEN)["words"] == before
    page.keyboard.press("Escape")
    page.wait_for_selector(".circles-as-slides")
    assert "slides" not in page.url


def test_a_slider_keeps_its_arrow_keys(visit):
    page = visit(f"{FIRST}?slides=1", width=1280, scheme="light").page
    slider = page.locator("input[type=range]").first
    page.evaluate("document.querySelector('input[type=range]')?.focus()")
    if not slider.is_visible():
        for _ in range(of(page)):
            if slider.is_visible():
                break
            page.keyboard.press("ArrowRight")
        slider.focus()
    place, value = page.text_content(PLACE), slider.input_value()
    page.keyboard.press("ArrowRight")
    assert page.text_content(PLACE) == place and slider.input_value() != value


def test_they_open_from_disk_without_a_network(browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.goto(f"{(HTML / FIRST).as_uri()}?slides=3", wait_until="domcontentloaded")
    page.wait_for_selector(PLACE)
    assert page.text_content(PLACE).startswith("3 / ")
    page.wait_for_function("[...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn)")
    context.close()
