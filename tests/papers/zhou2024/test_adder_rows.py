"""The spectrum of a fine-tuned adder's number rows: the net's own, planted waves found, smooth ones not."""

import torch
from steep_rows import steep
from test_adder_run import stand_in  # noqa: F401  (a fixture)

from circles.book.registry import RUNS
from circles.papers.zhou2024 import adder_claims, adder_frames, adder_rows
from circles.papers.zhou2024.adder_rows import AdderRows
from circles.papers.zhou2024.number_models import Found
from circles.training import runs


def smooth(N, *periods):
    """Rows on a curve through the numbers, each wave smaller than the slower ones; and waves of these periods."""
    rows = steep(N, 30)
    x = torch.arange(N, dtype=torch.float64)
    for i, period in enumerate(periods):
        rows[:, i] += 3 * (2 * torch.pi * x / period).cos()
    return torch.cat([rows, rows[:1]])


def test_planted_waves_are_found_on_a_smooth_curve_and_no_others(monkeypatch):
    monkeypatch.setattr(adder_rows, "PERMUTATIONS", 100)
    assert Found("", adder_rows.waves(smooth(200))).above_chance() == []
    assert Found("", adder_rows.waves(smooth(200, 10, 2.5))).above_chance() == [10, 2.5]


def test_a_run_reads_the_rows_of_the_net_of_its_settings(stand_in, monkeypatch):  # noqa: F811
    monkeypatch.setattr(adder_rows, "PERMUTATIONS", 20)
    config = AdderRows(mode="random", told="bare", largest=5, epochs=1, batch=4, bfloat16=False)
    run = runs.get(config)
    rows = config.trained.net()["W_E"][0, :11]
    assert run.measures["exact_norms"].shape == (6,) and Found("", run.measures).N == 10
    assert torch.equal(run.measures["size"], adder_rows.waves(rows)["size"])


def test_the_names_of_the_command_line_read_the_nets_that_the_others_train():
    for name in ("whisper-either", "whisper-100-either"):
        assert [c.trained for c in RUNS[f"zhou2024-{name}-rows"](3)] == RUNS[f"zhou2024-{name}"](3)


def test_the_claim_counts_the_papers_periods_in_the_nets_from_random_weights(monkeypatch):
    monkeypatch.setattr(adder_rows, "PERMUTATIONS", 100)
    none, two = (Found("", adder_rows.waves(smooth(200, *periods))) for periods in ((), (10 / 3, 5, 2)))
    rows = {"200": {"random": [none, none, none], "pretrained": [two] * 3}}
    claim = "whisper-200-scratch-no-spikes"
    assert adder_claims.value(claim, {}, {}, rows) == (0,)
    assert adder_claims.value(claim, {}, {}, {"200": {"random": [two] * 3}}) == (2,), "10/3 is none of the paper's four"
    assert adder_claims.value(claim, {}, {}) == ()
    table = adder_frames.spikes_left(rows)["above chance"]
    assert table["sums to 200, random weights", 1] == [] and len(table["sums to 200, pre-trained", 0]) == 3
