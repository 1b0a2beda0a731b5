"""The fine-tuning family at a, b up to 5 on a stand-in for Whisper: every mode, prompts, curves, resumption."""

import math
import re

import pytest
import torch
from tiny_models import tiny_bert, tiny_whisper

from circles.book import sweep
from circles.book.registry import RUNS
from circles.foundations.errors import ConfigError, NumbersError, RunError
from circles.models import adder, pretrained
from circles.models.prefixes import END
from circles.papers.zhou2024 import adder_prompts, adder_run, embeddings, prompts
from circles.papers.zhou2024.adder_run import MODES, AdderRun
from circles.training import rhythm, runs


def cut(text):
    """A tokenizer that has words, signs, blanks and numbers as tokens."""
    words = ["<|startoftranscript|>", *map(str, range(11)), "+", "=", " "]
    words += sorted({w for t in prompts.TEMPLATES for w in re.findall(r"[A-Za-z]+|[^A-Za-z]", t.format(a=" ", b=" "))})
    known = {word: i for i, word in enumerate(dict.fromkeys(words))}
    return [known[w] for w in re.findall(r"<\|\w+\|>|\d+|[A-Za-z]+|.", text)]


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    """A tiny Whisper for the pre-trained one, other random weights for every seed."""
    first = tiny_whisper()

    def load(model, random=None, layers=0):
        other = tiny_whisper(**{"layers": layers} if layers else {})
        if random is not None:
            with torch.random.fork_rng():
                torch.manual_seed(random)
                for w in other.parameters():
                    w.data.normal_(0, 0.2)
        return first if random is None else other

    def asked(model, *, largest, told, seed, vocabulary):
        return adder_prompts.causal(prompts.split(prompts.sums(largest, seed=seed)), cut, largest, told, vocabulary)

    monkeypatch.setattr(pretrained, "load", load)
    monkeypatch.setattr(adder_prompts, "asked", asked)
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.delenv("CIRCLES_RUNS", raising=False)
    adder_run._whole.cache_clear(), adder_run._asked.cache_clear()
    yield first
    adder_run._whole.cache_clear(), adder_run._asked.cache_clear()


TINY = {"largest": 5, "epochs": 1, "batch": 4}


@pytest.mark.parametrize("mode", MODES)
def test_one_epoch_of_every_mode_leaves_curves_and_a_net(stand_in, mode):
    config = AdderRun(mode=mode, **TINY)
    before, run = config.initial(), runs.get(config)
    assert run.measures["epoch"].tolist() == [0, 1]
    for side in ("train", "validation", "test"):
        for what in ("exact", "within_2", "within_10", "off_by_one", "tens", "loss"):
            assert len(run.measures[f"{side} {what}"]) == 2
    assert run.measures["errors"].shape == (2,)
    assert not run.weights
    net = config.net()
    assert set(net) == set(before)
    changed = {name for name, w in net.items() if not torch.equal(w, before[name])}
    assert ("W_E" in changed) == (mode not in ("rows-frozen", "random-frozen"))
    assert "0.W_QKV" in changed and "2.W_out" in changed


def test_modes_start_from_what_they_say(stand_in):
    found = {mode: AdderRun(mode=mode, **TINY).initial() for mode in MODES}
    rows = {mode: torch.equal(w["W_E"], found["pretrained"]["W_E"]) for mode, w in found.items()}
    body = {mode: torch.equal(w["0.W_in"], found["pretrained"]["0.W_in"]) for mode, w in found.items()}
    assert [m for m in MODES if rows[m]] == ["pretrained", "rows-frozen", "rows-trained"]
    assert [m for m in MODES if body[m]] == ["pretrained", "body"]
    tokens = AdderRun(**TINY).asked().tokens
    assert torch.equal(found["pretrained"]["W_E"][0], stand_in.model.decoder.embed_tokens.weight[list(tokens)])


@pytest.mark.parametrize("mode", MODES)
def test_token_embeddings_start_as_loud_as_asked_about_the_numbers_mean(stand_in, mode):
    plain, loud = (AdderRun(mode=mode, deviation=d, **TINY) for d in (0.0, 0.5))
    assert "-loud0.5-" in loud.name and "loud" not in plain.name
    before, after = plain.initial(), loud.initial()
    numbers = plain.asked().numbers
    a, b = before["W_E"][0].double(), after["W_E"][0].double()
    mean = a[:numbers].mean(0)
    assert torch.allclose(b[:numbers].mean(0), mean, atol=1e-6)
    assert float((b[:numbers] - mean).square().mean().sqrt()) == pytest.approx(0.5, rel=1e-5)
    scale = (b - mean) / (a - mean)
    assert torch.allclose(scale, scale[0, 0].expand_as(scale), rtol=1e-2)  # the signs' rows as well
    assert all(torch.equal(before[name], after[name]) for name in before if name != "W_E")


@pytest.mark.parametrize("table", adder_run.TABLES[1:])
def test_a_table_of_some_waves_is_that_part_of_the_rows_as_loud_as_the_whole(stand_in, table):
    """Eleven numbers: one period of ten, so all waves but the slowest two are of the last digit."""
    settings = TINY | {"deviation": 0.5}
    whole, part = (AdderRun(table=t, **settings) for t in ("whole", table))
    assert f"-{table}-loud0.5-" in part.name
    a, b = (c.initial()["W_E"][0].double() for c in (whole, part))
    numbers = whole.asked().numbers
    mean = a[:numbers].mean(0)
    left = embeddings.edited(a[:numbers] - mean, table)
    wanted = left * 0.5 / left.square().mean().sqrt()
    assert torch.allclose(b[:numbers] - mean, wanted, atol=1e-5)
    scale = (b[numbers:] - mean) / (a[numbers:] - mean)
    assert torch.allclose(scale, scale[0, 0].expand_as(scale), rtol=1e-2), "signs are as loud as numbers are made"


@pytest.mark.parametrize(("settings", "words"), [
    ({"table": "fast"}, "table is 'fast', expected one of whole, no-spikes"),
    ({"table": "low"}, "table is 'low', deviation 0, largest 260, expected a deviation above 0"),
    ({"table": "low", "deviation": 0.5, "largest": 7}, "table is 'low', deviation 0.5, largest 7, .* that 5 divides"),
])  # fmt: skip
def test_a_part_of_the_waves_needs_a_loudness_and_numbers_that_ten_divides(settings, words):
    with pytest.raises(ConfigError, match=words):
        AdderRun(**settings)


@pytest.mark.parametrize("deviation", [-0.1, math.inf, math.nan])
def test_no_embeddings_are_that_loud(deviation):
    with pytest.raises(ConfigError, match=f"deviation is {deviation}, expected 0, as they come, or a number above"):
        AdderRun(deviation=deviation)


def test_nets_of_random_layers_may_have_more_of_them(stand_in):
    deep = {mode: AdderRun(mode=mode, layers=5, **TINY) for mode in ("random", "rows-frozen")}
    own = AdderRun(mode="random", **TINY)
    assert [c.spec().depth for c in (*deep.values(), own)] == [5, 5, own.spec().depth]
    assert "-l5-random" in deep["random"].name and "-l" not in own.name.removeprefix("whisper-tiny").split("-lr")[0]
    found = {mode: c.initial() for mode, c in deep.items()}
    assert torch.equal(found["rows-frozen"]["W_E"], AdderRun(**TINY).initial()["W_E"])
    assert torch.equal(found["rows-frozen"]["4.W_in"], found["random"]["4.W_in"])
    assert "5.W_in" not in found["random"]
    assert set(runs.get(deep["rows-frozen"]).measures) >= {"test exact", "errors"}
    for mode, layers in (("pretrained", 5), ("body", 5), ("random", -1)):
        with pytest.raises(ConfigError, match=f"layers is {layers} with mode '{mode}', expected 0"):
            AdderRun(mode=mode, layers=layers, **TINY)


def test_a_stopped_run_goes_on_to_the_same_bits(stand_in, monkeypatch, tmp_path):
    config = AdderRun(**TINY | {"epochs": 3})
    monkeypatch.setattr(rhythm, "SECONDS", 0.0)
    monkeypatch.setattr(rhythm, "COST", 1e9)
    whole = runs.get(config)
    net = config.net()
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "other"))
    read = AdderRun._read

    def stop(self, epoch, weights):
        if epoch == 2:
            raise KeyboardInterrupt
        return read(self, epoch, weights)

    monkeypatch.setattr(AdderRun, "_read", stop)
    with pytest.raises(KeyboardInterrupt):
        runs.get(config)
    monkeypatch.setattr(AdderRun, "_read", read)
    again = runs.get(config)
    assert all(
        torch.equal(
            again.measures[k],
            v,
        )
        or v.isnan().any()
        for k, v in whole.measures.items()
    )
    assert all(torch.equal(config.net()[k], v) for k, v in net.items())


def test_the_sides_are_the_paper_s_and_the_answers_are_the_sums():
    sides = prompts.split(prompts.sums(5, seed=0))
    asked = adder_prompts.causal(sides, cut, 5, "bare")
    assert {s: len(p) for s, p in asked.prompts.items()} == {"train": 17, "validation": 2, "test": 2}
    for side, problems in sides.items():
        for row, answer, problem in zip(asked.prompts[side], asked.answers[side], problems, strict=True):
            assert row[[1, 3]].tolist() == [problem.a, problem.b]
            assert int(answer) == problem.a + problem.b
    assert asked.numbers == 11 and asked.mask == -1
    assert asked.tokens[:11] == tuple(cut(str(n))[0] for n in range(11))


def test_templates_are_the_paper_s_text_token_by_token_with_the_blank_at_the_end():
    sides = prompts.split(prompts.sums(5, seed=0))
    asked = adder_prompts.causal(sides, cut, 5, "templates")
    for row, problem in zip(asked.prompts["train"], sides["train"], strict=True):
        tokens = [asked.tokens[i] for i in row[row != END]]
        assert tokens == cut("<|startoftranscript|>" + problem.prompt + " ")


def test_the_whole_vocabulary_keeps_every_token_and_the_numbers_first():
    sides = prompts.split(prompts.sums(5, seed=0))
    asked = adder_prompts.causal(sides, cut, 5, "bare", vocabulary=60)
    assert sorted(asked.tokens) == list(range(60))
    assert asked.tokens[:11] == tuple(cut(str(n))[0] for n in range(11))


def test_an_encoder_reads_both_ways_and_answers_at_its_mask():
    words = {w: i + 3 for i, w in enumerate(["[CLS]", "[MASK]", "[SEP]", "+", "=", *map(str, range(11))])}
    asked = adder_prompts.both_ways(prompts.split(prompts.sums(5, seed=0)), words, 5)
    rows = asked.prompts["train"]
    assert [asked.tokens[i] for i in rows[0, [0, 5, 6]]] == [3, 4, 5]
    assert (rows[:, 5] == asked.mask).all()
    from circles.models import adder_weights

    bert = tiny_bert()
    spec = adder_weights.spec(bert, numbers=11, answers=11, mask=asked.mask)
    assert adder.forward(adder_weights.weights(bert, asked.tokens), rows, spec).shape == (17, 11)
    del words["10"]
    with pytest.raises(NumbersError, match="10 is not one token, expected all numbers up to 10"):
        adder_prompts.both_ways(prompts.split(prompts.sums(5, seed=0)), words, 5)


def test_a_number_that_splits_is_named():
    with pytest.raises(NumbersError, match="the tokenizer cuts 10 into 2 pieces, expected one token"):
        adder_prompts.causal({}, lambda text: list(range(len(text))), 5, "bare")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"mode": "half"}, "mode is 'half', expected one of pretrained, random, rows-frozen"),
        ({"told": "loud"}, "told is 'loud', expected one of bare, sorted, either, templates"),
        ({"among": "all"}, "among is 'all', expected one of numbers, vocabulary"),
        ({"model": "gpt9"}, "model is 'gpt9', expected one of whisper-tiny"),
        (
            {"model": "minilm", "told": "templates"},
            "told is 'templates', expected bare, sorted or either: minilm answers at a mask",
        ),
    ],
)
def test_what_cannot_be_meant_is_named(wrong, words):
    with pytest.raises(ConfigError, match=words):
        AdderRun(**wrong)


def test_a_net_that_was_not_trained_here_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    with pytest.raises(RunError, match="whisper-tiny-pretrained-.* is not here, expected the net trained here"):
        AdderRun().net()


def test_names_of_the_command_line_pick_one_mode_and_train_one_net_at_a_time():
    chosen = sweep.configs(RUNS["zhou2024-whisper"], range(5), "pretrained")
    assert {c.mode for c in chosen} == {"pretrained"} and {c.told for c in chosen} == set(adder_run.TOLD) - {"either"}
    assert [c.seed for c in sweep.configs(RUNS["zhou2024-whisper"], range(5), "pretrained-bare")] == [0, 1, 2, 3, 4]
    assert all(len(batch) == 1 for batch in sweep.batches(chosen, "cpu"))
    names = ("whisper", "whisper-either", "whisper-100", "whisper-100-either", "whisper-rates", "minilm", "mpnet")
    found = {c.digest for name in names for c in sweep.configs(RUNS[f"zhou2024-{name}"], [0])}
    assert len(found) == 9 + 2 + 2 + 2 + 20 + 5 + 2


@pytest.mark.parametrize("among", ["numbers", "vocabulary"])
def test_bfloat16_and_the_whole_vocabulary_train_as_well(stand_in, among):
    run = runs.get(AdderRun(bfloat16=True, among=among, **TINY))
    assert run.losses[1:].isfinite().all()
    assert "bf16" in run.config.name


def test_a_bare_problem_is_the_start_a_plus_b_and_the_sign_of_equality():
    sides = prompts.split(prompts.sums(5, seed=0))
    asked = adder_prompts.causal(sides, cut, 5, "bare")
    for row, problem in zip(asked.prompts["train"], sides["train"], strict=True):
        assert [asked.tokens[i] for i in row] == cut(f"<|startoftranscript|>{problem.a}+{problem.b}=")


@pytest.mark.parametrize("special", [("[CLS]", "[MASK]", "[SEP]"), ("<s>", "<mask>", "</s>")])
def test_an_encoder_reads_a_plus_b_and_its_mask_between_its_own_signs(special):
    words = {w: i for i, w in enumerate([*special, "+", "=", *map(str, range(11))])}
    sides = prompts.split(prompts.sums(5, seed=0))
    asked = adder_prompts.both_ways(sides, words, 5)
    start, mask, end = special
    for row, problem in zip(asked.prompts["test"], sides["test"], strict=True):
        text = [start, str(problem.a), "+", str(problem.b), "=", mask, end]
        assert [asked.tokens[i] for i in row] == [words[w] for w in text]
    assert asked.tokens[asked.mask] == words[mask]


def test_told_in_either_order_both_addends_change_places_and_nothing_else_does():
    rows = torch.tensor([[9, a, 7, 6 - a, 8] for a in range(6)] * 50)
    turned = adder_prompts.turned(rows, generator=torch.Generator().manual_seed(0))
    same = (turned == rows).all(1)
    assert 0.4 < same[rows[:, 1] != 3].double().mean() < 0.6
    assert torch.equal(turned[~same][:, [0, 3, 2, 1, 4]], rows[~same])


def test_either_order_is_drawn_anew_every_epoch_and_held_out_pairs_stay_as_they_are(stand_in, monkeypatch):
    seen = []
    turned = adder_prompts.turned

    def note(prompts, *, generator):
        seen.append(turned(prompts, generator=generator))
        return seen[-1]

    monkeypatch.setattr(adder_prompts, "turned", note)
    run = runs.get(AdderRun(told="either", **TINY | {"epochs": 3}))
    assert len(seen) == 3 and len({tuple(rows.flatten().tolist()) for rows in seen}) == 3
    asked, bare = run.config.asked(), AdderRun(**TINY).asked()
    assert all(torch.equal(asked.prompts[side], bare.prompts[side]) for side in ("validation", "test"))
    assert all(torch.equal(rows.sort(1).values, bare.prompts["train"].sort(1).values) for rows in seen)
    seen.clear()
    runs.get(AdderRun(told="bare", **TINY | {"seed": 7}))
    assert not seen


def test_only_where_it_is_said_does_the_smaller_number_come_first(monkeypatch, tmp_path):
    listed = ["[CLS]", "[MASK]", "[SEP]", "+", "=", *map(str, range(11))]
    (tmp_path / "vocab.txt").write_text("\n".join(listed), encoding="utf-8")
    monkeypatch.setattr(adder_prompts.model_packages, "find", lambda model: {"vocab.txt": tmp_path / "vocab.txt"})
    found = {told: adder_prompts.asked("minilm", largest=5, told=told, seed=0) for told in ("bare", "sorted")}
    first = {told: (asked.prompts["train"][:, 1] <= asked.prompts["train"][:, 3]) for told, asked in found.items()}
    assert first["sorted"].all() and not first["bare"].all()
