"""The table form of the net against TransformerLens, in float64."""

import pytest
import torch

from circles.foundations.errors import ConfigError
from circles.foundations.streams import streams
from circles.models import modular
from circles.models.bridge import from_bridge, to_bridge
from circles.models.modular import ModularSpec
from circles.training import tasks
from circles.training.loop import AdamW, Descent

SPEC = ModularSpec(p=23, d_model=32, n_heads=4, d_mlp=48)
TOLERANCE = 1e-10


@pytest.fixture
def weights():
    found = modular.initial(SPEC, [3], dtype=torch.float64)
    noise = streams(7, "bias")["bias"]
    for name in ("b_in", "b_out"):  # zero biases would hide a bias that is forgotten
        found[name] = torch.randn(found[name].shape, generator=noise, dtype=torch.float64)
    return found


@pytest.fixture
def pairs():
    return tasks.all_pairs(SPEC.p)


def tokens(pairs):
    return torch.stack([pairs.a, pairs.b, torch.full_like(pairs.a, SPEC.p)], 1)


def worst(ours, theirs):
    return float((ours - theirs).detach().abs().max())


def test_logits_agree(weights, pairs):
    theirs = to_bridge(weights, SPEC)(tokens(pairs))[:, -1]
    ours = modular.forward(weights, pairs.a[None], pairs.b[None], SPEC)[0]
    assert worst(ours, theirs) < TOLERANCE


def test_every_cached_activation_agrees(weights, pairs):
    _, cache = to_bridge(weights, SPEC).run_with_cache(tokens(pairs))
    ours = {k: v[0] for k, v in modular.activations(weights, SPEC).items()}
    theirs = {
        "attn": cache["blocks.0.attn.hook_pattern"][:, :, -1],
        # TransformerLens 4.3 fires its hook_attn_scores after the softmax, so the scores are made from q and k
        "scores": torch.einsum(
            "nhe,nthe->nht", cache["blocks.0.attn.hook_q"][:, -1], cache["blocks.0.attn.hook_k"]
        )
        * SPEC.scale,
        "z": cache["blocks.0.attn.hook_z"][:, -1],
        "resid_mid": cache["blocks.0.hook_resid_mid"][:, -1],
        "mlp": cache["blocks.0.mlp.hook_post"][:, -1],
        "resid_post": cache["blocks.0.hook_resid_post"][:, -1],
        "logits": cache["hook_unembed"][:, -1],
    }
    assert set(theirs) == set(ours)
    assert {k: worst(ours[k], v) for k, v in theirs.items() if worst(ours[k], v) >= TOLERANCE} == {}


def test_gradients_agree(weights, pairs):
    bridge = to_bridge(weights, SPEC)
    torch.nn.functional.cross_entropy(bridge(tokens(pairs))[:, -1], pairs.answer).backward()
    theirs = from_bridge(bridge, take=lambda w: w.grad)
    leaves = {k: w.clone().requires_grad_() for k, w in weights.items()}
    modular.loss(leaves, pairs.a[None], pairs.b[None], pairs.answer[None], SPEC).sum().backward()
    assert {
        k: worst(w.grad, theirs[k]) for k, w in leaves.items() if worst(w.grad, theirs[k]) >= TOLERANCE
    } == {}


def test_ten_steps_of_adamw_agree(weights, pairs):
    bridge = to_bridge(weights, SPEC)
    trained = [p for p in bridge.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=1e-3, betas=(0.9, 0.98), weight_decay=1.0)
    for _ in range(10):
        optimiser.zero_grad()
        torch.nn.functional.cross_entropy(bridge(tokens(pairs))[:, -1], pairs.answer).backward()
        optimiser.step()
    descent = Descent(weights, AdamW(1e-3, (0.9, 0.98), (1.0,)))
    arguments = pairs.a[None], pairs.b[None], pairs.answer[None], SPEC
    *_, last = descent.records(lambda w: modular.loss(w, *arguments), 10)
    theirs = from_bridge(bridge)
    assert {k: worst(w, theirs[k]) for k, w in last.weights.items() if worst(w, theirs[k]) >= TOLERANCE} == {}


def test_there_and_back(weights):
    assert all(torch.equal(w, weights[k]) for k, w in from_bridge(to_bridge(weights, SPEC)).items())


def test_without_positions_agrees(pairs):
    spec = ModularSpec(p=23, d_model=32, n_heads=4, d_mlp=48, positions=False)
    weights = modular.initial(spec, [0], dtype=torch.float64)
    theirs = to_bridge(weights, spec)(tokens(pairs))[:, -1]
    assert worst(modular.forward(weights, pairs.a[None], pairs.b[None], spec)[0], theirs) < TOLERANCE


def test_the_global_stream_does_not_move(weights):
    before = torch.get_rng_state()
    to_bridge(weights, SPEC)
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "change, words", [({"norm": True}, "norm is True, expected False"), ({"score_scale": 0.5}, "is 0.5, expected 0.35")]
)
def test_a_net_without_a_native_bridge_is_refused(change, words):
    spec = ModularSpec(p=23, d_model=32, n_heads=4, d_mlp=48, **change)
    with pytest.raises(ConfigError, match=words):
        to_bridge(modular.initial(spec, [0]), spec)


def test_only_what_the_net_has_is_trained_in_its_bridge():
    spec = ModularSpec(p=23, d_model=32, n_heads=4, d_mlp=48, positions=False, biases=False)
    bridge = to_bridge(modular.initial(spec, [0]), spec)
    trained = sum(w.numel() for w in bridge.parameters() if w.requires_grad)
    assert trained == sum(w[0].numel() for w in modular.initial(spec, [0]).values())
