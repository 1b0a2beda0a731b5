"""The process of a student's code: runs the notebook's cells, calls the answers on what the judge sends.

It decides nothing. What it says is read as data by a process that this code never touches.
"""

from __future__ import annotations

import contextlib
import io
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch
from IPython.core.interactiveshell import InteractiveShell
from torch import Tensor

from circles.teaching.grading import wire

NEAR = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "")


class TooLong(Exception):
    """A cell or a call took more than its seconds."""


class TooMuch(Exception):
    """More was printed than anybody reads."""


class Heard(io.TextIOBase):
    """Standard output that nobody reads; refuses to take more than a limit."""

    def __init__(self, most: int):
        self.left = most

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        self.left -= len(text)
        if self.left < 0:
            raise TooMuch
        return len(text)


def main() -> None:
    """Speak with the judge over what were standard input and output."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)

    def emit(line: bytes) -> None:
        sink.write(line)
        sink.flush()

    def say(**words: Any) -> None:
        emit(wire.dumps(words))

    def heard() -> Iterator[dict[str, Any]]:
        for line in source:
            yield wire.loads(line)

    asked = heard()
    begin = next(asked)
    close_in(begin["memory"], begin["file"])
    shell = quiet_shell()
    say(ready=True)
    for number, text in enumerate(begin["cells"]):
        say(cell=number)
        error = run(shell, text, begin["seconds"], begin["printed"]) if text else None
        say(ran=number, error=error)
        if number in begin["stops"]:
            serve(asked, emit, shell.user_ns, begin["call"])
    say(ran=len(begin["cells"]), error=None)
    serve(asked, emit, shell.user_ns, begin["call"])


def close_in(memory: int, file: int) -> None:
    """Limit memory, beyond what the imports took, and what a file may grow to; refuse connections to elsewhere."""
    pages = "/proc/self/statm"
    with open(pages, encoding="utf-8") if os.path.exists(pages) else contextlib.nullcontext() as found:
        taken = int(found.read().split()[0]) * resource.getpagesize() if found else 24 * 2**30
    for kind, most in ((resource.RLIMIT_AS, taken + memory), (resource.RLIMIT_FSIZE, file), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))

    def refuse(event: str, args: tuple) -> None:
        near = event != "socket.connect" or not isinstance(args[1], tuple) or args[1][0] in NEAR
        if not near or (event == "socket.getaddrinfo" and args[0] not in (*NEAR, None)):
            raise PermissionError("no network while grading")

    sys.addaudithook(refuse)


def quiet_shell() -> InteractiveShell:
    """A notebook's shell without history, commands of the system, or installing."""
    InteractiveShell.instance(colors="NoColor")
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None
    shell.system = lambda line: None
    shell.register_magic_function(lambda line: None, "line", "pip")
    shell.register_magic_function(lambda line: None, "line", "matplotlib")
    return shell


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Interrupt what runs longer."""

    def stop(*_: Any) -> None:
        raise TooLong(f"it took more than {seconds:g} seconds")

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def run(shell: InteractiveShell, text: str, seconds: float, printed: int) -> list[Any] | None:
    """Run a cell; its error as kind, words and line, or None."""
    out = Heard(printed)
    try:
        with within(seconds), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            done = shell.run_cell(text, silent=True)
        error = done.error_before_exec or done.error_in_exec
    except BaseException as caught:  # a notebook goes on whatever a cell does
        error = caught
    return None if error is None else told(error)


def told(error: BaseException) -> list[Any]:
    """An error as its kind, its words and, of a syntax error, its line."""
    words = " ".join(str(error).split())[:300]
    kind = type(error).__name__
    if isinstance(error, MemoryError) or "allocate memory" in words:
        kind = "MemoryError"
    if isinstance(error, SyntaxError):
        words = f"{error.msg}, line {error.lineno}"
    return [kind, words, isinstance(error, SyntaxError)]


def serve(
    asked: Iterator[dict[str, Any]], emit: Callable[[bytes], None], names: dict[str, Any], seconds: float
) -> None:
    """Answer the judge's questions until it says to go on."""
    emit(wire.dumps({"stop": True}))
    for message in asked:
        if "go" in message:
            return
        try:
            with within(seconds), contextlib.redirect_stdout(Heard(10**9)), contextlib.redirect_stderr(Heard(10**9)):
                line = wire.dumps(answer(message, names))
            if len(line) > wire.MOST:
                raise TooMuch(f"an answer of {len(line) / 2**20:.0f} MB, expected at most {wire.MOST // 2**20}")
        except BaseException as error:
            line = wire.dumps({"error": told(error)})
        emit(line)


def answer(message: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """What a name holds, what a function gives, or how a function carries a gradient back."""
    if "name" in message:
        if message["name"] not in names:
            return {"missing": True}
        held = names[message["name"]]
        return {"callable": True} if callable(held) else {"value": held}
    arguments = message["args"]
    value = names[message["call"]](*arguments)
    if "back" not in message:
        return {"value": value}
    leaf = next(x for x in arguments if isinstance(x, Tensor) and x.requires_grad)
    (grad,) = torch.autograd.grad((value * message["back"]).sum(), leaf, allow_unused=True)
    return {"value": grad}


if __name__ == "__main__":
    main()
