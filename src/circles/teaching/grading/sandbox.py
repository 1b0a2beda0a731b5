"""What a student's process may reach: bubblewrap where the machine has it and it works, else limits alone.

In the sandbox it sees the system's programs, this Python and the book's package, all read-only, and an empty folder in
memory; no other file, no other process, no network. Without it, it is an ordinary process of this user: limits on time,
memory, the size of files, and a refusal of connections that stops accidents only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import circles

SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
LOADER = ("/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/alternatives")
HOME = "/tmp"  # of the student's process, in the sandbox


@dataclass(frozen=True)
class Limits:
    """What a student's process may use: seconds in all, of a cell and of a call, bytes of memory, file and print."""

    seconds: float = 300.0
    cell: float = 60.0
    call: float = 20.0
    memory: int = 3 * 2**30
    file: int = 100 * 2**20
    printed: int = 50 * 2**20


@cache
def found() -> str:
    """The path of a bubblewrap that works here, or nothing."""
    program = shutil.which("bwrap")
    if not program:
        return ""
    try:
        tried = subprocess.run([program, *_walls(), "--", "/bin/sh", "-c", ":"], capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return program if tried.returncode == 0 else ""


def command(arguments: list[str], *, walls: bool, limits: Limits) -> tuple[list[str], dict[str, str]]:
    """How to start this Python with ``arguments``, in the sandbox or without, and the environment to start it in."""
    python = [sys.executable, "-P", "-s", *arguments]
    inner = {
        "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1", "CIRCLES_RUNS": "recorded",
        "PYTHONPATH": str(_source()), "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    for name in ("HOME", "TMPDIR", "IPYTHONDIR", "MPLCONFIGDIR", "CIRCLES_CACHE"):
        inner[name] = HOME
    if not walls:
        return python, inner
    given = [word for name, value in inner.items() for word in ("--setenv", name, value)]
    return [found(), *_walls(limits.file), "--clearenv", *given, "--", *python], {}


def _walls(room: int = 2**20) -> list[str]:
    """Bubblewrap's words: new namespaces for all, nothing to see but what is bound read-only."""
    words = ["--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    words += ["--size", str(room), "--tmpfs", HOME, "--proc", "/proc", "--dev", "/dev"]
    for path in SYSTEM:
        if os.path.islink(path):
            words += ["--symlink", os.readlink(path), path]
        else:
            words += ["--ro-bind-try", path, path]
    for path in LOADER:
        words += ["--ro-bind-try", path, path]
    for path in dict.fromkeys([sys.base_prefix, sys.prefix, str(_source())]):
        if not path.startswith("/usr/"):
            words += ["--ro-bind", path, path]
    return [*words, "--chdir", HOME]


def _source() -> Path:
    """The folder that Python finds the book's package in."""
    return Path(circles.__path__[0]).resolve().parent
