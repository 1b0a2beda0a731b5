"""Words of captions that depend on data are held against the data that the figure carries.

A caption that says "falls", "sooner", "five seeds" has a row in HELD: what of it must be so. What only defines a
mark or an axis stands in DEFINED. A caption with such a word and no row fails, so a new one cannot say more than its
figure shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from circles.book.drawn import Drawn, drawn

ROOT = Path(__file__).parents[2]
NUMBERS = {"one": 1, "two": 2, "three": 3, "five": 5, "ten": 10}
MANY = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|\d+)"
COUNTED = rf"\b{MANY} (?:\w+ )?(?:seeds?|draws?|nets|starts|spaces|lengths|points|others)\b"
WORDS = re.compile(
    rf"{COUNTED}|\d+%|\b(?:falls?|fades?|rises?|grows?|shrinks?|spreads?|stands? still|sooner|later|faster|slower|"
    r"smoother|larger|smaller|largest|smallest|nearly|leaves? nothing|stays?|crosses|lies? on|off on|lasts|"
    r"large at|end otherwise|nothing over)\b",
    re.IGNORECASE,
)
DEFINED = (  # what a mark, an axis or a rule is
    "crosses did not within their budget", "the largest logit", "largest differences", "The largest error against D",
    "the largest by chance, 95%", "Above the dashed line a loop lasts",
    "the rule stands at 85%",
)  # fmt: skip
Rows = list[dict[str, Any]]


def data(spec: dict) -> Iterator[Rows]:
    """All inlined data of a specification, in the order of its views."""

    def found(node: Any) -> Iterator[Rows]:
        if isinstance(node, dict):
            of = node.get("data") or {}
            values = of.get("values") or spec.get("datasets", {}).get(of.get("name"))
            if isinstance(values, list) and values:
                yield values
            for name, inner in node.items():
                if name not in ("data", "datasets", "usermeta"):
                    yield from found(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from found(inner)

    yield from found(spec)


def with_columns(figure: Drawn, *names: str) -> list[Rows]:
    found = [rows for rows in data(figure.spec) if set(names) <= set(rows[0])]
    assert found, f"{figure.key}: no data with {names}"
    return found


def distinct(figure: Drawn, name: str) -> int:
    return len({row[name] for rows in with_columns(figure, name) for row in rows})


def first_crossing(row: dict, value: float) -> float:
    return next(epoch for epoch, x in zip(row["epoch"], row["value"], strict=True) if x >= value)


def sooner(figure: Drawn) -> None:
    accuracies = [
        row for rows in with_columns(figure, "measure", "epoch", "value") for row in rows
        if row["measure"] == "test" and max(row["value"]) <= 1
    ]  # fmt: skip
    full, *quantised = [first_crossing(row, 0.99) for row in accuracies]
    assert len(quantised) == 2 and max(quantised) < full


def still(figure: Drawn) -> None:
    measures = [row for rows in with_columns(figure, "measure", "value") for row in rows]
    sums = [row["value"] for row in measures if row["measure"] == "sum of squares"]
    assert len(sums) == 3
    moved = [max(values) / min(values) for values in sums]
    assert moved[1] < 1.005 and min(moved[0], moved[2]) > 1.5  # the middle one is the binary net


def at_one(figure: Drawn) -> None:
    """The sum of all waves has one peak, at the answer; the largest waves have several as high."""
    (sums, *_), ((answer,), *_) = with_columns(figure, "waves", "value"), with_columns(figure, "at")
    whole = np.array(max(sums, key=lambda row: row["waves"])["value"])
    assert int(whole.argmax()) == answer["at"]
    periods = [row["period"] for row in with_columns(figure, "rank", "period")[0]]
    assert sum(len(whole) / period >= 2 for period in periods) > len(periods) / 2


def leaves_nothing(figure: Drawn) -> None:
    (sums,) = with_columns(figure, "kept", "value")
    whole = np.array(max(sums, key=lambda row: row["kept"])["value"])
    assert np.isin(whole.round(3), [0.0, 1.0]).all()  # the step function itself


def nearly_diagonal(figure: Drawn) -> None:
    (pictures,) = with_columns(figure, "picture", "v")
    among_waves = np.array(pictures[1]["v"], dtype=float).reshape(int(len(pictures[1]["v"]) ** 0.5), -1)
    centre = np.median(among_waves)
    size = np.abs(among_waves - centre) ** 2
    near = np.abs(np.subtract.outer(np.arange(len(size)), np.arange(len(size)))) <= 1
    assert size[near].sum() > 0.99 * size.sum()


def fades(figure: Drawn) -> None:
    (left,) = with_columns(figure, "frequency", "left")
    for row in left:
        assert all(x >= y for x, y in zip(row["left"], row["left"][1:], strict=False))
    table = np.array([row["left"] for row in left])
    assert (np.diff(table, axis=0) <= 0).all()


def flattens(figure: Drawn) -> None:
    """The lowest place has a larger share of the peak from one moment to the next; on S1 as on the sphere."""
    for rows in with_columns(figure, "i", "share"):
        lowest = [min(row["share"]) for row in rows]
        assert lowest == sorted(lowest) and lowest[0] < 0.05 < lowest[-1]


def smoother(figure: Drawn) -> None:
    (cells,) = with_columns(figure, "kept", "row", "column", "value")
    side = max(cell["row"] for cell in cells) + 1
    steps = []
    for kept in range(max(cell["kept"] for cell in cells) + 1):
        values = np.array([cell["value"] for cell in cells if cell["kept"] == kept]).reshape(side, side)
        steps.append(float(np.square(values - np.roll(values, 1, axis=1)).sum()))
    # entries have three digits: what they lose may be a hundredth
    assert all(x <= 1.01 * y for x, y in zip(steps, steps[1:], strict=False))


def below_bound(figure: Drawn) -> None:
    lines = with_columns(figure, "line", "step", "middle")
    alone = [rows for rows in data(figure.spec) if set(rows[0]) == {"step", "middle"}]
    bounds = [{row["step"]: row["middle"] for row in rows} for rows in alone]
    assert len(lines) == len(bounds)
    for rows, bound in zip(lines, bounds, strict=True):
        assert all(y <= bound[t] for row in rows for t, y in zip(row["step"], row["middle"], strict=True) if t in bound)


def size_grows(figure: Drawn) -> None:
    for row in (row for rows in with_columns(figure, "solver", "size") for row in rows):
        assert row["size"] == sorted(set(row["size"])) and len(row["size"]) > 2


def lies_on(figure: Drawn) -> None:
    """A line of which the caption says that it lies on another is nowhere far from it."""
    named = re.findall(r"“([^”]+)” lies on “([^”]+)”", figure.caption)
    assert named
    lines = [rows for rows in data(figure.spec) if "middle" in rows[0] and "line" not in rows[0]]
    beside = [x + y for x, y in zip(lines, lines[1:], strict=False) if set(x[0]) == set(y[0])]  # points on lines
    for over, under in named:
        assert any(coincide(rows, over, under) for rows in [*lines, *beside]), f"{over} and {under}"


def coincide(rows: Rows, over: str, under: str) -> bool:
    """Whether two lines of one panel have the same points where both have one, to a thirtieth of its axis."""
    x = next((name for name in ("epoch", "size", "n", "t", "D", "layer") if name in rows[0]), None)
    points: dict[str, dict[float, float]] = {}
    for row in rows if x else []:
        name = next(v for k, v in row.items() if isinstance(v, str) and k != "panel")
        places, values = (np.atleast_1d(row[column]) for column in (x, "middle"))
        points.setdefault(name, {}).update(zip(places.tolist(), values.tolist(), strict=True))
    common = set(points.get(over, ())) & set(points.get(under, ()))
    reach = np.ptp([y for line in points.values() for y in line.values()]) if points else 0
    return bool(common) and all(abs(points[over][at] - points[under][at]) <= reach / 30 for at in common)


def faults(figure: Drawn) -> None:
    (spaces,) = with_columns(figure, "space", "nats")
    off = figure.caption.rpartition("off on ")[2].rstrip(".").split(", ")
    assert off == [row["space"] for row in spaces if abs(row["nats"]) > 1e-3]


def one_on_another(figure: Drawn) -> None:
    """Of two loops that last on a torus the second point is hidden: they agree to the pixels of a panel."""
    hidden = 0
    for rows in with_columns(figure, "birth", "death", "kind"):
        lasting = sorted((row["birth"], row["death"]) for row in rows if row["kind"] == "lasts")
        reach = max(row["death"] for row in rows)
        hidden += len(lasting) == 2 and max(abs(x - y) for x, y in zip(*lasting, strict=True)) < 0.02 * reach
    assert hidden == 1


def ended_otherwise(figure: Drawn) -> None:
    said = int(re.search(r"(\d+)%", figure.caption)[1])  # type: ignore[index]
    (moments,) = with_columns(figure, "i", "used")
    first, last = (np.array(row["used"]) for row in (moments[0], moments[-1]))
    assert round(100 * float((first != last).mean())) == said


def bits(figure: Drawn) -> None:
    rows = [row for rows in with_columns(figure, "bits", "seed") for row in rows]
    seeds = {b: {row["seed"] for row in rows if round(row["bits"], 2) == b} for b in (1, 1.58, 32, 2, 4, 8)}
    many = {b: len(found) for b, found in seeds.items()}
    assert list(many.values()) == [5, 5, 5, 1, 1, 1]


def count(name: str) -> Callable[[Drawn, str], None]:
    """The number that the caption gives is that of the distinct values of a column."""

    def check(figure: Drawn, said: str) -> None:
        word = said.split()[0].lower()
        assert distinct(figure, name) == NUMBERS.get(word) or distinct(figure, name) == int(word)

    return check


def panels(figure: Drawn, said: str) -> None:
    """As many sets of panels as the caption says: the titles that the nets have."""
    nets = set(re.findall(r"full precision|ternary|binary", str(figure.spec).lower()))
    assert len(nets) == NUMBERS[said.split()[0].lower()]


def lengths(figure: Drawn, said: str) -> None:
    names = [row["row"] for rows in with_columns(figure, "row", "value") for row in rows]
    assert len({re.search(r"[\d,]+ steps", name)[0] for name in names}) == NUMBERS[said.split()[0]]


def starts(figure: Drawn, said: str) -> None:
    found = {row["net"].rpartition(", ")[2] for rows in with_columns(figure, "net") for row in rows}
    assert len(found) == NUMBERS[said.split()[0]]


# (the caption holds this, the word that it is about, what must be so)
HELD: tuple[tuple[str, str, Callable], ...] = (
    ("Add wave after wave", "leaves nothing", leaves_nothing),
    ("the same matrix among waves", "nearly", nearly_diagonal),
    ("Heat spreads from a narrow bump: frequency k", "spreads|fades", fades),
    ("heat spreads from one point", "spreads", flattens),
    ("their sum at one", "large at", at_one),
    ("The two quantised ones grok", "sooner", sooner),
    ("Signs have no size", "stands still", still),
    ("fewer frequencies, a", "smoother", smoother),
    ("Twin runs by step", "stays|crosses", below_bound),
    ("as one of its sizes", "grows", size_grows),
    ("lies on", "lies on", lies_on),
    ("The KL of the released code", "off on", faults),
    ("On the torus two points", "two points|lie on", one_on_another),
    ("end otherwise than they began", r"\d+%|end otherwise", ended_otherwise),
    ("Bits a weight against", "five seeds", bits),
    ("MiniLM frozen and random trained, five seeds", "five seeds", count("seed")),
    ("one thing changed at a time; three seeds", "three seeds", count("seed")),
    ("ten draws of MNIST", "ten draws", count("seed")),
    ("MNIST on ten latent spaces", "ten latent spaces", count("latent")),
    ("The same net from two starts", "two starts", starts),
    ("three nets", "three nets", panels),
    ("for two lengths of training", "two lengths", lengths),
    ("on the fitting latent space and on two others", "two others", lambda figure: None),
)


def figures() -> list[Drawn]:
    return [figure for path in sorted((ROOT / "chapters").glob("*.ipynb")) for figure in drawn(path)]


ALL = figures()


def words(caption: str) -> list[str]:
    for phrase in DEFINED:
        caption = caption.replace(phrase, "")
    return WORDS.findall(caption)


@pytest.mark.parametrize("figure", [figure for figure in ALL if words(figure.caption)], ids=lambda figure: figure.key)
def test_what_a_caption_says_of_its_data_is_so(figure):
    said = words(figure.caption)
    rows = [row for row in HELD if row[0] in figure.caption]
    for word in said:
        mine = [row for row in rows if re.fullmatch(row[1], word, re.IGNORECASE)]
        assert mine, f"{figure.key}: nothing holds {word!r} of {figure.caption!r}"
        for _, _, check in mine:
            check(figure, word) if check.__code__.co_argcount == 2 else check(figure)


@pytest.mark.parametrize("row", HELD, ids=lambda row: row[0])
def test_no_row_is_left_over(row):
    assert any(row[0] in figure.caption for figure in ALL)
