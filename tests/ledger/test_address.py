"""The repository's address stands in one place, the setup cell is safe, the archive opens, the citation is complete."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
import tomllib
import types
import zipfile
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
import yaml
from IPython.core.interactiveshell import InteractiveShell

import circles
from circles import ledger
from circles.foundations.errors import LedgerError
from circles.ledger import citation

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted([*(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "handouts").glob("*.ipynb")])
NAME = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]


def tool(name):
    """A module of ``book/``, which is no package."""
    spec = importlib.util.spec_from_file_location(f"book_{name}", ROOT / "book" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


address, archive = tool("address"), tool("archive")
HERE = address.present(ROOT)


def setup_cells(path):
    cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if "setup" in cell.metadata.get("tags", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_every_notebook_begins_with_the_same_setup(path):
    (source,) = setup_cells(path)
    (first,) = setup_cells(ROOT / "chapters" / "02_grokking.ipynb")
    assert source == first
    assert f"{HERE}/archive/refs/tags/v{circles.__version__}.zip" in source, "a release changes the setup cells"
    code = next(cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")
    assert code.source == source, f"{path.name}: the setup is not the first code cell"


@pytest.mark.parametrize("url", ["https://github.com/someone/their-book", "https://github.com/a/b.git/"])
def test_one_command_changes_the_address_everywhere(tmp_path, url):
    files = ("_config.yml", "CITATION.cff", "CHANGELOG.md", "README.md", "pyproject.toml")
    for name in (*files, "src", "chapters", "handouts"):
        source = ROOT / name
        if source.is_dir():
            skip = shutil.ignore_patterns("recorded", "__pycache__", "[0-9]*_*.ipynb")
            shutil.copytree(source, tmp_path / name, ignore=skip)
        else:
            shutil.copy(source, tmp_path / name)
    changed = address.stamp(url, tmp_path)
    assert {"_config.yml", "CITATION.cff", "pyproject.toml", "chapters/primer.ipynb", "chapters/citing.md"} <= set(
        changed
    )
    texts = [
        f.read_text(encoding="utf-8")
        for f in tmp_path.rglob("*")
        if f.suffix in (".yml", ".cff", ".md", ".ipynb", ".py", ".toml")
    ]
    assert not [text for text in texts if HERE in text]
    assert address.present(tmp_path) == url.rstrip("/").removesuffix(".git")
    assert address.stamp(url, tmp_path) == [], "a second time nothing is left to do"
    address.stamp(HERE, tmp_path)
    assert (tmp_path / "chapters" / "primer.ipynb").read_bytes() == (ROOT / "chapters" / "primer.ipynb").read_bytes()


@pytest.mark.parametrize(
    "url", ["", "github.com/a/b", "http://github.com/a/b", "https://github.com/a", "https://x.org/a/b c"]
)
def test_another_kind_of_address_is_refused(tmp_path, url):
    shutil.copy(ROOT / "_config.yml", tmp_path)
    with pytest.raises(ValueError, match="expected https://github.com/OWNER/NAME"):
        address.stamp(url, tmp_path)


def test_no_file_of_the_repository_names_another_address():
    kinds = ("*.md", "*.ipynb", "*.toml", "*.cff", "*.yml", "src/**/*.py", ".github/**/*.yml", "chapters/*")
    for path in {p for kind in kinds for p in ROOT.glob(kind) if p.is_file()}:
        text = path.read_text(encoding="utf-8", errors="ignore")
        for found in re.findall(r"https://github\.com/[\w-]+/learning-in-circles[\w-]*", text):
            assert found == HERE, f"{path.name} names {found}, _config.yml {HERE}"


@pytest.fixture
def shell():
    """A shell like Colab's, which counts what it is asked to install."""
    made = InteractiveShell()
    made.installed = []

    def pip(line):
        made.installed.append(line)

    made.register_magic_function(pip, "line", "pip")
    return made


def test_the_setup_cell_is_silent_and_idle_where_the_package_is(shell, capsys):
    (source,) = setup_cells(NOTEBOOKS[0])
    for _ in range(2):
        assert shell.run_cell(source).success
    assert capsys.readouterr() == ("", "")
    assert shell.installed == []


def test_the_setup_cell_installs_once_where_the_package_is_missing(shell, monkeypatch, capsys):
    (source,) = setup_cells(NOTEBOOKS[0])
    packages = {"circles": "0.1"}  # somebody else's

    def version(name):
        if name not in packages and not shell.installed:
            raise metadata.PackageNotFoundError(name)
        return packages.get(name, circles.__version__)

    monkeypatch.setattr(metadata, "version", version)
    for _ in range(2):
        assert shell.run_cell(source).success
    release = f"{HERE}/archive/refs/tags/v{circles.__version__}.zip"
    assert shell.installed == [f'install "{NAME} @ {release}"']
    assert capsys.readouterr().out == f"Learning in Circles {circles.__version__} is installed.\n"


def test_another_package_of_the_name_is_told_of(shell, monkeypatch):
    (source,) = setup_cells(NOTEBOOKS[0])
    foreign = types.ModuleType("circles", "A client for something else.")
    monkeypatch.setitem(sys.modules, "circles", foreign)
    done = shell.run_cell(source)
    assert "another package is called circles" in str(done.error_in_exec)


def test_the_archive_is_the_same_twice_and_opens(tmp_path):
    html = tmp_path / "html"
    (html / "chapters").mkdir(parents=True)
    (html / ".doctrees").mkdir()
    (html / "index.html").write_text("<a href='chapters/x.html'>x</a>", encoding="utf-8")
    (html / "chapters" / "x.html").write_text("x", encoding="utf-8")
    (html / ".doctrees" / "x.doctree").write_text("left out", encoding="utf-8")
    first = archive.archive(html, tmp_path / "book-1.zip").read_bytes()
    assert archive.archive(html, tmp_path / "book-1.zip").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "book-1.zip") as made:
        assert made.namelist() == ["book-1/chapters/x.html", "book-1/index.html"]
        assert made.testzip() is None
    with pytest.raises(FileNotFoundError, match="make book"):
        archive.archive(tmp_path / "none", tmp_path / "book-2.zip")


def test_versions_agree():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cff["version"] == circles.__version__ == archive.version()
    assert cff["repository-code"] == HERE == citation.ADDRESS
    assert tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["urls"]["Repository"] == HERE
    assert f"## {circles.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert {r["title"] for r in cff["references"]} == {p.title for p in ledger.papers()}
    assert {r["url"] for r in cff["references"]} == {p.address for p in ledger.papers()}


@pytest.mark.parametrize("claim", [p.claims[i] for p in ledger.papers() for i in (0, -1)], ids=lambda c: c.name)
def test_a_claim_can_be_cited(claim):
    made = citation.citation(claim.name)
    for words in (claim.statement, claim.paper, claim.band, claim.verdict, circles.__version__, HERE):
        assert words in made
    assert made.count("@misc{") == 1 and made.count("{") == made.count("}")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wl-rank", "expected paper/claim"),
        ("nanda2032/x", "did you mean 'nanda2023'"),
        ("nanda2023/wl-rang", "'wl-rank'"),
    ],
)
def test_another_name_is_refused(name, words):
    with pytest.raises(LedgerError, match=words):
        citation.citation(name)
