"""Every chart on made-up frames: valid, small, described, the same bytes twice; and clear about what it lacks."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from circles import figures
from circles.figures import FigureError, grokking
from circles.figures.axes import decades, log_scale, power_axis
from circles.figures.frames import require, short, thin

P, KEYS = 113, [14, 35, 41, 42, 52]


def _phases(seeds: int = 5) -> pd.DataFrame:
    edges = [0, 1400, 9400, 14000]
    names = ["memorisation", "circuit formation", "cleanup"]
    rows = [
        (s, n, edges[i] * (1 + s / 20), edges[i + 1] * (1 + s / 20)) for s in range(seeds) for i, n in enumerate(names)
    ]
    return pd.DataFrame(rows, columns=["seed", "phase", "start", "end"])


def _fall(epoch: np.ndarray, middle: float, start: float, end: float) -> np.ndarray:
    share = 1 / (1 + np.exp(-(epoch - middle) / 600))
    return 10 ** (np.log10(start) * (1 - share) + np.log10(end) * share)


def _training_curves() -> figures.Figure:
    epoch = np.linspace(0, 20000, 101).astype(int)
    parts = [
        pd.DataFrame(
            {
                "seed": s,
                "epoch": epoch,
                "split": split,
                "loss": _fall(epoch, m * (1 + s / 20), 5, end),
                "accuracy": 1 / (1 + np.exp(-(epoch - m * (1 + s / 20)) / 300)),
            }
        )
        for s in range(5)
        for split, m, end in (("train", 700, 3e-8), ("test", 9000, 3e-7))
    ]
    return grokking.training_curves(pd.concat(parts), _phases())


def _bands(net: str, generator: np.random.Generator) -> pd.DataFrame:
    k = np.repeat(np.arange(1, 57), 2)
    norm = generator.uniform(0.02, 0.1, k.size) + np.isin(k, KEYS) * generator.uniform(1, 2, k.size)
    return pd.DataFrame({"frequency": k, "norm": norm, "kind": ["cos", "sin"] * 56, "net": net})


def _spectrum() -> figures.Figure:
    return grokking.spectrum(_bands("trained", np.random.default_rng(0)), key=KEYS)


def _singular_values() -> figures.Figure:
    value = np.r_[np.linspace(30, 10, 10), 0.05 * 0.97 ** np.arange(103)]
    return grokking.singular_values(
        pd.DataFrame({"index": np.arange(1, 114), "value": value, "net": "trained"}), rank=10
    )


def _direction_fit() -> figures.Figure:
    generator = np.random.default_rng(1)
    fits = pd.DataFrame(
        [(k, part, generator.uniform(0.93, 0.99)) for k in KEYS for part in ("cos", "sin")],
        columns=["frequency", "part", "fve"],
    )
    return grokking.direction_fit(fits)


def _logits_fit() -> figures.Figure:
    k = np.arange(1, 57)
    alpha = np.where(np.isin(k, KEYS), 30 + k / 3, 0.3)
    return grokking.logits_fit(pd.DataFrame({"frequency": k, "alpha": alpha, "key": np.isin(k, KEYS)}), fve=0.953)


def _neuron_clusters() -> figures.Figure:
    generator = np.random.default_rng(3)
    fve = np.r_[generator.beta(30, 2, 433), generator.uniform(0.2, 0.85, 79)]
    frequency = generator.choice(KEYS, size=512, p=[0.1, 0.2, 0.35, 0.2, 0.15])
    return grokking.neuron_clusters(pd.DataFrame({"neuron": np.arange(512), "frequency": frequency, "fve": fve}))


def _attention_heads() -> figures.Figure:
    a = np.arange(P)
    heads = pd.DataFrame({"head": range(4), "frequency": [35, 42, 52, 42], "fve": [0.9903, 0.9849, 0.9907, 0.9791]})
    fitted = [0.5 + 0.3 * np.cos(2 * np.pi * k * a / P) for k in heads["frequency"]]
    noise = np.random.default_rng(4).normal(0, 0.02, (4, P))
    pattern = pd.concat(
        [pd.DataFrame({"head": h, "a": a, "attention": f + noise[h], "fitted": f}) for h, f in enumerate(fitted)]
    )
    return grokking.attention_heads(heads, pattern)


def _ablation_table() -> figures.Figure:
    rows = [
        ("as trained", 2.4e-7),
        ("neurons replaced by their polynomials", 2.5e-7),
        ("only cos and sin of w_k(a+b) kept", 5.5e-8),
        ("constant and 8 components a frequency kept", 7.2e-8),
        ("onto the 10 directions of W_L", 1.2e-7),
        ("onto the null space of W_L", 5.27),
        ("without frequency 14", 2e-4),
        ("without frequency 52", None),
    ]
    return grokking.ablation_table(
        pd.DataFrame(
            [(name, s, (paper or 1e-2) * (1 + 0.3 * s), paper) for name, paper in rows for s in range(3)],
            columns=["ablation", "seed", "ours", "paper"],
        )
    )


def _progress_measures() -> figures.Figure:
    epoch = np.linspace(0, 20000, 81).astype(int)
    curves = {
        ("loss (nats)", "train"): _fall(epoch, 700, 5, 3e-8),
        ("loss (nats)", "test"): _fall(epoch, 9000, 20, 3e-7),
        ("loss (nats)", "restricted"): _fall(epoch, 6000, 5, 1e-7),
        ("loss (nats)", "excluded"): 1e-3 + epoch / 4000,
        ("Gini coefficient", "W_E"): epoch / 25000,
        ("Gini coefficient", "W_L"): epoch / 22000,
        ("sum of squared weights", "all weights"): 5000 - epoch / 5,
    }
    curves |= {("excluded loss (nats)", f"k = {k}"): _fall(epoch, 3000, 1e-3, k / 10) for k in KEYS}
    frame = pd.concat(
        [
            pd.DataFrame({"seed": s, "epoch": epoch, "panel": panel, "measure": measure, "value": value * (1 + s / 10)})
            for s in range(5)
            for (panel, measure), value in curves.items()
        ]
    )
    return grokking.progress_measures(frame, _phases())


def _slider() -> figures.Figure:
    generator = np.random.default_rng(5)
    epochs = np.unique(np.r_[np.arange(0, 2000, 200), np.linspace(2000, 15000, 30).astype(int)])
    token, k = np.arange(P), np.arange(1, 57)
    noise = {f: generator.normal(0, 0.12, (2, P)) for f in KEYS}
    circle, spectrum = [], []
    for e in epochs:
        grown = 1 / (1 + np.exp(-(e - 6000) / 1200))
        for f in KEYS:
            w = 2 * np.pi * f * token / P
            circle.append(
                pd.DataFrame(
                    {
                        "epoch": e,
                        "token": token,
                        "frequency": f,
                        "x": grown * np.cos(w) + (1.05 - grown) * noise[f][0],
                        "y": grown * np.sin(w) + (1.05 - grown) * noise[f][1],
                    }
                )
            )
        spectrum.append(
            pd.DataFrame({"epoch": e, "frequency": k, "norm": (1.02 - grown) * 0.4 + grown * 7 * np.isin(k, KEYS)})
        )
    at = np.linspace(0, 15000, 101)
    losses = pd.concat(
        [
            pd.DataFrame({"epoch": at, "measure": m, "value": _fall(at, mid, 5, end)})
            for m, mid, end in (("train", 700, 3e-8), ("test", 9000, 3e-7), ("restricted", 6000, 1e-7))
        ]
    )
    return grokking.slider(pd.concat(spectrum), pd.concat(circle), losses)


def _sweep() -> figures.Figure:
    rows = [
        (f / 10, s, None if f < 3 else 12000 / f + 300 * s, 40000, 0.1 if f < 3 else 1.0)
        for f in range(1, 10)
        for s in range(3)
    ]
    return grokking.sweep(
        pd.DataFrame(rows, columns=["fraction", "seed", "epochs_to_grok", "budget", "final_test_accuracy"]),
        over="fraction",
    )


def _step_time() -> figures.Figure:
    rows = [
        (e, 28 if flush else 28 + 77 * min(1, e / 5000), flush) for flush in (True, False) for e in range(0, 8000, 500)
    ]
    return grokking.step_time(pd.DataFrame(rows, columns=["epoch", "milliseconds", "flushing"]))


def _dots() -> figures.Figure:
    rows = [(row, seed, base + seed / 10) for row, base in (("one way", 4.4), ("the other", 4.9)) for seed in range(3)]
    frame = pd.DataFrame(rows, columns=["row", "seed", "value"])
    return grokking.dots(frame, unit="loss (nats)", rule=4.7, means="guessing", caption="Two rows.")


CHARTS = {
    "training_curves": _training_curves,
    "spectrum": _spectrum,
    "singular_values": _singular_values,
    "direction_fit": _direction_fit,
    "logits_fit": _logits_fit,
    "neuron_clusters": _neuron_clusters,
    "attention_heads": _attention_heads,
    "ablation_table": _ablation_table,
    "progress_measures": _progress_measures,
    "slider": _slider,
    "sweep": _sweep,
    "step_time": _step_time,
    "dots": _dots,
    "clock": lambda: figures.clock(12, 1),
}


@pytest.mark.parametrize("name", CHARTS)
def test_a_figure_is_valid_small_described_and_the_same_twice(name):
    figure, again = CHARTS[name](), CHARTS[name]()
    page = figure.html()  # `spec` inside validates against the schema of Vega-Lite
    assert json.dumps(figure.spec) == json.dumps(again.spec)
    assert len(json.dumps(figure.spec)) < 300_000 and len(figure.picture) < 60_000
    assert "config" not in figure.spec and {"light", "dark"} <= figure.spec["usermeta"].keys()
    assert len(figure.alt) > 40 and "nan" not in figure.alt.lower().split() and figure.caption.strip()
    assert page.startswith('<figure class="circles-figure"><div class="circles-chart" role="img" aria-label="')
    assert page.count("</script>") == 1 and page.endswith("</figcaption></figure>")
    inside = re.search(r'class="circles-spec">(.*)</script>', page, re.S).group(1)
    assert json.loads(inside) == figure.spec


def test_the_picture_has_the_same_bytes_twice():
    assert figures.clock().html() == figures.clock().html()


def test_a_missing_column_is_named_in_one_line():
    with pytest.raises(FigureError) as caught:
        grokking.step_time(pd.DataFrame({"epoch": [1], "ms": [2.0]}))
    assert str(caught.value) == (
        "step_time: the frame has no column 'milliseconds', 'flushing'; expected epoch, milliseconds, flushing, got epoch, ms"
    )


def test_an_empty_frame_is_refused():
    with pytest.raises(FigureError, match="probe: the frame has no rows; expected at least one"):
        require(pd.DataFrame({"x": []}), "probe", "x")


def test_a_chart_over_the_limit_is_refused():
    size = 40_000
    frame = pd.DataFrame(
        {"epoch": range(size), "milliseconds": np.random.default_rng(0).random(size), "flushing": True}
    )
    with pytest.raises(FigureError, match="expected at most 300000; thin the frame"):
        _ = grokking.step_time(frame).spec
    assert len(grokking.step_time(thin(frame, most=100)).spec) > 0


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: figures.clock(2), "p=2; expected at least 3"),
        (lambda: figures.clock(12, 7), "frequency=7; expected 1 to 6"),
        (lambda: grokking.sweep(pd.DataFrame({"lr": [1]}), over="lr"), "over='lr'; expected one of fraction"),
    ],
)
def test_a_wrong_argument_is_named(make, message):
    with pytest.raises(FigureError, match=message):
        make()


def test_numbers_keep_four_digits_and_names_keep_all():
    assert short(0.123456) == 0.1235 and short(123456) == 123456 and short(float("nan")) is None
    assert short(True) is True and short("14") == "14"


def test_decades_are_few():
    assert decades([2e-8, 5]) == [1e-8, 1e-6, 1e-4, 1e-2, 1.0]


def test_the_seed_shown_first_has_phases():
    epoch = np.arange(0, 1000, 100)
    rows = [
        pd.DataFrame({"seed": s, "epoch": epoch, "panel": "loss (nats)", "measure": "test", "value": 1.0 + s})
        for s in (0, 1)
    ]
    figure = grokking.progress_measures(pd.concat(rows), _phases(2).query("seed == 1"))
    assert [p["value"] for p in figure.spec["params"] if p["name"] == "seed"] == [1]
    assert "At the last epoch of seed 1: test 2." in figure.alt


@pytest.mark.parametrize(
    ("values", "names"),
    [
        ([0.06, 20], ["10⁻¹", "10⁰", "10¹"]),
        ([1e-7, 100], ["10⁻⁶", "10⁻⁴", "10⁻²", "10⁰", "10²"]),
        ([0.3, 0.8], ["0.5", "1"]),
        ([12, 48], ["10", "20", "50"]),
        ([3.0, 3.0], ["3"]),
        ([0.0, float("nan"), 0.02, 0.04], ["0.02", "0.05"]),
        ([], ["0.1", "0.2", "0.5", "1"]),
    ],
)
def test_ticks_lie_inside_the_scale_and_each_has_its_name(values, names):
    """A clamped scale draws a tick beyond its end at the end, beside a wrong place."""
    axis = power_axis(values, "loss").to_dict()
    low, high = log_scale(values).domain
    assert all(low <= tick <= high for tick in axis["values"])
    table = dict(re.findall("'([^']*)':'([^']*)'", axis["labelExpr"]))
    assert [table[f"{tick:.0e}".replace("e+0", "e+").replace("e-0", "e-")] for tick in axis["values"]] == names
