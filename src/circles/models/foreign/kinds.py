"""What a file is that holds no weights, told from its first bytes, and what to do about it."""

from __future__ import annotations

import codecs
import re

LFS = b"version https://git-lfs.github.com/spec/"
_BEGINNINGS = {
    b"\x1f\x8b": "a file packed by gzip; unpack it first",
    b"BZh": "a file packed by bzip2; unpack it first",
    b"\xfd7zXZ": "a file packed by xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "a file packed by zstd; unpack it first",
    b"\x93NUMPY": "one NumPy array; expected a net's state dict, saved by torch.save(model.state_dict(), path)",
    b"\x89HDF\r\n": "an HDF5 file, of Keras perhaps; expected a state dict of torch",
    b"GGUF": "a GGUF file; expected a state dict of torch",
    b"\x89PNG": "a PNG picture",
    b"%PDF": "a PDF document",
}


def foreign(head: bytes) -> str | None:
    """What a file with these first bytes is, where it can hold no checkpoint; None where it may be one."""
    if not head:
        return "an empty file: the download or the save did not finish"
    if head.startswith(LFS):
        return "a pointer of Git LFS, not the file it stands for; run `git lfs pull` where it came from"
    for beginning, what in _BEGINNINGS.items():
        if head.startswith(beginning):
            return what
    if re.match(rb"\x08[\x01-\x20][\x12\x1a\x3a]", head):
        return "an ONNX file, it seems; expected a state dict of torch"
    if head[257:262] == b"ustar":
        return "a tar archive; unpack it first"
    words = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if words.startswith((b"<!doctype html", b"<html", b"<head")):
        return "a web page, saved in the place of the file; download the file itself (on GitHub: the button 'Raw')"
    if words.startswith((b"<?xml", b"<!doctype", b"<svg")):
        return "a page of XML; expected a checkpoint"
    if words and not _is_old_pickle(head) and (text := _text(head)):
        first = " ".join(text.split())[:40]
        return f"a text file that begins {first!r}; expected a checkpoint"
    return None


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
