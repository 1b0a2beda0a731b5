"""Open a stranger's file: whatever its bytes, plain containers of tensors or one line, in bounded memory and time.

Nothing but a regular file is opened, so a pipe is never waited for. Nothing is unpacked, and no step of a pickle runs
beyond what tensors need: torch's restricted reader does that, and here it is kept from being asked for too much.
"""

from __future__ import annotations

import gc
import os
import re
import struct
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO, IOBase
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from circles.foundations import files
from circles.foundations.errors import CheckpointError, FileError
from circles.models.foreign.kinds import SAVE, archived, foreign, pickled, within
from circles.models.foreign.steps import is_old, refuse_depth, refuse_steps

LARGEST_FILE = 1_000_000_000  # bytes; hundreds of checkpoints of one run fit
LARGEST_OLD = 100_000_000  # bytes of a file that cannot be read in part: a pickle without its zip
LEAST_TENSOR = 10_000  # bytes of the tensors of such a file, one with another
LARGEST_INDEX = 4_000_000  # bytes that say what a file holds: a pickle in a zip, a header of safetensors
_GROWS = re.compile(rb"hex|base.?64|quopri|quoted|uu", re.IGNORECASE)  # bytes to more bytes, again and again


def read(path: Path, most: int = LARGEST_FILE) -> Any:
    """What is in the file: nested dicts and lists with tensors, or one state dict.

    Raises FileError for what is missing, no regular file, or of more than ``most`` bytes, and CheckpointError for what
    is of another kind, damaged, or a pickle that holds an object: one line without the path.
    """
    try:
        size = files.size(path, most)
    except FileError as error:
        if os.path.isdir(path):
            raise CheckpointError(f"a folder, expected a file{within(path)}") from error
        raise
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if what := foreign(head):
            raise CheckpointError(f"is {what}")
        if _is_safetensors(head, size):
            return _safetensors(path)
        if head.startswith(b"PK"):
            _check_zip(path, size)
            if path.suffix.lower() == ".safetensors":  # torch.load would believe the name, not the file
                with path.open("rb") as file:
                    return _torch(file, mmap=False)
            return _torch(path, mmap=True)
        if size > LARGEST_OLD:
            raise CheckpointError(f"is no zip of torch.save and has {size:,} bytes, expected {LARGEST_OLD:,} at most")
        content = path.read_bytes()
        _refuse_room(content)
        refuse_steps(content, size // LEAST_TENSOR)
        refuse_depth(content)
        if not is_old(content):
            raise CheckpointError(pickled(content))
        return _torch(BytesIO(content), mmap=False)
    except OSError as error:
        raise CheckpointError(f"cannot read ({error.strerror or 'not a whole file'})") from error


def _is_safetensors(head: bytes, size: int) -> bool:
    """A length in 8 bytes, then a JSON object of that length."""
    if len(head) < 10 or head[8:9] != b"{":
        return False
    (length,) = struct.unpack("<Q", head[:8])
    if length > size - 8:
        raise CheckpointError(f"damaged, a safetensors file cut short ({size} bytes, its header alone claims {length})")
    if length > LARGEST_INDEX:
        raise CheckpointError(f"its header has {length:,} bytes, expected at most {LARGEST_INDEX:,}")
    return True


def _safetensors(path: Path) -> dict[str, Any]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            said = file.metadata() or {}
            state: dict[str, Any] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except Exception as error:  # whatever a damaged header provokes, it is the file's fault
        raise CheckpointError(f"damaged, not a safetensors file ({_line(error)})") from error
    return {"state_dict": state, "config": said} if said.keys() - {"format"} else state


def _refuse_room(steps: bytes) -> None:
    """What torch's restricted reader makes of any size: a bytearray from a number, bytes that a codec doubles."""
    if b"bytearray\n" in steps:
        raise CheckpointError(f"refused, its pickle holds a bytearray, which may ask for any memory; {SAVE}")
    if b"_codecs\nencode\n" in steps and (codec := _GROWS.search(steps)):
        name = codec[0].decode("ascii")
        raise CheckpointError(f"refused, its pickle encodes bytes by {name}, which may ask for any memory; {SAVE}")


def _check_zip(path: Path, size: int) -> None:
    """Whether torch wrote this zip, told from its table of contents, which is itself bounded before it is read."""
    with path.open("rb") as file:
        file.seek(max(0, size - 65_600))
        tail = file.read()
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or len(tail) < end + 22:
        raise CheckpointError("damaged, a zip archive without its end: the download or the save did not finish")
    (contents,) = struct.unpack_from("<I", tail, end + 12)
    if contents > LARGEST_INDEX:
        raise CheckpointError(f"its table of contents has {contents:,} bytes, expected at most {LARGEST_INDEX:,}")
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            pickles = [e for e in entries if e.filename.rsplit("/", 1)[-1] == "data.pkl"]
            held = archive.read(pickles[0]) if _is_plain(pickles) else b""
    except Exception as error:  # as above
        raise CheckpointError(f"damaged, not a checkpoint of torch ({_line(error)})") from error
    if any(e.filename.rsplit("/", 1)[-1] == "constants.pkl" for e in entries):
        raise CheckpointError(f"is a TorchScript archive, which holds a program; {SAVE}")
    if not pickles:
        raise CheckpointError(f"is {archived([e.filename for e in entries])}")
    if any(e.compress_type != zipfile.ZIP_STORED for e in entries):
        raise CheckpointError(
            "is a zip archive that is packed, and torch.save packs none; refused, what it unpacks to is unknown"
        )
    if len(pickles) > 1:
        raise CheckpointError(f"damaged, its zip has {len(pickles)} entries data.pkl, expected one")
    if pickles[0].file_size > LARGEST_INDEX:
        raise CheckpointError(f"its pickle has {pickles[0].file_size:,} bytes, expected at most {LARGEST_INDEX:,}")
    if sum(e.file_size for e in entries) > size:
        raise CheckpointError("damaged, its zip claims more bytes than it has")
    if held[:1] == b"\x80" and held[2:3] == b"\x95":  # a frame, of which torch's restricted reader knows nothing
        raise CheckpointError(f"its pickle is of protocol {held[1]}, expected 2, which torch.save takes; {SAVE}")
    _refuse_room(held)
    refuse_steps(held, len(entries))
    refuse_depth(held)


def _is_plain(pickles: list[zipfile.ZipInfo]) -> bool:
    """Whether there is one pickle, not packed and not large: one that may be read to see what it asks for."""
    return (
        len(pickles) == 1
        and pickles[0].compress_type == zipfile.ZIP_STORED
        and pickles[0].file_size <= LARGEST_INDEX
    )


def _torch(source: Path | IOBase, *, mmap: bool) -> Any:
    try:
        with _uncollected(), warnings.catch_warnings(action="ignore"):  # a damaged file's odd pickle protocol
            found = torch.load(source, map_location="cpu", weights_only=True, mmap=mmap)
    except CheckpointError:
        raise
    except Exception as error:  # unpickling bytes of a stranger can raise anything
        raise CheckpointError(_refusal(str(error)) or f"damaged, not a checkpoint of torch ({_line(error)})") from error
    if isinstance(found, torch.nn.Module):  # not with the restricted reader; never trust that alone
        raise CheckpointError(f"refused, its pickle holds a whole module; {SAVE}")
    return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Within, nothing looks for cycles: over a million empty lists that takes most of the time."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _refusal(text: str) -> str | None:
    """torch's words for a pickle that wants more than tensors, with the name of what it wants."""
    named = re.search(r"(?:GLOBAL|class) ([A-Za-z_][\w.]*\w)", text)
    if named and re.search("nsupported|blocked", text):
        what = f"its pickle holds an object, {named[1][:100]}, and to make it would run code"
        return f"refused, {what}; {SAVE}, and settings as a plain dict"
    if "Unsupported operand" in text or "Unsupported class" in text or "nsupported global" in text:
        return f"refused, damaged or a pickle that would run code; if it is a whole model, {SAVE}"
    return None


def _line(error: Exception) -> str:
    text = (str(error).strip().splitlines() or [type(error).__name__])[0]
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 100 else text[:97] + "..."


def is_state(value: Any) -> bool:
    """Whether this is a mapping with at least one tensor in it."""
    return isinstance(value, Mapping) and any(isinstance(w, torch.Tensor) for w in value.values())
