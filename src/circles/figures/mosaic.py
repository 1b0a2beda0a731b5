"""Pictures side by side in rows and columns, as one image: what a decoder draws all over a latent space."""

import base64
import struct
import zlib

import altair as alt
import pandas as pd

from circles.figures import theme
from circles.figures.frames import FigureError, require
from circles.figures.show import Figure


def mosaic(frame: pd.DataFrame, *, across: str, up: str, alt_text: str, caption: str, columns: int = 2) -> Figure:
    """A panel for each `panel`, its pictures laid out by `row` (0 on top) and `column`.

    frame: panel, row, column, picture (a sequence of side * side values from 0, white, to 1, black). `across` and `up`
    name the axes. Raises FigureError when a column is missing or the pictures are not square and equal.
    """
    require(frame, "mosaic", "panel", "row", "column", "picture")
    views = [_panel(str(name), part, across, up) for name, part in frame.groupby("panel", sort=False)]
    return Figure(alt.concat(*views, columns=1, spacing=18), alt_text, caption, columns=columns)


def _panel(name: str, part: pd.DataFrame, across: str, up: str) -> alt.LayerChart:
    pixels = len(part["picture"].iloc[0])
    side = round(pixels**0.5)
    if side * side != pixels or any(len(p) != pixels for p in part["picture"]):
        raise FigureError(f"mosaic: a picture of {pixels} pixels; expected square pictures of one size")
    rows, columns = int(part["row"].max()) + 1, int(part["column"].max()) + 1
    cell = side + side // 8  # a gap, so that neighbours do not run into one another
    image = [bytearray([255] * (columns * cell)) for _ in range(rows * cell)]
    for r, c, picture in zip(part["row"], part["column"], part["picture"], strict=True):
        for y in range(side):
            line = [255 - round(255 * min(max(float(v), 0.0), 1.0)) for v in picture[y * side : (y + 1) * side]]
            image[int(r) * cell + y][int(c) * cell : int(c) * cell + side] = bytes(line)
    url = "data:image/png;base64," + base64.b64encode(png(image)).decode()
    width = theme.NARROW + 30
    height = round(width * rows / columns)
    blank = alt.Axis(title=across, labels=False, ticks=False, domain=False)
    return (
        alt.Chart(alt.InlineData(values=[{"url": url, "x": 0.5, "y": 0.5}]))
        .mark_image(width=width, height=height, aspect=False)
        .encode(
            x=alt.X("x:Q", scale=alt.Scale(domain=[0, 1]), axis=blank),
            y=alt.Y(
                "y:Q",
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(title=up, labels=False, ticks=False, domain=False, grid=False),
            ),
            url="url:N",
        )
        .properties(width=width, height=height, title=alt.Title(name))
    )


def png(lines: list[bytearray], *, channels: int = 1) -> bytes:
    """An 8-bit PNG of these lines of pixels: grey, or with 4 channels red, green, blue and opacity."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", len(lines[0]) // channels, len(lines), 8, {1: 0, 4: 6}[channels], 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + bytes(line) for line in lines), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
