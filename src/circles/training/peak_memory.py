"""Peak memory of a piece of work, as the system counts it.

``tracemalloc`` sees Python's own blocks and NumPy's, not torch's tensors nor the work space of BLAS and LAPACK. The
peak of the process's resident pages sees all of them, whoever asked for them. It has faults of its own, met thus.

- It never falls by itself: each piece of work runs in a child of its own, forked and ended, that resets it.
- Memory that was freed before would be used again and not be seen: the child gives it back first.
- The allocator keeps what is freed on the way when a block is under 32 MB, and gives back what is larger, so that the
  peak would fall as sizes grow: in the child every block from 64 kB on comes from the system and returns to it. A hole
  that the parent left would be used before that, so the child fills the holes first.
- Pages of libraries count when they are first touched: pages that come from files are left out.

What is left is whole pages, so only work of some megabytes is measured well.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import torch

from circles.foundations.errors import RunError

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
M_MMAP_THRESHOLD = -3  # malloc.h
LEAST = 64 * 1024  # bytes: from here on a block is the system's
OF_THE_SYSTEM = 2  # the bit in the word before a block of glibc's that says so


def megabytes(work: Callable[[], object], *, warm: Callable[[], object] = lambda: None) -> float:
    """The most that ``work`` held at once, in units of 10^6 bytes, above what was there before it began.

    ``warm`` is done first and not counted: what a library sets aside once, at its first use, is no cost of a size.
    What ``work`` returns is lost with its child. Raises RunError without glibc or /proc, or when the work fails.
    """
    if platform.libc_ver()[0] != "glibc" or not STATUS.exists():
        raise RunError(f"the system is {sys.platform!r}, expected Linux with glibc: peak memory is read from {STATUS}")
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        _measure(work, warm, write)
    os.close(write)
    with os.fdopen(read) as answer:
        found = answer.read()
    _, status = os.waitpid(child, 0)
    if status or not found:
        raise RunError(f"the work ended with status {status}, expected it to finish: it may have run out of memory")
    return float(found)


def _measure(work: Callable[[], object], warm: Callable[[], object], write: int) -> None:
    """In the child, which ends here: nothing of the parent's runs on."""
    status = 1
    try:
        torch.set_num_threads(1)  # the parent's workers are not forked along: a product that waits for them never ends
        libc = ctypes.CDLL(None)
        libc.mallopt(M_MMAP_THRESHOLD, LEAST)
        warm()
        _fill_holes(libc)
        libc.malloc_trim(0)
        CLEAR.write_text("5", encoding="utf-8")  # the peak begins anew
        before = _kilobytes("VmRSS") - _kilobytes("RssFile")
        kept = work()  # noqa: F841  held until the peak is read
        os.write(write, str((_kilobytes("VmHWM") - _kilobytes("RssFile") - before) * 1024 / 1e6).encode())
        status = 0
    finally:
        os._exit(status)


def _fill_holes(libc: ctypes.CDLL) -> None:
    """Take every hole of ``LEAST`` or more, the large ones first, and never touch it: it weighs a page at most."""
    libc.malloc.restype, libc.malloc.argtypes, libc.free.argtypes = (
        ctypes.c_void_p,
        [ctypes.c_size_t],
        [ctypes.c_void_p],
    )
    for size in (LEAST * 4**power for power in range(6, -1, -1)):
        block = libc.malloc(size)
        while not ctypes.c_size_t.from_address(block - ctypes.sizeof(ctypes.c_size_t)).value & OF_THE_SYSTEM:
            block = libc.malloc(size)
        libc.free(block)


def _kilobytes(name: str) -> int:
    line = next(line for line in STATUS.read_text(encoding="utf-8").splitlines() if line.startswith(name))
    return int(line.split()[1])
