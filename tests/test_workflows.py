"""The workflows on GitHub: bounded in time, allowed no more than they need, running what the repository has."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in (ROOT / ".github" / "workflows").glob("*.yml")
}


def steps(name):
    return [step for job in FILES[name]["jobs"].values() for step in job["steps"]]


def test_there_is_one_for_changes_one_for_the_page_and_two_a_week():
    triggers = {name: file[True] for name, file in FILES.items()}  # YAML reads `on` as true
    assert "pull_request" in triggers["tests"]
    assert triggers["pages"]["push"]["branches"] == ["main"]
    assert all(len(triggers[name]["schedule"]) == 1 for name in ("weekly", "arithmetics"))


def test_every_setting_and_chapter_of_the_four_arithmetics_is_tried():
    script = runpy.run_path(str(ROOT / "benchmarks" / "arithmetics.py"))
    matrix = FILES["arithmetics"]["jobs"]["execute"]["strategy"]["matrix"]
    assert set(matrix["chapter"]) == set(script["CHAPTERS"])
    assert set(matrix["setting"]) == {name for name, about in script["SETTINGS"].items() if "SHIFT" not in about}


@pytest.mark.parametrize("name", FILES)
def test_it_is_bounded_and_says_what_it_may(name):
    assert FILES[name]["permissions"]["contents"] == "read"
    assert all(job["timeout-minutes"] <= 90 for job in FILES[name]["jobs"].values())


@pytest.mark.parametrize("name", FILES)
def test_what_it_runs_exists(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for command in (step["run"] for step in steps(name) if "run" in step):
        for target in re.findall(r"\bmake (\w+)", command):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"make {target}"
        for path in re.findall(r"(?:tests|book|benchmarks|\.ci)/[\w./]+", command):
            assert (ROOT / path).exists(), path


def test_the_weekly_run_opens_an_issue_when_it_fails_and_only_then():
    (last,) = [step for step in steps("weekly") if "gh issue create" in step.get("run", "")]
    assert last["if"] == "failure()"
    assert FILES["weekly"]["permissions"]["issues"] == "write"
    (python,) = [s["with"]["python-version"] for s in steps("weekly") if "python-version" in s.get("with", {})]
    assert python == "3.13"
