"""A figure in a notebook outside the book: every form that a notebook may know, each for itself."""

import json
import re
import sys

import pandas as pd
import pytest

from circles.figures import FigureError, clock, grokking, theme


def figure():
    rows = [(epoch, 20.0 + epoch / 100, flush) for flush in (True, False) for epoch in (0, 500, 1000)]
    return grokking.step_time(pd.DataFrame(rows, columns=["epoch", "milliseconds", "flushing"]))


@pytest.fixture
def bundle(monkeypatch):
    monkeypatch.delenv("CIRCLES_BOOK", raising=False)
    return figure()._repr_mimebundle_()


def test_the_book_and_a_live_notebook_get_different_output(monkeypatch, bundle):
    shown = figure()
    monkeypatch.setenv("CIRCLES_BOOK", "1")
    assert shown._repr_mimebundle_() == {"text/html": shown.html(), "text/plain": shown.alt}
    assert bundle["text/html"] != shown.html() and bundle["text/plain"] == shown.alt


def test_there_is_a_form_for_every_notebook(bundle):
    assert bundle.keys() == {
        "application/vnd.vegalite.v5+json", "application/vnd.vegalite.v6+json", "text/html", "text/plain", "image/png",
    }  # fmt: skip


def test_two_outputs_have_two_ids(monkeypatch):
    monkeypatch.delenv("CIRCLES_BOOK", raising=False)
    shown = figure()
    ids = [re.findall(r'<div id="(circles-[0-9a-f]+)"', shown._repr_mimebundle_()["text/html"]) for _ in range(2)]
    assert [len(found) for found in ids] == [1, 1] and ids[0] != ids[1]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_letters_stand_out_from_what_they_are_painted_on(bundle):
    card = bundle["application/vnd.vegalite.v6+json"]
    for colour in (card["config"]["title"]["color"], card["config"]["axis"]["labelColor"]):
        assert contrast(colour, card["background"]) > 4.5
    html = bundle["text/html"]
    looks = re.search(r'"config": (\{.*?\})\[\(function', html, re.S).group(1)
    found = json.loads(looks)
    assert found == {"light": theme.LIGHT, "dark": theme.DARK}
    assert contrast(found["dark"]["title"]["color"], "#1e1e1e") > 4.5
    assert contrast(found["dark"]["axis"]["labelColor"], "#1e1e1e") > 4.5


def test_what_a_notebook_draws_itself_has_its_caption():
    card = figure()._repr_mimebundle_()["application/vnd.vegalite.v6+json"]
    assert " ".join(card["title"]["text"]) == figure().caption
    assert "usermeta" not in card


def test_without_vl_convert_there_is_all_but_the_picture(monkeypatch):
    monkeypatch.delenv("CIRCLES_BOOK", raising=False)
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    found = figure()._repr_mimebundle_()
    assert "image/png" not in found and "<img" not in found["text/html"]
    assert found["application/vnd.vegalite.v6+json"]["mark" if "mark" in found else "layer"]
    with pytest.raises(FigureError, match="no package vl_convert; expected vl-convert-python"):
        clock().png()


def test_the_package_is_not_asked_for_before_a_picture_is():
    source = "import circles.figures.kernels, sys; print('vl_convert' in sys.modules)"
    import subprocess

    told = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True, encoding="utf-8")
    assert told.stdout.strip() == "False"
