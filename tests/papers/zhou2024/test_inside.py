"""The look inside on a random net: filters that do what they say, a lens that ends at the net's answers."""

from types import SimpleNamespace

import pytest
import torch

from circles.analysis import addition_errors, paper_waves
from circles.figures import numbers as figures
from circles.foundations.streams import streams
from circles.models import decoder, decoder_spec
from circles.papers.zhou2024 import inside, inside_controls
from circles.papers.zhou2024.inside_frames import Inside
from circles.papers.zhou2024.rescue import RescueRun


@pytest.fixture(scope="module")
def net():
    """Weights at the start and large noise, so that answers differ from pair to pair; wide enough for both filters."""
    config = RescueRun(addends=21, width=40, heads=2)
    noise = streams(5, "noise")["noise"]
    weights = {
        name: w + 0.3 * torch.randn(w.shape, generator=noise, dtype=torch.float64)
        for name, w in decoder_spec.initial(config.spec, [0], dtype=torch.float64).items()
    }
    return Inside(SimpleNamespace(config=config, weights=weights))


@pytest.mark.parametrize("row", inside.FILTERS[1:])
def test_a_filter_takes_its_band_from_its_modules_logits_and_leaves_the_others(net, row):
    band, parts = row.split(", ")
    edit = inside.filtered(net.weights, net.spec, row)
    W = inside.unembedding(net.weights, net.spec)
    components = inside.BANDS[band](net.spec.numbers)
    for (layer, part), out in inside.outputs(net.weights, net.a, net.b, net.spec).items():
        changed = edit(layer, part, out)
        if part in inside.PARTS[parts]:
            waves = paper_waves.transform((changed @ W.mT)[0])[:, paper_waves.rows_of(net.spec.numbers, components)]
            assert waves.abs().max() < 1e-9
            assert not torch.allclose(changed, out)
        else:
            assert torch.equal(changed, out)


def test_without_a_band_in_every_module_the_band_of_the_logits_is_that_of_the_start(net):
    """What the layers add has no low waves, so those of the logits come from the first state alone, up to the norm."""
    edit = inside.filtered(net.weights, net.spec, "low, attention and MLP")
    last = decoder.residual(net.weights, net.a, net.b, net.spec, edit=edit)[0]
    start = net.weights["W_S"][0, 1] + net.weights["W_P"][0, 3]
    W, low = inside.unembedding(net.weights, net.spec), paper_waves.low(net.spec.numbers)
    rows = paper_waves.rows_of(net.spec.numbers, low)
    assert ((paper_waves.transform((last - start) @ W.mT))[:, rows]).abs().max() < 1e-9


def test_the_folded_unembedding_gives_the_nets_logits(net):
    last = decoder.residual(net.weights, net.a, net.b, net.spec)
    size = (last.var(-1, keepdim=True, unbiased=False) + decoder.EPSILON).sqrt()
    shift = decoder.unembedding(net.weights)[0, : net.spec.numbers] @ net.weights["c_f"][0]
    ours = (last / size)[0] @ inside.unembedding(net.weights, net.spec).mT + shift
    theirs = decoder.forward(net.weights, net.a, net.b, net.spec)[0, :, : net.spec.numbers]
    assert (ours - theirs).abs().max() < 1e-9


def test_the_lens_ends_where_the_net_ends(net):
    assert torch.equal(net.found["lens_errors"][-1], net.found["filter_errors"][0])
    frame = net.lens()
    assert sorted(frame["layer"].unique()) == [0, 1, 2]
    shares = frame.pivot(index="layer", columns="near", values="share")
    assert (shares["exact"] <= shares["within 2"]).all()
    assert (shares["within 2"] <= shares["within 10"]).all()


def test_module_waves_are_those_of_a_transform_written_out(net):
    out = inside.outputs(net.weights, net.a, net.b, net.spec)[1, "mlp"]
    size = decoder.residual(net.weights, net.a, net.b, net.spec).std(-1, keepdim=True, unbiased=False)
    logits = ((out / size)[0] @ inside.unembedding(net.weights, net.spec).mT)[:, :-1].clone()
    full = (out / size)[0] @ inside.unembedding(net.weights, net.spec).mT
    logits[:, 0] += full[:, -1]  # the paper's waves on p numbers: the last number stands where the first does
    k, N = 3, net.spec.numbers - 1
    waves = torch.exp(-2j * torch.pi * k * torch.arange(N, dtype=torch.float64) / N)
    norm = (logits.to(torch.complex128) @ waves).abs() * (2 / N) ** 0.5
    assert float((net.found["module_norms"][1, 1, k - 1] - norm.mean()).abs()) < 1e-9


def test_frames_and_numbers_agree(net):
    table = net.table()
    assert len(table) == 14 + 6 * inside_controls.FILTER_TURNS
    assert table[table["who"] == "ours"]["accuracy"].tolist() == list(net.accuracy.values())
    assert net.accuracy["nothing"] == addition_errors.signature(net.found["filter_errors"][0].long())["exact"]
    assert 0 <= net.named_by_top() <= 1
    assert set(net.single_wave()) == {"parity", "wrong"}
    rows = net.error_rows("low, MLP", "high, attention", most=100)
    for row in ("low, MLP", "high, attention"):
        part = rows[rows["net"] == f"without {row}"]
        assert part["share"].sum() == pytest.approx(1)
        tens = part[part["error"] % 10 == 0]["share"].sum()
        assert tens == pytest.approx(net.share(row, tens=True))
        assert part[part["error"].abs() < 6]["share"].sum() == pytest.approx(net.share(row, below=6))
    assert set(net.periods_beyond_chance(2)) == {"attention", "MLP"}
    bands = net.low_band()
    assert bands[["layer", "part"]].values.tolist() == [[1, "attention"], [1, "MLP"], [2, "attention"], [2, "MLP"]]
    spectra = net.modules(1)
    assert spectra[spectra["spike"]]["period"].tolist() == [10.0, 5.0, 2.5, 2.0] * 2
    histograms = figures.error_histograms(net.error_rows("low, MLP", "high, attention"))
    for figure in (figures.accuracy_dots(table, caption="Dots."), histograms, figures.number_spectra(spectra)):
        assert figure.alt


def test_a_turned_filter_takes_as_many_directions_and_harms_an_untrained_net_as_little(net):
    assert net.directions() == {
        band: len(paper_waves.rows_of(net.spec.numbers, inside.BANDS[band](net.spec.numbers))) for band in inside.BANDS
    }
    assert net.turned_filters.shape == (6, inside_controls.FILTER_TURNS)
    row = "low, attention"
    assert net.harm(row) == pytest.approx(net.turned_filters.loc[row].median() - net.accuracy[row])


def test_rotations_are_orthogonal_and_of_both_kinds():
    draws = streams(0, "turns")["turns"]
    found = [inside_controls.rotation(5, generator=draws) for _ in range(20)]
    assert all((Q @ Q.mT - torch.eye(5, dtype=torch.float64)).abs().max() < 1e-12 for Q in found)
    assert {round(float(torch.linalg.det(Q))) for Q in found} == {-1, 1}


def test_a_wave_that_a_module_writes_is_beyond_chance_and_one_of_the_unembedding_alone_is_not(net, monkeypatch):
    """Outputs along what W_U reads as period 2 stand out against their turns; outputs like noise do not."""
    W = inside.unembedding(net.weights, net.spec)
    towards = paper_waves.basis(net.spec.numbers)[paper_waves.rows_of(net.spec.numbers, [(net.spec.numbers - 1) // 2])]
    noise = torch.randn(net.a.shape[1], net.spec.width, dtype=torch.float64, generator=streams(1, "n")["n"])
    written = noise + 200 * (towards @ W)
    outs = {(0, "attn"): noise, (0, "mlp"): noise, (1, "attn"): written, (1, "mlp"): noise}
    monkeypatch.setattr(inside, "outputs", lambda *_: {key: out.unsqueeze(0) for key, out in outs.items()})
    other = Inside(SimpleNamespace(config=net.run.config, weights=net.weights))
    rows = other.periods().set_index(["layer", "part", "period"])
    assert rows.loc[(2, "attention", 2.0), "p_value"] <= 0.05
    assert rows.loc[(2, "MLP", 2.0), "p_value"] > 0.05


def test_the_low_band_of_an_mlp_that_writes_slow_waves_alone_is_seen_beside_an_attention_that_writes_fast_ones(
    net, monkeypatch
):
    """Along what W_U reads as the slowest wave the band holds more than by chance; along period 2 it does not."""
    p, W = net.spec.numbers, inside.unembedding(net.weights, net.spec)
    waves = paper_waves.basis(p)
    slow, fast = (waves[paper_waves.rows_of(p, [k])[:1]] @ W for k in (1, (p - 1) // 2))
    noise = torch.randn(net.a.shape[1], net.spec.width, dtype=torch.float64, generator=streams(1, "n")["n"])
    outs = {(0, "attn"): noise, (0, "mlp"): noise, (1, "attn"): noise + 200 * fast, (1, "mlp"): noise + 200 * slow}
    monkeypatch.setattr(inside, "outputs", lambda *_: {key: out.unsqueeze(0) for key, out in outs.items()})
    other = Inside(SimpleNamespace(config=net.run.config, weights=net.weights))
    rows = other.low_band().set_index(["layer", "part"])
    assert rows.loc[(2, "MLP"), "p_value"] <= 0.05
    assert rows.loc[(2, "attention"), "p_value"] > 0.05
    assert other.low_band_contrast(2) == pytest.approx(
        rows.loc[(2, "MLP"), "share"] - rows.loc[(2, "attention"), "share"]
    )
    assert other.low_band_contrast(2) > 0.1
    sizes = other.found["module_norms"][1, 1]
    energy = {k: float(sizes[k - 1]) ** 2 for k in range(1, p // 2 + 1)}
    low = sum(energy[k] for k in paper_waves.low(p))
    assert rows.loc[(2, "MLP"), "share"] == pytest.approx(low / sum(energy.values()))
