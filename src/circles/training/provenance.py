"""Where a number comes from: versions and processor."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import torch

from circles import __version__

SETTINGS = (
    "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "MKL_ENABLE_INSTRUCTIONS", "OMP_NUM_THREADS", "OMP_WAIT_POLICY",
    "OPENBLAS_CORETYPE",
)  # fmt: skip


def provenance(device: torch.device) -> dict[str, str | int]:
    """Processor or GPU model, cores, and the versions of Python, torch and this package."""
    return {
        "processor": torch.cuda.get_device_name(device) if device.type == "cuda" else _cpu(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "circles": __version__,
    }


def words() -> str:
    """The same with what sums depend on, a line each: instruction set, threads, the settings that choose them."""
    found = provenance(torch.device("cpu")) | {
        "instructions": torch.backends.cpu.get_cpu_capability(), "threads": torch.get_num_threads(),
    }  # fmt: skip
    chosen = {name: os.environ[name] for name in SETTINGS if name in os.environ}
    return "\n".join(f"{name:<24} {value}" for name, value in (found | chosen).items())


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()
