"""What the steps of a pickle ask for, told before one is run: how many there are, how deep tuples are nested.

torch's restricted reader takes some microseconds a step and knows no end. A tuple may be the key of a dict, and Python
hashes what is in it without counting how deep it goes: one that is too deep ends the process.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator

from circles.foundations.errors import CheckpointError

DEEPEST_TUPLE = 1000  # tuples in tuples; a checkpoint has five
FREE_STEPS = 500_000  # five curves of 100,000 epochs; about a second
TENSOR_STEPS = 60  # more for each tensor, which takes 32
MOST_STEPS = 2_000_000
_MAGIC = b"l\xfc\x9cF\xf9 j\xa8P\x19"  # the number that torch's format before its zip begins with
_OLD_PARTS = 5  # pickles of such a file: the number, a version, the machine, the state, the names of its storages
_MADE = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_MAKERS = b"\x85\x86\x87t"  # TUPLE1, TUPLE2, TUPLE3, TUPLE
_STEPS = {ord(step.code): step for step in pickletools.opcodes}
_LENGTHS = {code: step.arg.n if step.arg else 0 for code, step in _STEPS.items()}
_SIZES = {pickletools.TAKEN_FROM_ARGUMENT1: 1, pickletools.TAKEN_FROM_ARGUMENT4: 4,
          pickletools.TAKEN_FROM_ARGUMENT4U: 4, pickletools.TAKEN_FROM_ARGUMENT8U: 8}  # fmt: skip
_BEFORE = {code: [kind.name for kind in step.stack_before] for code, step in _STEPS.items()}
_EFFECTS = {code: ("mark" in taken, (taken + ["mark"]).index("mark"), len(_STEPS[code].stack_after))
            for code, taken in _BEFORE.items()}  # fmt: skip
_DAMAGES = (ValueError, IndexError, KeyError, OverflowError)  # what steps that are none raise


def refuse_steps(pickled: bytes, tensors: int) -> None:
    """Raise CheckpointError where there are more steps than a file with so many tensors has.

    Steps that break off are not counted to their end, for torch runs none beyond.
    """
    most = min(MOST_STEPS, FREE_STEPS + TENSOR_STEPS * tensors)
    number = end = 0
    try:
        for _ in range(_parts(pickled)):
            for _, after in _steps(pickled, end):
                end = after
                number += 1
                if number > most:
                    raise CheckpointError(f"its pickle has more than {most:,} steps, more than any file of its size")
    except _DAMAGES:
        return


def refuse_depth(pickled: bytes) -> None:
    """Raise CheckpointError where tuples are nested deeper than ``DEEPEST_TUPLE``; nothing of the pickle is made.

    Where fewer bytes could be steps that make a tuple, nothing is looked at: most files are let through at once.
    """
    if sum(pickled.count(bytes([maker])) for maker in _MAKERS) < DEEPEST_TUPLE:
        return
    at = 0
    try:
        for _ in range(_parts(pickled)):
            at = _walk(pickled, at)
    except _DAMAGES as error:
        raise CheckpointError("damaged, its pickle breaks off or takes what is not there") from error


def is_old(pickled: bytes) -> bool:
    """Whether these bytes begin as torch wrote files before its zip: no other pickle is one of torch's."""
    return _MAGIC in pickled[:32]


def asked(pickled: bytes) -> tuple[str, bool] | None:
    """Of a whole pickle the first class or function that it asks for, and whether it refers to parts beside it.

    The name is empty where it asks for none, and says "of a class" where it is put together. None for other bytes.
    """
    name, beside, words, end = "", False, ("", ""), 0
    try:
        for code, after in _steps(pickled, 0):
            begin, end = end + 1, after
            step = _STEPS[code].name
            if step in ("GLOBAL", "INST"):
                name = name or ".".join(pickled[begin : end - 1].decode().split("\n"))
            elif step == "STACK_GLOBAL":
                name = name or (".".join(words) if all(words) else "of a class")
            elif step in ("SHORT_BINUNICODE", "BINUNICODE"):
                words = (words[1], pickled[begin + (1 if step[0] == "S" else 4) : end].decode())
            beside = beside or "PERSID" in step
    except _DAMAGES:
        return None
    return name, beside


def _parts(pickled: bytes) -> int:
    return _OLD_PARTS if is_old(pickled) else 1


def _steps(pickled: bytes, at: int) -> Iterator[tuple[int, int]]:
    """The steps of the pickle that begins here, each by its code and where its argument ends."""
    code = -1
    while code != ord("."):
        code = pickled[at]
        at += 1
        length = _LENGTHS[code]
        if length == pickletools.UP_TO_NEWLINE:
            for _ in range(2 if code in b"ci" else 1):  # a class has a line for its module, one for its name
                at = pickled.index(b"\n", at) + 1
        elif length < 0:
            size = _SIZES[length]
            at += size + int.from_bytes(pickled[at : at + size], "little")
        else:
            at += length
        if at > len(pickled):
            raise IndexError(at)
        yield code, at


def _walk(pickled: bytes, at: int) -> int:
    """One pickle, step by step: of each value on the stack only how many tuples are nested in it, 0 for other kinds.

    Returns where it ends.
    """
    stack: list[int] = []
    marks: list[int] = []
    memo: dict[int, int] = {}
    for code, end in _steps(pickled, at):
        name, given, at = _STEPS[code].name, pickled[at + 1 : end], end
        if name == "MARK":
            marks.append(len(stack))
        elif name == "TUPLE" or name in _MADE:
            first = marks.pop() if name == "TUPLE" else len(stack) - _MADE[name]
            if first < 0:
                raise IndexError(name)
            depth = 1 + max(stack[first:], default=0)
            if depth > DEEPEST_TUPLE:
                raise CheckpointError(f"refused, its pickle nests more than {DEEPEST_TUPLE:,} tuples in one another")
            stack[first:] = [depth]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name.endswith("PUT"):
            memo[_place(name, given)] = stack[-1]
        elif name.endswith("GET"):
            stack.append(memo[_place(name, given)])
        elif name == "DUP":
            stack.append(stack[-1])
        else:
            _other(code, stack, marks)
    return at


def _place(name: str, given: bytes) -> int:
    """The number in the memo that PUT and GET write as a line of digits, their binary forms in 1 or 4 bytes."""
    return int(given) if name in ("PUT", "GET") else int.from_bytes(given, "little")


def _other(code: int, stack: list[int], marks: list[int]) -> None:
    """A step that makes no tuple: it takes and leaves what the standard library's table says."""
    marked, taken, left = _EFFECTS[code]
    if marked:
        del stack[marks.pop() :]
    if taken > len(stack):
        raise IndexError(code)
    del stack[len(stack) - taken :]
    stack.extend([0] * left)
