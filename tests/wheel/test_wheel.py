"""Every notebook runs where a reader of Colab runs it: in an empty folder, alone, with an installed wheel."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb")) + sorted((ROOT / "handouts").glob("*.ipynb"))


def pip(*words):
    quiet = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(quiet, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def wheel(tmp_path_factory) -> Path:
    """The wheel, built from a copy: building in the checkout would leave a folder there."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    pip("wheel", "--no-deps", "--wheel-dir", str(target), str(source))
    (made,) = target.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def installed(wheel, tmp_path_factory) -> Iterator[Path]:
    """A folder with nothing but the installed wheel; its dependencies are those of this Python."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--target", str(folder), str(wheel))
    for path in [*folder.rglob("*")]:  # as in a folder of the system's
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = written(folder)
    yield folder
    assert written(folder) == before, "something was written beside the code"  # root may write anywhere


def written(folder: Path) -> dict[str, int]:
    """Each file below the folder with when it was written."""
    return {path.relative_to(folder).as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_the_wheel_holds_all_that_the_package_reads(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    kinds = ("*.py", "*.toml", "*.json", "*.safetensors")
    missing = [
        file.relative_to(ROOT / "src").as_posix()
        for kind in kinds
        for file in (ROOT / "src" / "circles").rglob(kind)
        if file.relative_to(ROOT / "src").as_posix() not in names
    ]
    assert not missing, f"the wheel lacks {missing[:3]}"
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


@pytest.mark.parametrize("chapter", NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_chapter_runs_from_an_empty_folder(installed, tmp_path, chapter, monkeypatch):
    place = tmp_path / "content"
    place.mkdir()
    shutil.copy(chapter, place)
    notebook = nbformat.read(place / chapter.name, as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell("print(circles.__file__)"))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CIRCLES_")}
    environment |= {
        "PYTHONPATH": str(installed), "CIRCLES_RUNS": "recorded", "CIRCLES_CACHE": str(tmp_path / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(place)}})
    asyncio.run(client.async_execute(env=environment))
    said = notebook.cells[-1].outputs[0].text
    assert said.startswith(str(installed)), f"ran with {said.strip()}, expected the installed wheel"
    assert [path.name for path in place.iterdir()] == [chapter.name], "a chapter left something behind"
    setup = next(cell for cell in notebook.cells if "setup" in cell.metadata.get("tags", []))
    assert not setup.outputs
