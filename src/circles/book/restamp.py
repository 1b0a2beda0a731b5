"""Goldens written, compared, and trusted: a refactoring's word is taken when what it computes is what was computed.

Rounding is told from a change by evidence: each golden value is computed on this machine as it is, with its oldest
instructions and with those of ten years ago, and its tolerance is TIMES the most that lay between, FLOOR at least. So
the same formula in another order of sums passes, and another formula does not. A value that rounding alone moves by
more than LOOSE is not kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from circles.book import golden
from circles.book.golden import Summary
from circles.book.registry import FAMILIES
from circles.foundations.errors import RunError
from circles.training import runs, stamp, store
from circles.training.run_config import RunConfig, Weights

FLOOR, TIMES, LOOSE = 1e-5, 20.0, 1e-2
OLDEST = {  # what torch, MKL, oneDNN and OpenBLAS compute with
    "ATEN_CPU_CAPABILITY": "default", "MKL_ENABLE_INSTRUCTIONS": "SSE4_2", "DNNL_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem", "OMP_NUM_THREADS": "1",
}  # fmt: skip
OLDER = {  # the same on a machine that has more; on a lesser one it changes nothing
    "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell", "OMP_NUM_THREADS": "1",
}  # fmt: skip


class Refused(RunError):
    """A golden does not agree: what is computed has changed, or nothing says that it has not."""

    status = 1


def recorded_families() -> list[str]:
    """The families of which the package holds runs."""
    return [name for name in FAMILIES if any(runs.recordings().glob(f"{name}/*/run.json"))]


def restamp(family: str) -> str:
    """Let today's code be the code of a family's recordings, once its goldens agree; what was stamped.

    Raises Refused, naming the value, when one does not: then what is computed has changed. With ``Refused`` nothing
    has been written.
    """
    kind, folder = FAMILIES[family], runs.recordings() / family
    stale = [f for f in sorted(folder.glob("*/run.json")) if _behind(f, kind)]
    if not stale:
        return f"{family}: nothing to stamp"
    names = sorted({n for f in stale for n in stamp.changed(f.parent, store.read_json(f), kind)})
    if names and (found := list(disagreements(family))):
        raise Refused(f"{family} is not stamped: {found[0]}{f' and {len(found) - 1} more' if found[1:] else ''}")
    for file in stale:
        about = store.read_json(file)
        settings = kind.from_dict(about["config"]).to_dict()  # with the settings that are new since
        store.write_json(file, store.sealed(about | {"config": settings} | stamp.put(file.parent, kind)))
    for file in stamp.unused(folder):
        file.unlink()
    return f"{family}: {len(stale)} recordings stamped; changed were {', '.join(names) or 'names alone'}"


def _behind(file: Path, kind: type[RunConfig]) -> bool:
    about = store.read_json(file)
    return {k: about.get(k) for k in stamp.KEYS} != stamp.today(kind)


def disagreements(family: str) -> Iterator[str]:
    """Which golden values of a family today's code does not give, a line each, found when it is asked for."""
    for held in read(family):
        config = FAMILIES[family].from_dict(held["config"])
        found = golden.compute(config, _weights(family, held["weights"]))
        where = f"golden {config.name}{' from recorded weights' if held['weights'] else ''}"
        for name, (*before, tolerance) in held["values"].items():
            if name not in found:
                yield f"{where} has no {name} any more"
            elif (off := golden.disagreement(tuple(before), found[name])) > tolerance:
                yield f"{where}: {name} is off by {off:.1e} of its size, expected at most {tolerance:.0e}"


def read(family: str) -> list[dict]:
    """The goldens of a family: settings, the folder of the weights that they start from, values with tolerances."""
    return store.read_json(_file(family))["goldens"]


def write(starts: Sequence[tuple[RunConfig, str]]) -> None:
    """Compute the goldens of these settings, each from its seed or from the weights in a recording's folder.

    All goldens of a family are written together.
    """
    rows = [{"family": c.family, "config": c.to_dict(), "weights": w} for c, w in starts]
    with tempfile.TemporaryDirectory() as aside:
        listed = Path(aside) / "starts.json"
        listed.write_text(json.dumps(rows), encoding="utf-8")
        words = [sys.executable, "-m", "circles.book.restamp", str(listed)]
        made = [json.loads(subprocess.run(words, env=os.environ | more, check=True, stdout=subprocess.PIPE).stdout)
                for more in ({}, OLDEST, OLDER)]  # fmt: skip
    by_family: dict[str, list[dict]] = {}
    for row, one, *others in zip(rows, *made, strict=True):
        values = {}
        for name, before in one.items():
            spread = max(golden.disagreement(tuple(before), tuple(other[name])) for other in others)
            if spread <= LOOSE:
                values[name] = [before[0], *(float(f"{x:.9g}") for x in before[1:]),
                                float(f"{max(FLOOR, TIMES * spread):.1e}")]  # fmt: skip
        by_family.setdefault(row["family"], []).append(
            {"config": row["config"], "weights": row["weights"], "values": values}
        )
    for family, goldens in by_family.items():
        store.write(_file(family), (_laid_out(goldens) + "\n").encode())


def _laid_out(goldens: list[dict]) -> str:
    """JSON with one value a line."""
    lines = []
    for held in goldens:
        values = ",\n".join(f"  {json.dumps(n)}: {json.dumps(v)}" for n, v in held["values"].items())
        head = f'{{"config": {json.dumps(held["config"])}, "weights": {json.dumps(held["weights"])}, "values": {{'
        lines.append(f"{head}\n{values}\n}}}}")
    return '{"goldens": [\n' + ",\n".join(lines) + "\n]}"


def _file(family: str) -> Path:
    return runs.recordings() / family / "goldens.json"


def _weights(family: str, folder: str) -> Weights | None:
    if not folder:
        return None
    return store.read_tensors(runs.recordings() / family / folder / "weights.safetensors")


def _computed(listed: Path) -> list[dict[str, Summary]]:
    rows = json.loads(listed.read_text(encoding="utf-8"))
    return [
        golden.compute(FAMILIES[r["family"]].from_dict(r["config"]), _weights(r["family"], r["weights"])) for r in rows
    ]


if __name__ == "__main__":
    print(json.dumps(_computed(Path(sys.argv[1]))))
