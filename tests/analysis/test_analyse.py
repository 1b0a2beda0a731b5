"""Anyone's net: files of the real libraries, modules of torch, lists, prefixes; what is tried, assumed, refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from circles.analysis.checkpoint_report import dissect, report
from circles.analysis.checkpoint_text import render
from circles.foundations.errors import CheckpointError, ConfigError
from circles.models import modular
from circles.models.bridge import to_bridge
from circles.models.foreign.load import load, told

FILES = Path(__file__).parents[1] / "checkpoints"
LIBRARIES = [json.loads((FILES / f"{tag}.json").read_text(encoding="utf-8")) for tag in ("tl1", "tl2", "tl3")]
SAVED = {file: scores for library in LIBRARIES for file, scores in library["files"].items()}
TRAINED = json.loads((FILES / "trained.json").read_text(encoding="utf-8"))
P = 7
PAIRS = torch.arange(P * P) // P, torch.arange(P * P) % P


def test_the_libraries_were_three_releases():
    assert [library["transformer_lens"].split(".")[0] for library in LIBRARIES] == ["1", "2", "3"]


# each file by what the library that wrote it computes; the random nets are told what nothing in the file says
SAYS = {"tl2_config.pth": {}, "tl2_silu.safetensors": {"activation": "silu"}}


@pytest.mark.parametrize("file", SAVED)
def test_a_file_of_transformer_lens_gives_its_loss(file):
    said = SAYS.get(file, {"activation": "relu"})
    found = report(FILES / file, told=told(operation="a + b", **said))
    assert abs(found["loss"] - SAVED[file]["loss"]) < 1e-6  # their weights are float32, folded in float32
    assert found["accuracy"] == SAVED[file]["accuracy"]
    assert "HookedTransformer" in found["layout"]


def test_what_the_file_says_is_read_and_printed():
    text = render(report(FILES / "tl2_config.pth"))
    assert "gelu_tanh, the file says so" in text
    assert "7, the file says so" in text
    assert "a b, from its shape: 7 tokens, 7 answers, 2 places" in text


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("tl2_layernorm.pth", "a net with LayerNorm .'blocks.0.ln1.w'"),
        ("tl2_two_layers.pth", "more than one layer, 'blocks.1"),
    ],
)
def test_what_is_not_this_net_is_refused_by_name(file, message):
    with pytest.raises(CheckpointError, match=message):
        load(FILES / file)


# nets trained in plain PyTorch (checkpoints/train.py), whose own loss is the oracle


@pytest.mark.parametrize("name", ["clock", "pizza", "subtract", "multiply"])
def test_a_trained_net_is_read_for_what_it_computes(name):
    operation = {"subtract": "a - b", "multiply": "a * b"}.get(name, "a + b")
    activation = {"activation": "gelu"} if name == "subtract" else {}
    found = report(FILES / f"{name}.safetensors", told=told(**activation))
    assert found["operation"] == operation
    assert found["attention"] == (0.0 if name == "pizza" else 1.0)
    assert found["tokens"] == ("a b" if name == "pizza" else "a b =")
    assert found["loss"] == pytest.approx(TRAINED[name]["loss"], rel=1e-9)
    assert found["accuracy"] == TRAINED[name]["accuracy"]
    # the circle is where the operation is a sum: its waves explain what the logits are, and those of another do not
    wrong = told(operation="a + b" if operation == "a - b" else "a - b")
    other = dissect(FILES / f"{name}.safetensors", told=wrong)
    assert found["logits_variance_explained"] > 3 * other.logit_fit.explained
    assert found["key_frequencies"]["W_L"]


def test_without_the_logarithms_multiplication_has_no_circle():
    net = dissect(FILES / "multiply.safetensors")
    assert net.p == 22
    wrong = report(FILES / "multiply.safetensors", told=told(operation="a + b"))
    assert wrong["accuracy"] < 0.2
    assert wrong["logits_variance_explained"] < 0.5 < net.logit_fit.explained
    assert "logarithms" in render(report(FILES / "multiply.safetensors"))


def test_squares_are_refused_by_name():
    with pytest.raises(
        CheckpointError, match=r"it computes a\^2 \+ b\^2 \(\d+.*% right\), and the circle is looked for"
    ):
        load(FILES / "squares.safetensors")


def test_without_attention_a_and_b_enter_alike():
    """The measure that attention decides; so small a net without it need not be unsure of any distance."""
    clock, pizza = (dissect(FILES / f"{n}.safetensors").clock_or_pizza for n in ("clock", "pizza"))
    assert clock["verdict"] == "clock"
    assert pizza["gradient_symmetry"] > 0.95 > 0.9 > clock["gradient_symmetry"]
    assert pizza["verdict"] != "clock"


# TransformerLens 4, the installed one


def trained(p=P):
    spec = modular.ModularSpec(p=p, d_model=8, n_heads=2, d_mlp=12)
    found = modular.initial(spec, [3], dtype=torch.float64)
    noise = torch.Generator().manual_seed(1)
    for name in ("b_in", "b_out"):
        found[name] = torch.randn(found[name].shape, generator=noise, dtype=torch.float64)
    return found, spec


def test_a_bridge_in_memory_and_its_file(tmp_path):
    weights, spec = trained()
    bridge = to_bridge(weights, spec)
    with torch.no_grad():
        for parameter in bridge.parameters():  # attention's biases too
            parameter.add_(0.1)
        logits = bridge(torch.stack([*PAIRS, torch.full_like(PAIRS[0], P)], 1))[:, -1]
    right = torch.nn.functional.cross_entropy(logits, sum(PAIRS) % P).item()
    assert report(bridge, told=told(operation="a + b"))["loss"] == pytest.approx(right, abs=1e-12)
    torch.save(bridge.state_dict(), tmp_path / "bridge.pt")
    found = report(tmp_path / "bridge.pt", told=told(operation="a + b", heads=2, activation="relu"))
    assert found["loss"] == pytest.approx(right, abs=1e-12)
    torch.save(dict(bridge.named_parameters()), tmp_path / "parameters.pt")
    found = report(tmp_path / "parameters.pt", told=told(operation="a + b", heads=2, activation="relu"))
    assert found["loss"] == pytest.approx(right, abs=1e-12)


# plain PyTorch


class Encoder(nn.Module):
    """An nn.TransformerEncoderLayer with its LayerNorms, between embeddings and a readout."""

    def __init__(self, norm_first=False, final=False):
        super().__init__()
        self.positions = nn.Parameter(torch.randn(3, 8))
        self.tokens = nn.Embedding(P + 1, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 12, 0.0, "gelu", batch_first=True, norm_first=norm_first)
        self.encoder = nn.TransformerEncoder(layer, 1, nn.LayerNorm(8) if final else None, enable_nested_tensor=False)
        self.readout = nn.Linear(8, P)

    def forward(self, tokens):
        return self.readout(self.encoder(self.tokens(tokens) + self.positions)[:, -1])


class Bare(nn.Module):
    """An nn.MultiheadAttention with residual sums and no norm."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(P, 8)
        self.attention = nn.MultiheadAttention(8, 4, batch_first=True)
        self.mlp = nn.Sequential(nn.Linear(8, 12), nn.SiLU(), nn.Linear(12, 8))
        self.unembed = nn.Linear(8, P, bias=False)

    def forward(self, tokens):
        x = self.embed(tokens)
        x = x + self.attention(x, x, x, need_weights=False)[0]
        return self.unembed(x + self.mlp(x))[:, -1]


def plain(kind):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = Bare() if kind == "bare" else Encoder(norm_first=kind == "pre", final=kind == "pre")
        with torch.no_grad():
            for parameter in net.parameters():
                parameter.add_(torch.randn(parameter.shape) * 0.3)
    return net.double().eval()


@pytest.mark.parametrize("kind", ["post", "pre", "bare"])
@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_plain_pytorch(tmp_path, kind, suffix):
    net = plain(kind)
    columns = [*PAIRS] if kind == "bare" else [*PAIRS, torch.full_like(PAIRS[0], P)]
    with torch.no_grad():
        right = torch.nn.functional.cross_entropy(net(torch.stack(columns, 1)), sum(PAIRS) % P).item()
    file = tmp_path / f"net.{suffix}"
    (torch.save if suffix == "pth" else lambda state, path: safetensors.torch.save_file(state, path))(
        net.state_dict(), file
    )
    order = "a b" if kind == "bare" else None
    said = {"operation": "a + b", "order": order, "p": P if kind == "bare" else None}
    in_file = {"heads": 4 if kind == "bare" else 2, "activation": "silu" if kind == "bare" else "gelu"}
    config = None if kind == "bare" else {"norm_first": kind == "pre"}
    assert report(file, told=told(**said, **in_file), config=config)["loss"] == pytest.approx(right, abs=1e-12)
    assert report(net, told=told(**said))["loss"] == pytest.approx(right, abs=1e-12)  # the module itself says the rest


# wrappings


def ours():
    return {name: w[0] for name, w in trained()[0].items()}


WRAPPED = {
    "bare": lambda s: s,
    "model": lambda s: {"model": s, "optimizer": {"state": {}, "param_groups": []}, "epoch": 3},
    "state_dict": lambda s: {"state_dict": s},
    "model_state_dict": lambda s: {"model_state_dict": s, "loss": 0.1},
    "DataParallel": lambda s: {f"module.{k}": w for k, w in s.items()},
    "torch.compile": lambda s: {f"_orig_mod.{k}": w for k, w in s.items()},
    "both": lambda s: {"state_dict": {f"module._orig_mod.{k}": w for k, w in s.items()}},
    "Lightning": lambda s: {"state_dict": {f"model.{k}": w for k, w in s.items()}, "hyper_parameters": {"p": P}},
    "list": lambda s: {"state_dicts": [{k: w * 0 for k, w in s.items()}, s], "epochs": [0, 100], "config": {"p": P}},
    "list alone": lambda s: [{"model": {}}, {"model": s}],
}


ENDINGS = ("net.PTH", "net.ckpt", "net.bin", "net", "net.safetensors")


@pytest.mark.parametrize(
    ("wrapping", "name"), [(wrapping, "net.pth") for wrapping in WRAPPED] + [("bare", name) for name in ENDINGS]
)
def test_wrappings_and_endings(tmp_path, wrapping, name):
    torch.save(WRAPPED[wrapping](ours()), tmp_path / name)
    loaded = load(tmp_path / name, told=told(operation="a + b"))
    assert torch.equal(loaded.meaning.net.weights["W_in"], ours()["W_in"])


def test_at_chooses_in_a_list(tmp_path):
    torch.save(WRAPPED["list"](ours()), tmp_path / "run.pth")
    assert load(tmp_path / "run.pth").place == "state_dicts: checkpoint 2 of 2, epoch 100"
    first = load(tmp_path / "run.pth", at=0)
    assert first.place == "state_dicts: checkpoint 1 of 2, epoch 0"
    assert not first.meaning.net.weights["W_in"].any()
    assert load(tmp_path / "run.pth", at=-1).place.endswith("epoch 100")
    with pytest.raises(CheckpointError, match="--at is 2, and it holds 2 checkpoints, expected 0 to 1"):
        load(tmp_path / "run.pth", at=2)
    torch.save(ours(), tmp_path / "one.pth")
    with pytest.raises(CheckpointError, match="--at is 1, and it holds one checkpoint only"):
        load(tmp_path / "one.pth", at=1)


def test_three_lines_for_a_net_in_memory(capsys):
    print(render(report(ours())))
    assert "clock or pizza" in capsys.readouterr().out


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_half_precision(tmp_path, half):
    torch.save({k: w.to(half) for k, w in ours().items()}, tmp_path / "net.pth")
    assert load(tmp_path / "net.pth").meaning.net.weights["W_in"].dtype == torch.float32


# tokens and settings


def test_an_operator_between_the_numbers():
    state = ours()
    state["W_E"] = torch.cat([state["W_E"], state["W_E"][-1:] * 2])
    state["W_pos"] = torch.cat([state["W_pos"], state["W_pos"][:1]])
    loaded = load(state, told=told(operation="a + b"))
    assert loaded.meaning.p == P
    assert loaded.meaning.order.words in (("a", "7", "b", "8"), ("a", "8", "b", "7"))
    given = load(state, told=told(operation="a + b", order="a 8 b 7"))
    assert given.meaning.order.tokens(torch.tensor([2]), torch.tensor([3])).tolist() == [[2, 8, 3, 7]]


def test_numbers_with_tokens_of_their_own_for_b():
    state = ours()
    state["W_E"] = torch.cat([state["W_E"][:-1], state["W_E"]])
    del state["W_pos"]
    loaded = load(state, told=told(operation="a + b"), config={"C": P, "diff_vocab": 1, "eqn_sign": 1})
    assert loaded.meaning.order.tokens(torch.tensor([2]), torch.tensor([3])).tolist() == [[2, 10, 14]]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"fn_name": "x2xyy2"}, "its config says fn_name 'x2xyy2', and the circle is looked for in"),
        ({"funcs": "lambda x: (x[0]**2+x[1]**2)%59"}, "its config says funcs"),
        ({"act_type": "SoLU"}, "its config says act_type 'SoLU', expected one of relu"),
        ({"n_layers": 2}, "its config says 2 layers, expected one"),
        ({"normalization_type": "LNPre"}, "normalization_type 'LNPre': a net with LayerNorm"),
        ({"positional_embedding_type": "rotary"}, "positional_embedding_type 'rotary'"),
        ({"attn_only": True}, "attn_only"),
        ({"attn_scores_soft_cap": 30.0}, "attn_scores_soft_cap 30.0, expected none"),
        ({"output_logits_soft_cap": 30.0}, "output_logits_soft_cap 30.0, expected none"),
        ({"n_heads": 5, "p": 11}, "needs number 11"),
    ],
)
def test_a_config_that_says_another_net_is_refused(config, message):
    with pytest.raises(CheckpointError, match=message):
        load(ours(), config=config)


def test_settings_that_bound_nothing_are_left_alone():
    for value in (10**400, 1e-320, float("nan"), True, -1.0):
        assert load(ours(), config={"attn_scale": value}).meaning.net.wiring.scale is None
    assert load(ours(), config={"attn_scale": 4}).meaning.net.wiring.scale == 0.25
    assert load(ours(), config={"layer_norm_eps": 0}).meaning.net.wiring.epsilon == 0
    assert load(ours(), config={"funcs": f"lambda x: (x[0] - x[1]) % {P}"}).meaning.operation == "a - b"
    with pytest.raises(CheckpointError, match="needs number 11"):
        load(ours(), config={"funcs": "lambda x: (x[0] + x[1]) % 11"})


def test_without_positions_a_net_may_read_two_tokens_or_three():
    state = ours()
    del state["W_pos"]
    state["W_U"] = torch.cat([state["W_U"], state["W_U"][:, :1]], 1)
    assert load(state, told=told(operation="a + b")).meaning.reasons["order"].startswith("assumed: 8 tokens, 8 answers")


def test_a_list_in_memory_is_chosen_from():
    both = WRAPPED["list"](ours())
    assert load(both, at=0).place.startswith("state_dicts: checkpoint 1 of 2")
    assert load(both, at=1).place.startswith("state_dicts: checkpoint 2 of 2")


def test_a_norm_before_the_readout_of_plain_pytorch_may_have_any_usual_name():
    state = {name.replace("encoder.norm.", "ln_f."): w for name, w in plain("pre").state_dict().items()}
    said = told(operation="a + b", heads=2, activation="gelu")
    found = report(state, told=said, config={"norm_first": True})
    assert found["loss"] == pytest.approx(report(plain("pre"), told=told(operation="a + b"))["loss"], abs=1e-12)


def test_a_bias_that_is_too_short_is_named():
    state = plain("bare").state_dict()
    name = "attention.in_proj_bias"
    with pytest.raises(CheckpointError, match=r"in_proj_bias has shape \(1,\), expected \(24,\)"):
        load(state | {name: state[name][:1]})


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"p": 2}, "modulus is 2, expected 3 to 500"),
        ({"operation": "a / b"}, "operation is 'a / b', expected one of 'a . b'"),
        ({"activation": "solu"}, "activation is 'solu', expected one of relu"),
        ({"attention": 2.0}, "attention is 2.0, expected 0"),
        ({"heads": 0}, "heads is 0, expected a positive"),
    ],
)
def test_what_the_user_says_is_checked(said, message):
    with pytest.raises(ConfigError, match=message):
        told(**said)


@pytest.mark.parametrize("order", ["a", "a a", "a b c", "b", "a b+x", "a b = = = = ="])
def test_an_order_that_is_none(order):
    with pytest.raises(CheckpointError, match="order"):
        load(ours(), told=told(order=order))
