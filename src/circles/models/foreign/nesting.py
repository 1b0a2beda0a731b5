"""How deep the tuples of a pickle are nested, told from its steps: hashing one that is too deep ends the process.

A tuple may be the key of a dict, and Python hashes what is in it without counting how deep it goes.
"""

from __future__ import annotations

import pickletools
from io import BytesIO

from circles.foundations.errors import CheckpointError

DEEPEST_TUPLE = 1000  # tuples in tuples; a checkpoint has five
MOST_STEPS = 2_000_000
_MAGIC = b"l\xfc\x9cF\xf9 j\xa8P\x19"  # the number that torch's format before its zip begins with
_OLD_PARTS = 5  # pickles of such a file: the number, a version, the machine, the state, the names of its storages
_MADE = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MAKERS = b"\x85\x86\x87t"  # TUPLE1, TUPLE2, TUPLE3, TUPLE


def refuse_depth(steps: bytes) -> None:
    """Raise CheckpointError where tuples are nested deeper than ``DEEPEST_TUPLE``; nothing of the pickle is made.

    Where fewer bytes could be steps that make a tuple, nothing is looked at: most files are let through at once.
    """
    if sum(steps.count(bytes([maker])) for maker in _MAKERS) < DEEPEST_TUPLE:
        return
    file = BytesIO(steps)
    try:
        for _ in range(_OLD_PARTS if _MAGIC in steps[:32] else 1):
            _walk(file)
    except (ValueError, IndexError, KeyError, OverflowError) as error:
        raise CheckpointError("damaged, its pickle breaks off or takes what is not there") from error


def _walk(file: BytesIO) -> None:
    """One pickle, step by step: of each value on the stack only how many tuples are nested in it, 0 for other kinds."""
    stack: list[int] = []
    marks: list[int] = []
    memo: dict[int, int] = {}
    for number, (step, given, _) in enumerate(pickletools.genops(file)):
        if number > MOST_STEPS:
            raise CheckpointError(f"its pickle has more than {MOST_STEPS:,} steps, more than any checkpoint")
        name = step.name
        if name == "MARK":
            marks.append(len(stack))
        elif name == "TUPLE" or name in _MADE:
            at = marks.pop() if name == "TUPLE" else len(stack) - _MADE[name]
            if at < 0:
                raise IndexError(name)
            depth = 1 + max(stack[at:], default=0)
            if depth > DEEPEST_TUPLE:
                raise CheckpointError(f"refused, its pickle nests more than {DEEPEST_TUPLE:,} tuples in one another")
            stack[at:] = [depth]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[given] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[given])
        elif name == "DUP":
            stack.append(stack[-1])
        else:
            _other(step, stack, marks)


def _other(step: pickletools.OpcodeInfo, stack: list[int], marks: list[int]) -> None:
    """A step that makes no tuple: it takes and leaves what the standard library's table says."""
    taken = [kind.name for kind in step.stack_before]
    if "mark" in taken:
        del stack[marks.pop() :]
        taken = taken[: taken.index("mark")]
    if len(taken) > len(stack):
        raise IndexError(step.name)
    del stack[len(stack) - len(taken) :]
    stack.extend(0 for _ in step.stack_after)
