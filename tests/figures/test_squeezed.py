"""A squeezed PNG has the same pixels, whole chunks, and fewer bytes."""

import struct
import zlib

import altair as alt
import pytest

from circles.figures.squeezed import SIGNATURE, squeezed

vl_convert = pytest.importorskip("vl_convert")


@pytest.fixture(scope="module")
def drawn():
    values = [{"x": x, "y": x**2, "of": "abc"[x % 3]} for x in range(200)]
    chart = alt.Chart(alt.InlineData(values=values)).mark_point().encode(x="x:Q", y="y:Q", color="of:N")
    return vl_convert.svg_to_png(vl_convert.vegalite_to_svg(chart.to_dict()))


def chunks(png):
    assert png.startswith(SIGNATURE)
    at = len(SIGNATURE)
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        (checksum,) = struct.unpack(">I", png[at + 8 + size : at + 12 + size])
        assert checksum == zlib.crc32(kind + content), kind
        yield kind, content
        at += 12 + size


def pixels(png):
    return zlib.decompress(b"".join(content for kind, content in chunks(png) if kind == b"IDAT"))


def test_the_pixels_stay_and_the_bytes_shrink(drawn):
    small = squeezed(drawn)
    assert pixels(small) == pixels(drawn)
    assert len(small) < 0.7 * len(drawn)
    assert squeezed(small) == small


def test_all_other_chunks_stay_in_their_order(drawn):
    small = squeezed(drawn)
    kinds = [kind for kind, _ in chunks(small)]
    assert kinds[0] == b"IHDR" and kinds[-2:] == [b"IDAT", b"IEND"]
    assert [one for one in chunks(small) if one[0] != b"IDAT"] == [one for one in chunks(drawn) if one[0] != b"IDAT"]
