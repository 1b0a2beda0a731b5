"""The index of figures, links to what draws them, links to symbols, and what the search knows of sections."""

from __future__ import annotations

import html
import importlib.util
import inspect
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from circles.book.drawn import Drawn, drawn

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOTEBOOKS = [path for path in sorted((ROOT / "chapters").glob("*.ipynb")) if not path.stem.endswith("exercises")]


def tool(name: str):
    sys.path.insert(0, str(ROOT / "book"))
    try:
        spec = importlib.util.spec_from_file_location(f"book_{name}", ROOT / "book" / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(ROOT / "book"))


pictures, sections = tool("pictures"), tool("sections")
ALL = pictures.every(ROOT)


def test_every_figure_of_every_notebook_is_there_once():
    shown = sum(path.read_text(encoding="utf-8").count('class=\\"circles-figure') for path in NOTEBOOKS)
    assert len(ALL) == shown == len({figure.key for figure in ALL})
    assert {figure.chapter for figure in ALL} >= {"index", "primer", "01_numbers", "05_manifolds"}
    chapters = list(dict.fromkeys(figure.chapter for figure in ALL))
    assert chapters.index("primer") < chapters.index("01_numbers") < chapters.index("05_manifolds")


@pytest.mark.parametrize("figure", ALL, ids=lambda figure: figure.key)
def test_a_figure_leads_to_the_function_that_draws_it(figure):
    file, _, line = figure.source.partition(":")
    module, _, name = figure.function.rpartition(".")
    function = getattr(import_module(module), name)
    assert (ROOT / file).read_text(encoding="utf-8").splitlines()[int(line) - 1].startswith(f"def {name}(")
    assert inspect.unwrap(function).__doc__
    assert figure.code(COMMIT).endswith(f"/blob/{COMMIT}/{file}#L{line}")
    assert figure.caption and len(figure.alt) > 40


def test_the_index_has_each_figure_with_its_links_and_its_citation():
    text = pictures.index(ALL, COMMIT)
    assert text.count('class="circles-indexed"') == len(ALL)
    for figure in ALL:
        (entry,) = [line for line in text.splitlines() if f'id="index-{figure.key}"' in line]
        assert f'href="{figure.chapter}.html?full={figure.name}#{figure.name}"' in entry
        assert all(f'download="{figure.key}.{kind}"' in entry for kind in ("svg", "png"))
        assert html.escape(figure.caption) in entry and f"@misc{{circles:{figure.key}," in entry


def test_a_citation_names_version_commit_and_licence():
    said = ALL[0].citation(COMMIT)
    assert COMMIT[:12] in said and "CC BY 4.0" in said and said.count("{") == said.count("}")


def test_links_hold_for_this_commit():
    found = pictures.at(ROOT)
    done = subprocess.run(["git", "rev-parse", f"{found}^{{commit}}"], cwd=ROOT, capture_output=True, encoding="utf-8")
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.stdout == head.stdout


def test_without_git_the_versions_tag_stands_in(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert re.fullmatch(r"v\d+\.\d+\.\d+\S*", pictures.at.__wrapped__(tmp_path))


def figure_of(page: str) -> Drawn:
    return Drawn("02_grokking", "T", "figure-x", page, "circles.figures.walk.walk", "src/circles/figures/walk.py:14")


def test_a_page_gets_a_fold_below_its_figure_and_the_picture_from_a_file():
    page = (
        '<figure class="circles-figure"><div aria-label="a"><img src="data:image/png;base64,AAAA"></div>'
        "<figcaption>c</figcaption></figure>"
    )
    body = page.replace("<figure ", '<figure id="figure-x" ')
    made = pictures.tooled(f"<p>before</p>{body}<p>after</p>", [figure_of(page)], COMMIT)
    assert made.startswith("<p>before</p>") and made.endswith("</details></figure><p>after</p>")
    assert "base64" not in made and 'src="../_static/figures/02_grokking-figure-x-small.png"' in made
    assert 'href="figures.html#index-02_grokking-figure-x"' in made
    assert f"/blob/{COMMIT}/src/circles/figures/walk.py#L14" in made
    assert pictures.tooled(body, [], COMMIT) == body


def test_a_drawing_is_a_file_of_its_own(tmp_path):
    (drawing,) = [figure for figure in ALL if figure.spec is None and figure.chapter == "02_grokking"]
    assert drawing.picture is None
    pictures.write([drawing], tmp_path / "out", tmp_path / "kept")
    svg = (tmp_path / "out" / f"{drawing.key}.svg").read_text(encoding="utf-8")
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"') and "fill:#fff" in svg
    assert (tmp_path / "out" / f"{drawing.key}.png").read_bytes().startswith(b"\x89PNG")
    before = [file.stat().st_mtime_ns for file in sorted((tmp_path / "kept").iterdir())]
    pictures.write([drawing], tmp_path / "out", tmp_path / "kept")
    assert before == [file.stat().st_mtime_ns for file in sorted((tmp_path / "kept").iterdir())]


def test_a_figure_is_drawn_as_its_picture_stands_still(tmp_path):
    """The slider of the primer: its file and the picture in its notebook are of the same moment."""
    figure = next(f for f in drawn(ROOT / "chapters" / "primer.ipynb") if "slider" in f.alt.lower())
    pictures.write([figure], tmp_path / "out", tmp_path / "kept")
    assert (tmp_path / "out" / f"{figure.key}-small.png").read_bytes() == figure.picture
    assert "<svg" in (tmp_path / "out" / f"{figure.key}.svg").read_text(encoding="utf-8")


def test_sections_have_their_own_words_and_not_those_inside_them(tmp_path):
    page = tmp_path / "p.html"
    page.write_text(
        '<article class="bd-article"><section id="t"><h1>Title<a class="headerlink">#</a></h1>'
        "<p>one \\(w_k\\)</p><script>no</script>"
        '<section id="s"><h2>Part</h2><p>two \\(\\cos x\\)</p></section></section></article>',
        encoding="utf-8",
    )
    assert sections.sections(page, "chapters/p.html") == [
        ["chapters/p.html#t", "Title", "Title", "one w_k"],
        ["chapters/p.html#s", "Title", "Part", "two cos x"],
    ]
