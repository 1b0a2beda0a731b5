"""Figures of latent spaces: what they hold, what they refuse, and that a turned point stands where it should."""

import base64
import json
import math
import re
import struct
import zlib

import numpy as np
import pandas as pd
import pytest
import vl_convert

from circles.figures import FigureError
from circles.figures import manifolds as figures
from circles.figures.mosaic import png


def points(n=12):
    g = np.random.default_rng(0)
    v = g.normal(size=(n, 3))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    return pd.DataFrame(v, columns=list("xyz")).assign(label=np.arange(n) % 10, picture=list(g.uniform(0, 1, (n, 16))))


def test_a_picture_survives_the_png():
    lines = [bytearray([0, 128, 255]), bytearray([7, 8, 9])]
    found = png(lines)
    assert found[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", found[16:24]) == (3, 2)
    start = found.index(b"IDAT") + 4
    size = struct.unpack(">I", found[start - 8 : start - 4])[0]
    assert zlib.decompress(found[start : start + size]) == b"\0" + bytes(lines[0]) + b"\0" + bytes(lines[1])


def test_mosaic_lays_rows_from_the_top_and_ink_is_dark():
    frame = pd.DataFrame(
        [("a", r, c, [1.0 if (r, c) == (0, 1) else 0.0] * 4) for r in range(2) for c in range(3)],
        columns=["panel", "row", "column", "picture"],
    )
    figure = figures.mosaic(frame, across="u", up="v", alt_text="Six cells.", caption="Six cells.")
    url = re.search(r"data:image/png;base64,([^\"]+)", json.dumps(figure.spec))[0]
    body = base64.b64decode(url.split(",")[1])
    start = body.index(b"IDAT") + 4
    lines = zlib.decompress(body[start : start + struct.unpack(">I", body[start - 8 : start - 4])[0]])
    assert lines[:7] == b"\0" + bytes([255, 255, 0, 0, 255, 255])
    with pytest.raises(FigureError, match="3 pixels; expected square pictures"):
        figures.mosaic(frame.assign(picture=[[0.0] * 3] * 6), across="u", up="v", alt_text="a", caption="b")


def test_turning_projects_as_a_rotation_does():
    frame = points()
    figure = figures.turning(frame, name="a sphere")
    spec = figure.drawn()
    for param in spec["params"]:
        if param.get("name") in ("around", "tilt"):
            param["value"] = {"around": 50, "tilt": 20}[param["name"]]
    vega = vl_convert.vegalite_to_vega(spec)
    formulas = {t["as"]: t["expr"] for d in vega["data"] for t in d.get("transform", []) if t["type"] == "formula"}
    a, b = math.radians(50), math.radians(20)
    names = {"PI": math.pi, "cos": math.cos, "sin": math.sin, "around": 50, "tilt": 20}
    for row in frame.itertuples():
        place = type("Datum", (), {"x": row.x, "y": row.y, "z": row.z})
        u, v, depth = (eval(formulas[k], names | {"datum": place}) for k in ("u", "v", "depth"))
        assert u == pytest.approx(row.y * math.cos(a) - row.x * math.sin(a))
        near = row.x * math.cos(a) + row.y * math.sin(a)
        assert v == pytest.approx(row.z * math.cos(b) - near * math.sin(b))
        assert u * u + v * v + depth * depth == pytest.approx(1)


def test_turning_holds_each_picture_once_and_refuses_others():
    figure = figures.turning(points(), name="a sphere")
    held = re.findall(r'"p": "([0-9a-f]+)"', json.dumps(figure.spec))
    assert len(held) == 12 and all(len(p) == 16 for p in held)
    with pytest.raises(FigureError, match="a picture of 5 pixels"):
        figures.turning(points().assign(picture=[[0.0] * 5] * 12), name="a sphere")
    with pytest.raises(FigureError, match="no column 'label'"):
        figures.turning(points().drop(columns="label"), name="a sphere")


def test_maps_and_costs_say_what_they_show():
    frame = pd.DataFrame({"panel": ["S²", "R²"] * 3, "across": 0.5, "up": 0.2, "label": [1, 2, 3] * 2})
    figure = figures.latent_maps(frame, caption="Maps.")
    assert len(figure.spec["concat"]) == 2 and "S²: 3 pictures" in figure.alt
    costs = pd.DataFrame({"data": "a loop", "latent": ["S¹", "R¹"], "fits": ["fits", "does not fit"], "seed": 0,
                          "unexplained": [0.01, 0.5]})  # fmt: skip
    found = figures.shape_costs(costs, caption="Costs.")
    assert "a loop, S¹, fits 0.01; a loop, R¹, does not fit 0.5" in found.alt


def test_nats_by_space_has_a_panel_a_dimension_on_one_scale():
    rows = [("two", "S²", "loss", 0, 136.0), ("two", "R²", "−log p", 0, 138.0), ("three", "S³", "loss", 0, 126.0)]
    frame = pd.DataFrame(rows, columns=["panel", "latent", "measure", "seed", "nats"])
    figure = figures.nats_by_space(frame, title="nats a picture", caption="Costs.")
    panels = figure.spec["concat"]
    assert [p["title"]["text"] for p in panels] == ["two", "three"]
    assert panels[0]["layer"][0]["encoding"]["x"]["scale"] == panels[1]["layer"][0]["encoding"]["x"]["scale"]
    assert "two, S², loss 136; two, R², −log p 138; three, S³, loss 126" in figure.alt
    with pytest.raises(FigureError, match="no column 'nats'"):
        figures.nats_by_space(frame.drop(columns="nats"), title="nats", caption="Costs.")
