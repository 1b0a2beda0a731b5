"""Judge one notebook: its answers come as data and are held against the rules here, never in the student's process."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from circles.teaching.check import NotYet, require
from circles.teaching.grading.process import Ended, Process
from circles.teaching.grading.reading import Work
from circles.teaching.grading.sandbox import Limits
from circles.teaching.grading.wire import WireError
from circles.teaching.sheet import Asked

LONGEST = 500  # characters of a sentence


@dataclass
class Judged:
    """What came out: for each exercise "" when it is right, else a sentence; what ended the file early, if anything."""

    sentences: dict[str, str] = field(default_factory=dict)
    problem: str = ""


class Remote:
    """An answer that is a function in the student's process; a gradient goes back through it as well."""

    def __init__(self, process: Process, name: str):
        self.process, self.name = process, name

    def __call__(self, *args: Any) -> Any:
        if any(isinstance(x, Tensor) and x.requires_grad for x in args):
            return _Through.apply(self, *args)
        return self.ask(args)

    def ask(self, args: tuple[Any, ...], **more: Any) -> Any:
        self.process.say(call=self.name, args=list(args), **more)
        return value(self.process.hear())


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, remote: Remote, *args: Any) -> Any:
        ctx.remote = remote
        ctx.args = [_leaf(x, needed) for x, needed in zip(args, ctx.needs_input_grad[1:], strict=True)]
        got = remote.ask(tuple(ctx.args))
        if not isinstance(got, Tensor):
            return got
        kept = got.detach()
        if not got.requires_grad:
            ctx.mark_non_differentiable(kept)
        return kept

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        back = ctx.remote.ask(tuple(ctx.args), back=grad)
        given = [back.detach() if needed and isinstance(back, Tensor) else None for needed in ctx.needs_input_grad[1:]]
        return None, *given


def _leaf(x: Any, needed: bool) -> Any:
    return x.detach().requires_grad_() if needed else x


def value(reply: dict[str, Any]) -> Any:
    """What a reply holds; what the student's code raised is raised here under its name."""
    if "error" in reply:
        kind, words, _ = reply["error"]
        name = re.sub(r"\W", "", str(kind))[:60] or "Error"
        raise type(name, (Exception,), {})(str(words)[:300])
    if "value" not in reply:
        raise WireError("a reply without a value")
    return reply["value"]


def judge(work: Work, asked: dict[str, Asked], *, seed: int, limits: Limits, walls: bool) -> Judged:
    """Run the work's cells and judge each exercise where it checks itself, and once more at the end if it is not right.

    ``seed`` is of the cases that the rules draw; nobody who hands in knows it.
    """
    made = Judged({name: "it was not reached" for name in asked})
    failed: dict[int, list[Any]] = {}
    number = -1
    try:
        with Process(limits, walls=walls) as process:
            process.say(
                cells=list(work.cells), stops=list(work.stops), memory=limits.memory, file=limits.file,
                seconds=limits.cell, call=limits.call, printed=limits.printed,
            )  # fmt: skip
            if "ready" not in process.hear():
                raise WireError("a beginning that is none")
            while True:
                message = process.hear()
                if "cell" in message:
                    number = int(message["cell"])
                elif "ran" in message:
                    number = int(message["ran"])
                    if message["error"]:
                        kind, words, syntax = message["error"]
                        failed[range(len(work.cells))[number]] = [str(kind)[:60], str(words)[:300], bool(syntax)]
                elif "stop" in message:
                    last = number >= len(work.cells)
                    names = [name for name in asked if made.sentences[name]] if last else work.stops.get(number, ())
                    for name in names:
                        made.sentences[name] = _sentence(process, asked[name], seed, work, failed)
                    if last:
                        break
                    process.say(go=True)
                else:
                    raise WireError("a message that says nothing")
    except Ended as ended:
        where = f", in cell {work.number(number)}" if 0 <= number < len(work.cells) else ""
        made.problem = f"{ended}{where}"
    except (WireError, TypeError, ValueError, KeyError, IndexError) as damage:
        made.problem = f"output: its process sent what is no answer ({damage})"
    made.problem = made.problem or _worst(work, failed)
    return made


def _sentence(process: Process, asked: Asked, seed: int, work: Work, failed: dict[int, list[Any]]) -> str:
    """What the rule says of these answers; nothing when they are right."""
    try:
        answers = [_answer(process, name, work, failed) for name in asked.answers]
        _held(asked.rule, answers, seed)
    except NotYet as wrong:
        if isinstance(wrong.__cause__, Ended | WireError):
            raise wrong.__cause__ from None
        return " ".join(str(wrong).split())[:LONGEST] or "not right yet"
    return ""


def _held(rule: Callable[..., None], answers: list[Any], seed: int) -> None:
    require(rule, *answers, draw=torch.Generator().manual_seed(seed))


def _answer(process: Process, name: str, work: Work, failed: dict[int, list[Any]]) -> Any:
    process.say(name=name)
    reply = process.hear()
    if "missing" in reply:
        raise NotYet(f"the name {name} is missing: {work.why_missing(name, failed)}")
    return Remote(process, name) if "callable" in reply else value(reply)


def _worst(work: Work, failed: dict[int, list[Any]]) -> str:
    """The one line for cells that stopped for a reason that a teacher should hear of."""
    for kind, words in (
        ("MemoryError", "memory: cell {} wanted more than there is"),
        ("TooMuch", "output: cell {} printed more than anybody reads and was stopped there"),
        ("TooLong", "time: cell {} was stopped, {}"),
        ("SystemExit", "exit: cell {} ended the program; the rest was run all the same"),
    ):
        for number, (found, said, _) in failed.items():
            if found == kind:
                return words.format(work.number(number), said)
    wrong = [f"cell {work.number(number)}, {words}" for number, (_, words, syntax) in failed.items() if syntax]
    return f"syntax: {'; '.join(wrong)}" if wrong else ""
