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
    return pd.DataFrame(v, columns=list("xyz")).assign(label=np.arange(n) % 10)


def turned(frame=None, **changed):
    asked = {"name": "a sphere", "space": "sphere2", "at": (50, 20), "picture": [0.5] * 16, "net": "n", "tables": {}}
    return figures.turning(points() if frame is None else frame, **asked | changed)


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


@pytest.mark.parametrize(("space", "front"), [("sphere2", 1.0), ("flat_torus", 1.45)])
def test_turning_projects_as_a_rotation_does_and_sees_its_mark_from_straight_above(space, front):
    figure = turned(space=space)
    vega = vl_convert.vegalite_to_vega(figure.drawn())
    formulas = {t["as"]: t["expr"] for d in vega["data"] for t in d.get("transform", []) if t["type"] == "formula"}
    a, b = math.radians(50), math.radians(20)
    names = {"PI": math.pi, "cos": math.cos, "sin": math.sin, "around": 50, "up": 20}

    def seen(x, y, z):
        place = type("Datum", (), {"x": x, "y": y, "z": z})
        return [eval(formulas[k], names | {"datum": place}) for k in ("u", "v", "depth")]

    for row in points().itertuples():
        u, v, depth = seen(row.x, row.y, row.z)
        assert u == pytest.approx(row.y * math.cos(a) - row.x * math.sin(a))
        near = row.x * math.cos(a) + row.y * math.sin(a)
        assert v == pytest.approx(row.z * math.cos(b) - near * math.sin(b))
        assert u * u + v * v + depth * depth == pytest.approx(1)
    (mark,) = next(d["values"] for d in vega["data"] if d["name"] == "mark")
    u, v, depth = seen(**mark)
    expected = (0, 0, 1) if space == "sphere2" else (0, -math.sin(b), 0.45 + math.cos(b))
    assert (u, v, depth) == pytest.approx(expected, abs=1e-9)


def test_turning_draws_its_first_picture_and_refuses_others():
    figure = turned(picture=[1.0, 0.0, 0.25, 0.5], tables={"decode0.weight": np.ones((3, 2), np.float16)})
    held = figure.spec["concat"][1]["data"]["values"]
    assert [(c["x"], c["y"], c["ink"]) for c in held] == [(0, 1, 1), (0.5, 1, 0), (0, 0.5, 0.25), (0.5, 0.5, 0.5)]
    assert '"space":"sphere2"' in figure.html() and '"half":' in figure.html()
    with pytest.raises(FigureError, match="picture: 5 pixels; expected a square number"):
        turned(picture=[0.0] * 5)
    with pytest.raises(FigureError, match="turning: space is 'torus'; expected one of sphere2, flat_torus"):
        turned(space="torus")
    with pytest.raises(FigureError, match="no column 'label'"):
        turned(points().drop(columns="label"))


def test_a_hand_has_the_code_of_each_net_on_its_path():
    codes = pd.DataFrame({"net": ["one"] * 4 + ["line"] * 4, "degrees": [0, 90, 180, 270] * 2,
                          "x": [1, 0, -1, 0, 0, 90, 180, 270], "y": [0, 1, 0, -1, 0.5, 1, 2, 1]})  # fmt: skip
    spaces = {"one": "sphere1", "line": "euclidean1"}
    pictures = {name: [0.5] * 4 for name in ("hand", *spaces)}
    figure = figures.clock_hand(codes, pictures, at=90, spaces=spaces, net="n", tables={})
    held, paths = figure.spec["datasets"], [view["concat"][0] for view in figure.spec["concat"][1:]]
    assert [len(held[path["layer"][0]["data"]["name"]]) for path in paths] == [5, 4]  # a loop comes home
    first = [path["layer"][2]["data"] for path in paths]
    assert first == [{"name": f"code{i}", "values": [v]} for i, v in enumerate(({"x": 0, "y": 1}, {"x": 90, "y": 1}))]
    with pytest.raises(FigureError, match="clock_hand: plane has no codes; expected some of each net"):
        figures.clock_hand(codes, pictures, at=90, spaces={"plane": "euclidean2"}, net="n", tables={})


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
