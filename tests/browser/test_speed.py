"""How long a reader waits for the first chart of a page, on the server of this machine."""

from __future__ import annotations

import os

import pytest
from conftest import HTML
from test_pages import MARKS, PAGES

LIMIT = 2.0  # seconds from the click to the first chart's marks
READINGS = 6  # at most: the least of them counts, for other programs only make a reading longer
WITH_CHARTS = [path for path in PAGES if 'class="circles-chart"' in (HTML / path).read_text(encoding="utf-8")]
WATCH = f"""new MutationObserver((_, watch) => {{
    if (!document.querySelector("{MARKS}, .circles-live canvas")) return;
    window.firstChart = performance.now() / 1000;
    watch.disconnect();
}}).observe(document, {{ subtree: true, childList: true }});"""


def first_chart(browser, url: str) -> tuple[float, float]:
    """Seconds from navigation to the first marks of a chart, by the clock and of the page's own processor time.

    In a context that has nothing in its cache.
    """
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.add_init_script(WATCH)
        page.goto(url, wait_until="commit")
        page.wait_for_function("window.firstChart")
        metrics = devtools.send("Performance.getMetrics")["metrics"]
        busy = next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")
        return page.evaluate("window.firstChart"), busy
    finally:
        context.close()


def test_there_are_charts():
    assert len(WITH_CHARTS) >= 6


@pytest.mark.parametrize("path", WITH_CHARTS)
def test_the_first_chart_is_soon_there(browser, address, path):
    readings = [first_chart(browser, address + path)]
    while max(map(min, zip(*readings, strict=True))) > LIMIT and len(readings) < READINGS:
        readings.append(first_chart(browser, address + path))
    clock, busy = (min(column) for column in zip(*readings, strict=True))
    shown = f"first chart after {clock:.2f} s, {busy:.2f} s of them at work; expected {LIMIT} at most"
    assert busy <= LIMIT, shown
    # where others hold the processor the clock says nothing of the page
    assert clock <= LIMIT or os.getloadavg()[0] > 1.5 * os.cpu_count(), shown
