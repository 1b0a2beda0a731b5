"""Every page of the built book, at two widths, light and dark, with all other hosts blocked; axe at the wider one."""

import pytest
import yaml
from conftest import HTML, ROOT

REPOSITORY = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["repository"]["url"]
COLAB = REPOSITORY.replace("https://github.com", "https://colab.research.google.com/github")
SKIPPED = {"genindex.html", "search.html", "index.html"}
PAGES = sorted(
    path for path in (file.relative_to(HTML).as_posix() for file in HTML.rglob("*.html"))
    if not path.startswith("_") and path not in SKIPPED
)
# The page has turned, its charts are drawn anew, and no colour is on its way from one to the other.
TURNED = """s => document.documentElement.dataset.theme === s
    && [...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn?.startsWith(s))
    && !document.getAnimations().some(a => a instanceof CSSTransition && a.playState !== 'finished')"""
MARKS = (
    "svg .mark-symbol path, svg .mark-line path, svg .mark-rect path, svg .mark-area path, svg .mark-rule line, "
    "svg .mark-image image"
)


def charts(page):
    """For each chart: its name, how many marks it has, and whether its picture is still in the way."""
    return page.evaluate(
        """marks => [...document.querySelectorAll('.circles-chart')].map(chart => ({
            name: chart.getAttribute('aria-label'),
            marks: chart.querySelectorAll(marks).length + inked(chart),
            fallback: chart.querySelectorAll('.circles-fallback').length,
        }));
        function inked(chart) {
            return [...chart.querySelectorAll('canvas')].filter(canvas => {
                const { width, height } = canvas;
                const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
                return data.some((value, i) => i % 4 === 3 && value > 0);
            }).length;
        }""",
        MARKS,
    )


def formulas(page):
    """How many formulas the page has, how many MathJax set, how many it could not, and TeX left in the text."""
    return page.evaluate(
        """() => ({
            written: document.querySelectorAll('span.math, div.math').length,
            typeset: document.querySelectorAll('.math mjx-container').length,
            wrong: document.querySelectorAll('mjx-merror, [data-mjx-error]').length,
            raw: [...document.querySelectorAll('span.math, div.math')]
                .filter(m => /\\\\[(\\[]/.test(m.innerText)).length,
        })"""
    )


def overflow(page):
    """By how many pixels the page is wider than the window, and the first elements that stick out."""
    return page.evaluate(
        """() => {
            const room = document.documentElement.clientWidth;
            const extra = document.documentElement.scrollWidth - room;
            if (extra <= 0) return null;
            const out = [...document.querySelectorAll('main *')]
                .filter(e => e.getBoundingClientRect().right > room + 1);
            return `${extra} px: ` + out.slice(0, 3).map(e => `${e.tagName}.${e.className}`).join(', ');
        }"""
    )


def serious(page, axe, **options):
    """What axe calls serious or critical on this page."""
    page.evaluate(axe)
    found = page.evaluate("o => axe.run(document, {resultTypes: ['violations'], ...o})", options)["violations"]
    return [
        f"{fault['impact']} {fault['id']}: {fault['help']}; {fault['nodes'][0]['html'][:120]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def test_there_are_pages():
    assert len(PAGES) >= 2, f"{HTML}: {len(PAGES)} pages, expected the chapters"


@pytest.mark.parametrize(("width", "schemes"), [(390, ("dark", "light")), (1280, ("light", "dark"))])
@pytest.mark.parametrize("path", PAGES)
def test_page(visit, screens, axe, path, width, schemes):
    """As it loads, and as the reader's system turns from light to dark under it, or back."""
    opened = visit(path, width=width, scheme=schemes[0])
    page = opened.page
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function(TURNED, arg=scheme)
        # The narrow page has the same structure, and other colours can only change contrast. A picture of the whole
        # stretches the page.
        rules = {} if scheme == schemes[0] else {"runOnly": ["color-contrast"]}
        heard = serious(page, axe, **rules) if width == 1280 else []
        if screens:
            name = path.removesuffix(".html").replace("/", "-")
            page.screenshot(path=screens / f"{name}-{width}-{scheme}.png", full_page=True)
        assert not opened.faults
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        for chart in charts(page):
            assert chart["marks"] > 0, f"{chart['name']}: nothing drawn"
            assert not chart["fallback"], f"{chart['name']}: the picture is still there"
        found = formulas(page)
        assert not found["wrong"]
        assert not found["raw"]
        assert found["typeset"] >= found["written"]
        assert overflow(page) is None
        assert not heard


def test_theme_toggle_redraws_and_keeps_the_sliders(visit):
    path = next((path for path in PAGES if '"input":"range"' in (HTML / path).read_text(encoding="utf-8")), None)
    assert path, "no page has a chart with a slider, expected one in chapter 2"
    opened = visit(path, width=1280, scheme="light")
    page = opened.page
    slider = page.locator(".circles-figure input[type=range]").first
    before = slider.evaluate(
        "s => { s.value = s.max; s.dispatchEvent(new Event('input', {bubbles: true})); return s.value; }"
    )
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.wait_for_function(
        "[...document.querySelectorAll('.circles-chart')].every(c => c.dataset.drawn?.startsWith('dark'))"
    )
    assert page.locator(".circles-figure input[type=range]").first.input_value() == before
    assert page.locator(".circles-chart").count() == page.locator(".circles-live").count()
    assert not opened.faults


def test_every_notebook_opens_in_colab():
    for path in PAGES:
        if (ROOT / path).with_suffix(".ipynb").is_file():
            button = f'{COLAB}/blob/main/{path.removesuffix(".html")}.ipynb"'
            assert button in (HTML / path).read_text(encoding="utf-8"), f"{path}: no button {button}"


def test_search_finds(visit):
    opened = visit("search.html?q=grokking", width=1280, scheme="light")
    opened.page.wait_for_selector("#search-results li a")
    assert not opened.faults
