"""The charts of several nets on made-up frames: valid, described, clear about what is missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from circles.figures import FigureError
from circles.figures.beside import COLUMN, beside
from circles.figures.quantized import (
    against_controls,
    bits_against_algorithm,
    block_maps,
    latent_slider,
    logits_fit,
    matrices,
    nets_through_training,
    training_curves,
    two_weights,
    variance_histograms,
)

NETS = ("full precision", "ternary", "binary")


def draws(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def training() -> pd.DataFrame:
    epoch = np.arange(0, 10001, 200)
    return pd.concat([
        pd.DataFrame({
            "net": n, "seed": s, "epoch": epoch, "panel": panel, "value": scale * np.exp(-epoch / 900 / (i + 1)),
        })
        for i, n in enumerate(NETS) for s in range(5) for panel, scale in (("test loss (nats)", 5), ("accuracy", 1))
    ])  # fmt: skip


def variances() -> pd.DataFrame:
    return pd.DataFrame({"net": np.repeat(NETS, 512), "fve": draws().beta(8, 2, 3 * 512)})


def blocks() -> pd.DataFrame:
    a, b = (x.ravel() for x in np.meshgrid(range(57), range(57), indexing="ij"))
    norm = 1e-3 * draws().random(57 * 57) + (a == b) * np.isin(a, [14, 35])
    return pd.concat([pd.DataFrame({"net": n, "frequency_a": a, "frequency_b": b, "norm": norm}) for n in NETS])


def weights() -> pd.DataFrame:
    step = np.arange(401)
    return pd.concat([
        pd.DataFrame({"step": step, "weight": w, "change": speed * step / 400})
        for w, speed in (("inner", 1.8), ("outer", 0))
    ])  # fmt: skip


def controls() -> tuple[pd.DataFrame, pd.DataFrame]:
    observed = pd.DataFrame({"weight": ["inner", "outer"], "observed": [0.67, 0.094]})
    value = draws().normal(0.093, 0.003, 2000)
    return observed, pd.DataFrame({"weight": np.repeat(["inner", "outer"], 1000), "value": value})


def bits() -> pd.DataFrame:
    rows = [
        (b, s, panel, draws(s).random() * 10)
        for b in (1, 1.58, 2, 4, 8, 32) for s in range(5) for panel in ("epochs to grok", "frequencies")
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["bits", "seed", "panel", "value"])


def neuron(moments: int = 13, n: int = 57) -> tuple[pd.DataFrame, pd.DataFrame]:
    epochs = np.linspace(0, 3000, moments).astype(int)
    start, end = draws().normal(size=(2, 128)) * 0.1
    a, b = (2 * x.ravel() for x in np.meshgrid(range(n), range(n), indexing="ij"))
    lines = [(e, (1 - t) * start + t * end) for e, t in zip(epochs, np.linspace(0, 1, moments), strict=True)]
    weight = [
        pd.DataFrame({"epoch": e, "input": range(128), "latent": w, "used": np.where(w >= w.mean(), 1, -1)})
        for e, w in lines
    ]
    waves = [np.maximum(np.cos(0.3 * a + i / 9) + np.cos(0.3 * b), 0) for i in range(moments)]
    maps = [pd.DataFrame({"epoch": e, "a": a, "b": b, "activation": w}) for e, w in zip(epochs, waves, strict=True)]
    return pd.concat(weight), pd.concat(maps)


def curves(seed: int) -> pd.DataFrame:
    epoch = np.arange(0, 1001, 100)
    return pd.concat([
        pd.DataFrame({"seed": 0, "epoch": epoch, "split": split, "loss": np.exp(-epoch / (90 + seed)), "accuracy": 0.5})
        for split in ("train", "test")
    ])  # fmt: skip


def columns() -> dict:
    phases = pd.DataFrame({"seed": [0], "phase": ["cleanup"], "start": [0], "end": [500]})
    return {name: training_curves(curves(i), phases) for i, name in enumerate(NETS)}


def fits() -> dict:
    frame = pd.DataFrame({"frequency": range(1, 57), "alpha": draws().random(56), "key": False})
    frame.loc[13, ["alpha", "key"]] = [9.0, True]
    return {name: logits_fit(frame.assign(alpha=frame["alpha"] * (i + 1))) for i, name in enumerate(NETS)}


def pictures() -> pd.DataFrame:
    row, column = (x.ravel() for x in np.indices((3, 40)))
    return pd.concat([
        pd.DataFrame({"picture": p, "row": np.take([14, 35, 41], row), "column": column, "value": draws(i).random(120)})
        for i, p in enumerate(("trained", "shuffled"))
    ])  # fmt: skip


FIGURES = {
    "columns": lambda: beside(columns(), caption="Three nets."),
    "fits": lambda: beside(fits(), caption="Three nets.", same_y=True),
    "matrices": lambda: matrices(pictures(), rows="frequency", columns="neuron", unit="share", caption="Two."),
    "training": lambda: nets_through_training(training()),
    "variances": lambda: variance_histograms(variances()),
    "blocks": lambda: block_maps(blocks()),
    "weights": lambda: two_weights(weights()),
    "controls": lambda: against_controls(*controls(), unit="share of the energy"),
    "bits": lambda: bits_against_algorithm(bits(), caption="Bits."),
    "neuron": lambda: latent_slider(*neuron(), name="neuron 7"),
}


@pytest.fixture(scope="module", params=FIGURES)
def figure(request):
    return FIGURES[request.param]()


def test_it_draws_and_fits_the_page(figure):
    assert figure.png()[:4] == b"\x89PNG"
    assert len(figure.html()) < 300_000


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("columns", "Ternary: Curves by epoch up to 1,000 for 1 seed"),
        ("fits", "Binary: Bars of the α_k (logit) of cos(w_k(a+b-c)) in the logits. 27 at 14"),
        ("matrices", "Heat maps of share, frequency against neuron. trained: mean"),
        ("training", "accuracy, at 1e+04: full precision 1.49e-05, ternary 0.00387, binary 0.0246"),
        ("blocks", "binary: mean 0.00111, the largest 1, first in (14, 14), (35, 35)"),
        ("weights", "at 400: inner 1.8, outer 0."),
        ("controls", "inner: 0.67 against 0.0929 on average"),
        ("bits", "one dot per seed. Medians: epochs to grok: 1 "),
        ("neuron", "epoch 0 to 3,000, for neuron 7"),
    ],
)
def test_the_description_says_what_is_seen(name, words):
    assert words in FIGURES[name]().alt


def test_the_histogram_counts_every_neuron_of_every_net_once():
    frame = pd.DataFrame({"net": ["x"] * 4 + ["y"] * 2, "fve": [0.0, 0.04, 0.86, 1.0, 0.5, 0.9]})
    made = variance_histograms(frame)
    assert made.alt.endswith("Over 85%: x 50%, y 50%.")
    held = made.spec["datasets"]
    found = {
        view["title"]["text"][0]: {(v["left"], v["size"]) for v in held[view["layer"][0]["data"]["name"]]}
        for view in made.spec["concat"]
    }
    assert found == {
        "x": {(0, 0.5), (0.85, 0.25), (0.95, 0.25)}, "y": {(0.5, 0.5), (0.9, 0.5)},
    }  # fmt: skip


@pytest.mark.filterwarnings("error")
def test_columns_are_narrow_named_and_as_many_as_nets():
    made = beside(columns(), caption="x")
    assert made.columns == 3
    assert made.spec["columns"] == 1, "on a phone one below the other"
    assert [view["title"]["text"] for view in made.spec["concat"]] == list(NETS)
    assert {inner["width"] for view in made.spec["concat"] for inner in view["concat"]} == {COLUMN}
    assert "resolve" not in made.spec
    (seed,) = (param for param in made.spec["params"] if param["name"] == "seed")
    assert seed["value"] == 0 and "bind" not in seed, "a list of one seed is no choice"
    assert beside(fits(), caption="x", same_y=True).spec["resolve"]["scale"] == {"y": "shared"}


def test_putting_figures_beside_each_other_leaves_them_as_they_were():
    first = columns()
    before = {name: figure.spec for name, figure in first.items()}
    beside(first, caption="x")
    assert {
        name: type(figure)(figure.chart, figure.alt, figure.caption).spec["concat"] for name, figure in first.items()
    } == {name: spec["concat"] for name, spec in before.items()}


def test_a_matrix_is_drawn_cell_by_cell_on_one_scale():
    frame = pictures()
    made = matrices(frame, rows="r", columns="c", unit="u", caption="x").spec
    (data,) = made["datasets"].values()
    low, step = frame["value"].min(), (frame["value"].max() - frame["value"].min()) / 99
    for row in data:
        want = frame[frame["picture"] == row["picture"]]["value"].to_numpy()
        assert np.abs(low + step * np.array(row["v"]) - want).max() <= step / 2 + 1e-9


def test_the_flips_of_a_neuron_are_counted():
    weight, maps = neuron()
    epochs = [weight["epoch"].min(), weight["epoch"].max()]
    first, last = (weight[weight["epoch"] == e]["used"].to_numpy() for e in epochs)
    assert f"{(first != last).mean():.0%} of the used values differ" in latent_slider(weight, maps, name="x").alt


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: block_maps(blocks().iloc[:-1]), "heat: binary has 3248 cells; expected 57 times 57"),
        (lambda: latent_slider(*(neuron()[0], neuron(3)[1]), name="x"), "latent_slider: maps has epochs"),
        (lambda: latent_slider(neuron()[0], neuron()[1].iloc[1:], name="x"), "epoch 0 has 3248 cells; expected 3249"),
        (lambda: two_weights(weights().drop(columns="change")), "two_weights: the frame has no column 'change'"),
        (lambda: against_controls(controls()[0], controls()[1].iloc[:0], unit="x"), "against_controls: the frame"),
        (lambda: bits_against_algorithm(bits().drop(columns="bits"), caption="x"), "settings: the frame"),
        (lambda: variance_histograms(variances().drop(columns="fve")), "variance_histograms: the frame has no column"),
        (lambda: beside({}, caption="x"), "beside: there are 0 figures; expected at least one"),
        (
            lambda: matrices(pictures().iloc[:-1], rows="r", columns="c", unit="u", caption="x"),
            "heat: shuffled has 119 cells",
        ),
        (lambda: nets_through_training(training().iloc[:0]), "lines: the frame has no rows"),
    ],
)
def test_a_frame_that_cannot_be_drawn_is_refused(draw, words):
    with pytest.raises(FigureError, match=words):
        draw()
