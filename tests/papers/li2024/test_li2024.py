"""Measures and frames of Chapter 3 on nets made by hand and untrained ones, and the claims' form."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from circles import ledger
from circles.analysis import clusters, losses, plane
from circles.book import registry, sweep
from circles.figures import quantized as figures
from circles.foundations.errors import ConfigError, LedgerError
from circles.models import modular, quantized
from circles.papers import li2024
from circles.papers.li2024 import LiRun, Net, claims, frames, measures, settings, signed_ends, training
from circles.training.loop import Descent
from circles.training.runs import Run

P, KEYS, FRAMES = 13, (2, 5), 4
EPOCHS = (0, 50, 100)


def stand_in(seed: int = 0, scale: float = 1.0, kind: str = "full") -> Net:
    """An untrained small net in float64, with curves made by hand."""
    config = LiRun(kind=kind, p=P, d_model=24, n_heads=2, d_mlp=18, seed=seed)
    weights = modular.initial(config.spec, [seed], dtype=torch.float64)
    names = ("test_accuracy", "train_loss", "test_loss", "restricted_loss", "excluded_loss", "gini_E")
    curves = {name: scale * torch.tensor([1.0, 2.0, 3.0 + i]) for i, name in enumerate(names)}
    curves["test_accuracy"] = torch.tensor([0.1, 0.995, 1.0])
    latent = torch.randn(FRAMES, 24, generator=torch.Generator().manual_seed(seed))
    curves |= {
        "epoch": torch.tensor(EPOCHS), "keys": torch.tensor(KEYS), "neuron": torch.tensor(5),
        "neuron_epoch": torch.arange(FRAMES) * 30, "neuron_latent": latent, "neuron_effective": latent.sign(),
        "neuron_map": torch.arange(FRAMES * P * P).reshape(FRAMES, P, P).half(),
    }  # fmt: skip
    return Net(Run(config, weights, curves, torch.zeros(3), {}, Path()))


def test_a_row_reads_the_last_checkpoint_and_the_first_above_99_percent():
    row = measures.row(stand_in())
    assert row["train_loss"] == 4
    assert row["excluded_loss"] == 7
    assert row["grokked"] == 50
    assert row["frequencies"] == len(KEYS)
    assert row["gini_rise"] == row["gini"] - 1


def test_the_embeddings_energy_is_outside_or_in_its_prominent_frequencies():
    net = stand_in()
    x = torch.arange(P, dtype=torch.float64)
    waves = [(2 * torch.pi * k * x / P).cos() for k in (3, 6)]
    net.W_E = torch.stack([2 * waves[0], 0.2 * waves[1]], 1) + 7  # energies 4 and 0.04; the constant is no frequency
    row = measures.row(net)
    assert row["in_embedding"] == 1
    assert row["outside"] == pytest.approx(0.04 / 4.04, abs=1e-12)


def test_neurons_of_one_frequency_are_periodic_and_on_the_diagonal():
    net = stand_in()
    x = torch.arange(P, dtype=torch.float64)
    pure = [((2 * torch.pi * k * x / P).cos()[:, None] * (2 * torch.pi * k * x / P).sin()).flatten() for k in KEYS]
    net.mlp = torch.stack(pure * 9, 1)
    row = measures.row(net)
    assert row["periodic_neurons"] == 1
    assert row["diagonal"] == pytest.approx(1, abs=1e-12)


def test_of_the_heads_the_median_one_is_periodic_and_the_one_that_swings_most_counts():
    net = stand_in()
    net.heads = SimpleNamespace(explained=torch.tensor([0.0, 0.9, 0.9, 1.0], dtype=torch.float64))
    to_a = torch.stack([0.3 + 0.01 * torch.arange(P * P) / P**2, 0.2 + 0.6 * (torch.arange(P * P) % 2)], 1)
    net.attention = torch.stack([to_a, 1 - to_a, 0 * to_a], 2)
    row = measures.row(net)
    assert row["periodic_heads"] == pytest.approx(0.9, abs=1e-12)
    assert row["swing"] == pytest.approx(np.std(to_a[:, 1].double().numpy(), ddof=1), abs=1e-12)


def test_medians_are_taken_over_seeds_and_held_against_full_precision():
    rows = pd.DataFrame({
        "kind": ["full precision"] * 3 + ["binary"] * 3 + ["ternary"] * 3, "loss": [1, 2, 9, 4, 6, 50, 1, 1, 5.0],
    })  # fmt: skip
    assert measures.each(rows, "loss") == {"binary": 6, "ternary": 1}
    assert measures.against_full(rows, "loss", "ratio") == {"binary": 3, "ternary": 0.5}
    assert measures.against_full(rows, "loss", "difference") == {"binary": 4, "ternary": -1}


def test_only_nets_of_both_starts_stand_beside_each_other():
    ours = pd.DataFrame({"kind": ["a", "a", "b", "b"], "seed": [0, 1, 0, 1], "loss": [1, 2, 3, 4]})
    released = pd.DataFrame({"kind": ["a", "b", "b"], "seed": [1, 0, 2], "loss": [5, 6, 7]})
    both = measures.beside(ours, released)
    assert both["kind"].tolist() == ["a, ours", "a, released", "b, ours", "b, released"]
    assert both["seed"].tolist() == [1, 1, 0, 0] and both["loss"].tolist() == [2, 5, 3, 6]


def test_weights_that_read_a_frequency_have_structure_and_fresh_ones_none():
    net = stand_in()
    assert measures.structure(net, controls=99).p_value > 0.01
    W_E, W = net.W_E, net.weights
    wave = (2 * torch.pi * KEYS[0] * torch.arange(P, dtype=torch.float64) / P).cos()
    came = wave @ W_E @ W["W_V"][0, 0] @ W["W_O"][0, 0]
    net.weights = dict(W) | {"W_in": came.sign()[None, :, None].expand(1, -1, 18)}
    found = measures.structure(net, controls=99)
    assert found.p_value == pytest.approx(0.01)
    assert torch.equal(found.controls, measures.structure(net, controls=99).controls)


def test_frames_hold_every_net_and_the_charts_take_them():
    nets = {kind: stand_in(i) for i, kind in enumerate((measures.FULL, measures.BINARY, measures.TERNARY))}
    triples = [(kind, 0, net.run) for kind, net in nets.items()]
    lines = frames.through_training(triples)
    assert len(lines) == 3 * 4 * len(EPOCHS)
    fve, blocks = frames.variances(nets), frames.blocks(nets)
    net = nets["binary"]
    assert [len(x) for x in (fve, blocks)] == [3 * 18, 3 * 7 * 7]
    charts = [
        figures.nets_through_training(lines), figures.variance_histograms(fve),
        figures.block_maps(blocks),
        figures.bits_against_algorithm(frames.bits(measures.table(triples)), caption="Bits."),
        figures.latent_slider(*frames.neuron(net), name="neuron 5"),
        figures.against_controls(*frames.alignments({"W_in": measures.structure(net, controls=9)}), unit="x"),
        figures.matrices(frames.signs(net, 18), rows="row", columns="neuron", unit="sign", caption="Signs."),
        figures.matrices(
            frames.read_by_neurons(net), rows="frequency", columns="neurons", unit="share", caption="Shares."
        ),
    ]  # fmt: skip
    assert all(chart.spec for chart in charts)


def test_the_block_frame_is_the_norm_at_its_frequencies():
    net = stand_in()
    frame = frames.blocks({"x": net})
    x = torch.arange(P, dtype=torch.float64)
    waves = {f: (2 * torch.pi * k * x / P) for f, k in (("a", 2), ("b", 6))}
    parts = [(p(waves["a"])[:, None] * q(waves["b"])).flatten() for p in (torch.cos, torch.sin)
             for q in (torch.cos, torch.sin)]  # fmt: skip
    want = sum(((part / part.norm()) @ net.mlp).square().sum().item() for part in parts) ** 0.5
    got = frame[(frame["frequency_a"] == 2) & (frame["frequency_b"] == 6)]["norm"].item()
    assert abs(got - want) < 1e-10


def test_a_net_that_never_grokked_is_left_out_of_that_panel():
    both = {"kind": ["binary", "4 bits"], "seed": 0, "grokked": [-1, 200], "frequencies": 5, "logit_variance": 0.9}
    rows = pd.DataFrame(both)
    found = frames.bits(rows)
    assert found[found["panel"] == "epochs to grok"]["bits"].tolist() == [4.0]
    assert sorted(found[found["panel"] == "frequencies in W_L"]["bits"]) == [1.0, 4.0]


def test_the_slider_shows_what_the_run_kept_of_its_neuron():
    net = stand_in()
    weights, maps = frames.neuron(net, stride=3)
    assert sorted(set(weights["epoch"])) == sorted(set(maps["epoch"])) == [0, 30, 60, 90]
    assert sorted(set(maps["a"])) == [0, 3, 6, 9, 12]
    cell = maps[(maps["epoch"] == 60) & (maps["a"] == 3) & (maps["b"] == 12)]["activation"].item()
    assert cell == net.curves["neuron_map"][2, 3, 12]
    one = weights[(weights["epoch"] == 90) & (weights["input"] == 7)]
    assert one["latent"].item() == net.curves["neuron_latent"][3, 7]
    assert one["used"].item() == net.curves["neuron_effective"][3, 7]


def test_a_net_computes_with_its_mapped_weights():
    net = stand_in(kind="ternary")
    want = quantized.ternary(net.run.weights["W_in"])
    assert (net.weights["W_in"] - want).abs().max() < 1e-14
    assert torch.equal(net.weights["W_in"] == 0, want == 0)
    assert torch.equal(net.weights["W_E"], net.run.weights["W_E"])


def test_without_attention_each_token_is_paid_a_third():
    net = stand_in()
    W, index = {name: w[0] for name, w in net.weights.items()}, torch.arange(P * P)
    values = [W["W_E"] @ W["W_V"][h] @ W["W_O"][h] for h in range(2)]
    mixed = sum((v[index // P] + v[index % P] + v[P]) / 3 for v in values)
    mid = W["W_E"][P] + mixed
    post = mid + (mid @ W["W_in"]).relu() @ W["W_out"]
    logits = post / (post.square().mean(-1, keepdim=True) + 1e-8).sqrt() * W["gain"] @ W["W_U"]
    assert abs(net.uniform_loss - losses.loss(logits, net.test)) < 1e-10
    assert net.uniform_loss != net.loss
    net.weights = dict(net.weights) | {"W_K": torch.zeros_like(net.weights["W_K"])}
    level = Net(Run(net.run.config, net.weights, net.run.measures, torch.zeros(3), {}, Path()))
    assert level.swing.max() < 1e-15 < net.swing.min()
    assert abs(level.uniform_loss - level.loss) < 1e-12


def halved_by_hand(net: Net) -> tuple[torch.Tensor, torch.Tensor]:
    """The neurons and the logits with half of every head on each number."""
    W, index = {name: w[0] for name, w in net.weights.items()}, torch.arange(P * P)
    values = [W["W_E"] @ W["W_V"][h] @ W["W_O"][h] for h in range(2)]
    mid = W["W_E"][P] + sum((v[index // P] + v[index % P]) / 2 for v in values)
    mlp = (mid @ W["W_in"]).relu()
    post = mid + mlp @ W["W_out"]
    return mlp, post / (post.square().mean(-1, keepdim=True) + 1e-8).sqrt() * W["gain"] @ W["W_U"]


def test_with_half_on_each_number_the_last_token_is_paid_nothing():
    net = stand_in()
    mlp, logits = halved_by_hand(net)
    assert (net.halved()["mlp"] - mlp).abs().max() < 1e-12
    loss, accuracy = net.halved_attention
    assert abs(loss - losses.loss(logits, net.test)) < 1e-10
    assert accuracy == losses.accuracy(logits, net.test)


def test_the_neurons_are_counted_with_the_nets_attention_and_with_half_on_each_number():
    net = stand_in(3)
    found = measures.neurons_halved([("binary", 3, net.run)]).set_index("attention")
    own, mlp = measures.row(net), halved_by_hand(net)[0]
    halved = [clusters.clusters(mlp).clustered.double().mean().item(), plane.diagonal_share(plane.block_energy(mlp))]
    want = {measures.OWN: [own["periodic_neurons"], own["diagonal"]], measures.HALVED: halved}
    assert want[measures.OWN] != want[measures.HALVED]
    for attention, values in want.items():
        assert found.loc[attention, ["periodic_neurons", "diagonal"]].tolist() == pytest.approx(values, abs=1e-12)


def test_without_the_embedding_of_equals_no_head_prefers_a_token():
    net = stand_in()
    swing, accuracy = net.without_equals()
    assert swing < 1e-15 < net.swing.max() and 0 <= accuracy <= 1
    norms = net.weights["W_E"][0].norm(dim=1)
    assert net.equals_size == pytest.approx(float(norms[P] / norms[:P].mean()))


def test_relapses_are_counted_from_the_first_good_checkpoint():
    curves = [[0.1, 0.2, 0.5], [0.5, 1.0, 0.9, 1.0, 0.8], [1.0, 1.0]]
    runs = [SimpleNamespace(measures={"test_accuracy": torch.tensor(c)}) for c in curves]
    found = measures.relapses([("binary", seed, run) for seed, run in enumerate(runs)])
    assert found["below"].tolist() == [0, 2, 0]


def test_mapped_ends_are_those_of_a_net_trained_with_them():
    net = stand_in(kind="ternary")
    ends = quantized.effective(net.run.weights, "ternary", ends=True)
    logits = modular.activations(ends, net.spec)["logits"][0]
    assert net.ends_accuracy("ternary") == losses.accuracy(logits, net.test)


def test_signs_in_the_numbers_leave_the_row_of_equals_alone():
    net = stand_in()
    W_E = net.weights["W_E"][0]
    found = {name: {n: w[0] for n, w in changed.items()} for name, changed in signed_ends.replaced(net).items()}
    shifted = W_E[:P] - W_E[:P].mean()
    for name, size in ((signed_ends.NUMBERS, 1.0), (signed_ends.SIZED, shifted.abs().mean())):
        assert torch.equal(found[name]["W_E"][P], W_E[P])
        assert (found[name]["W_E"][:P] - size * shifted.sign()).abs().max() < 1e-14
    assert set(found[signed_ends.EMBEDDING]["W_E"].unique().tolist()) == {-1.0, 1.0}
    assert found[signed_ends.NOTHING] == {} and set(found[signed_ends.UNEMBEDDING]) == {"W_U"}


def test_what_signs_cost_is_asked_of_each_end_and_shown_by_seed():
    nets = {seed: stand_in(seed) for seed in (2, 0)}
    found = signed_ends.table(("binary", seed, net.run) for seed, net in nets.items())
    by_name = found.set_index(["seed", "signs"])
    for seed, net in nets.items():
        assert by_name.loc[(seed, signed_ends.NOTHING), "variance"] == pytest.approx(net.logit_fit.explained, abs=1e-12)
        for signs, end in ((signed_ends.EMBEDDING, "W_E"), (signed_ends.UNEMBEDDING, "W_U")):
            assert by_name.loc[(seed, signs), "accuracy"] == net.ends_accuracy("binary", (end,))
    asked = (signed_ends.UNEMBEDDING, signed_ends.NUMBERS)
    shown = signed_ends.by_seed(found, "variance", asked)
    assert [signs for _, signs in shown.index] == list(asked) and list(shown.columns) == [0, 2]


def test_the_bits_of_a_net_are_counted():
    assert stand_in(kind="binary").bits == {"ends": 32 * (14 * 24 + 24 * 13), "between": 4 * 24 * 24 + 2 * 24 * 18}
    full = stand_in().bits
    assert full["between"] == 32 * (4 * 24 * 24 + 2 * 24 * 18)


def test_the_pictures_hold_each_sign_and_each_share_once():
    net = stand_in()
    trained, shuffled = (part for _, part in frames.signs(net, 7).groupby("picture", sort=False))
    assert len(trained) == len(shuffled) == 24 * 7
    for column in range(7):
        both = [part[part["column"] == column]["value"] for part in (trained, shuffled)]
        assert sorted(both[0]) == sorted(both[1])
        assert list(both[0]) != list(both[1])
    found = frames.read_by_neurons(net)
    assert set(found["row"]) == set(KEYS)
    mine = found[found["picture"] == frames.TRAINED].pivot(index="column", columns="row", values="value")
    assert mine.max(axis=1).mean() == pytest.approx(measures.structure(net, controls=1).observed, abs=1e-12)
    assert mine.idxmax(axis=1).is_monotonic_increasing


def rows(seeds: int, **changes) -> pd.DataFrame:
    kinds = {"full precision": 4.0, "binary": 10.0, "ternary": 6.0}
    parts = [
        {"kind": kind, "seed": s, "accuracy": 1.0 - s / 100, "train_loss": x, "in_embedding": x, "grokked": 100 * s + 1}
        for kind, x in kinds.items() for s in range(seeds)
    ]  # fmt: skip
    return pd.DataFrame(parts).assign(**changes)


def test_a_claim_over_seeds_has_no_value_until_there_are_three_of_each_kind_it_names():
    assert claims.value("final-loss", rows(3)) == ({"binary": 2.5, "ternary": 1.5},)
    assert claims.value("embedding-more-frequencies", rows(3)) == ({"binary": 6, "ternary": 2},)
    assert claims.value("final-loss", rows(2)) == ()
    few = rows(3).query("kind != 'full precision' or seed < 2")
    assert claims.value("final-loss", few) == ()
    assert claims.value("binary-groks", few) == ([1.0, 0.99, 0.98],)
    assert claims.value("ends-survive", pd.DataFrame()) == ()
    with pytest.raises(LedgerError, match="'final-los' is no claim over seeds"):
        claims.value("final-los", rows(3))


def test_a_claim_on_the_least_of_all_kinds_has_a_value_as_soon_as_one_kind_fails_it_for_good():
    band = ledger.paper("li2024").claim("bits-logit-variance").accept.low
    few = {"full precision": 5, "binary": 5, "ternary": 3, "2 bits": 1}  # 4 and 8 bits are missing

    def table(held: dict[str, int], **variance: float) -> pd.DataFrame:
        parts = [
            {"kind": kind, "seed": seed, "logit_variance": variance.get(kind, band + 0.05)}
            for kind, number in held.items() for seed in range(number)
        ]  # fmt: skip
        return pd.DataFrame(parts)

    name, low = "bits-logit-variance", band - 0.1
    assert claims.value(name, table(few)) == (), "all that is known passes: the rest decides"
    assert claims.value(name, table(few, binary=low)) == (low,), "no seed can lift the least"
    assert claims.value(name, table(few, ternary=low)) == (), "two of its seeds can lift its median"
    assert claims.value(name, table(few | {"binary": 4}, binary=low)) == ()
    assert claims.value(name, table({k: 3 for k in frames.WIDTH}, ternary=low)) == (low,)
    assert claims.value(name, table({k: 3 for k in frames.WIDTH})) == (band + 0.05,)
    assert claims.value(name, pd.DataFrame()) == ()
    outliers = table(few, binary=low)
    outliers.loc[outliers["seed"] > 2, "logit_variance"] = 0.0
    assert claims.value(name, outliers) == (low,), "a median, and that of the kinds whose seeds are all there"


def test_the_slowest_seed_counts_and_one_that_never_groks_fails():
    assert claims.value("groks-within", rows(3)) == ({"binary": 201, "ternary": 201},)
    assert claims.slowest(rows(3, grokked=[1] * 3 + [5, -1, 7] + [2] * 3)) == {"binary": -1, "ternary": 2}


def test_every_claim_over_seeds_is_in_the_ledger_and_its_value_has_the_ledgers_form():
    frame = pd.concat([
        pd.DataFrame({"kind": kind, "seed": range(3), "accuracy": 1.0, "train_loss": 1.0, "in_embedding": 9,
                      "grokked": 400, "gini_rise": 0.4, "outside": 0.1, "periodic_heads": 0.9, "periodic_neurons": 0.5,
                      "diagonal": 0.8, "logit_variance": 0.9, "restricted_ratio": 1.0, "excluded_loss": 5.0,
                      "frequencies": 8, "restricted_loss": 0.01, "halved_accuracy": 0.95})
        for kind in frames.WIDTH
    ])  # fmt: skip
    for name in claims.VALUES:
        (value,) = claims.value(name, frame)
        assert ledger.paper("li2024").claim(name).judge(value)


def test_what_is_claimed_is_asked_again_of_the_released_start_with_the_same_band():
    book = ledger.paper("li2024")
    measured = ("gini_rise", "outside", "periodic_heads", "periodic_neurons", "diagonal", "logit_variance",
                "restricted_ratio", "excluded_loss", "restricted_loss", "frequencies")  # fmt: skip
    some = rows(claims.FEWEST, **{name: [0.1 * i for i in range(3 * claims.FEWEST)] for name in measured})
    for name in claims.ASKED_AGAIN:
        usual, released = book.claim(name), book.claim(claims.RELEASED + name)
        assert (released.accept, released.partly, released.paper) == (usual.accept, usual.partly, usual.paper)
        assert claims.value(released.id, pd.DataFrame()) == ()
        assert claims.value(released.id, some) == claims.value(name, some)


def binary(grokked: dict[int, int]) -> pd.DataFrame:
    return pd.DataFrame([{"kind": li2024.BINARY, "seed": seed, "grokked": at} for seed, at in grokked.items()])


def test_how_much_later_a_start_groks_is_a_median_over_the_seeds_of_both():
    usual = binary({0: 1000, 1: 1200, 2: 900})
    assert claims.later({"a": binary({0: 3000, 1: 3300}), "b": binary({2: 1000, 1: 1100})}, usual) == (
        {"a": 2050.0, "b": 0.0},
    )
    assert claims.later({"a": binary({0: -1, 1: -1})}, usual) == ({"a": li2024.training.EPOCHS - 1100.0},)
    assert claims.later({"a": binary({0: 3000, 4: 3000})}, usual) == (), "one seed of both"
    assert claims.later({"a": binary({0: 3000, 1: 1}), "b": pd.DataFrame()}, usual) == ()


def test_the_size_of_an_embedding_is_that_of_its_entries_without_the_constant():
    """Against the entries themselves, at the start of a run that is recorded with its spectrum."""
    run = li2024.recorded("binary")[0]
    W = LiRun.initial([run.config])["W_E"][0, :-1].double()
    (row,) = measures.sizes([("binary", 0, run)]).to_dict("records")
    assert row["start"] == pytest.approx((W - W.mean(0)).square().mean().sqrt().item(), rel=1e-5)
    assert row["epoch"] == measures.row(Net(run))["grokked"] and row["end"] < row["at 99%"] < row["start"]


def test_decay_alone_takes_so_many_steps():
    size, steps = 1.0, 0
    while size > 128**-0.5:
        size, steps = size * (1 - 1e-3 * 1.0), steps + 1
    assert steps - 1 < settings.epochs_of_decay() <= steps


def test_the_registered_names_stand_for_the_runs():
    made = {name: sweep.configs(registry.RUNS[name], [0, 3]) for name in registry.RUNS if name.startswith("li2024")}
    assert set(made) == {
        "li2024", "li2024-live", "li2024-ends", "li2024-bits", "li2024-two-bits", "li2024-between", "li2024-released",
        "li2024-starts", "li2024-ends-released", "li2024-bits-released",
    }  # fmt: skip
    assert {(c.kind, c.epochs, c.embedding, c.linear) for c in made["li2024-released"]} == {
        (k, 10_000, 1.0, "uniform") for k in li2024.KINDS
    }
    assert {(c.kind, c.embedding, c.linear) for c in made["li2024-starts"]} == {
        ("binary", 1.0, "normal"), ("binary", None, "uniform"),
    }  # fmt: skip
    assert {(c.kind, c.epochs, c.ends) for c in made["li2024"]} == {(k, 10_000, False) for k in li2024.KINDS}
    live = [c for c in made["li2024-live"] if c.tier == "live"]
    assert [(c.kind, c.seed, c.epochs) for c in live] == [("binary", 0, 3_000), ("ternary", 0, 4_500)]
    assert {(c.kind, c.ends) for c in made["li2024-ends"]} == {("binary", True), ("ternary", True)}
    assert {c.kind for c in made["li2024-bits"]} == set(quantized.BITS)
    for name in ("li2024-ends", "li2024-bits"):
        ours, released = ({(c.kind, c.ends, c.seed) for c in made[name + tail]} for tail in ("", "-released"))
        assert ours == released and all(c.start == "-released" for c in made[f"{name}-released"])
    assert len({c.digest for c in [*made["li2024"], *made["li2024-bits"]]}) == 12, "the three kinds are trained once"


@pytest.mark.parametrize("ends", [False, True])
@pytest.mark.parametrize("kind", quantized.BITS)
def test_every_kind_trains_and_is_measured_with_and_without_its_ends(kind, ends):
    config = LiRun(kind=kind, ends=ends, p=7, d_model=8, n_heads=2, d_mlp=12, epochs=4, every=4)
    weights, objective, optimiser = LiRun.problem([config], torch.device("cpu"))
    snapshots, losses_seen = {}, []
    for record in Descent(weights, optimiser).records(objective, 4):
        snapshots[record.epoch] = {name: w.detach().clone() for name, w in record.weights.items()}
        losses_seen.append(record.loss.item())
    assert all(not torch.equal(w, snapshots[4][name]) for name, w in snapshots[0].items()), "a gradient reaches all"
    assert len(set(losses_seen)) == 5
    values = {name: len(w.unique()) for name, w in config.effective(snapshots[4]).items()}
    few = {"binary": 2, "ternary": 3, "2bit": 4, "4bit": 16}
    if kind in few:
        # straight through adds and takes away W: the values are those of the map up to rounding
        rounded = {n: len((w * 1e4).round().unique()) for n, w in config.effective(snapshots[4]).items()}
        assert rounded["W_in"] <= few[kind]
        assert (rounded["W_E"] <= few[kind]) == ends
    else:
        assert values["W_in"] > 40
    kept = config.measure(snapshots)
    assert kept["neuron_map"].shape[1:] == (7, 7)
    assert torch.isfinite(kept["train_loss"]).all()


def test_the_released_start_is_pytorchs_own():
    """An Embedding and Linears of torch: the same laws, by their standard deviations and their largest entries."""
    one = li2024.config("binary", 0, start="released")
    spec = one.spec
    theirs = {
        "W_E": torch.nn.Embedding(spec.p + 1, spec.d_model), "W_U": torch.nn.Linear(spec.d_model, spec.p, bias=False),
        "W_in": torch.nn.Linear(spec.d_model, spec.d_mlp, bias=False),
        "W_out": torch.nn.Linear(spec.d_mlp, spec.d_model, bias=False),
        **{name: torch.nn.Linear(spec.d_model, spec.d_model, bias=False) for name in ("W_Q", "W_K", "W_V", "W_O")},
    }  # fmt: skip
    ours = LiRun.initial([one])
    for name, layer in theirs.items():
        assert float(ours[name].std()) == pytest.approx(float(layer.weight.detach().std()), rel=0.04), name
        if name != "W_E":
            assert float(ours[name].abs().max()) == pytest.approx(float(layer.weight.detach().abs().max()), rel=0.01)
    assert float(ours["gain"].std()) == 0 and set(ours) == {*theirs, "gain"}


def test_one_difference_of_the_starts_at_a_time():
    starts = {name: LiRun.initial([li2024.config("binary", 3, start=name)]) for name in training.STARTS}
    normal, released = starts["normal"], starts["released"]
    for name, (embedding, maps) in {"large embedding": (released, normal), "uniform maps": (normal, released)}.items():
        assert torch.allclose(starts[name]["W_E"], embedding["W_E"])
        assert all(torch.equal(starts[name][w], maps[w]) for w in maps if w != "W_E")
    assert torch.allclose(released["W_E"], normal["W_E"] * 128**0.5)
    names = [li2024.config("binary", 3, start=name).name for name in training.STARTS]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("start", "words"),
    [({"linear": "he"}, "linear is 'he', expected one of normal, uniform"),
     ({"embedding": 0.0}, "embedding is 0.0, expected a positive standard deviation"),
     ({"embedding": float("nan")}, "embedding is nan, expected a positive")],
)  # fmt: skip
def test_a_start_that_is_none_is_named(start, words):
    with pytest.raises(ConfigError, match=words):
        LiRun.initial([LiRun(epochs=1, seed=0, **start)])


def test_the_floor_of_the_norm_is_its_share_of_what_is_divided_by():
    net = stand_in()
    small = {name: w * (1e-4 if name in ("W_E", "W_out") else 1) for name, w in net.run.weights.items()}
    run = Run(net.run.config, small, net.run.measures, torch.zeros(3), {}, Path())
    mean_square = Net(run).with_weights()["resid_post"][0].square().mean(-1)
    (row,) = measures.floors([("binary", 4, run)]).to_dict("records")
    assert row["share"] == pytest.approx(float((1e-8 / (mean_square + 1e-8)).median()), rel=1e-6)
    assert 0.01 < row["share"] < 1 and (row["kind"], row["seed"]) == ("binary", 4)
