"""Imports go one way, and importing does nothing."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def run(*command):
    return subprocess.run(command, cwd=ROOT, text=True, capture_output=True, encoding="utf-8")


def test_imports_go_one_way():
    done = run(Path(sys.executable).with_name("lint-imports"), "--no-cache")
    assert done.returncode == 0, done.stdout


def test_importing_the_package_loads_nothing():
    done = run(sys.executable, "-c", "import circles, sys; print('torch' in sys.modules, 'altair' in sys.modules)")
    assert done.stdout.split() == ["False", "False"], done.stderr


def test_ruff():
    done = run(Path(sys.executable).with_name("ruff"), "check", "--no-cache", ".")
    assert done.returncode == 0, done.stdout
