"""A PNG's bytes packed as tightly as zlib can: the renderer packs for speed, and a page carries dozens of pictures."""

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def squeezed(png: bytes) -> bytes:
    """The same picture, pixel for pixel, in fewer bytes."""
    packed, chunks, at = [], [], len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += 12 + size  # length, kind, content, checksum
        (packed if kind == b"IDAT" else chunks).append((kind, content))
    pixels = zlib.decompress(b"".join(content for _, content in packed))
    *head, end = chunks
    return SIGNATURE + b"".join(map(_chunk, [*head, (b"IDAT", zlib.compress(pixels, 9)), end]))


def _chunk(one: tuple[bytes, bytes]) -> bytes:
    kind, content = one
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
