"""Hold a student's process: start it, exchange lines with it within limits, end it with all that it started."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import tempfile
import time
from typing import Any

import psutil

from circles.teaching.grading import sandbox, wire
from circles.teaching.grading.sandbox import Limits

CHILD = "circles.teaching.grading.student"
EVERY = 0.25  # seconds between looks at what it uses
FEW = 200  # processes


class Ended(Exception):
    """The process is no more; the message says in words why."""


class Process:
    """A process that runs ``grading.student``; ``walls`` says whether in the sandbox."""

    def __init__(self, limits: Limits, *, walls: bool):
        self.limits, self.walls = limits, walls
        self.end = time.monotonic() + limits.seconds
        self._looked, self._buffer, self._family = 0.0, bytearray(), {}
        self._home = None if walls else tempfile.TemporaryDirectory(prefix="student-", ignore_cleanup_errors=True)
        words, given = sandbox.command(["-m", CHILD], walls=walls, limits=limits)
        if self._home:
            given = {name: self._home.name if value == sandbox.HOME else value for name, value in given.items()}
        self._process = subprocess.Popen(
            words, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=self._home.name if self._home else "/", start_new_session=True, bufsize=0,
        )  # fmt: skip
        os.set_blocking(self._process.stdin.fileno(), False)

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: Any) -> None:
        self._look()
        with contextlib.suppress(OSError):
            self._process.kill()
        for one in self._family.values():
            with contextlib.suppress(psutil.Error):
                one.kill()
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        if self._home:
            self._home.cleanup()

    def say(self, **words: Any) -> None:
        """Send a message. Raises Ended."""
        line = memoryview(wire.dumps(words))
        pipe = self._process.stdin.fileno()
        while line:
            self._watch()
            if select.select([], [pipe], [], EVERY)[1]:
                try:
                    line = line[os.write(pipe, line) :]
                except (BrokenPipeError, BlockingIOError):
                    self._gone()

    def hear(self) -> dict[str, Any]:
        """The next message. Raises Ended, and WireError for a line that is none."""
        pipe = self._process.stdout.fileno()
        self._watch()
        end = self._buffer.find(b"\n")
        while end < 0:
            self._watch()
            if select.select([pipe], [], [], EVERY)[0]:
                more = os.read(pipe, 2**20)
                if not more:
                    self._gone()
                searched = len(self._buffer)
                self._buffer += more
                end = self._buffer.find(b"\n", searched)
                if len(self._buffer) > wire.MOST:
                    raise wire.WireError(f"output: an answer of more than {wire.MOST // 2**20} MB")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return wire.loads(line)

    def _gone(self) -> None:
        """Wait for the end, which has begun, and say what it was."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        status = self._process.returncode
        raise Ended(f"exit: its code ended the process (status {status})")

    def _watch(self) -> None:
        now = time.monotonic()
        if now > self.end:
            raise Ended(f"time: stopped after {self.limits.seconds:g} seconds")
        if now - self._looked < EVERY:
            return
        self._looked = now
        if (used := self._look()) > self.limits.memory + 2**30:  # the imports take some
            raise Ended(f"memory: it used {used / 2**30:.1f} GB, expected at most {self.limits.memory / 2**30:g}")
        if len(self._family) > FEW:
            raise Ended(f"processes: it started more than {FEW}")

    def _look(self) -> int:
        """Bytes that the process and its children hold; a child is remembered, for an orphan shows no parent."""
        with contextlib.suppress(psutil.Error):
            first = psutil.Process(self._process.pid)
            self._family |= {one.pid: one for one in [first, *first.children(recursive=True)]}
        used = 0
        for one in list(self._family.values()):
            with contextlib.suppress(psutil.Error):
                used += one.memory_info().rss
        return used
