"""What a file is that holds no weights, told from its bytes or its entries, and what to do about it."""

from __future__ import annotations

import codecs
import os
import re
import zlib
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from circles.models.foreign.steps import asked

ENDINGS = (".safetensors", ".pth", ".pt", ".ckpt", ".bin")
SAVE = "save the weights alone, torch.save(model.state_dict(), path)"
LFS = b"version https://git-lfs.github.com/spec/"
_BEGINNINGS = {
    b"\x1f\x8b": "a file packed by gzip; unpack it first",
    b"BZh": "a file packed by bzip2; unpack it first",
    b"\xfd7zXZ": "a file packed by xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "a file packed by zstd; unpack it first",
    b"]\0\0": "a file packed by lzma; unpack it first",
    b"\x93NUMPY": "one NumPy array; expected a net's state dict, saved by torch.save(model.state_dict(), path)",
    b"GGUF": "a GGUF file; expected a state dict of torch",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive; unpack it first",
    b"Rar!\x1a\x07": "a RAR archive; unpack it first",
    b"\x04\x22M\x18": "a file packed by lz4; unpack it first",
    b"PAR1": "a Parquet table; expected a state dict of torch",
    b"ARROW1": "an Arrow table; expected a state dict of torch",
    b"SQLite format 3\0": "an SQLite database; expected a state dict of torch",
    b"MATLAB 5.0 MAT-file": "a MATLAB file; expected a state dict of torch",
    b"\x7fELF": "a program or library; expected a state dict of torch",
    b"MZ": "a program or library; expected a state dict of torch",
}


def foreign(head: bytes) -> str | None:
    """What a file with these first bytes is, where it can hold no checkpoint; None where it may be one."""
    if not head:
        return "an empty file: the download or the save did not finish"
    if head[8:9] == b"{" and not head[4:8].strip(b"\0"):
        return None  # safetensors: its first bytes are a length, and may be those of anything
    if head.startswith(LFS):
        return "a pointer of Git LFS, not the file it stands for; run `git lfs pull` where it came from"
    for beginning, what in _BEGINNINGS.items():
        if head.startswith(beginning):
            return what
    if any(head.startswith(b"\x89HDF\r\n", at) for at in (0, 512, 1024, 2048)):
        return "an HDF5 file, of Keras perhaps; expected a state dict of torch"
    if _is_zlib(head):
        return "a file packed by zlib, of joblib perhaps; unpack it first, and expected is a state dict of torch"
    if _is_msgpack(head):
        return "a msgpack file, of Flax perhaps; expected a state dict of torch"
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite file; expected a state dict of torch"
    if not head.strip(b"\0"):
        return "a file of zeros: the download or the save did not finish"
    if re.match(rb"\x08[\x01-\x20][\x12\x1a][\x01-\x7f][ -~]|\x08[\x01-\x20]\x3a", head):  # of whom it is, or a graph
        return "an ONNX file, it seems; expected a state dict of torch"
    if re.match(rb"\x08[\x01-\x20]\x12[\x80-\xff]", head):
        return "a SavedModel of TensorFlow, it seems; expected a state dict of torch"
    if head[257:262] == b"ustar":
        return "a tar archive; unpack it first"
    words = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if words.startswith((b"<!doctype html", b"<html", b"<head")):
        return "a web page, saved in the place of the file; download the file itself (on GitHub: the button 'Raw')"
    if words.startswith((b"<?xml", b"<!doctype", b"<svg")):
        return "a page of XML; expected a checkpoint"
    if words.startswith(b"{") and b'"weight_map"' in words:
        return "the list of a checkpoint's parts, not its weights; expected all weights in one file"
    if words and not _is_old_pickle(head) and (text := _text(head)):
        first = " ".join(text.split())[:40]
        return f"a text file that begins {first!r}; expected a checkpoint"
    return None


def archived(names: Sequence[str]) -> str:
    """What a zip archive with these entries is, where torch.save did not write it."""
    if not names:
        return "an empty zip archive"
    if any(name.endswith(".npy") for name in names):
        pairs = "{name: torch.from_numpy(w) for name, w in numpy.load(path).items()}"
        return f"a zip archive of NumPy arrays, not one of torch.save; save them by it, torch.save({pairs}, path)"
    if any(name.endswith("model.weights.h5") for name in names):
        return "a file of Keras; expected a state dict of torch"
    if any(name.rsplit("/", 1)[-1] == "archive_format" for name in names):
        return "an archive of torch.export, which holds a program; expected a state dict of torch"
    if nets := [name for name in names if name.lower().endswith(ENDINGS)]:
        return f"a zip archive that holds {nets[0][-80:]!r}; unpack it first"
    return "a zip archive of something else, not one of torch.save"


def within(folder: Path) -> str:
    """What in this folder may be the file that was meant."""
    try:
        with os.scandir(folder) as found:
            names = {entry.name for entry in islice(found, 1000) if entry.is_file()}
    except OSError:
        return ""
    if "data.pkl" in names:
        return "; it was a zip of torch.save and is unpacked, the zip itself is the file"
    nets = sorted(name for name in names if name.lower().endswith(ENDINGS))
    return f", such as {nets[0]} in it" if nets else ""


def pickled(content: bytes) -> str:
    """What a file is that is no zip and does not begin as torch's older files do."""
    found = asked(content)
    if found is None and content[:1] == b"\x80":
        return "damaged, its pickle breaks off or takes what is not there"
    if found is None:
        begins = content[:8].hex(" ")
        return f"is of no kind known here, it begins with {begins}; expected a file of torch or safetensors"
    name, beside = found
    if beside:
        return "is a pickle that refers to parts beside it, a data.pkl out of a zip of torch.save; the zip is the file"
    if name:
        what = f"holds an object, {name[:100]}, and to make it would run code"
        return f"refused, a pickle that torch.save did not write; it {what}; {SAVE}"
    return f"is a pickle that torch.save did not write, without any tensor; {SAVE}"


def _is_zlib(head: bytes) -> bool:
    """Whether these bytes begin a zlib stream: by its two bytes, and by unpacking a little."""
    if head[:1] != b"x" or int.from_bytes(head[:2], "big") % 31:
        return False
    try:
        return bool(zlib.decompressobj().decompress(head, 64))
    except zlib.error:
        return False


def _is_msgpack(head: bytes) -> bool:
    """A map of msgpack whose first key is a word: Flax's serialisation of a tree of parameters."""
    found = re.match(rb"(?:[\x81-\x8f]|\xde..|\xdf....)(?:([\xa1-\xbf])|\xd9(.))", head, re.DOTALL)
    if found is None:
        return False
    length = found[1][0] - 0xA0 if found[1] else found[2][0]
    key = head[found.end() : found.end() + length]
    return len(key) == length > 0 and key.isascii() and key.decode("ascii").isprintable()


def _text(head: bytes) -> str:
    """These bytes as words, of any script; nothing where they are none. The last letter may be cut."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head)
    except UnicodeDecodeError:
        return ""
    return text if all(c.isprintable() or c in "\t\r\n\f" for c in text) else ""


def _is_old_pickle(head: bytes) -> bool:
    """Pickles of protocol 0 are text: a mark, a memo number, lines."""
    return re.match(rb"\(?[dl]p\d|\(?c[\w.]+\n[\w.]+\n|\([dl]p?\d*\n", head) is not None
