"""Persistence diagrams of a few nets as a tidy frame, and homology beside winding numbers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from circles.papers.rey2020 import measures
from circles.training.runs import Run

By = Mapping[str, Mapping[str, Run]]


def diagrams(found: By, whole: int, torn: int) -> pd.DataFrame:
    """panel, birth, death: a net on the torus that is whole, one that is torn, S^2; SO(3) over two fields, S^3."""
    chosen = [
        ("flat torus, whole", found["torus"]["flat_torus"], 2, whole),
        ("flat torus, torn", found["torus"]["flat_torus"], 2, torn),
        ("shifts on S²", found["torus"]["sphere2"], 2, whole),
        ("SO(3), over Z/2", found["coloured"]["so3"], 2, whole),
        ("SO(3), over Z/3", found["coloured"]["so3"], 3, whole),
        ("turns on S³, Z/2", found["coloured"]["sphere3"], 2, whole),
    ]
    rows = [
        (panel, birth, death)
        for panel, run, p, seed in chosen
        for birth, death in run.measures[f"pairs/{p}"][seed].tolist()
        if birth == birth
    ]
    return pd.DataFrame(rows, columns=["panel", "birth", "death"])


def lasting(by_space: Mapping[str, Run]) -> pd.DataFrame:
    """A row a latent space, a column a seed: how many loops last among the codes, counted over Z/2."""
    return pd.DataFrame.from_dict(
        {space: run.measures["loops/2"].tolist() for space, run in by_space.items()}, orient="index"
    ).rename_axis(columns="seed")


def beside_windings(found: By, codes: By) -> pd.DataFrame:
    """seed, and of each net by homology and by its paths: loops of the circle, of the torus, of SO(3) over Z/2.

    circle_even: largest stretch at most 3. torus_det: |det W|. turns: full turns of three that cannot be shrunk.
    """
    return pd.DataFrame({
        "circle_loops": found["loop"]["sphere1"].measures["loops/2"].tolist(),
        "circle_even": [tear <= measures.EVEN for tear in measures.tears(codes["loop"]["sphere1"])],
        "torus_loops": found["torus"]["flat_torus"].measures["loops/2"].tolist(),
        "torus_det": measures.determinants(measures.torus_windings(codes["torus"]["flat_torus"])),
        "so3_loops": found["coloured"]["so3"].measures["loops/2"].tolist(),
        "so3_turns": measures.full_turns(codes["coloured"]["so3"]),
    })  # fmt: skip
