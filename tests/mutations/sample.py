"""A sample of Cosmic Ray's mutants, each against its file's tests: ``python sample.py COUNT [SEED [PART ...]]``.

``pip install cosmic-ray`` first; the book does not depend on it. It makes the mutants, in a copy of the package; each
is tested in a process forked from one that has loaded torch, so that a mutant costs seconds. A survivor is printed with
the line it changed: a new test kills it, or ``HARMLESS`` gives the reason why none can. PART: of files with it in their
names only.
"""

from __future__ import annotations

import random
import shutil
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from copies import ENDLESS, PACKAGE, TESTS, copied, forked

LONGEST = 90  # seconds of a processor for one mutant, which may loop for ever

# A file, and the test file whose business it is. Those that test in seconds.
FILES = {
    "foundations/fourier.py": "test_fourier.py",
    "foundations/circulant.py": "test_circulant.py",
    "foundations/features.py": "test_features.py",
    "analysis/progress.py": "test_progress.py",
    "analysis/losses.py": "test_progress.py",
    "analysis/phases.py": "test_progress.py",
    "analysis/plane.py": "test_plane.py",
    "analysis/filters.py": "test_filters.py",
    "analysis/clock_pizza.py": "test_clock_pizza.py",
    "analysis/topology.py": "test_topology.py",
    "analysis/alignment.py": "test_alignment.py",
    "analysis/logit_components.py": "test_logit_components.py",
    "models/quantized.py": "test_quantized.py",
    "models/primitives.py": "test_primitives.py",
    "models/rkhm_estimator.py": "test_rkhm_estimator.py",
}
LEFT_OUT = ("BitOr", "RemoveDecorator", "ExceptionReplacer", "Variable")  # annotations, and what no formula has

HARMLESS = {
    "return 2 / (p ^ 1)": "p is odd, and then this is p - 1",
    "_, s, V = torch.linalg.svd(A, full_matrices=True)": "the rows of V up to the rank are the same",
}


@dataclass(frozen=True)
class Mutant:
    """One changed place of a file: the text of the whole file, and the line before and after."""

    file: str
    text: str
    before: str
    after: str


def places(file: str) -> list[list[tuple[str, int]]]:
    """What Cosmic Ray can do to a file, by the place that it changes: operators, each with its how-manieth place."""
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.operators.provider import OperatorProvider

    nodes = list(ast_nodes(get_ast((PACKAGE / file).read_text(encoding="utf-8"))))
    provider = OperatorProvider()
    found: dict[object, list[tuple[str, int]]] = {}
    for name in provider:
        if not any(word in name for word in LEFT_OUT):
            operator = provider[name]()
            positions = [place for node in nodes for place in operator.mutation_positions(node)]
            for occurrence, place in enumerate(positions):
                found.setdefault(place, []).append((name, occurrence))
    return list(found.values())


def mutant(file: str, name: str, occurrence: int) -> Mutant:
    """The file with one place changed by this operator."""
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.operators.provider import OperatorProvider

    text = (PACKAGE / file).read_text(encoding="utf-8")
    changed = mutate_code(text, OperatorProvider()[name](), occurrence)
    both = zip(text.splitlines(), changed.splitlines(), strict=True)
    before, after = next((a.strip(), b.strip()) for a, b in both if a != b)
    return Mutant(file, changed, before, after)


def drawn(count: int, seed: int, files: list[str]) -> list[Mutant]:
    """So many mutants, each of another place, as many of each file as may be."""
    draw = random.Random(seed)
    waiting = {file: places(file) for file in files}
    for each in waiting.values():
        draw.shuffle(each)
    found: list[Mutant] = []
    while len(found) < count and any(waiting.values()):
        for file, each in waiting.items():
            if each and len(found) < count:
                found.append(mutant(file, *draw.choice(each.pop())))
    return found


def outcome(root: Path, one: Mutant) -> str:
    """killed, survived, or endless: what its test file says of a mutant, in a process of its own."""
    import pytest

    words = ["-x", "-q", "-p", "no:cacheprovider", "--rootdir", str(TESTS.parent)]
    words += map(str, TESTS.rglob(FILES[one.file]))
    (root / one.file).write_text(one.text, encoding="utf-8")
    said = forked(root, lambda: f"{int(pytest.main(words))}", LONGEST)
    shutil.copyfile(PACKAGE / one.file, root / one.file)
    return {"0": "survived", ENDLESS: ENDLESS}.get(said, "killed")


def main(count: int, seed: int, parts: list[str]) -> int:
    """Print the table of killed and survived by file, and the survivors; how many of them no reason excuses."""
    files = [file for file in FILES if not parts or any(part in file for part in parts)]
    chosen = drawn(count, seed, files)
    import hypothesis  # noqa: F401  (loaded once, before the forks)
    import pytest  # noqa: F401
    import scipy.special  # noqa: F401
    import sklearn  # noqa: F401
    import torch

    torch.set_num_threads(1)
    found: Counter[tuple[str, str]] = Counter()
    survivors = []
    with copied() as root:
        for file in files:  # a file whose own tests fail here says nothing about its mutants
            whole = Mutant(file, (PACKAGE / file).read_text(encoding="utf-8"), "", "")
            if outcome(root, whole) != "survived":
                raise SystemExit(f"{FILES[file]} fails on the package as it is")
        for one in chosen:
            said = outcome(root, one)
            if said == "survived":
                said = "harmless" if one.after in HARMLESS else said
                survivors.append(one)
            found[one.file, said] += 1
            print(f"{said:<9} {one.file}: {one.before}  ->  {one.after}", file=sys.stderr, flush=True)
    print("| file | mutants | killed | survived, harmless | survived |\n| --- | ---: | ---: | ---: | ---: |")
    for file in [*files, ""]:
        row = Counter()
        for (of, said), n in found.items():
            row[said] += n if file in ("", of) else 0
        killed = row["killed"] + row[ENDLESS]
        numbers = f"{row.total()} | {killed} | {row['harmless']} | {row['survived']}"
        print(f"| {f'`{file}`' if file else 'all'} | {numbers} |")
    for one in survivors:
        print(f"\n{one.file}\n  - {one.before}\n  + {one.after}\n    {HARMLESS.get(one.after, 'SURVIVED')}")
    return sum(one.after not in HARMLESS for one in survivors)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if sys.argv[2:] else 0, sys.argv[3:]))
