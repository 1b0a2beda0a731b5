"""Guards over the committed notebooks: run, compared, light, and in step with the ledger. Nothing is executed
here but a small copied notebook, which shows that the guards bite."""

from __future__ import annotations

import ast
import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from circles import ledger
from circles.book import chapters, reproduce
from circles.ledger import checks
from circles.ledger.cards import headline_claims
from circles.ledger.kinds import NOT_RUN

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))
IGNORED = {"nbval-ignore-output", "nbval-skip", "raises-exception"}
ABSOLUTE = re.compile(r"(?:/(?:home|root|work|tmp|Users|content|usr)/|[A-Z]:\\\\)[\w.-]+")
CARRIED = re.compile(r'<script type="application/json" class="circles-net".*?</script>')
CHART = 400_000
NET = 1_000_000  # the weights that a picture carries which computes
CHAPTER = 3_000_000


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def chapter(request):
    return request.param


def cells(path: Path):
    return chapters.code_cells(chapters.read(path))


def outputs(path: Path):
    for index, cell in cells(path):
        for output in cell.outputs:
            yield index, output


def unrun(path: Path) -> list[int]:
    """Cells whose execution count is not their place among the code cells: not run, or run out of order."""
    return [i for place, (i, cell) in enumerate(cells(path), 1) if cell.execution_count != place]


def share_compared(path: Path) -> float:
    """The share of code cells whose outputs nbval compares; a card is the ledger's own words."""
    tags = [set(cell.metadata.get("tags", [])) for _, cell in cells(path)]
    found = [not IGNORED & of for of in tags if "card" not in of]
    return sum(found) / len(found)


def out_of_step(path: Path) -> list[str]:
    """Badges whose band or verdict is no longer the ledger's, one line each."""
    claims = {c.name: c for p in ledger.papers() for c in p.claims}
    return [
        f"{path.stem}: {name} shows {key} '{shown}', the ledger has '{now}'"
        for name, _, band, verdict in chapters.badges(chapters.read(path))
        for key, shown, now in (("band", band, claims[name].band), ("verdict", verdict, claims[name].verdict))
        if shown != now
    ]


def shown_on_cards(path: Path) -> list[str]:
    """A line for each headline whose value on a card is no longer the one that is kept."""
    pages = [output.data["text/html"] for _, cell in cells(path) if "card" in cell.metadata.get("tags", [])
             for output in cell.outputs]  # fmt: skip
    found = []
    for paper in ledger.papers():
        for card in re.findall(rf'<table class="circles-card" id="headlines-{paper.id}">.*?</table>', "".join(pages)):
            values = [html.unescape(v) for v in re.findall(r'data-label="ours">(.*?)</td>', card)]
            now = [checks.ours().get(c.name) for c in headline_claims(paper) if c.verdict != NOT_RUN]
            found += [f"{path.stem}: {paper.id} has {now}, its card shows {values}"] if set(now) - set(values) else []
    return found


def test_there_are_chapters():
    assert NOTEBOOKS


def test_every_code_cell_was_run_in_order(chapter):
    assert not unrun(chapter), f"{chapter.stem}: cells {unrun(chapter)} are unrun; python -m circles record"


def test_cards_show_what_the_badges_show(chapter):
    assert not shown_on_cards(chapter), "python -m circles record --outputs-only"


def test_pages_with_a_card_are_executed_after_what_the_badges_show_was_kept(monkeypatch, tmp_path):
    stems = ("01", "index", "errata", "scorecard")
    made = {stem: nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]) for stem in stems}
    for stem in stems[:2]:
        made[stem].cells[0].metadata["tags"] = ["card"]
    order = []
    monkeypatch.setattr(chapters, "OURS", tmp_path / "ours.json")
    monkeypatch.setattr(chapters, "write_ours", lambda found: order.append("kept"))
    monkeypatch.setattr(chapters, "execute", lambda path, *of: (order.append(path.stem), (made[path.stem], []))[1])
    reproduce._summarise({tmp_path / f"{stem}.ipynb": of for stem, of in made.items()}, tmp_path)
    assert order == ["kept", "01", "index", "scorecard"]


def test_no_cell_failed(chapter):
    assert not list(chapters.failures(chapters.read(chapter)))


def test_most_cells_are_compared(chapter, capsys):
    share = share_compared(chapter)
    with capsys.disabled():
        print(f"\n{chapter.stem}: {share:.0%} of code cells are compared", end=" ")
    assert share > 0.8, f"{chapter.stem}: {share:.0%} of code cells are compared, expected over 80%"


def test_cells_are_ignored_by_tag_only_and_only_figures(chapter):
    for index, cell in cells(chapter):
        assert "NBVAL_" not in cell.source, f"{chapter.stem} cell {index}: expected a tag"
        tags = set(cell.metadata.get("tags", []))
        assert "nbval-skip" not in tags, f"{chapter.stem} cell {index}: skipped, expected every cell to run"
        if "nbval-ignore-output" in tags:
            kinds = {kind for o in cell.outputs for kind in o.get("data", {})}
            assert kinds - {"text/plain"}, f"{chapter.stem} cell {index}: not compared, yet no figure"


def test_no_long_function(chapter):
    for index, cell in cells(chapter):
        source = re.sub(r"^(\s*)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                most = 20 if cell.source.startswith("# @title Solution") else 10  # an answer is what is taught
                assert lines <= most, f"{chapter.stem} cell {index}: {node.name} has {lines} lines, expected {most}"


def test_light_enough(chapter):
    text = chapter.read_text(encoding="utf-8")
    nets = sum(len(one) for one in CARRIED.findall(text.replace('\\"', '"')))
    assert len(text) - nets < CHAPTER  # the nets have bounds of their own; tests/browser holds the page with them
    for index, output in outputs(chapter):
        for kind, content in output.get("data", {}).items():
            text = content if isinstance(content, str) else json.dumps(content)
            net = sum(len(one) for one in CARRIED.findall(text))
            assert net < NET, f"{chapter.stem} cell {index}: a net has {net} bytes, over {NET}"
            size = len(text) - net
            assert size < CHART, f"{chapter.stem} cell {index}: {kind} has {size} bytes, over {CHART}"


def test_outputs_name_no_folder_and_no_warning(chapter):
    for index, output in outputs(chapter):
        assert output.get("name") != "stderr", f"{chapter.stem} cell {index}: warns: {output.text[:80]}"
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        found = ABSOLUTE.search(text)
        assert not found, f"{chapter.stem} cell {index}: names the folder {found and found[0]}"


def test_badges_are_in_step_with_the_ledger(chapter):
    assert not out_of_step(chapter), "\n".join(out_of_step(chapter))


@pytest.mark.parametrize("paper", ledger.papers(), ids=lambda p: p.id)
def test_every_claim_is_checked_in_its_chapter_or_on_the_page_that_it_names(paper):
    for stem in {paper.page(claim) for claim in paper.claims}:
        path = ROOT / "chapters" / f"{stem}.ipynb"
        assert path.exists(), f"{paper.id}: no notebook {path.name}"
        checked = {name for name, *_ in chapters.badges(chapters.read(path))}
        missing = [c.id for c in paper.claims if paper.page(c) == stem and c.name not in checked]
        assert not missing, f"{path.name} checks no claim {', '.join(missing)}"


def test_the_scorecard_shows_what_the_chapters_found():
    found = {name: ours for path in NOTEBOOKS for name, ours, *_ in chapters.badges(chapters.read(path))}
    kept = checks.ours()
    apart = [f"{name}: kept {kept.get(name)!r}, shown {found.get(name)!r}" for name in sorted({*kept, *found})
             if kept.get(name) != found.get(name)]  # fmt: skip
    assert not apart, f"recorded/ours.json differs from the chapters: {'; '.join(apart)}"


@pytest.fixture(scope="module")
def executed(tmp_path_factory):
    """A notebook with one check, executed and written once for all tests below."""
    claim = ledger.paper("nanda2023").claim("logit-variance")
    value = claim.accept.low if claim.verdict == "reproduced" else claim.partly.low
    code = f"from circles import ledger\nledger.check('logit-variance', {value})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    path = tmp_path_factory.mktemp("executed") / "small.ipynb"
    nbformat.write(notebook, path)
    done, failed = chapters.execute(path, "recorded", path.parent, lambda *_: None)
    assert not failed
    chapters.write(path, done)
    return path.read_bytes()


@pytest.fixture
def small(executed, tmp_path):
    """A fresh copy of that notebook."""
    (tmp_path / "small.ipynb").write_bytes(executed)
    return tmp_path / "small.ipynb"


def nbval(path: Path) -> subprocess.CompletedProcess:
    words = ["-m", "pytest", "-c", str(ROOT / "tests" / "nbval.ini"), "--nbval", "--nbval-current-env"]
    words += ["--nbval-sanitize-with", str(ROOT / "tests" / "nbval_sanitize.cfg"), "--color=no", str(path)]
    environment = os.environ | {"CIRCLES_RUNS": "recorded"}
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, env=environment, encoding="utf-8")


def test_a_changed_digit_of_a_stored_output_fails(small):
    assert nbval(small).returncode == 0
    text = small.read_text(encoding="utf-8")
    changed = re.sub(r"(  ours    0\.)(\d)", lambda m: m[1] + str((int(m[2]) + 1) % 10), text)
    assert changed != text
    small.write_text(changed, encoding="utf-8")
    done = nbval(small)
    assert done.returncode == 1
    assert "ledger.check('logit-variance'" in done.stdout


def test_a_changed_digit_of_a_band_is_named(small, edit):
    assert not out_of_step(small)
    edit(r"(accept = \{min = 0\.\d*)(\d)", lambda m: f"{m[1]}{m[2]}1")
    (line,) = out_of_step(small)
    assert line.startswith("small: nanda2023/logit-variance shows band")


def test_a_changed_verdict_is_named(small, edit):
    recorded = ledger.paper("nanda2023").claim("logit-variance").verdict
    other = "partly" if recorded == "reproduced" else "reproduced"
    edit(f'(verdict = )"{recorded}"', lambda m: f'{m[1]}"{other}"')
    (line,) = out_of_step(small)
    assert line == f"small: nanda2023/logit-variance shows verdict '{recorded}', the ledger has '{other}'"


def test_an_unrun_cell_is_found(small):
    notebook = chapters.read(small)
    assert not unrun(small)
    notebook.cells.append(nbformat.v4.new_code_cell("1 + 1"))
    nbformat.write(notebook, small)
    assert unrun(small) == [1]


def test_writing_outputs_twice_gives_the_same_file(small):
    first = small.read_bytes()
    executed, _ = chapters.execute(small, "recorded", small.parent, lambda *_: None)
    chapters.write(small, executed)
    assert small.read_bytes() == first


@pytest.fixture
def edit(tmp_path, monkeypatch):
    """Put another ledger in place, in which one line of the claim logit-variance differs."""

    def change(pattern: str, replace) -> None:
        text = (checks.FOLDER / "nanda2023.toml").read_text(encoding="utf-8")
        at = text.index('id = "logit-variance"')
        changed = text[:at] + re.sub(pattern, replace, text[at:], count=1)
        (tmp_path / "nanda2023.toml").write_text(changed, encoding="utf-8")
        monkeypatch.setattr(checks, "FOLDER", tmp_path)
        checks.paper.cache_clear()

    yield change
    checks.paper.cache_clear()
