"""requirements.txt, pyproject.toml and environment.yml say the same, and say all that is imported."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = [
    Requirement(line)
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PINNED = {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in PINS}
EXTRAS = PROJECT["optional-dependencies"]
RANGES = [Requirement(line) for line in PROJECT["dependencies"] + sum(EXTRAS.values(), [])]


def test_every_requirement_is_an_exact_pin():
    loose = [str(pin) for pin in PINS if not re.fullmatch(r"==[^*+]+", str(pin.specifier))]
    assert not loose


def test_no_requirement_twice():
    assert len(PINNED) == len(PINS)


@pytest.mark.parametrize("wanted", RANGES, ids=str)
def test_range_has_both_bounds_and_holds_the_pin(wanted):
    operators = {part.operator for part in wanted.specifier}
    assert operators == {">=", "<"}, f"{wanted}: expected a lower and an upper bound"
    pin = PINNED.get(canonicalize_name(wanted.name))
    assert pin is not None, f"{wanted.name}: in pyproject.toml, not in requirements.txt"
    said = f"{wanted.name}: {pin} in requirements.txt, {wanted.specifier} in pyproject.toml"
    assert wanted.specifier.contains(pin), said


def test_what_is_installed_alone_is_pinned_and_pulled_in_by_nothing():
    lines = (ROOT / "requirements-no-deps.txt").read_text(encoding="utf-8").splitlines()
    alone = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert alone
    assert all(re.fullmatch(r"==[^*+]+", str(pin.specifier)) for pin in alone)
    names = {canonicalize_name(pin.name) for pin in alone}
    assert not names & PINNED.keys()
    assert not names & {canonicalize_name(wanted.name) for wanted in RANGES}
    assert "--no-deps -r requirements-no-deps.txt" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_environment_installs_the_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    python = next(part for part in environment if isinstance(part, str) and part.startswith("python"))
    assert SpecifierSet(python.removeprefix("python")) == SpecifierSet(PROJECT["requires-python"])
    pip = next(part["pip"] for part in environment if isinstance(part, dict))
    assert pip == ["-r requirements.txt", "--editable ."]


def imported(folder):
    """The top-level names of all modules that the Python files below a folder import."""
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((alias.name.split(".")[0], file) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                yield node.module.split(".")[0], file


def test_the_package_declares_what_it_imports():
    # What a run of the book's own machinery needs may be an extra; a chapter must run without it.
    declared = {canonicalize_name(wanted.name) for wanted in RANGES}
    owners = packages_distributions()
    for module, file in imported(ROOT / "src"):
        if module in sys.stdlib_module_names or module == "circles":
            continue
        names = {canonicalize_name(name) for name in owners.get(module, [module])}
        assert names & declared, f"{file.relative_to(ROOT)} imports {module}, expected it in pyproject.toml"
