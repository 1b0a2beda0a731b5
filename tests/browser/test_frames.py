"""Each chapter's figures as notebooks outside the book show them: in a frame like VS Code's, and one like JupyterLab's.

VS Code puts all outputs of a notebook into one document and runs their scripts when all of them are there; JupyterLab
runs an output's scripts where they stand, and draws Vega-Lite's MIME type by itself.
"""

from __future__ import annotations

import json
import re

import pytest
from conftest import HTML

from circles.figures import outside

CHAPTERS = sorted(p.stem for p in (HTML / "chapters").glob("0[1-9]_*.html") if not p.stem.endswith("_exercises"))
SPEC = re.compile(r'<script type="application/json" class="circles-spec">(.*?)</script>', re.DOTALL)
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
# How a frame takes outputs: it gets a list of HTML.
FRAMES = {
    "VS Code": """outputs => {
        const places = outputs.map(html => {
            const place = document.body.appendChild(document.createElement('div'));
            place.className = 'output';
            place.innerHTML = html;
            return place;
        });
        for (const place of places) for (const old of [...place.querySelectorAll('script')]) {
            const script = document.createElement('script');
            script.text = old.text;
            old.remove();
            place.append(script);
        }
    }""",
    "JupyterLab": """outputs => {
        for (const html of outputs) {
            const place = document.body.appendChild(document.createElement('div'));
            place.className = 'output';
            place.append(document.createRange().createContextualFragment(html));
        }
    }""",
}


def specs(chapter: str) -> list[dict]:
    """The specifications of a chapter's figures, as its built page has them."""
    text = (HTML / "chapters" / f"{chapter}.html").read_text(encoding="utf-8")
    return [json.loads(found.replace("<\\/", "</")) for found in SPEC.findall(text)]


@pytest.fixture
def frame(browser):
    """A page that a notebook's outputs are put into; Vega comes from the book where there is a network."""
    opened = []

    def start(ground: str, *, network: bool):
        context = browser.new_context(color_scheme="light")
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)

        def answer(route):
            if not network:
                route.abort()
            elif "vega-embed" in route.request.url:
                route.fulfill(path=HTML / "_static" / "vega.js", content_type="text/javascript")
            else:  # the one file above holds all three
                route.fulfill(body="", content_type="text/javascript")

        page.route("http*://**/*", answer)
        page.set_content(f"<body style='background:{ground}'></body>")
        return page

    yield start
    for context in opened:
        context.close()


def outputs(chapter: str) -> list[str]:
    return [
        outside.page(spec, alt_text=f"figure {i}", caption=f"caption {i}", picture=PIXEL)
        for i, spec in enumerate(specs(chapter))
    ]


def test_every_chapter_has_figures():
    assert len(CHAPTERS) == 5 and all(len(specs(chapter)) >= 3 for chapter in CHAPTERS)


@pytest.mark.parametrize(("name", "ground", "dark"), [("VS Code", "#1e1e1e", True), ("JupyterLab", "#ffffff", False)])
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_figure_is_drawn_once_in_its_own_output(frame, chapter, name, ground, dark):
    page, made = frame(ground, network=True), outputs(chapter)
    page.evaluate(FRAMES[name], made)
    drawing = ".output :is(svg.marks, canvas.marks)"
    page.wait_for_function(f"n => document.querySelectorAll('{drawing}').length >= n", arg=len(made))
    found = page.evaluate(
        """() => [...document.querySelectorAll('.output')].map(place => ({
            drawings: place.querySelectorAll('svg.marks, canvas.marks').length,
            still: getComputedStyle(place.querySelector('img')).display,
            errors: place.querySelectorAll('.error').length,
        }))"""
    )
    assert found == [{"drawings": 1, "still": "none", "errors": 0}] * len(made)
    letters = page.evaluate(  # of axes: letters that are marks wear the data's colours
        """() => [...document.querySelectorAll('.output svg.marks [class*="role-axis"] text')]
            .map(t => t.getAttribute('fill')).filter(c => /^#[0-9a-f]{6}$/i.test(c ?? ''))"""
    )
    assert letters and {int(c[1:3], 16) > 128 for c in letters} == {dark}, "letters of the other theme"


@pytest.mark.parametrize("name", FRAMES)
def test_without_a_network_there_is_the_picture(frame, name):
    page, made = frame("#1e1e1e", network=False), outputs(CHAPTERS[1])
    page.evaluate(FRAMES[name], made)
    page.wait_for_timeout(2000)
    shown = page.evaluate("[...document.querySelectorAll('.output img')].map(i => getComputedStyle(i).display)")
    assert len(shown) == len(made) and "none" not in shown
    assert page.evaluate("[...document.querySelectorAll('.error')].every(e => getComputedStyle(e).display === 'none')")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_what_jupyterlab_draws_by_itself_is_drawn(frame, chapter):
    page = frame("#111111", network=True)
    page.add_script_tag(path=HTML / "_static" / "vega.js")
    for i, spec in enumerate(specs(chapter)):
        card = outside.bundle(spec, alt_text="a", caption="c", picture=None)
        drawn = page.evaluate(
            """async card => {
                const place = document.body.appendChild(document.createElement('div'));
                await vegaEmbed(place, card, { actions: false, mode: 'vega-lite' });
                return place.querySelectorAll('svg, canvas').length;
            }""",
            card["application/vnd.vegalite.v5+json"],
        )
        assert drawn >= 1, f"figure {i}"
