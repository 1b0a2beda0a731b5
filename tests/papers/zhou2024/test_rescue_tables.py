"""The rescue's tables, on runs made by hand."""

from dataclasses import dataclass, field

import pandas as pd
import pytest
import torch

from circles.papers.zhou2024 import other_circles, rescue_frames, rescue_runs, rescue_tables


@dataclass
class Made:
    """A run with a straight curve from 0 to ``end`` and these errors."""

    config: object
    end: float
    errors: list = field(default_factory=lambda: [0, 1, 10])

    @property
    def measures(self):
        exact = torch.tensor([0.0, self.end / 2, self.end])
        return {"epoch": torch.tensor([0, 1, 2]), "exact": exact, "off_by_one": exact, "tens": exact,
                "errors": torch.tensor(self.errors)}  # fmt: skip


def made(kind, epochs, seed, end, **more):
    return Made(rescue_runs.config(kind, epochs, seed), end, **more)


def test_the_contrast_pairs_each_seed_with_itself_at_its_own_budget(monkeypatch):
    ends = lambda found: pd.DataFrame({"new": [run.end for run in found]})  # noqa: E731
    monkeypatch.setattr(rescue_tables.mirrored, "accuracy", ends)
    F, R = rescue_runs.FROZEN, rescue_runs.RANDOM
    found = [
        made(R, 35, 1, 0.2), made(F, 35, 0, 0.5), made(F, 35, 1, 0.9), made(R, 35, 0, 0.4),
        made(F, 50, 0, 1.0), made(R, 50, 0, 0.6), made(F, 50, 4, 1.0), made(R, 50, 3, 0.1),
    ]  # fmt: skip
    pairs = rescue_tables.contrast(found)
    assert sorted(zip(pairs["epochs"], pairs.index, strict=True)) == [(35, 0), (35, 1), (50, 0)]
    at = pairs[pairs["epochs"] == 35]
    assert at["gain"].to_dict() == pytest.approx({0: 0.1, 1: 0.7})
    assert at["lead"].to_dict() == pytest.approx({0: 0.05, 1: 0.35})
    assert rescue_tables.verdict_values(pairs, 35) == pytest.approx({"frozen": 0.7, "random": 0.3, "least-gain": 0.1})
    panels = rescue_tables.by_budget(found)
    assert panels.groupby("panel")["net"].nunique().to_dict() == {"35 epochs": 2, "50 epochs": 2}


def test_what_the_spikes_are_worth_stands_beside_all_exchanges_of_names():
    rows = [("MiniLM", 0.9), ("MiniLM", 0.7), ("MiniLM without its four spikes", 0.2), ("random, trained", 0.1)]
    found = rescue_tables.lost_with_spikes(pd.DataFrame(rows, columns=["row", "accuracy"]))
    assert found == pytest.approx({"lost": 0.6 / 0.7, "by chance": 1 / 3})


def test_rows_are_sorted_by_their_medians_and_named_apart():
    found = [made(("low", False), 35, s, 0.9 - s / 10) for s in (0, 1, 2)]
    found += [made(("moved", False), 35, s, 0.1 * s) for s in (1, 2, 3)] + [made(("minilm", True), 35, 0, 0.95)]
    found += [Made(c, 1.0) for c in other_circles.every(0)]
    parts = rescue_tables.worth(found)
    low, moved = "MiniLM's low band", "MiniLM's low band, spikes moved"
    assert list(dict.fromkeys(parts["row"]))[-3:] == ["MiniLM, trained", low, moved]
    assert {"circles of 3, 7, 11, 100, 1000", "circles of 100, 1000"} < set(parts["row"])
    assert parts.groupby("who")["row"].nunique().to_dict() == {"circles": 2, "MiniLM": 2, "trained on": 1}
    assert rescue_tables.difference(parts, low, moved).to_dict() == pytest.approx({1: 0.7, 2: 0.5})
    every = [*rescue_runs.contrast(0)[:2], *rescue_runs.causal(0), *other_circles.every(0)]
    rows = [rescue_tables.row(c) for c in every]
    assert len(set(rows)) == len(rows)
    assert max(map(len, rows)) <= 36  # so that a phone has room for it


def test_errors_stand_beside_the_papers_words():
    found = [
        made(rescue_runs.RANDOM, 35, 0, 0.1, errors=[0, 0, 1, -2]),
        made(rescue_runs.RANDOM, 35, 1, 0.1, errors=[7, -20, 0, 0]),
        made(("high", False), 35, 0, 0.1, errors=[10, 0, 0, 0]),
    ]
    table = rescue_tables.errors_beside(found).set_index("net")
    assert table["wrong"].to_dict() == {"random, trained": 4, "MiniLM, only above the low band, frozen": 1}
    shares = table.loc["random, trained", ["within_2", "below_6", "tens"]].to_dict()
    assert shares == {"within_2": 0.5, "below_6": 0.5, "tens": 0.25}
    labels = {rescue_frames.label(c) for c in (*rescue_runs.contrast(0), *rescue_runs.causal(0))}
    assert set(rescue_tables.IN_WORDS) <= labels
