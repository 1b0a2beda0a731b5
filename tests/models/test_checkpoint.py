"""Anyone's checkpoint: the authors' naming gives our logits, and no file ends in a traceback."""

import json
import math
import pickle

import pytest
import safetensors.torch
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circles.analysis.checkpoint_report import report
from circles.analysis.checkpoint_text import render
from circles.foundations.errors import CheckpointError, CirclesError, ConfigError
from circles.models import modular
from circles.models.foreign.load import load, told

P, D, HEADS, M = 7, 8, 2, 12
SPEC = modular.ModularSpec(p=P, d_model=D, n_heads=HEADS, d_mlp=M)
ALL = torch.arange(P * P).unsqueeze(0)


def authors_state(seed=0):
    """Random weights in the shapes and names of the released runs."""
    g = torch.Generator().manual_seed(seed)
    shapes = {
        "embed.W_E": (D, P + 1), "pos_embed.W_pos": (3, D),
        "blocks.0.attn.W_K": (HEADS, D // HEADS, D), "blocks.0.attn.W_Q": (HEADS, D // HEADS, D),
        "blocks.0.attn.W_V": (HEADS, D // HEADS, D), "blocks.0.attn.W_O": (D, D),
        "blocks.0.mlp.W_in": (M, D), "blocks.0.mlp.b_in": (M,), "blocks.0.mlp.W_out": (D, M),
        "blocks.0.mlp.b_out": (D,), "unembed.W_U": (D, P + 1),
    }  # fmt: skip
    return {name: torch.randn(*shape, generator=g) * D**-0.5 for name, shape in shapes.items()}


def authors_forward(state, share=1.0, act=torch.relu):
    """The released model written out plainly for all pairs: three tokens, p logits at ``=``.

    ``share`` is the attn_coeff of Zhong et al. 2023: that much of softmax, and ones for the rest.
    """
    w = {name: x.double() for name, x in state.items()}
    a, b = ALL[0] // P, ALL[0] % P
    tokens = torch.stack([a, b, torch.full_like(a, P)], 1)
    x = w["embed.W_E"].T[tokens] + w["pos_embed.W_pos"]
    q, k, v = (torch.einsum("ihd,npd->niph", w[f"blocks.0.attn.W_{n}"], x) for n in "QKV")
    scores = torch.einsum("niph,niqh->niqp", k, q) / math.sqrt(D // HEADS)
    scores = scores.masked_fill(torch.ones(3, 3).triu(1).bool(), -1e10)
    z = torch.einsum("niph,niqp->niqh", v, share * scores.softmax(-1) + 1 - share)
    x = x + torch.einsum("df,nqf->nqd", w["blocks.0.attn.W_O"], z.transpose(1, 2).flatten(2))
    h = act(torch.einsum("md,npd->npm", w["blocks.0.mlp.W_in"], x) + w["blocks.0.mlp.b_in"])
    x = x + torch.einsum("dm,npm->npd", w["blocks.0.mlp.W_out"], h) + w["blocks.0.mlp.b_out"]
    return (x @ w["unembed.W_U"])[:, -1, :-1]


def our_net(seed=0):
    return modular.initial(SPEC, [seed])


@pytest.fixture
def ours(tmp_path):
    path = tmp_path / "net.safetensors"
    safetensors.torch.save_file(our_net(), path)
    return path


def save(path, state):
    torch.save(state, path)
    return path


@pytest.mark.parametrize("under_model", [False, True])
def test_the_authors_naming_gives_the_authors_logits(tmp_path, under_model):
    state = authors_state()
    path = save(tmp_path / "run.pth", {"model": state, "epoch": 3} if under_model else state)
    meaning = load(path, told=told(operation="a + b", activation="relu", attention=1.0)).meaning
    assert (meaning.p, meaning.net.wiring.heads) == (P, HEADS)
    tokens = meaning.order.tokens(ALL[0] // P, ALL[0] % P)
    logits = meaning.net.to(torch.float64).over(tokens)["logits"][:, :P]
    assert (logits - authors_forward(state)).abs().max() < 1e-12


@pytest.mark.parametrize(("said", "act"), [("ReLU", torch.relu), ("GeLU", torch.nn.functional.gelu)])
@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_attention_and_activation_that_a_file_s_config_names_are_computed(tmp_path, share, said, act):
    state = authors_state()
    config = {"attn_coeff": share, "fn_name": "subtract", "act_type": said}
    meaning = load(save(tmp_path / "run.pth", {"model": state, "config": config})).meaning
    assert meaning.operation == "a - b"
    tokens = meaning.order.tokens(ALL[0] // P, ALL[0] % P)
    logits = meaning.net.to(torch.float64).over(tokens)["logits"][:, :P]
    assert (logits - authors_forward(state, share, act)).abs().max() < 1e-12


def test_the_column_of_equals_counts_in_the_sum_of_squares(tmp_path):
    """The authors sum over all weights, and W_U has a class for ``=`` that no answer uses."""
    state = authors_state()
    found = report(save(tmp_path / "run.pth", state))
    assert found["sum_of_squares"] == pytest.approx(sum(w.double().square().sum().item() for w in state.values()))


@pytest.mark.parametrize("replicated", [True, False])
@pytest.mark.parametrize("positions", [True, False])
def test_ours_gives_our_logits(tmp_path, replicated, positions):
    spec = modular.ModularSpec(p=P, d_model=D, n_heads=HEADS, d_mlp=M, positions=positions)
    net, path = modular.initial(spec, [0]), tmp_path / "net.safetensors"
    safetensors.torch.save_file({k: (w if replicated else w[0].contiguous()) for k, w in net.items()}, path)
    meaning = load(path).meaning
    ours = modular.forward({k: w.double() for k, w in net.items()}, ALL // P, ALL % P, spec)[0]
    found = meaning.net.to(torch.float64).over(meaning.order.tokens(ALL[0] // P, ALL[0] % P))
    assert (found["logits"] - ours).abs().max() < 1e-12


class Evil:
    def __reduce__(self):
        return (print, ("this file ran code",))


def changed(**changes):
    state = authors_state()
    for name, value in changes.items():
        key = next(k for k in state if k.endswith(name))
        if value is None:
            del state[key]
        else:
            state[key] = value
    return state


def not_finite(value):
    W = torch.zeros(D, P + 1)
    W[2, 3] = value
    return changed(W_E=W)


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (not_finite(math.nan), "W_E has 1 entries that are NaN or infinite"),
        (not_finite(math.inf), "W_E has 1 entries that are NaN or infinite"),
        (changed(W_K=None), "another model, 'blocks.0.attn.W_K' is missing"),
        (authors_state() | {"blocks.1.mlp.W_in": torch.ones(1)}, "more than one layer, 'blocks.1.mlp.W_in'"),
        (authors_state() | {"blocks.0.mlp.extra": torch.ones(1)}, "another model, 'blocks.0.mlp.extra' is none of"),
        ({"layer.weight": torch.ones(2, 2)}, "it holds 'weight' and none of 'embed.W_E', 'W_E'"),
        ({}, "holds an empty dict"),
        ([1, 2], "holds a list, expected a state dict"),
        (changed(b_in=torch.ones(M + 1)), rf"b_in has shape \({M + 1},\), expected \({M},\)"),
        (changed(W_pos=torch.ones(3, 9)), r"W_pos has shape \(3, 9\), expected \(any, 8\)"),
        (changed(W_Q=torch.ones(D, D)), r"blocks.0.attn.W_Q has shape \(8, 8\), expected 3 axes"),
        (changed(W_O=torch.ones(D, 6)), r"W_O has shape \(6, 8\), expected \(8, 8\)"),
        (changed(W_U=torch.ones(D, 2)), "p is 2, expected 3 to 500"),
        (changed(W_E=[1.0]), "'embed.W_E' is a list, expected a tensor"),
        (changed(W_E=torch.ones(D, P + 1).long()), "tensor of torch.int64 .*, expected dense real numbers"),
        (changed(W_E=torch.ones(D, P + 1).to_sparse()), "expected dense real numbers"),
        (changed(b_in=torch.ones(1).expand(10**9)), "'blocks.0.mlp.b_in' has 1000000000 entries, expected at most"),
        (changed(b_in=torch.ones(1).expand(M)), "'blocks.0.mlp.b_in' claims 12 entries and holds 1, expected"),
        (changed(W_E=torch.ones(D, 3), W_U=torch.ones(D, 3)), "p is 2, expected 3 to 500"),
        (changed(W_E=torch.ones(D, 900), W_U=torch.ones(D, 900)), "p is 899, expected 3 to 500"),
        ({"model": Evil()}, "refused, its pickle holds an object, print, and to make it would run code"),
    ],
)  # fmt: skip
def test_refusals_of_pickles(tmp_path, capsys, state, message):
    path = save(tmp_path / "run.pth", state)
    with pytest.raises(CheckpointError, match=message) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    assert "ran code" not in capsys.readouterr().out


@pytest.mark.parametrize("protocol", range(6))
def test_a_plain_pickle_that_would_run_code(tmp_path, capsys, protocol):
    path = tmp_path / "run.pth"
    path.write_bytes(pickle.dumps({"embed.W_E": Evil()}, protocol))
    with pytest.raises(CheckpointError, match="refused, .* would run code"):
        load(path)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"extra": torch.ones(1)}, "another model, 'extra' is none of its weights"),
        ({"W_E": torch.ones(2, P + 1, D)}, "W_E holds 2 nets, expected 1"),
        ({"W_E": torch.ones(P + 1)}, r"W_E has shape \(8,\), expected 2 axes"),
        ({"W_in": torch.ones(1, D + 1, M)}, r"W_in has shape \(9, 12\), expected \(8, 12\)"),
        ({"W_Q": torch.ones(1, 3, D, 4)}, "W_K has 2 heads, expected 3 as W_Q has"),
    ],
)
def test_refusals_of_our_own_naming(tmp_path, change, message):
    path = tmp_path / "net.safetensors"
    safetensors.torch.save_file(our_net() | change, path)
    with pytest.raises(CheckpointError, match=message):
        load(path)


def test_refusals_of_paths(tmp_path):
    with pytest.raises(CheckpointError, match="nowhere.pth: no such file"):
        load(tmp_path / "nowhere.pth")
    with pytest.raises(CheckpointError, match="a folder, expected a file"):
        load(tmp_path)
    with pytest.raises(CheckpointError, match="cannot read .File name too long."):
        load(tmp_path / ("x" * 5000))
    with pytest.raises(CheckpointError, match="cannot read .embedded null byte."):
        load(str(tmp_path) + "/a\0b")


def test_finite_weights_whose_logits_are_not(tmp_path):
    path = save(tmp_path / "run.pth", {k: w.double() * 1e60 for k, w in authors_state().items()})
    with pytest.raises(CheckpointError, match="the weights are finite but .* is not, or is beyond 1e100"):
        report(path)


fuzz = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(path):
    """A valid report, or one line."""
    try:
        found = report(path)
    except CirclesError as error:
        assert "\n" not in str(error)
        return
    json.dumps(found, allow_nan=False)
    render(found)


@pytest.mark.parametrize("kind", ["ours", "authors"])
@fuzz
@given(data=st.data())
def test_truncated_or_flipped_files_never_crash(tmp_path, kind, data):
    if kind == "ours":
        path = tmp_path / "net.safetensors"
        content = safetensors.torch.save(our_net())
    else:
        path = save(tmp_path / "run.pth", authors_state())
        content = path.read_bytes()
    if data.draw(st.booleans()):
        path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
        kinds = "damaged|is an empty file|is a text file that begins|is of no kind known here"
        with pytest.raises(CheckpointError, match=kinds):
            report(path)
        return
    damaged = bytearray(content)
    # half of the flips go to the first kilobyte, where the structure is
    where = st.integers(0, 1023) | st.integers(0, len(content) - 1)
    for position in data.draw(st.lists(where, min_size=1, max_size=4)):
        damaged[position % len(damaged)] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(damaged))
    survives(path)


def test_report_of_a_random_net(ours):
    found = report(ours, fraction=0.5, seed=1)
    json.dumps(found, allow_nan=False)
    acts = modular.activations({k: w.double() for k, w in our_net().items()}, SPEC)
    answer = ((ALL // P + ALL % P) % P)[0]
    reference = torch.nn.functional.cross_entropy(acts["logits"][0], answer).item()
    assert abs(found["loss"] - reference) < 1e-12
    train, test = found["split"]["train"], found["split"]["test"]
    mean = (train["loss"] * train["pairs"] + test["loss"] * test["pairs"]) / (P * P)
    assert abs(mean - reference) < 1e-12
    text = render(found)
    for words in ("all 49 pairs", "key frequencies, W_E", "neurons over 85%", "logits explained", "Gini"):
        assert words in text


def test_report_of_zeros_says_undefined(tmp_path):
    path = save(tmp_path / "run.pth", {k: torch.zeros_like(w) for k, w in authors_state().items()})
    found = report(path)
    assert found["gini"] == {"W_E": None, "W_L": None}
    assert abs(found["loss"] - math.log(P)) < 1e-12
    assert "W_E undefined" in render(found)


def test_a_split_needs_both_numbers(ours):
    with pytest.raises(ConfigError, match="only fraction is given, expected fraction and seed together"):
        report(ours, fraction=0.3)
    with pytest.raises(ConfigError, match="only seed is given"):
        report(ours, seed=3)


@pytest.mark.parametrize("fraction", [math.nan, math.inf, -math.inf, 1e308, -0.1, 0.0, 1.0])
def test_a_fraction_that_is_none_is_named(ours, fraction):
    with pytest.raises(ConfigError, match=r"^fraction is \S+, expected a number between 0 and 1$"):
        report(ours, fraction=fraction, seed=0)


@pytest.mark.parametrize("wide", ["W_E", "W_U", "b_in"])
def test_one_wide_weight_makes_all_wide(tmp_path, wide):
    net = our_net()
    safetensors.torch.save_file(net | {wide: net[wide].double()}, tmp_path / "net.safetensors")
    weights = load(tmp_path / "net.safetensors").meaning.net.weights
    assert {w.dtype for w in weights.values()} == {torch.float64}
    assert torch.equal(weights["W_in"], net["W_in"][0].double())
