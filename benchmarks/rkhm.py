"""Ridge regression with circulant values: through the FFT, by conjugate gradients, and dense.

CPU seconds of one thread and peak memory against n and d with the exponents fitted, once the size of the authors'
denoising script: 20 images of 784 pixels, a dense system of side 15,680. ``python benchmarks/rkhm.py --record`` keeps
it. Memory is what the process held above its data, at its peak (``training.peak_memory`` says how it is seen).
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.linalg
import torch
from scipy import stats
from torch import Tensor

from circles.foundations import circulant
from circles.foundations.streams import streams
from circles.models import rkhm
from circles.models.rkhm_kernels import CirculantKernel, Gaussian, Polynomial
from circles.training import benchmarks, peak_memory

IMAGES, PIXELS, PENALTY = 20, 784, 10.0
OVER_N = {
    "FFT": (25, 50, 100, 200, 400, 800), "conjugate gradients": (25, 50, 100, 200),
    "dense": (25, 50, 100, 200, 400, 800),
}  # fmt: skip
OVER_D = {
    "FFT": (64, 256, 1024, 2048, 4096, 8192), "conjugate gradients": (64, 256, 1024, 4096),
    "dense": (64, 128, 256, 512, 768, 1024),
}  # fmt: skip
MEMORY_N = {"FFT": (100, 150, 200, 300), "conjugate gradients": (100, 150, 200, 300), "dense": (100, 150, 200, 300)}
MEMORY_D = {
    "FFT": (2048, 4096, 8192, 16384), "conjugate gradients": (2048, 4096, 8192, 16384), "dense": (128, 192, 256, 384),
}  # fmt: skip
FITTED = 4  # the largest sizes, where overheads weigh least
D, N = 16, 10  # what is held fixed beside each
NAMES = {"points": "points n, at d = 16", "pixels": "entries d, at n = 10"}


def measured(small: bool) -> dict[str, benchmarks.Row]:
    torch.set_num_threads(1)
    return _times() | _memory() | ({} if small else _authors_size())


def _times() -> dict[str, benchmarks.Row]:
    seen = [_timed(s, "points", n, n, D) for s, sizes in OVER_N.items() for n in sizes]
    seen += [_timed(s, "pixels", d, N, d) for s, sizes in OVER_D.items() for d in sizes]
    return _rows("time", "seconds", seen)


def _memory() -> dict[str, benchmarks.Row]:
    seen = [_held(s, "points", n, n, D) for s, sizes in MEMORY_N.items() for n in sizes]
    seen += [_held(s, "pixels", d, N, d) for s, sizes in MEMORY_D.items() for d in sizes]
    return _rows("memory", "megabytes", seen)


def _rows(what: str, value: str, seen: list[dict]) -> dict[str, benchmarks.Row]:
    rows = {f"{what} {i:02d}": row for i, row in enumerate(seen)}
    return rows | {f"exponent, {what}, {s}, {a}": _exponent(seen, value, s, a) for s in OVER_N for a in NAMES}


def _timed(solver: str, axis: str, size: int, n: int, d: int) -> benchmarks.Row:
    x, y = _data(n, d)
    seconds = min(_seconds(lambda: SOLVERS[solver](Gaussian(0.5 / d), x, y, 0.1))[0] for _ in range(3))
    return {"solver": solver, "panel": NAMES[axis], "size": size, "seconds": float(f"{seconds:.3g}")}


def _held(solver: str, axis: str, size: int, n: int, d: int) -> benchmarks.Row:
    data, small = _data(n, d), _data(N, 64)
    found = peak_memory.megabytes(
        lambda: SOLVERS[solver](Gaussian(0.5 / d), *data, 0.1),
        warm=lambda: SOLVERS[solver](Gaussian(0.01), *small, 0.1),
    )
    return {"solver": solver, "panel": NAMES[axis], "size": size, "megabytes": float(f"{found:.4g}")}


def _exponent(seen: list[dict], value: str, solver: str, axis: str) -> benchmarks.Row:
    """The slope of log cost over log size on the largest sizes, with its standard error."""
    points = [(t["size"], t[value]) for t in seen if t["solver"] == solver and t["panel"] == NAMES[axis]][-FITTED:]
    fit = stats.linregress(*np.log(np.array(points)).T)
    what = {"seconds": "time", "megabytes": "memory"}[value]
    slope, error = round(float(fit.slope), 3), round(float(fit.stderr), 3)
    return {"what": what, "solver": solver, "axis": axis, "exponent": slope, "error": error}


def _authors_size() -> dict[str, benchmarks.Row]:
    """Images with values in [0, 1] through the script's kernel of degrees 1 and 3, its parameters at their start.

    A third of the pixels are lit and their mean is 0.15, near MNIST's: the brightness sets the condition of the system.
    """
    x, y = ((v.abs() - 1).clamp(0, 1) for v in _data(IMAGES, PIXELS))
    kernel = Layer()
    fast, ours = min((_seconds(lambda: _fft(kernel, x, y, PENALTY)) for _ in range(3)), key=lambda found: found[0])
    fft_MB = peak_memory.megabytes(lambda: _fft(kernel, x, y, PENALTY))
    with tempfile.TemporaryDirectory() as folder:  # one run for both: its child leaves seconds and answer in a file
        file = Path(folder) / "dense.pt"
        dense_MB = peak_memory.megabytes(lambda: torch.save(_seconds(lambda: _dense(kernel, x, y, PENALTY)), file))
        slow, theirs = torch.load(file)
    near, far = (rkhm.Fit(kernel, x, c.unsqueeze(-1))(x) for c in (ours, theirs))
    return {"size of the authors": {
        "fft_s": round(fast, 4), "dense_s": round(slow, 1), "times": round(slow / fast),
        "side": IMAGES * PIXELS, "dense_MB": round(dense_MB), "fft_MB": round(fft_MB, 1),
        "dense_gram_MB": round((IMAGES * PIXELS) ** 2 * 8 / 1e6),
        "fft_gram_MB": round(PIXELS * IMAGES**2 * 16 / 1e6, 1),
        "difference": float(f"{float((near - far).abs().max() / far.abs().max()):.1e}"),
    }}  # fmt: skip


class Layer(CirculantKernel):
    """The kernel of ``models.rkhm_layers`` with its first parameters: 0.1 (1, 1, 0, ..., 0, 1), b = 0.1."""

    def spectra(self, x: Tensor, y: Tensor) -> Tensor:
        column = torch.zeros(x.shape[1], dtype=x.dtype)
        column[[0, 1, -1]] = 0.1
        a = circulant.spectrum(column).reshape(-1, 1, 1)
        inner = Polynomial(1.0, 1, 0.0).spectra(x, y)
        return a.abs() ** 2 * inner + 0.1 * a.abs() ** 6 * inner**3


def _data(n: int, d: int) -> tuple[Tensor, Tensor]:
    draw = streams(0, "x", "y")
    return tuple(torch.randn(n, d, generator=draw[name], dtype=torch.float64) for name in ("x", "y"))


def _fft(kernel: CirculantKernel, x: Tensor, y: Tensor, penalty: float) -> Tensor:
    return rkhm.ridge(kernel, x, y.unsqueeze(-1), penalty).coefficients[..., 0]


def _cg(kernel: CirculantKernel, x: Tensor, y: Tensor, penalty: float) -> Tensor:
    G = kernel.spectra(x, x)
    target = torch.fft.fft(y, dim=1).T.unsqueeze(-1)
    c, _ = rkhm.conjugate_gradients(lambda v: G @ v, target, penalty, tolerance=1e-8)
    return torch.fft.ifft(c[..., 0].T, dim=1).real


def _dense(kernel: CirculantKernel, x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """One symmetric system of side nd, solved in place by Cholesky."""
    n, d = x.shape
    blocks = circulant.from_spectrum(kernel.spectra(x, x).permute(1, 2, 0), real=True)
    G = np.empty((n * d, n * d))
    for i in range(n):
        rows = circulant.dense(blocks[i]).transpose(0, 1)  # [d, n, d]
        G[i * d : (i + 1) * d] = rows.reshape(d, n * d).numpy()
    G[np.diag_indices(n * d)] += penalty
    found = scipy.linalg.solve(G.T, y.numpy().reshape(-1), assume_a="pos", overwrite_a=True, check_finite=False)
    return torch.from_numpy(found.reshape(n, d))


def _seconds(work: Callable[[], Tensor]) -> tuple[float, Tensor]:
    began = time.process_time()
    found = work()
    return max(time.process_time() - began, 1e-6), found


SOLVERS = {"FFT": _fft, "conjugate gradients": _cg, "dense": _dense}

if __name__ == "__main__":
    benchmarks.command("rkhm", __doc__, measured, small=(False, "leave the authors' size out"))
