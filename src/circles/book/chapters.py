"""The book's chapters as notebooks: find, execute, read their badges, write their outputs back."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode

from circles.foundations import files
from circles.foundations.errors import CirclesError
from circles.ledger.checks import OURS, shown

T = TypeVar("T")

SUMMARIES = ("not_replicated", "scorecard")  # they show what the others found
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def folder() -> Path:
    """The chapters' folder: below the working directory, or beside an editable install."""
    for root in (Path.cwd(), Path(__file__).resolve().parents[3]):
        if any((root / "chapters").glob("*.ipynb")):
            return root / "chapters"
    raise CirclesError("no folder chapters/ with notebooks here, expected to run in a checkout of the book")


def paths() -> list[Path]:
    """All chapters in reading order, those last that show what the others found."""
    return sorted(folder().glob("*.ipynb"), key=lambda p: (p.stem in SUMMARIES, p.stem))


def read(path: Path) -> NotebookNode:
    """The notebook as nbformat 4. Raises CirclesError when it is none."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:  # whatever a damaged file provokes
        words = (str(error).splitlines() or [type(error).__name__])[0][:100]
        raise CirclesError(f"{path.name}: not a notebook ({words})") from error


def code_cells(notebook: NotebookNode) -> list[tuple[int, NotebookNode]]:
    """Code cells with their place among all cells."""
    return [(i, cell) for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]


def execute(path: Path, mode: str, cache: Path, each: Callable[[int, float], None]) -> tuple[NotebookNode, list[str]]:
    """``executed``, waited for."""
    return wait(executed(path, mode, cache, each))


async def executed(
    path: Path, mode: str, cache: Path, each: Callable[[int, float], None], *, threads: int | None = None
) -> tuple[NotebookNode, list[str]]:
    """Run a chapter with CIRCLES_RUNS=mode; the notebook with its outputs, and a line for each failed cell.

    ``each(cell, seconds)`` is called after every cell. ``threads`` is what its kernel computes with, else torch's own
    choice.
    """
    notebook = read(path)
    for _, cell in code_cells(notebook):
        cell.outputs, cell.execution_count = [], None
    began: dict[int, float] = {}
    client = NotebookClient(
        notebook, timeout=None, allow_errors=True, record_timing=False, kernel_name="python3",
        extra_arguments=["--log-level=ERROR"], resources={"metadata": {"path": str(path.parent)}},
        on_cell_start=lambda cell, cell_index: began.__setitem__(cell_index, time.monotonic()),
        on_cell_executed=lambda cell, cell_index, **_: each(cell_index, time.monotonic() - began[cell_index]),
    )  # fmt: skip
    environment = os.environ | {"CIRCLES_RUNS": mode, "CIRCLES_CACHE": str(cache), "CIRCLES_BOOK": "1"}
    if threads is not None:
        environment |= {"OMP_NUM_THREADS": str(threads)}
    try:
        await client.async_execute(env=environment)
    except DeadKernelError:
        return notebook, [f"{path.stem}: the kernel died"]
    return notebook, [f"{path.stem} {line}" for line in failures(notebook)]


def wait(work: Coroutine[Any, Any, T]) -> T:
    """The work's result; an interrupt ends all kernels that it started.

    The work has a thread of its own: in the main one nbclient takes an interrupt for itself, ends the kernel that
    started last, and everything else goes on.
    """
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    with ThreadPoolExecutor(1) as beside:
        try:
            return beside.submit(loop.run_until_complete, task).result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)
            raise


def failures(notebook: NotebookNode) -> Iterator[str]:
    """``cell N: what it raised`` for each cell that raised and is not tagged to do so."""
    for index, cell in code_cells(notebook):
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                yield f"cell {index}: {output.ename}: {' '.join(output.evalue.split())}"


def badges(notebook: NotebookNode) -> list[tuple[str, str, str, str]]:
    """``(paper/claim, ours, band, verdict)`` of each badge among the outputs."""
    outputs = [output for _, cell in code_cells(notebook) for output in cell.outputs]
    return [badge for output in outputs for badge in shown(output.get("data", {}).get("text/plain", ""))]


def write(path: Path, notebook: NotebookNode) -> None:
    """Write the outputs back with metadata that do not change from one execution to the next."""
    language = {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"}
    notebook.metadata = NotebookNode(kernelspec=KERNEL, language_info=language)
    for count, (_, cell) in enumerate(code_cells(notebook), 1):
        cell.execution_count = count
        cell.metadata.pop("execution", None)
        cell.outputs = _merged(cell.outputs)
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
    files.write(path, (nbformat.writes(notebook) + "\n").encode())


def _merged(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """One output for each run of prints: how a kernel cuts them up depends on its timing."""
    merged: list[NotebookNode] = []
    for output in outputs:
        last = merged[-1] if merged else {}
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            merged.append(output)
    return merged


def has_card(notebook: NotebookNode) -> bool:
    """Whether it shows a card of headlines, and on it what the badges of this and other chapters show."""
    return any("card" in cell.metadata.get("tags", []) for _, cell in code_cells(notebook))


def write_ours(notebooks: list[NotebookNode]) -> None:
    """Keep what the badges show for the scorecard and the command line."""
    found = {name: ours for notebook in notebooks for name, ours, _, _ in badges(notebook)}
    files.write(OURS, (json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode())
