"""Finding things: sections by search, figures by their index, one figure alone, its files, links that last."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from conftest import HTML

INDEX = "chapters/figures.html"
DRAWN = "[...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn)"


@pytest.mark.parametrize(("asked", "page"), [("excluded loss", "02_grokking"), ("random features", "04_kernels")])
def test_a_search_leads_to_sections_that_have_all_its_words(visit, asked, page):
    opened = visit(f"search.html?q={asked.replace(' ', '+')}", width=1280, scheme="light")
    opened.page.wait_for_selector(".circles-found li a")
    links = opened.page.locator(".circles-found li a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert any(page in link for link in links[:5]) and all("#" in link for link in links)
    file, _, anchor = links[0].partition("#")
    assert f'id="{unquote(anchor)}"' in (HTML / file).read_text(encoding="utf-8")
    assert not opened.faults


def test_a_search_from_disk_leads_to_sections_too(browser):
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    page.goto((HTML / "search.html").as_uri() + "?q=tear")
    page.wait_for_selector(".circles-found li a")
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_index_has_a_picture_and_links_for_every_figure(visit, width, scheme):
    opened = visit(INDEX, width=width, scheme=scheme)
    entries = opened.page.locator(".circles-indexed")
    pages = [file.read_text(encoding="utf-8") for file in (HTML / "chapters").glob("*.html")]
    shown = sum(len(re.findall(r'<figure id="figure-', text)) for text in pages)
    assert entries.count() == shown > 90
    entries.last.scroll_into_view_if_needed()
    picture = entries.last.locator("img")
    opened.page.wait_for_function("img => img.complete && img.naturalWidth > 0", arg=picture.element_handle())
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for kind, head in (("svg", b"<svg"), ("png", b"\x89PNG")):
        with opened.page.expect_download() as download:
            entries.nth(5).locator(f'a[download$=".{kind}"]').click()
        with open(download.value.path(), "rb") as file:
            assert file.read(4) == head
    assert not opened.faults


def test_a_figure_alone_fills_the_window_and_goes_back_to_its_place(visit):
    link = "chapters/primer.html?full=figure-462e1883#figure-462e1883"
    page = visit(link, width=1280, scheme="light").page
    figure = page.locator("dialog.circles-full #figure-462e1883")
    figure.wait_for()
    page.wait_for_function("document.querySelector('dialog .circles-chart').dataset.drawn")
    assert page.locator("dialog .circles-live svg").bounding_box()["width"] > 900
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.circles-full", state="detached")
    assert page.locator("article #figure-462e1883 svg").count() == 1
    assert page.locator("article #figure-462e1883 .circles-tools summary").evaluate("s => s === document.activeElement")


def test_a_figure_is_saved_as_the_reader_set_it(visit):
    page = visit("chapters/primer.html", width=1280, scheme="light").page
    page.wait_for_function(DRAWN)
    figure = page.locator("#figure-462e1883")
    slider = figure.locator('.circles-controls input[type="range"]').first
    found = []
    for end in ("min", "max"):
        slider.evaluate(f"s => {{ s.value = s.{end}; s.dispatchEvent(new Event('input', {{bubbles: true}})); }}")
        page.wait_for_timeout(300)
        figure.locator(".circles-tools").evaluate("d => d.open = true")
        with page.expect_download() as download:
            figure.locator('a[download$=".svg"]').click()
        with open(download.value.path(), encoding="utf-8") as file:
            found.append(file.read())
    assert all(text.startswith("<svg") for text in found) and found[0] != found[1]


def test_a_symbol_and_a_claim_have_links_of_their_own(visit):
    page = visit("chapters/primer.html#symbol-W_E", width=1280, scheme="light").page
    assert page.locator("tr[id='symbol-W_E']").evaluate("row => row.matches(':target')")
    page = visit("chapters/02_grokking.html", width=1280, scheme="light").page
    link = page.locator(".circles-check caption a").first.get_attribute("href")
    assert link.startswith("#claim-nanda2023-") and page.locator(f'[id="{link[1:]}"]').count() == 1
