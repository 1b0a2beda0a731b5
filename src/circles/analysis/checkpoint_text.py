"""A report of a net as lines of text, names left and values right: what was read, why so, what was found."""

from __future__ import annotations

from circles.analysis.checkpoint_report import Report

SETTINGS = {
    "p": "modulus", "operation": "operation", "order": "tokens", "heads": "heads", "activation": "activation",
    "attention": "attention", "norm": "norm", "scale": "score scale",
}  # fmt: skip


def render(found: Report) -> str:
    """The report as lines of text."""
    rows = [*_read(found), *_learnt(found)]
    width = max(len(name) for name, _ in rows)
    return "\n".join([found["file"], *(f"  {name:<{width}}  {value}" for name, value in rows)])


def _read(found: Report) -> list[tuple[str, str]]:
    """What the net is, and for each setting that its weights do not hold, where it came from."""
    shape = f"p {found['p']}, d_model {found['d_model']}, {found['heads']} heads, d_mlp {found['d_mlp']}"
    layout = found["layout"] + (f" ({found['place']})" if found["place"] else "")
    rows = [("layout", layout), ("net", shape + ("" if found["positions"] else ", no positions"))]
    values = found | {"order": found["tokens"], "scale": "its own"}
    values["attention"] = {1.0: "softmax", 0.0: "uniform"}.get(found["attention"], found["attention"])
    for key, name in SETTINGS.items():
        if key in found["reasons"]:
            rows.append((name, f"{values[key]}, {found['reasons'][key]}"))
    return rows


def _learnt(found: Report) -> list[tuple[str, str]]:
    most = (found["group"] - 1) // 2
    neurons, keys, clock = found["neurons"], found["key_frequencies"], found["clock_or_pizza"]
    rows = _loss_rows(found, f"all {found['pairs']} pairs")
    for side in ("train", "test"):
        if "split" in found:
            part = found["split"][side]
            rows += _loss_rows(part, f"{side}, {part['pairs']} pairs")
    rows += [(f"key frequencies, {rule}", _listed(chosen, most)) for rule, chosen in keys.items()]
    rows.append((f"neurons over {neurons['threshold']:.0%}", _neurons(neurons)))
    heads = [f"{h['frequency']} ({number(h['explained'], '.1%')})" for h in found["attention_heads"]]
    gini = found["gini"]
    two = [number(clock[name], ".3f") for name in ("gradient_symmetry", "distance_irrelevance")]
    rows += [
        ("clock or pizza", f"{clock['verdict']}: gradient symmetry {two[0]}, distance irrelevance {two[1]}"),
        ("attention heads", ", ".join(heads)),
        ("logits explained", number(found["logits_variance_explained"], ".2%")),
        ("loss of that fit", number(found["logits_fit_loss"], ".3e")),
        ("W_L residual", number(found["readout_residual"], ".2%")),
        ("Gini", f"W_E {number(gini['W_E'], '.3f')}, W_L {number(gini['W_L'], '.3f')}"),
        ("sum of squares", number(found["sum_of_squares"], ".1f")),
    ]
    return rows + [("note", note) for note in _notes(found, most)]


def _notes(found: Report, most: int) -> list[str]:
    notes = []
    if found["group"] != found["p"]:
        notes.append(
            f"frequencies are of the logarithms of 1 to {found['p'] - 1}, {found['group']} numbers on a circle; "
            "0 has none, and counts in loss and accuracy only"
        )
    if found["alternating_share"] is not None and found["alternating_share"] > 0.25:
        notes.append(f"W_L also has the alternating wave k = {found['group'] // 2}, which has no circle")
    if len(found["key_frequencies"]["W_L"]) > most // 2:
        # all sum waves together hold every function of a + b, so the projection itself would solve the task
        notes.append("W_L is not sparse: restricted, excluded and fit say nothing of this net")
    if found["accuracy"] is not None and found["accuracy"] < 0.9:
        notes.append(
            "under 90% right: clock or pizza, and what was tried, say little of a net that does not generalise"
        )
    if found["norm"] != "none":
        notes.append("with LayerNorm: W_L leaves out its factor, one positive number a pair")
    return notes


def _loss_rows(part: Report, where: str) -> list[tuple[str, str]]:
    loss = f"loss {number(part['loss'], '.3e')}, accuracy {number(part['accuracy'], '.2%')}"
    measures = [f"{name} {number(part[f'{name}_loss'], '.3e')}" for name in ("restricted", "excluded")]
    return [(where, f"{loss}, {', '.join(measures)}")]


def _listed(keys: list[int], most: int) -> str:
    if len(keys) > most // 2:
        return f"{len(keys)} of {most}: the spectrum is not sparse"
    return ", ".join(map(str, keys)) or "none"


def _neurons(neurons: Report) -> str:
    parts = ", ".join(f"{number} at {k}" for k, number in neurons["by_frequency"].items())
    return f"{neurons['clustered']} of {neurons['total']}" + (f": {parts}" if parts else "")


def number(value: float | None, form: str) -> str:
    """A number in this form, or a word where there is none."""
    return "undefined" if value is None else format(value, form)
