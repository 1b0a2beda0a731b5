"""The paper-scale path, end to end on a random two-layer GPT-2 saved to disk with a tokenizer made on the spot."""

import io
import math
import os
import time
import zipfile

import pytest
import stand_in
import torch
from transformers import AutoModelForCausalLM

from circles.analysis import paper_waves
from circles.book import registry
from circles.foundations.errors import ConfigError, NumbersError, RunError, ShapeError
from circles.papers.zhou2024 import dissect, finetune, paper_scale, prompts
from circles.training import runs

LARGEST = 20  # addends; sums go to 40, and 2, 2.5, 5 and 10 divide 40


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return stand_in.save(tmp_path_factory.mktemp("model"), largest=2 * LARGEST, width=48)


@pytest.fixture
def loaded(folder):
    return paper_scale.load(str(folder), "pretrained", seed=0)


@pytest.fixture(scope="module")
def sides():
    return prompts.split(prompts.sums(LARGEST, seed=0))


def test_the_problems_are_the_papers():
    told = prompts.sums(260, seed=0)
    assert len(told) == 34191
    assert len({frozenset((p.a, p.b)) for p in told}) == 34191
    assert {len(v) // 10 for v in prompts.split(told).values()} == {2735, 341}
    assert all(p.answer == p.a + p.b <= 520 for p in told)
    starts = {p.prompt.split(" ")[0] for p in told}
    assert starts == {"Total", "Add", "Calculate", "What", "Put"}
    assert sum(p.a > p.b for p in told) > 15000  # either number may come first
    small = prompts.sums(260, seed=0, smaller_first=True)
    assert [(p.a, p.b, p.answer) for p in small] == [(min(p.a, p.b), max(p.a, p.b), p.answer) for p in told]
    assert all(p.answer == p.a * p.b <= 100 for p in prompts.products(100, seed=0))
    with pytest.raises(ConfigError, match="largest is 0, expected at least 1"):
        prompts.sums(0, seed=0)


def test_only_the_answer_is_learnt(loaded, sides):
    _, tokenizer = loaded
    tokens, labels = prompts.encode(sides["test"][:5], tokenizer)
    for problem, row, label in zip(sides["test"], tokens, labels, strict=False):
        asked = label != prompts.IGNORED
        assert tokenizer.decode(row[asked]) == f" {problem.answer}"
        assert tokenizer.decode(row[: asked.int().argmax()]) == problem.prompt
    with pytest.raises(ConfigError, match=r"the tokenizer cuts 41 into \d pieces, expected one token up to 41"):
        prompts.number_ids(41, tokenizer)


def test_loss_and_accuracy_are_those_of_transformers(loaded, sides):
    model, tokenizer = loaded
    few = sides["test"][:4]
    each = list(finetune.predictions(model, tokenizer, few, batch=3))
    for problem, (right, loss) in zip(few, each, strict=True):
        tokens, labels = prompts.encode([problem], tokenizer)
        with torch.inference_mode():
            theirs = model(input_ids=tokens, labels=labels).loss
        assert loss == pytest.approx(float(theirs), abs=1e-5)
        assert right == (paper_scale.said(model, tokenizer, problem.prompt) == problem.answer)


def test_training_resumes_bit_for_bit_and_leaves_the_random_state(folder, sides, tmp_path):
    recipe = finetune.Recipe(lr=1e-3, epochs=2)
    before = torch.random.get_rng_state()
    ends = []
    for stops in ((None,), (5, None)):
        model, tokenizer = paper_scale.load(str(folder), "pretrained", seed=0)
        where = tmp_path / str(len(stops))
        for stop in stops:
            losses = finetune.train(model, tokenizer, sides["train"], recipe, where, stop_after=stop)
        ends.append((losses, model.state_dict()))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert ends[0][0] == ends[1][0]
    assert all(torch.equal(w, ends[1][1][name]) for name, w in ends[0][1].items())
    assert ends[0][0][1] < ends[0][0][0]
    with pytest.raises(RunError, match="delete it to begin anew"):
        finetune.train(model, tokenizer, sides["train"], finetune.Recipe(), tmp_path / "2")


@pytest.fixture(scope="module")
def stopped(folder, sides, tmp_path_factory):
    """A state after two steps, and what it is taken up by."""
    where = tmp_path_factory.mktemp("stopped")
    model, tokenizer = paper_scale.load(str(folder), "pretrained", seed=0)
    recipe = finetune.Recipe(lr=1e-3, epochs=1)
    finetune.train(model, tokenizer, sides["train"], recipe, where, stop_after=2)
    state = torch.load(where / "state.pt", weights_only=True)
    return state, lambda at: finetune.train(model, tokenizer, sides["train"], recipe, at, stop_after=2)


@pytest.mark.parametrize(("change", "words"), [
    ({"step": 10**12}, "its step is 1000000000000, expected 1 to"), ({"step": None}, "its step is a NoneType"),
    ({"step": torch.zeros(3, 2)}, "its step is a Tensor"),
    ({"losses": [0.0, 0.0]}, "its losses is a list, expected torch.float64"),
    ({"losses": torch.zeros(10**5)}, r"its losses is torch.float32 \(100000,\), expected torch.float64 \(2,\)"),
    ({"recipe": {"lr": torch.zeros(3)}}, "damaged, its recipe is none"),
    ({"recipe": {"lr": 2}}, "a state of {'lr': 2}"),
    ({"model": {}}, "its weights have other names"), ({"more": 1}, "damaged, expected losses, model, moments, recipe"),
    ({"moments": {999: {}}}, "its moments are of other weights"), ({"moments": {0: {}}}, "its moments of 0 have other"),
    ({"moments": {0: {"step": torch.tensor(2.0), "exp_avg": torch.zeros(1), "exp_avg_sq": torch.zeros(1)}}},
     r"'exp_avg' of its moments of 0 is torch.float32 \(1,\), expected"),
    ({"model": None}, "its weights have other names"),
])  # fmt: skip
def test_a_state_of_another_form_is_named_before_a_step(stopped, tmp_path, change, words):
    state, go_on = stopped
    torch.save(state | change, tmp_path / "state.pt")
    with pytest.raises(RunError, match=f"state.pt: .*{words}.*; delete it to begin anew") as caught:
        go_on(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_state_that_is_no_file_or_too_large_or_damaged_is_refused_at_once(stopped, tmp_path):
    state, go_on = stopped
    file = tmp_path / "state.pt"
    torch.save(state, file)
    whole = file.read_bytes()
    go_on(tmp_path)  # nothing left to do

    def after(content, words):
        file.unlink(missing_ok=True)
        if content is None:
            os.mkfifo(file)
        else:
            file.write_bytes(content)
        if isinstance(content, bytearray):  # a sparse end
            os.truncate(file, 60 * 10**9)
        began = time.monotonic()
        with pytest.raises(RunError, match=f"{words}.*; delete it to begin anew"):
            go_on(tmp_path)
        assert time.monotonic() - began < 10

    after(None, "a pipe or a device, expected a file")
    after(bytearray(whole), "60,000,000,000 bytes, expected at most")
    after(whole[: len(whole) // 2], "a zip archive without its end")
    name = next(iter(state["model"]))
    at = whole.index(state["model"][name].numpy().tobytes())
    after(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], "damaged, .*/data/.* is not what was written")
    name = whole.index(b"/data/0")  # in the entry's own head, which says that names are UTF-8
    after(whole[: name - 1] + b"\xe1" + whole[name:], "damaged .*can't decode byte 0xe1")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("state/data.pkl", b"0" * 50_000_000)
    after(packed.getvalue(), "a zip archive that is packed")


def test_frozen_embeddings_stay_and_the_rest_is_random(folder, sides, tmp_path):
    original = AutoModelForCausalLM.from_pretrained(str(folder))
    model, tokenizer = paper_scale.load(str(folder), "frozen", seed=1)
    assert not torch.equal(model.transformer.wpe.weight, original.transformer.wpe.weight)
    finetune.train(model, tokenizer, sides["train"][:32], finetune.Recipe(lr=1e-2, epochs=1), tmp_path)
    assert torch.equal(model.transformer.wte.weight, original.transformer.wte.weight)
    scratch, _ = paper_scale.load(str(folder), "scratch", seed=1)
    assert not torch.equal(scratch.transformer.wte.weight, original.transformer.wte.weight)


def test_readings_are_what_the_model_computes(loaded, sides):
    model, tokenizer = loaded
    ids = prompts.number_ids(2 * LARGEST, tokenizer)
    readings = dissect.read(model, tokenizer, sides["test"], ids, batch=7)
    W_U = dissect.unembedding(model, ids)
    with torch.inference_mode():
        last = model.transformer.ln_f(readings.stream[-1]) @ W_U
        assert (last - readings.logits).abs().max() < 1e-4
        tokens = tokenizer(sides["test"][3].prompt, return_tensors="pt").input_ids
        assert (model(tokens).logits[0, -1, ids] - readings.logits[3]).abs().max() < 1e-4
    added = readings.added["attention"][1] + readings.added["mlp"][1]
    assert (readings.stream[0] + added - readings.stream[1]).abs().max() < 1e-4
    lens = dissect.lens(model, readings, ids)
    assert lens.shape == (2, 3)
    assert bool((lens.diff(dim=1) >= 0).all())  # exact is within 2, and that within 10
    exact = (readings.logits.argmax(1) == readings.answers).double().mean()
    assert float(lens[-1, 0]) == pytest.approx(float(exact))


def test_filters_take_the_band_out_of_every_module_and_leave_no_trace(loaded, sides):
    model, tokenizer = loaded
    ids = prompts.number_ids(2 * LARGEST, tokenizer)
    W_U = dissect.unembedding(model, ids)
    low = paper_waves.low(2 * LARGEST + 1)
    before = dissect.read(model, tokenizer, sides["test"], ids)
    projection = dissect.filters.projection(W_U, low).float()
    with dissect._projected(model, ("mlp",), projection):
        during = dissect.read(model, tokenizer, sides["test"], ids)
    after = dissect.read(model, tokenizer, sides["test"], ids)
    assert torch.equal(before.logits, after.logits)
    assert not torch.equal(before.logits, during.logits)
    assert torch.equal(before.added["attention"][0], during.added["attention"][0])
    gone = paper_waves.transform(during.added["mlp"][0].double() @ W_U.double())
    rows = paper_waves.rows_of(2 * LARGEST + 1, low)
    assert gone[:, rows].abs().max() < 1e-5
    assert (before.added["mlp"][0] - during.added["mlp"][0]).abs().max() > 1e-4


def test_parity_and_the_slowest_wave(sides):
    """Logits with one peak at the answer: period 2 gives the parity always, the slowest wave the answer itself."""
    answers = torch.tensor([p.answer for p in sides["test"] if p.answer < 40])
    x = torch.arange(41)
    logits = torch.cos(2 * math.pi * (x - answers[:, None]) / 40) + 0.3 * torch.cos(math.pi * (x - answers[:, None]))
    found = dissect.single_components(dissect.Readings(torch.zeros(1), {}, logits, answers))
    assert found == {"parity": 1.0, "wrong": 0.0}


def test_the_whole_path_runs_by_its_name_and_is_kept(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    config = paper_scale.PaperRun(model=str(folder), largest=LARGEST, epochs=1, lr=1e-3, asked=12)
    (run,) = runs.train([config], device="cpu")
    assert run.folder.is_relative_to(tmp_path)
    assert {"validation", "test", "lens", "top_five", "single_parity", "norms_mlp", "filtered_nothing",
            "filtered_low-both", "periods_attention"} <= set(run.measures)  # fmt: skip
    assert run.measures["lens"].shape == (2, 3)
    assert run.measures["norms_mlp"].shape == (2, 21)
    assert 0 <= float(run.measures["test"][0]) <= 1
    assert float(run.measures["epoch_losses"][0]) > 0


def test_multiplication_has_answers_of_several_tokens(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    config = paper_scale.PaperRun(model=str(folder), task="products", largest=60, epochs=1, lr=1e-3)
    found = config.compute()
    assert set(found) == {"epoch_losses", "validation", "test"}


def test_prompts_of_four_examples(folder, sides):
    text = prompts.in_context(sides["test"][0], sides["train"][:4])
    assert text.count("Answer:") == 5
    assert text.endswith("Answer:")
    found = paper_scale.PromptedRun(model=str(folder), largest=LARGEST, asked=3, shots=1).compute()
    assert found["given"].shape == found["answers"].shape == (3,)


def test_names_and_bad_input():
    assert set(paper_scale.NAMES) <= set(registry.RUNS)
    for name, make in paper_scale.NAMES.items():
        made = make(3)
        for config in made if isinstance(made, list) else [made]:
            assert config.seed == 3, name
            assert config.name
    xl, scratch = paper_scale.gpt2xl(0)
    assert (xl.lr, xl.epochs, xl.batch, scratch.lr, scratch.epochs) == (1e-5, 50, 16, 1e-4, 500)
    with pytest.raises(ConfigError, match="start is 'cold', expected one of pretrained, scratch, frozen"):
        paper_scale.PaperRun(start="cold")
    with pytest.raises(ConfigError, match="task is 'quotients', expected sums or products"):
        paper_scale.PaperRun(task="quotients")
    with pytest.raises(ConfigError, match=r"Linear has no transformer.h, expected a GPT-2"):
        dissect.parts(torch.nn.Linear(1, 1))


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(NumbersError, match="no such model here or on the hub"):
        paper_scale.load(str(tmp_path / "absent"), "pretrained", seed=0)


def test_a_narrow_model_cannot_be_filtered(tmp_path, sides):
    model, tokenizer = paper_scale.load(str(stand_in.save(tmp_path, width=16)), "pretrained", seed=0)
    with pytest.raises(ShapeError, match="leave nothing of 16 dimensions"):
        dissect.filtered(model, tokenizer, sides["test"], prompts.number_ids(2 * LARGEST, tokenizer))


def test_the_papers_models_are_asked_for_their_embeddings(folder, tmp_path, monkeypatch):
    from circles.papers.zhou2024 import hub_embeddings, number_waves

    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.setattr(number_waves, "PERMUTATIONS", 19)
    config = hub_embeddings.EmbeddingsRun(model=str(folder), prefix=" ")
    (run,) = runs.train([config], device="cpu")
    assert run.measures["norms"].shape == (2 * LARGEST // 2 + 1,)
    assert len(run.measures["largest"]) == len(run.measures["p_values"]) == 4
    assert [c.name for c in hub_embeddings.configs(0)] == ["gpt2", "gpt2_xl", "roberta_base", "phi_2"]
    assert registry.RUNS["zhou2024-embeddings"] is hub_embeddings.configs


def test_every_product_up_to_the_largest_is_asked_once():
    found = sorted((min(p.a, p.b), max(p.a, p.b)) for p in prompts.products(100, seed=0))
    assert found == [(a, b) for a in range(1, 101) for b in range(a, 101) if a * b <= 100]
