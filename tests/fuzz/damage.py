"""Inputs that nobody meant: whole files with bytes, values or entries changed, and files of strange parts."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from typing import Any

from hypothesis import strategies as st

numbers = st.one_of(
    st.integers(-3, 3), st.floats(), st.sampled_from([2**31, 2**63, 10**400, -(2**63), 1e308, 1e-320])
)
words = st.one_of(
    st.text(max_size=8), st.sampled_from(["", "..", "/dev/zero", "a" * 5000, "\ud800", "\0", "NaN", "0" * 64])
)
values = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
deep = st.integers(100, 100_000).map(lambda n: b"[" * n + b"]" * n)


@st.composite
def bytes_of(draw: Any, whole: bytes) -> bytes:
    """``whole`` cut short, with bits flipped, a piece doubled or overwritten, numbers blown up; or of other bytes."""
    kind = draw(st.sampled_from(["cut", "flip", "double", "overwrite", "large", "other"]))
    at = draw(st.integers(0, max(0, len(whole) - 1)))
    if kind == "cut":
        return whole[:at]
    if kind == "flip":
        changed = bytearray(whole)
        for _ in range(draw(st.integers(1, 8))):
            changed[draw(st.integers(0, len(whole) - 1))] ^= 1 << draw(st.integers(0, 7))
        return bytes(changed)
    if kind == "double":
        return whole[:at] + whole
    if kind == "overwrite":
        return whole[:at] + draw(st.binary(min_size=1, max_size=64)) + whole[at + 64 :]
    if kind == "large":
        return whole[:at] + draw(st.sampled_from([b"\xff" * 8, b"\xff" * 4, b"9" * 5000])) + whole[at + 8 :]
    return draw(st.binary(max_size=256) | deep)


@st.composite
def values_of(draw: Any, whole: Any) -> Any:
    """A tree of JSON with one to three places changed: a value of any kind, a key gone or another one's."""
    tree = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 3))):
        place = tree
        while isinstance(place, dict | list) and place:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if draw(st.booleans()):
                place[key] = draw(values)
            elif isinstance(place, dict):
                kept = place.pop(key)
                if draw(st.booleans()):
                    place[draw(words)] = kept
            else:
                place.pop(key)
            break
    return tree


def json_of(whole: Any) -> st.SearchStrategy[bytes]:
    """JSON with places changed, or with bytes changed."""
    text = json.dumps(whole).encode()
    return values_of(whole).map(lambda tree: json.dumps(tree).encode()) | bytes_of(text)


@st.composite
def zip_of(draw: Any, whole: bytes) -> bytes:
    """The same zip with one entry's bytes changed, renamed, doubled or packed: its table of contents fits again."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(entries)))
    kind = draw(st.sampled_from(["bytes", "rename", "drop", "pack", "grow"]))
    if kind == "bytes":
        entries[name] = draw(bytes_of(entries[name]))
    elif kind == "rename":
        other = draw(st.sampled_from(["../up", "/abs", "archive/data.pkl", "a" * 300, "archive/version"]))
        entries[other] = entries.pop(name)
    elif kind == "drop":
        del entries[name]
    elif kind == "grow":
        entries[name] *= draw(st.integers(2, 50))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED if kind == "pack" else zipfile.ZIP_STORED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return made.getvalue()
