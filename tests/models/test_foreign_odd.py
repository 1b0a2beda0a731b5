"""Odd nets and odd words in strangers' files: read rightly or refused in one bounded line that no terminal obeys."""

from __future__ import annotations

import io
import struct
import time
import warnings
import zipfile

import pytest
import torch

from circles import cli
from circles.foundations.errors import CheckpointError
from circles.models import modular
from circles.models.foreign.load import load, told
from circles.models.foreign.wrapping import unwrap


def net(p=7, seed=0):
    spec = modular.ModularSpec(p=p, d_model=8, n_heads=2, d_mlp=12)
    return {name: w[0] for name, w in modular.initial(spec, [seed]).items()}


def zipped(pickled):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in (("a/data.pkl", pickled), ("a/version", b"3\n"), ("a/byteorder", b"little")):
            made.writestr(name, content)
    return buffer.getvalue()


STATE = net()
WIDE = {"W_in": torch.zeros(8, 40_000), "b_in": torch.zeros(40_000), "W_out": torch.zeros(40_000, 8)}
DEEP = {name: torch.zeros(1, 20_000, 8) if name == "W_O" else torch.zeros(1, 8, 20_000)
        for name in ("W_Q", "W_K", "W_V", "W_O")}  # fmt: skip


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"a." * 5000 + "x": torch.zeros(2, 2)}, r"is a name of 10,001 letters, expected 1,000 at most"),
        ({"_orig_mod.W_E": torch.zeros(2, 2), **STATE}, "it holds 'W_E' twice"),
        (STATE | {"W_K": STATE["W_K"].reshape(1, 8, 8)}, "W_K has 1 heads, expected 2 as W_Q has"),
        (STATE | {"W_E": torch.nested.nested_tensor([torch.zeros(3, 8), torch.zeros(5, 8)])}, "expected dense real"),
        (STATE | {"W_E": STATE["W_E"].to("meta")}, "'W_E' is on torch's device 'meta', which keeps shapes"),
        (STATE | {"W_E": STATE["W_E"].to_sparse()}, "'W_E' is a tensor .*sparse_coo.*, expected dense"),
        (STATE | {"W_E": STATE["W_E"].long()}, "'W_E' is a tensor of torch.int64"),
        (STATE | {"W_E": STATE["W_E"].to(torch.complex64)}, "'W_E' is a tensor of torch.complex64"),
        (STATE | {"W_E": STATE["W_E"][:0]}, r"W_E has shape \(0, 8\), which holds no number"),
        ({name: w[:0] for name, w in STATE.items()}, r"W_E has shape \(0, 8\), which holds no number"),
        ({f"model.q.lora_{x}.weight": torch.zeros(2, 2) for x in "AB"}, "of a LoRA adapter; merge it into its net"),
        ({"best": STATE, "last": STATE, "epoch": 3}, "holds 2 state dicts, under 'best', 'last'; expected one"),
        (STATE | WIDE, "a block of 4096 pairs by 40000 neurons or answers are 163,840,000 numbers"),
        (STATE | DEEP, "by 3 tokens by 20000 of d_model or heads"),
    ],
)
def test_what_cannot_be_read_is_named(state, message):
    with pytest.raises(CheckpointError, match=message) as caught:
        load(state)
    assert len(str(caught.value)) < 700


def test_numbers_of_four_bits_are_named():
    kind = getattr(torch, "float4_e2m1fn_x2", None)
    if kind is None:
        pytest.skip("this torch has no numbers of four bits")
    with pytest.raises(CheckpointError, match="'W_E' is a tensor of torch.float4_e2m1fn_x2"):
        load(STATE | {"W_E": torch.zeros(8, 4, dtype=torch.uint8).view(kind)})


def test_quantised_numbers_are_named_with_their_remedy():
    with warnings.catch_warnings(action="ignore"):
        few = torch.quantize_per_tensor(STATE["W_E"], 0.01, 0, torch.qint8)
    with pytest.raises(CheckpointError, match=r"'W_E' is quantised, torch.qint8, .*: dequantize\(\) gives them"):
        load(STATE | {"W_E": few})


def test_numbers_of_eight_bits_are_read_as_they_stand():
    few = {name: w.to(torch.float8_e4m3fn) for name, w in STATE.items()}
    found = load(few).meaning.net.weights
    assert torch.equal(found["W_E"], few["W_E"].float())


def test_words_of_a_file_are_one_line_that_no_terminal_obeys():
    with pytest.raises(CheckpointError) as caught:
        load({"\x1b[31m\n" * 50 + "in_proj_weight": torch.zeros(4)})
    assert str(caught.value).isprintable()
    found = load({"model_checkpoints": {"one": STATE, "\x1b[31m\n" * 50_000: STATE}})
    assert found.place.isprintable() and len(found.place) < 600


def test_a_checkpoint_is_chosen_beside_the_last_net():
    other = net(seed=1)
    held = {"model": STATE, "checkpoints": [other, STATE], "checkpoint_epochs": [0, 9]}
    assert torch.equal(unwrap(held).state["W_E"], STATE["W_E"])
    found = unwrap(held, at=0)
    assert torch.equal(found.state["W_E"], other["W_E"]) and found.place == "checkpoints: checkpoint 1 of 2, epoch 0"
    with pytest.raises(CheckpointError, match="it holds one checkpoint only"):
        unwrap({"model": STATE}, at=0)


OPTIMISER = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(2))]).state_dict()


@pytest.mark.parametrize(
    ("held", "place"),
    [
        ({"my_model": STATE}, "my_model"),
        ({"model_state": STATE, "optimizer_state": OPTIMISER, "epoch": 3}, "model_state"),
        ({"checkpoint": {"generator": STATE}, "step": 3, "config": {"p": 7}}, "checkpoint, generator"),
        ({"ema": {"shadow": STATE, "decay": 0.99}}, "ema, shadow"),
        ({"best_state_dict": STATE, "metrics": {"accuracy": torch.ones(1)}}, "best_state_dict"),
        ((STATE, {"p": 7}), "part 0"),
        ([0.1, STATE, [0.3]], "part 1"),
        ({"0": {}, "100": STATE}, "100"),
        ({"epoch_0": net(seed=1), "epoch_100": STATE}, "checkpoint 2 of 2, epoch 100"),
        ({"0": {"model": net(seed=1)}, "7.5": {"model": STATE}}, "checkpoint 2 of 2, epoch 7.5, model"),
        ({"n_averaged": torch.tensor(3), **{f"module.{name}": w for name, w in STATE.items()}}, ""),
    ],
)
def test_the_one_net_is_found_under_any_name(held, place):
    found = unwrap(held)
    assert found.place == place
    assert found.state.keys() == STATE.keys() and all(torch.equal(found.state[name], w) for name, w in STATE.items())


def test_settings_under_the_name_of_a_net_are_passed_over():
    assert unwrap({"model": {"d_model": 8}, "state_dict": STATE}).state.keys() == STATE.keys()


def test_settings_that_are_no_words_are_passed_over():
    held = {"model": STATE, "config": {"p": 7, "eqn_sign": True, "diff_vocab": torch.zeros(3)}}
    assert load(held | {}).meaning.p == 7


def test_heads_that_the_weights_have_not_are_refused():
    with pytest.raises(CheckpointError, match="heads is 1, and its weights have 2"):
        load(STATE, told=told(heads=1))


@pytest.mark.parametrize("p", [3, 9])
def test_a_product_without_a_circle_is_refused_by_its_modulus(p):
    with pytest.raises(CheckpointError, match=f"p is {p}, expected a prime of at least 5"):
        load(net(p), told=told(operation="a * b"))


def test_bytes_that_a_codec_doubles_are_refused_unread(tmp_path):
    seed = b"B" + struct.pack("<I", 2**16) + b"a" * 2**16
    twice = b"X\x03\x00\x00\x00hex\x86R"
    pickled = b"\x80\x02" + b"c_codecs\nencode\n" * 30 + seed + twice * 30 + b"."
    for content in (zipped(pickled), pickled):
        (tmp_path / "net.pth").write_bytes(content)
        began = time.monotonic()
        with pytest.raises(CheckpointError, match="its pickle encodes bytes by hex, which may ask for any memory"):
            load(tmp_path / "net.pth")
        assert time.monotonic() - began < 5


def test_a_page_never_takes_the_checkpoints_place(tmp_path, capsys):
    file = tmp_path / "net.pth"
    torch.save(STATE, file)
    before = file.read_bytes()
    assert cli.main(["analyse", str(file), "--html", str(file)]) == 2
    assert "the checkpoint itself, expected another name" in capsys.readouterr().err
    assert file.read_bytes() == before
