"""Files that hold no checkpoint: each gets a sentence that is true, in bounded time and memory, and runs nothing."""

from __future__ import annotations

import argparse
import gzip
import io
import json
import lzma
import os
import pickle
import struct
import time
import zipfile
import zlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from circles import cli
from circles.foundations.errors import CheckpointError
from circles.models import modular
from circles.models.foreign.load import load, settings
from circles.models.foreign.reading import LARGEST_FILE, LARGEST_OLD
from circles.models.foreign.steps import DEEPEST_TUPLE, refuse_depth

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"4" * 64 + b"\nsize 914881\n"


class Runs:
    def __reduce__(self):
        return (os.system, ("touch it-ran",))


def torch_bytes(held, **how):
    buffer = io.BytesIO()
    torch.save(held, buffer, **how)
    return buffer.getvalue()


def zip_bytes(entries, packing=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", packing) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return buffer.getvalue()


def npz_bytes():
    buffer = io.BytesIO()
    np.savez(buffer, W_E=np.zeros(3))
    return buffer.getvalue()


def npy_bytes():
    buffer = io.BytesIO()
    np.save(buffer, np.zeros(3))
    return buffer.getvalue()


def optimiser():
    net = torch.nn.Linear(2, 2)
    return torch.optim.AdamW(net.parameters()).state_dict()


STATE = {
    name: w[0] for name, w in modular.initial(modular.ModularSpec(p=7, d_model=8, n_heads=2, d_mlp=12), [0]).items()
}
SAVED = torch_bytes(STATE)
with zipfile.ZipFile(io.BytesIO(SAVED)) as written:
    PARTS = {name: written.read(name) for name in written.namelist()}
NAMED = torch_bytes({"model": STATE, "config": argparse.Namespace(p=7)})
WHOLE = torch_bytes(torch.nn.Linear(2, 2))
CASES = {
    "empty": (b"", "is an empty file"),
    "lfs": (LFS, "is a pointer of Git LFS.*git lfs pull"),
    "page": (b"<!DOCTYPE html>\n<html><head>", "is a web page"),
    "page without a doctype": (b"\n  <html lang='en'>", "is a web page"),
    "xml": (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>", "is a page of XML"),
    "text": (b"404: Not Found", "is a text file that begins '404: Not Found'"),
    "text with umlauts": ("Grüße, kein Netz".encode(), "is a text file that begins 'Grüße, kein Netz'"),
    "json": (json.dumps({"p": 113}).encode(), "is a text file that begins"),
    "gzip": (gzip.compress(SAVED), "is a file packed by gzip; unpack it first"),
    "npy": (npy_bytes(), "is one NumPy array"),
    "onnx": (b"\x08\x07\x12\x07pytorch\x1a\x052.9.0" + bytes(99), "is an ONNX file, it seems; expected a state dict"),
    "msgpack": (b"\x81\xa6params\x81\xa5Dense\x80", "is a msgpack file, of Flax perhaps; expected a state dict"),
    "msgpack, long": (b"\xde\x00\x10\xd9\x24" + b"k" * 36 + b"\xc0", "is a msgpack file, of Flax perhaps"),
    "tflite": (b"\x1c\x00\x00\x00TFL3" + bytes(40), "is a TensorFlow Lite file"),
    "zeros": (bytes(5000), "is a file of zeros: the download or the save did not finish"),
    "jpeg": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "is a JPEG picture"),
    "7z": (b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(40), "is a 7-Zip archive; unpack it first"),
    "parquet": (b"PAR1\x15\x04" + bytes(40), "is a Parquet table"),
    "sqlite": (b"SQLite format 3\x00\x10" + bytes(40), "is an SQLite database"),
    "matlab": (b"MATLAB 5.0 MAT-file, Platform".ljust(124) + b"\x00\x01IM", "is a MATLAB file"),
    "program": (b"\x7fELF\x02\x01" + bytes(40), "is a program or library"),
    "tar": (b"net.pth".ljust(257, b"\0") + b"ustar\x0000" + bytes(300), "is a tar archive; unpack it first"),
    "npz": (npz_bytes(), r"is a zip archive of NumPy arrays, .*; save them by it, torch.save\({name: torch.from_"),
    "docx": (zip_bytes({"word/document.xml": "<x/>"}), "is a zip archive of something else"),
    "zip cut short": (SAVED[: len(SAVED) // 2], "damaged, a zip archive without its end"),
    "packed zip": (zip_bytes({"a/data.pkl": b"0" * 50_000_000}, zipfile.ZIP_DEFLATED), "a zip archive that is packed"),
    "torchscript": (zip_bytes({"a/data.pkl": b"", "a/constants.pkl": b""}), "is a TorchScript archive"),
    "optimiser": (torch_bytes(optimiser()), "holds an optimiser's state, which is not the weights; save the weights"),
    "optimiser below": (torch_bytes({"opt": optimiser(), "step": 3}), "holds an optimiser's state and no weights"),
    "curves": (torch_bytes({"train_losses": [0.1, 0.2]}), "holds 'train_losses' and no weights"),
    "tensor": (torch_bytes(torch.zeros(2, 3)), r"holds one tensor of shape \(2, 3\)"),
    "config object": (NAMED, r"holds an object, argparse.Namespace, .*; save the weights alone, torch.save\(model"),
    "whole module": (WHOLE, "holds an object, torch.nn.modules.linear.Linear, .*; save the weights alone"),
    "os.system": (torch_bytes({"model": Runs()}), "holds an object, posix.system, and to make it would run code"),
    "os.system, old": (pickle.dumps({"model": Runs()}, 2), "would run code"),
    "arrays": (pickle.dumps({"a": np.zeros(3)}, 2), "holds an object, numpy"),
    "arrays, new": (pickle.dumps({"a": np.zeros(3)}, 4), "holds an object, numpy.*multiarray._reconstruct, and to"),
    "learner": (pickle.dumps(Fraction(1, 3), 4), "torch.save did not write; it holds an object, fractions.Fr"),
    "plain": (pickle.dumps({"a": [1]}, 4), "is a pickle that torch.save did not write, without any tensor"),
    "plain, cut": (pickle.dumps({"a": [1]}, 4)[:-3], "damaged, its pickle breaks off"),
    "out of a zip": (PARTS["archive/data.pkl"], "a data.pkl out of a zip of torch.save; the zip is the file"),
    "protocol 4": (torch_bytes(STATE, pickle_protocol=4), "its pickle is of protocol 4, expected 2, which torch.save"),
    "film": (b"\0\0\0\x20ftypisom", "is of no kind known here, it begins with 00 00 00 20 66 74 79 70; expected"),
    "numbers": (np.arange(0.1, 9).tobytes(), "is of no kind known here, it begins with 9a 99"),
    "zlib": (zlib.compress(SAVED), "is a file packed by zlib, of joblib perhaps; unpack it first"),
    "lzma": (lzma.compress(SAVED, format=lzma.FORMAT_ALONE), "is a file packed by lzma; unpack it first"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(99), "is an HDF5 file"),
    "hdf5 of Julia": (b"HDF5-based Julia Data Format".ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n", "is an HDF5 file"),
    "saved model": (b"\x08\x01\x12\xa5\x01\x0a\x10\x0a" + bytes(99), "is a SavedModel of TensorFlow, it seems"),
    "list of parts": (b'{"metadata": {}, "weight_map": {"W": "1"}}', "is the list of a checkpoint's parts, not its"),
    "keras": (zip_bytes({"config.json": "{}", "model.weights.h5": "x"}), "is a file of Keras; expected a state dict"),
    "export": (zip_bytes({"net/archive_format": "pt2"}), "is an archive of torch.export, which holds a program"),
    "zip of a file": (zip_bytes({"read.me": "x", "run/net.pth": SAVED}), "that holds 'run/net.pth'; unpack it first"),
    "empty zip": (zip_bytes({}), "is an empty zip archive"),
    "safetensors cut": (struct.pack("<Q", 10_000) + b"{" + b" " * 50, "damaged, a safetensors file cut short"),
    "stride 0": (torch_bytes(STATE | {"b_in": torch.zeros(1).expand(12)}), "'b_in' claims 12 entries and holds 1"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_foreign_file_is_called_what_it_is(tmp_path, monkeypatch, case):
    content, message = CASES[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.pth").write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        load(tmp_path / "net.pth")
    assert str(caught.value).startswith(str(tmp_path / "net.pth"))
    assert "\n" not in str(caught.value)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["net.pth"]


def test_a_folder_is_told_with_the_file_that_was_meant(tmp_path):
    (tmp_path / "folder.pth").mkdir()
    for file, words in (
        (None, "a folder, expected a file$"),
        ("config.json", "a folder, expected a file$"),
        ("model.safetensors", "a folder, expected a file, such as model.safetensors in it"),
        ("data.pkl", "it was a zip of torch.save and is unpacked, the zip itself is the file"),
    ):
        if file:
            (tmp_path / "folder.pth" / file).write_bytes(b"")
        with pytest.raises(CheckpointError, match=words):
            load(tmp_path / "folder.pth")


def test_numpys_arrays_are_saved_by_what_the_refusal_says(tmp_path):
    np.savez(tmp_path / "net.npz", **{name: w.numpy() for name, w in STATE.items()})
    with pytest.raises(CheckpointError, match="save them by it") as caught:
        load(tmp_path / "net.npz")
    line = str(caught.value).partition("save them by it, ")[2].replace(", path)", ", out)")
    exec(line, {"torch": torch, "numpy": np, "path": tmp_path / "net.npz", "out": tmp_path / "net.pth"})
    assert torch.equal(load(tmp_path / "net.pth").meaning.net.weights["W_E"], STATE["W_E"])


def test_a_pipe_is_not_waited_for_and_a_device_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")
    (tmp_path / "endless.pth").symlink_to("/dev/zero")
    began = time.monotonic()
    for name in ("pipe.pth", "endless.pth"):
        with pytest.raises(CheckpointError, match="a pipe or a device, expected a file"):
            load(tmp_path / name)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(("beginning", "size"), [(b"PK\x03\x04", 60 * LARGEST_FILE), (b"\x80\x02", LARGEST_OLD + 1)])
def test_a_sparse_file_is_refused_before_it_is_read(tmp_path, beginning, size):
    with (tmp_path / "net.pth").open("wb") as file:
        file.write(beginning)
        file.truncate(size)
    began = time.monotonic()
    with pytest.raises(CheckpointError, match="bytes, expected"):
        load(tmp_path / "net.pth")
    assert time.monotonic() - began < 5


def deep(tuples, closing=b"K\x01u."):
    """A pickle of a dict whose one key is a tuple in a tuple and so on."""
    return b"\x80\x02}(" + b")" + b"\x85" * (tuples - 1) + closing


def old(pickled):
    """As torch saved before its zip: the number it begins with, a version, the machine, the state, no storages."""
    return b"".join(pickle.dumps(x, 2) for x in (0x1950A86A20F9469CFC6C, 1001, {})) + pickled + pickle.dumps([], 2)


def in_zip(pickled):
    return zip_bytes({"a/data.pkl": pickled, "a/version": b"3\n", "a/byteorder": b"little"})


ENDLESS = {
    "nothing": b"N" * 3_900_000,
    "lists": b"]" * 3_900_000,
    "marks": b"(" * 3_900_000,
    "tuples": b")\x85" * 1_900_000,
    "a dict": b"}" + b"K\x01K\x02s" * 780_000,
    "a list": b"]" + b"Na" * 1_900_000,
    "tensors again and again": b"NQ" * 1_900_000,
}


@pytest.mark.parametrize("way", [bytes, old, in_zip])
@pytest.mark.parametrize("steps", ENDLESS.values(), ids=ENDLESS)
def test_a_pickle_of_endless_steps_is_stopped(tmp_path, monkeypatch, way, steps):
    monkeypatch.setattr(torch, "load", lambda *_, **__: pytest.fail("a step was run"))
    (tmp_path / "net.pth").write_bytes(way(b"\x80\x02" + steps + b"."))
    began = time.process_time()
    with pytest.raises(CheckpointError, match=r"its pickle has more than 5\d\d,\d\d\d steps, more than any file"):
        load(tmp_path / "net.pth")
    assert time.process_time() - began < 2


CURVE = [float(i) for i in range(100_000)]


@pytest.mark.parametrize("zipped", [True, False])
def test_long_curves_are_let_through(tmp_path, zipped):
    held = {"model": STATE, "train": CURVE, "test": CURVE}
    (tmp_path / "net.pth").write_bytes(torch_bytes(held, _use_new_zipfile_serialization=zipped))
    assert torch.equal(load(tmp_path / "net.pth").meaning.net.weights["W_E"], STATE["W_E"])


def test_many_tensors_may_have_more_steps_than_a_file_without_them(tmp_path, monkeypatch):
    monkeypatch.setattr("circles.models.foreign.steps.FREE_STEPS", 1000)
    (tmp_path / "net.pth").write_bytes(torch_bytes({"model": STATE, "train": CURVE[:3000]}))
    with pytest.raises(CheckpointError, match="more than 2,[0-9]{3} steps, more than any file of its size"):
        load(tmp_path / "net.pth")
    (tmp_path / "net.pth").write_bytes(torch_bytes({"model": STATE, "norms": [torch.zeros(2) for _ in range(500)]}))
    assert torch.equal(load(tmp_path / "net.pth").meaning.net.weights["W_E"], STATE["W_E"])


BY_MEMO = b"\x80\x02}(" + b")" + b"\x85q\x01h\x01\x86" * 2000 + b"K\x01u."  # each tuple holds the last one twice
BY_MARK = b"\x80\x02}(" + b"(" * 5000 + b"t" * 5000 + b"K\x01u."


@pytest.mark.parametrize("way", [bytes, old, in_zip])
@pytest.mark.parametrize("pickled", [deep(200_000), BY_MEMO, BY_MARK], ids=["tuples", "by memo", "by mark"])
def test_tuples_in_tuples_are_refused_before_they_are_hashed(tmp_path, way, pickled):
    """Python hashes a key of 200,000 nested tuples until the stack is full, and the process is gone."""
    (tmp_path / "net.pth").write_bytes(way(pickled))
    with pytest.raises(CheckpointError, match="refused, its pickle nests more than 1,000 tuples in one another"):
        load(tmp_path / "net.pth")


def test_tuples_up_to_the_bound_are_let_through():
    refuse_depth(deep(DEEPEST_TUPLE))
    with pytest.raises(CheckpointError, match="nests more than"):
        refuse_depth(deep(DEEPEST_TUPLE + 1))
    refuse_depth(b"\x80\x02](" + b")\x85" * 5000 + b"e.")  # many side by side


@pytest.mark.parametrize("closing", [b"", b"h\x07.", b"\x87" * 9 + b"0" * 9 + b".", b"X\xff\xff\xff\x7f."])
def test_a_long_pickle_that_breaks_off_is_called_damaged(closing):
    many = b"\x80\x02" + b")\x850" * 2000
    with pytest.raises(CheckpointError, match="damaged, its pickle breaks off or takes what is not there"):
        refuse_depth(many + closing)


@pytest.mark.parametrize("zipped", [True, False])
def test_a_long_list_of_checkpoints_is_looked_at_and_read(tmp_path, zipped):
    held = {"state_dicts": [STATE] * 3 + [{name: w + 1 for name, w in STATE.items()} for _ in range(60)]}
    (tmp_path / "net.pth").write_bytes(torch_bytes(held, _use_new_zipfile_serialization=zipped))
    assert torch.equal(load(tmp_path / "net.pth").meaning.net.weights["W_E"], STATE["W_E"] + 1)


@pytest.mark.parametrize("beginning", [b"\x1f\x8b", b"MZ", b"BZ", b"\x81\xa1"])
def test_the_length_that_safetensors_begins_with_is_no_other_kind(tmp_path, beginning):
    plain = safetensors.torch.save(STATE)
    (held,) = struct.unpack("<Q", plain[:8])
    (length,) = struct.unpack("<Q", (beginning + (b"\x20" if beginning == b"\x81\xa1" else b"\0")).ljust(8, b"\0"))
    padded = struct.pack("<Q", length) + plain[8 : 8 + held].ljust(length) + plain[8 + held :]
    (tmp_path / "net.safetensors").write_bytes(padded)
    assert torch.equal(load(tmp_path / "net.safetensors").meaning.net.weights["W_E"], STATE["W_E"])


def test_a_small_file_cannot_ask_for_much_work():
    wide = {
        name: torch.zeros(shape)
        for name, shape in modular.ModularSpec(p=400, d_model=4, n_heads=1, d_mlp=2000).shapes().items()
    }
    with pytest.raises(
        CheckpointError, match="is too wide to analyse: p.2 pairs by 2000 neurons or answers are 320,000,000"
    ):
        load(wide)


def test_settings_beside_a_checkpoint(tmp_path):
    (tmp_path / "config.json").write_text('{"p": 113}', encoding="utf-8")
    assert settings(tmp_path / "config.json") == {"p": 113}
    for text, message in (
        ("[1]", "expected a JSON object"),
        ("{", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("{} ü" * 10, "not JSON"),
    ):
        (tmp_path / "config.json").write_text(text, encoding="utf-8")
        with pytest.raises(CheckpointError, match=message):
            settings(tmp_path / "config.json")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(CheckpointError, match="a pipe or a device"):
        settings(tmp_path / "pipe")


def test_the_command_says_it_in_one_line(tmp_path, capsys):
    (tmp_path / "net.pth").write_bytes(LFS)
    assert cli.main(["analyse", str(tmp_path / "net.pth")]) == 2
    out, err = capsys.readouterr()
    assert not out
    assert err.count("\n") == 1
    assert "a pointer of Git LFS" in err


def test_a_page_of_a_net_asks_nothing_of_any_host(tmp_path, capsys):
    net = Path(__file__).parents[1] / "checkpoints" / "clock.safetensors"
    assert cli.main(["analyse", str(net), "--html", str(tmp_path / "net.html")]) == 0
    page = (tmp_path / "net.html").read_text(encoding="utf-8")
    assert "clock or pizza" in capsys.readouterr().out
    assert page.count("<figure>") == 5
    assert page.count("data:image/png;base64,") == 10  # light and dark
    assert "http://" not in page.replace("http://www.w3.org", "") and "https://" not in page and "<script" not in page
    assert cli.main(["analyse", str(net), "--html", str(tmp_path)]) == 2
    assert "which is no file" in capsys.readouterr().err
