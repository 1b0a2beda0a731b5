"""A fine-tuned adder taken apart, on a tiny random Whisper: each measure against itself written out another way."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from test_adder_run import stand_in  # noqa: F401  (a fixture)
from tiny_models import loud, seeded
from transformers import BertConfig, BertModel, WhisperForConditionalGeneration

from circles.analysis import paper_waves
from circles.book.registry import RUNS
from circles.foundations.streams import streams
from circles.models import adder, adder_weights, pretrained
from circles.papers.zhou2024 import (
    adder_insides,
    adder_opened,
    adder_patches,
    adder_prompts,
    adder_table,
    adder_waves,
    prompts,
)  # fmt: skip
from circles.papers.zhou2024.adder_insides import AdderInside
from circles.papers.zhou2024.adder_opened import Opened
from circles.papers.zhou2024.adder_run import AdderRun
from circles.training import runs


@pytest.fixture(scope="module")
def net():
    """The numbers 0 to 30, two layers of 48, loud weights; all sums of 0 to 15."""
    config = pretrained.whisper_config(d_model=48, layers=2, heads=2, vocab_size=60)
    config.num_mel_bins, config.max_source_positions = 4, 10
    config.pad_token_id = config.bos_token_id = config.eos_token_id = config.decoder_start_token_id = 1
    model = loud(seeded(lambda: WhisperForConditionalGeneration(config)))
    known = {word: i for i, word in enumerate(["<|startoftranscript|>", "+", "=", *map(str, range(31))])}
    asked = adder_prompts.causal(prompts.split(prompts.sums(15, seed=0)), lambda text: [known[text]], 15, "bare")
    weights = adder_weights.weights(model, asked.tokens)
    spec = adder_weights.spec(model, numbers=asked.numbers, answers=asked.numbers)
    return Opened(weights, spec, torch.cat(list(asked.prompts.values())), torch.cat(list(asked.answers.values())))


@pytest.fixture(scope="module")
def encoder():
    """The same sums at the mask of a BERT, which has its norms after the sums: three layers of 48."""
    words = {word: i for i, word in enumerate(["[CLS]", "[SEP]", "[MASK]", "+", "=", *map(str, range(31))])}
    shape = {"vocab_size": 60, "hidden_size": 48, "num_hidden_layers": 3, "num_attention_heads": 2}
    config = BertConfig(**shape, intermediate_size=96)
    model = loud(seeded(lambda: BertModel(config, add_pooling_layer=False)))
    for w in model.encoder.parameters():
        w.data.mul_(3 if w.ndim == 2 else 0.3)  # loud enough for answers that differ
    asked = adder_prompts.both_ways(prompts.split(prompts.sums(15, seed=0)), words, 15)
    weights = adder_weights.weights(model, asked.tokens)
    spec = adder_weights.spec(model, numbers=asked.numbers, answers=asked.numbers, mask=asked.mask)
    return Opened(weights, spec, torch.cat(list(asked.prompts.values())), torch.cat(list(asked.answers.values())))


def draw(name="any"):
    return streams(3, name)[name]


def bands(outputs, net, row, *, normed=False):
    components = adder_table.BANDS[row.partition(", ")[0]](net.spec.numbers)
    waves = paper_waves.transform(outputs.double() @ (net.normed if normed else net.unembedding).mT)
    return waves[..., paper_waves.rows_of(net.spec.numbers, components)]


def test_additions_are_read_in_parts_and_answered_in_their_order(net, monkeypatch):
    whole = adder.forward(net.weights, net.prompts, net.spec)[:, : net.spec.numbers]
    monkeypatch.setattr(adder_opened, "READ", 7)
    shuffled = torch.randperm(len(net.answers), generator=draw())
    few = Opened(net.weights, net.spec, net.prompts[shuffled], net.answers[shuffled])
    assert len(few._parts) == -(-len(shuffled) // 7)
    assert torch.allclose(few.logits(), whole[shuffled], atol=1e-5)
    assert torch.allclose(few.stream, net.stream[:, shuffled], atol=1e-5)
    assert torch.allclose(few.outputs, net.outputs[..., shuffled, :], atol=1e-5)


def test_what_the_modules_write_is_what_the_stream_gains(net):
    gained = net.stream[1:] - net.stream[:-1]
    assert torch.allclose(net.outputs.sum(1), gained, atol=1e-5)


def test_where_the_norms_stand_after_the_sums_they_make_the_next_state_of_what_the_modules_write(encoder):
    for layer in range(encoder.spec.depth):
        x = encoder.stream[layer]
        for part, of in enumerate("12"):
            gain, shift = (encoder.weights[f"{layer}.{name}{of}"][0] for name in ("g", "c"))
            x = x + encoder.outputs[layer, part]
            given = (x - x.mean(-1, keepdim=True)) / (x.var(-1, keepdim=True, unbiased=False) + 1e-12).sqrt()
            if (layer, part) == (2, 1):
                assert torch.allclose(encoder.size, x.std(-1, keepdim=True, unbiased=False), rtol=1e-4)
            x = given * gain + shift
        assert torch.allclose(x, encoder.stream[layer + 1], atol=1e-4)


def test_the_unembedding_is_the_rows_of_the_numbers(net):
    assert torch.equal(net.unembedding, net.weights["W_E"][0, :31].double())


def test_the_folded_unembedding_gives_the_logits_but_for_what_shifts_a_row(net):
    x = net.stream[-1].double()
    size = (x.var(-1, keepdim=True, unbiased=False) + net.spec.epsilon).sqrt()
    shift = net.weights["W_E"][0, : net.spec.numbers].double() @ net.weights["c_f"][0].double()
    assert torch.allclose((x / size) @ net.normed.mT + shift, net.logits().double(), atol=1e-4)


def test_the_folded_unembedding_of_an_encoder_is_that_of_the_norm_after_its_last_sum(encoder):
    last = encoder.spec.depth - 1
    gain, shift = (encoder.weights[f"{last}.{name}2"][0] for name in ("g", "c"))
    sums = (encoder.stream[-1] - shift) / gain * encoder.size  # centred, as the norm has it
    seen = (sums / encoder.size).double() @ encoder.normed.mT + encoder.unembedding @ shift.double()
    assert torch.allclose(seen, encoder.logits().double(), atol=1e-3)


@pytest.mark.parametrize(("where", "normed"), [*adder_table.WAYS.values(), ("everywhere", True)])
@pytest.mark.parametrize("row", adder_table.ROWS)
def test_a_filter_takes_its_band_where_it_is_said_and_nothing_else(net, row, where, normed):
    keep = adder_table.projection(net, row.partition(", ")[0], normed=normed)
    parts = row.partition(", ")[2]
    edit = adder_table.edits(keep, parts, where)(torch.arange(4))
    out, at = torch.randn(6, net.d, generator=draw(), dtype=torch.float64), torch.tensor([1, 4])
    for part in ("attn", "mlp"):
        changed = edit(0, part, out, at)
        if part not in adder_table.PARTS[parts]:
            assert changed is out
            continue
        assert bands(changed[at], net, row, normed=normed).abs().max() < 1e-9
        assert bands(changed[at], net, row, normed=not normed).abs().max() > 1e-3
        others = torch.tensor([0, 2, 3, 5])
        assert torch.equal(changed[others], out[others]) == (where == "at the answer")
        assert torch.allclose(changed[others] @ keep, changed[others]) == (where == "everywhere")


def test_the_table_is_that_of_a_net_whose_weights_are_filtered(net):
    """Filtering all an MLP writes is the same as filtering W_out and b_out."""
    keep = adder_table.projection(net, "low").float()
    weights = dict(net.weights)
    for layer in range(net.spec.depth):
        weights[f"{layer}.W_out"] = (keep.mT @ net.weights[f"{layer}.W_out"][0])[None]
        weights[f"{layer}.b_out"] = (net.weights[f"{layer}.b_out"][0] @ keep)[None]
    theirs = adder.forward(weights, net.prompts, net.spec)[:, : net.spec.numbers].argmax(-1) - net.answers
    found = adder_table.table(net)
    row = found["filter_errors"][[*adder_table.WAYS].index("at every position"), adder_table.ROWS.index("low, MLP")]
    assert torch.equal(row.long(), theirs)
    normed = adder_table.edits(adder_table.projection(net, "low", normed=True), "MLP", "at the answer")
    row = found["filter_errors"][[*adder_table.WAYS].index("with the last norm"), adder_table.ROWS.index("low, MLP")]
    assert torch.equal(row.long(), net.errors(normed))
    assert torch.equal(found["errors"].long(), net.logits().argmax(-1) - net.answers)
    low, high = (len(paper_waves.rows_of(31, band(31))) for band in adder_table.BANDS.values())
    assert found["taken"].tolist() == [low, high]


def test_a_band_with_as_many_waves_as_the_net_has_directions_has_no_filter(net, monkeypatch):
    low, high = (len(paper_waves.rows_of(31, band(31))) for band in adder_table.BANDS.values())
    assert list(adder_table.filters_of(net)) == ["low", "high"] and low < high
    narrower = {name: net.weights[name][..., :high] for name in ("W_E", "g_f")}
    narrow = replace(net, weights=net.weights | narrower)
    assert list(adder_table.filters_of(narrow)) == ["low"]
    assert adder_table.rows_of(["low"]) == [row for row in adder_table.ROWS if row.startswith("low")]
    whole, both = adder_table.table(net), adder_table.filters_of(net)
    normed_both = adder_table.filters_of(net, normed=True)
    kept = {False: both["low"], True: normed_both["low"]}
    monkeypatch.setattr(adder_table, "filters_of", lambda net, normed=False: {"low": kept[normed]})
    found = adder_table.table(net)
    assert torch.equal(found["filter_errors"], whole["filter_errors"][:, :3]) and found["taken"].tolist() == [low]
    assert adder_table.controls(net, generator=draw(), turns=2)["control_shares"].shape == (3, 2, 2, 3)


def test_random_directions_are_as_many_and_lie_where_they_are_said_to(net):
    span = adder_table.span(net.unembedding)
    assert torch.linalg.matrix_rank(net.unembedding) == len(span)
    keep = adder_table.random_projection(span, 3, generator=draw())
    taken = torch.eye(net.d, dtype=torch.float64) - keep
    assert torch.allclose(taken @ taken, taken, atol=1e-9) and round(float(taken.trace())) == 3
    assert torch.allclose(taken @ span.mT @ span, taken, atol=1e-9)
    outside = torch.eye(net.d, dtype=torch.float64) - span.mT @ span
    assert torch.allclose(outside @ keep, outside, atol=1e-9)


def test_controls_that_take_the_whole_span_leave_only_what_no_logit_sees(net):
    """With all of the span taken everywhere, nothing that is written moves a logit."""
    span = adder_table.span(net.unembedding)
    keep = adder_table.random_projection(span, len(span), generator=draw())
    edits = adder_table.edits(keep, "attention and MLP", "everywhere")
    last = []

    def note(layer, part, out, answers):
        changed = edits(torch.arange(len(net.answers)))(layer, part, out, answers)
        if part in adder_opened.PARTS:
            last.append((changed.double() @ net.unembedding.mT).abs().max())
        return changed

    net.logits(lambda at: note)
    assert max(last) < 1e-4


def test_controls_have_their_axes(net):
    found = adder_table.controls(net, generator=draw(), turns=2)["control_shares"]
    assert found.shape == (6, 2, 2, 3)
    assert (found.diff(dim=-1) >= 0).all() and (found <= 1).all()


def test_the_lens_ends_where_the_net_ends(net):
    found = adder_waves.lens(net)["lens_errors"]
    assert len(found) == net.spec.depth + 1
    assert torch.equal(found[-1].long(), net.errors())


def test_module_waves_against_a_transform_written_out(net):
    found = adder_waves.modules(net, generator=draw(), turns=4)
    size = net.stream[-1].double().std(-1, keepdim=True, unbiased=False)
    out = net.outputs[1, 0].double()
    readings = [out @ net.unembedding.mT, (out - out.mean(0)) @ net.unembedding.mT, out / size @ net.normed.mT]
    for waves, logits in zip(found["module_waves"][:, 1, 0].double(), readings, strict=True):
        assert torch.allclose(waves, sizes_written_out(logits), atol=1e-5)
    assert found["module_waves"].shape == found["module_waves_p"].shape == (3, 2, 2, 15)
    assert set(found["module_low_p"].mul(5).round().flatten().tolist()) <= {1.0, 2.0, 3.0, 4.0, 5.0}


def sizes_written_out(logits):
    """Of logits on the numbers 0 to 30, the sizes of the paper's waves over the median high one, by an FFT."""
    N = 30
    folded = logits[:, :-1].clone()
    folded[:, 0] += logits[:, -1]
    size = torch.fft.fft(folded).abs()[:, 1 : N // 2 + 1] * torch.tensor([(2 / N) ** 0.5] * (N // 2 - 1) + [N**-0.5])
    high = torch.tensor(paper_waves.high(31)) - 1
    return size.mean(0) / size.mean(0)[high].median()


def written(net, last):
    """A copy of the net whose modules write noise, but for attention and MLP of the last layer."""
    noise = torch.randn(len(net.answers), net.d, generator=draw("noise"), dtype=torch.float64)
    outputs = torch.stack([torch.stack([noise, noise]), torch.stack([noise + 200 * towards for towards in last])])
    other = replace(net)
    other.__dict__["outputs"] = outputs
    return other


def along(net, k):
    """The direction of the stream that the number rows read as component k."""
    waves = paper_waves.basis(net.spec.numbers)[paper_waves.rows_of(net.spec.numbers, [k])[:1]]
    return waves.double() @ net.unembedding


def test_a_wave_that_a_module_writes_is_beyond_chance_and_one_of_the_unembedding_alone_is_not(net):
    """Outputs along what the number rows read as period 2 stand out against their turns; outputs like noise do not."""
    other = written(net, (along(net, 15), torch.zeros(net.d, dtype=torch.float64)))
    p_values = adder_waves.modules(other, generator=draw(), turns=60)["module_waves_p"][0, 1, :, 14]
    assert p_values[0] <= 0.05 < p_values[1]


def test_the_low_band_of_an_mlp_that_writes_slow_waves_is_seen_beside_an_attention_that_writes_fast_ones(net):
    other = written(net, (along(net, 15), along(net, 1)))
    found = adder_waves.modules(other, generator=draw(), turns=60)
    attention, mlp = found["module_low_p"][0, 1]
    assert mlp <= 0.05 < attention
    sizes, low = found["module_waves"][0, 1, 1].square(), torch.tensor(paper_waves.low(net.spec.numbers)) - 1
    assert float(found["module_low"][0, 1, 1]) == pytest.approx(float(sizes[low].sum() / sizes.sum()), rel=1e-4)


def test_rotations_are_orthogonal_and_of_both_kinds():
    draws = draw("turns")
    found = [adder_waves.rotation(5, generator=draws) for _ in range(20)]
    assert all((Q @ Q.mT - torch.eye(5, dtype=torch.float64)).abs().max() < 1e-12 for Q in found)
    assert {round(float(torch.linalg.det(Q))) for Q in found} == {-1, 1}


def test_single_waves_and_named_sums_are_shares(net):
    found = adder_waves.answers(net)
    assert found["named_by_top"].shape == (adder_waves.MOST,)
    assert ((found["single_wave"] >= 0) & (found["single_wave"] <= 1)).all()


def named_one_by_one(logits, answer, most):
    """Whether the m largest of an odd number of logits' waves name the answer, m = 1 ... most, by numpy's transform."""
    coefficients = np.fft.rfft(logits)
    order = 1 + np.argsort(-np.abs(coefficients[1:]))
    kept = [np.where(np.isin(np.arange(len(coefficients)), order[:m]), coefficients, 0) for m in range(1, most + 1)]
    return [np.fft.irfft(some, len(logits)).argmax() == answer for some in kept]


def says(monkeypatch, logits):
    monkeypatch.setattr(Opened, "logits", lambda net, edits=None: logits)


def test_few_waves_are_asked_to_name_the_sums_that_the_net_gets_right(net, monkeypatch):
    """On 0 to 29: among 29 numbers no waves together have a shorter period, and so no two numbers are named alike."""
    fewer = replace(net, spec=replace(net.spec, numbers=30), answers=net.answers.clamp(max=29))
    logits = torch.randn(len(fewer.answers), 30, generator=draw(), dtype=torch.float64)
    logits += 2 * (2 * torch.pi / 29 * (torch.arange(30) - fewer.answers[:, None])).cos()
    logits[torch.arange(len(logits)), fewer.answers] += 2
    says(monkeypatch, logits)
    asked = [(row.numpy(), int(answer)) for row, answer in zip(logits, fewer.answers, strict=True) if answer < 29]
    right = [named_one_by_one(row[:29], answer, 12) for row, answer in asked if row.argmax() == answer]
    shares = np.mean(right, 0)
    assert 20 < len(right) < len(asked) - 20 and (np.diff(shares) < 0).any(), "one more wave may name fewer"
    assert adder_waves.answers(fewer)["named_by_top"].numpy() == pytest.approx(shares)


def test_a_wave_alone_is_asked_for_the_parity_or_for_the_sum(net, monkeypatch):
    answers, fast, slow = torch.tensor([[3, 8, 29, 4, 30], [5, 2, 7, 1, 1], [3, 9, 28, 4, 1]])
    x = torch.arange(31, dtype=torch.float64)
    few = replace(net, prompts=net.prompts[:5], answers=answers)
    says(monkeypatch, (torch.pi * (x - fast[:, None])).cos() + (torch.pi / 15 * (x - slow[:, None])).cos())
    found = adder_waves.answers(few)["single_wave"]
    assert found.tolist() == [0.75, 0.5], "of four sums, for 30 is left out: all parities but the last, two wrong"


def test_a_state_put_in_place_of_another_gives_the_others_answer(net):
    """With every direction exchanged after the last layer, each addition answers as its donor does."""
    x = net.stream[-1]
    donor = torch.randperm(len(x), generator=draw())
    said = net.patched(net.spec.depth - 1, x[donor] - x) + net.answers
    assert torch.equal(said, (net.errors() + net.answers)[donor]) and len(said.unique()) > 2


def test_a_state_of_an_encoder_put_in_place_of_another_gives_the_others_answer(encoder):
    x = encoder.stream[-1]
    donor = torch.randperm(len(x), generator=draw())
    said = encoder.patched(encoder.spec.depth - 1, x[donor] - x) + encoder.answers
    assert torch.equal(said, (encoder.errors() + encoder.answers)[donor]) and len(said.unique()) > 2
    rows = paper_waves.rows_of(31, adder_patches.components(31, "period 10"))
    moved = x + ((x[donor] - x).double() @ adder_patches._seen(encoder, "period 10")).float()
    waves = [paper_waves.transform(adder.unembed(s, encoder.weights, encoder.spec))[:, rows] for s in (moved, x[donor])]
    assert torch.allclose(*waves, atol=1e-3), "as the logits see it"


def test_an_encoder_is_taken_apart_by_the_same_measures(encoder):
    found = {
        **adder_table.table(encoder), **adder_table.controls(encoder, generator=draw(), turns=2),
        **adder_waves.lens(encoder), **adder_waves.modules(encoder, generator=draw(), turns=2),
        **adder_waves.answers(encoder), **adder_patches.patches(encoder, generator=draw()),
    }  # fmt: skip
    assert found["control_shares"].shape == (6, 2, 2, 3)
    assert found["filter_errors"].shape == (3, 6, len(encoder.answers))
    assert found["patched"].shape == (3, 2, 3, 2, len(encoder.answers))
    assert torch.equal(found["lens_errors"][-1], found["errors"]) and found["module_waves"].shape == (3, 3, 2, 15)
    assert all(of.isfinite().all() for of in found.values())


@pytest.mark.parametrize("which", ["net", "encoder"])
@pytest.mark.parametrize("layer", [0, 1])
def test_a_patch_is_that_layers_state_changed_and_all_that_follows(which, layer, request, monkeypatch):
    monkeypatch.setattr(adder_opened, "READ", 50)
    opened = replace(request.getfixturevalue(which))
    delta = torch.randn(len(opened.answers), opened.d, generator=draw())

    def added(at):
        def edit(now, part, out, answers):
            changed = out.clone()
            if (now, part) == (layer, "state"):
                changed[answers] += delta[at]
            return changed

        return edit

    whole = opened.errors(added)
    assert torch.equal(opened.patched(layer, delta), whole) and not torch.equal(whole, opened.errors())


def test_waves_that_are_exchanged_are_the_donors_in_the_last_logits(net):
    found = adder_patches.patches(net, generator=draw())
    assert found["patched"].shape == (2, 2, 3, 2, len(net.answers))
    P = adder_patches._seen(net, "period 10")
    rows = paper_waves.rows_of(31, adder_patches.components(31, "period 10"))
    x = net.stream[1].double()
    moved = x + (x.flip(0) - x) @ P
    waves = paper_waves.transform(moved @ net.normed.mT)[:, rows]
    assert torch.allclose(waves, paper_waves.transform(x.flip(0) @ net.normed.mT)[:, rows], atol=1e-9)


def test_an_addition_whose_whole_state_is_exchanged_answers_as_the_donor_that_is_noted(net, monkeypatch):
    monkeypatch.setattr(adder_patches, "_seen", lambda net, waves: torch.eye(net.d, dtype=torch.float64))
    found = adder_patches.patches(net, generator=draw())
    donor = torch.randperm(len(net.answers), generator=draw())
    assert torch.equal(found["donors"].long(), net.answers[donor])
    exchanged, averaged = found["patched"][-1, :, 0, 0].long()
    assert torch.equal(exchanged, net.errors()[donor] + net.answers[donor])
    assert len(exchanged.unique()) > 1 == len(averaged.unique())


def test_as_many_random_directions_of_the_number_rows_are_moved_as_the_waves_have(net, monkeypatch):
    moved, patched = [], Opened.patched

    def note(net, layer, delta):
        moved.append(delta.double())
        return patched(net, layer, delta)

    monkeypatch.setattr(Opened, "patched", note)
    adder_patches.patches(net, generator=draw())
    ranks = torch.stack([torch.linalg.matrix_rank(delta, rtol=1e-5) for delta in moved]).view(4, 3, 2)
    assert ranks.tolist() == [[[2, 2], [9, 9], [4, 4]]] * 4, "two directions a wave, one for period 2"
    span = adder_table.span(net.normed)
    assert all(torch.allclose(delta @ span.mT @ span, delta, atol=1e-4) for delta in moved)


def test_a_run_looks_inside_the_net_of_its_settings(stand_in):  # noqa: F811
    config = AdderInside(mode="random", told="bare", largest=5, epochs=1, batch=4, bfloat16=False)
    run = runs.get(config)
    assert isinstance(config.trained, AdderRun) and config.trained.mode == "random"
    asked = config.trained.asked()
    assert torch.equal(run.measures["answers"].long(), torch.cat([asked.answers["validation"], asked.answers["test"]]))
    test = run.measures["errors"][len(asked.answers["validation"]) :]
    assert torch.equal(test.long(), runs.get(config.trained).measures["errors"].long())
    assert not run.weights and sum(m.numel() for m in run.measures.values()) < 1e5


def test_the_name_of_the_command_line_opens_the_nets_that_the_other_trains():
    for name in ("whisper-either", "whisper-100-either", "mpnet"):
        assert [c.trained for c in RUNS[f"zhou2024-{name}-inside"](3)] == RUNS[f"zhou2024-{name}"](3)


def test_where_there_are_enough_validation_pairs_they_alone_are_asked(stand_in, monkeypatch):  # noqa: F811
    config = AdderInside(mode="random", told="bare", largest=5, epochs=1, batch=4, bfloat16=False)
    asked = config.trained.asked()
    monkeypatch.setattr(adder_insides, "ENOUGH", len(asked.answers["validation"]))
    assert torch.equal(config.opened().answers, asked.answers["validation"])
    monkeypatch.setattr(adder_insides, "ENOUGH", len(asked.answers["validation"]) + 1)
    assert len(config.opened().answers) == len(asked.answers["validation"]) + len(asked.answers["test"])


def test_attention_writes_the_first_of_the_outputs_and_the_mlp_the_second(net):
    def silent(layer, part, out, answers):
        return torch.zeros_like(out) if (layer, part) == (0, "mlp") else out

    edited = torch.stack(adder.stream(net.weights, net.prompts, net.spec, edit=silent))
    assert torch.allclose(edited[1] - edited[0], net.outputs[0, 0], atol=1e-5)
    assert not torch.allclose(net.outputs[0, 0], net.outputs[0, 1], atol=1e-2)
