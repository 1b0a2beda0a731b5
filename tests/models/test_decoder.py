"""The small GPT-2 against transformers' own, in float64; its replicates; its hooks; what it refuses."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import GPT2Config, GPT2LMHeadModel

from circles.foundations.errors import ConfigError, ShapeError
from circles.foundations.streams import streams
from circles.models import decoder, decoder_spec
from circles.models.decoder_spec import DecoderSpec

SMALL = {"numbers": 15, "addends": 8, "width": 12, "heads": 3}


def net(spec, seeds=(0,)):
    """Weights away from their special values at the start: gains of 1, biases of 0."""
    noise = streams(7, "noise")["noise"]
    return {
        name: w + 0.3 * torch.randn(w.shape, generator=noise, dtype=torch.float64)
        for name, w in decoder_spec.initial(spec, seeds, dtype=torch.float64).items()
    }


def pairs(spec, replicas, n, seed=0):
    generator = streams(seed, "pairs")["pairs"]
    return torch.randint(spec.addends, (2, replicas, n), generator=generator)


def prompts(a, b, spec):
    plus = torch.full_like(a, spec.numbers)
    return torch.stack([a, plus, b, plus + 1], 1)


def transformers_net(weights, spec, replicate=0):
    config = GPT2Config(
        vocab_size=spec.vocabulary, n_positions=4, n_embd=spec.width, n_layer=spec.depth, n_head=spec.heads,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, tie_word_embeddings=spec.tied,
        bos_token_id=None, eos_token_id=None,
    )  # fmt: skip
    model = GPT2LMHeadModel(config).double()
    model.load_state_dict(decoder_spec.gpt2_state(weights, spec, replicate=replicate), strict=True)
    return model


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_logits_loss_and_gradients_are_those_of_transformers(depth, tied):
    spec = DecoderSpec(**SMALL, depth=depth, tied=tied)
    weights = {name: w.requires_grad_() for name, w in net(spec, (0, 1)).items()}
    a, b = pairs(spec, 2, 20)
    ours = decoder.loss(weights, a, b, spec)
    ours.sum().backward()
    for r in range(2):
        model = transformers_net({k: w.detach() for k, w in weights.items()}, spec, r)
        logits = model(prompts(a[r], b[r], spec)).logits[:, -1]
        theirs = torch.nn.functional.cross_entropy(logits, a[r] + b[r])
        theirs.backward()
        with torch.no_grad():
            assert (decoder.forward(weights, a, b, spec)[r] - logits).abs().max() < 1e-10
        assert abs(float((ours[r] - theirs).detach())) < 1e-10
        gradients = decoder_spec.gpt2_state({k: w.grad for k, w in weights.items()}, spec, replicate=r)
        for name, parameter in model.named_parameters():
            assert (parameter.grad - gradients[name]).abs().max() < 1e-10, name


@settings(max_examples=6, deadline=None)
@given(n=st.integers(1, 9), seed=st.integers(0, 99), depth=st.integers(1, 3))
def test_a_net_is_blind_to_its_neighbours_and_to_the_rest_of_the_batch(n, seed, depth):
    spec = DecoderSpec(**SMALL, depth=depth)
    weights = net(spec, (0, 1, 2))
    a, b = pairs(spec, 3, n, seed)
    together = decoder.forward(weights, a, b, spec)
    for r in range(3):
        one = {k: w[r : r + 1] for k, w in weights.items()}
        alone = [decoder.forward(one, a[r : r + 1, i : i + 1], b[r : r + 1, i : i + 1], spec) for i in range(n)]
        assert (together[r] - torch.cat(alone, 1)[0]).abs().max() < 1e-12


def test_the_last_state_is_the_sum_of_the_outputs_that_edit_sees():
    spec = DecoderSpec(**SMALL, depth=3)
    weights = net(spec)
    a, b = pairs(spec, 1, 6)
    seen = {}

    def keep(layer, part, out):
        seen[layer, part] = out
        return out

    last = decoder.residual(weights, a, b, spec, edit=keep)
    start = weights["W_S"][:, 1:] + weights["W_P"][:, 3:]
    assert list(seen) == [(layer, part) for layer in range(3) for part in ("attn", "mlp")]
    assert (start + sum(seen.values()) - last).abs().max() < 1e-12
    model = transformers_net(weights, spec)
    states = model(prompts(a[0], b[0], spec), output_hidden_states=True).hidden_states
    after_first = start + seen[0, "attn"] + seen[0, "mlp"]
    assert (after_first[0] - states[1][:, -1]).abs().max() < 1e-12


def test_an_edit_replaces_the_output():
    spec = DecoderSpec(**SMALL)
    weights = net(spec)
    a, b = pairs(spec, 1, 6)
    found = decoder.residual(weights, a, b, spec, edit=lambda layer, part, out: torch.zeros_like(out))
    start = weights["W_S"][:, 1:] + weights["W_P"][:, 3:]
    assert (found - start).abs().max() == 0


def test_a_frozen_embedding_gets_no_gradient():
    spec = DecoderSpec(**SMALL)
    weights = {name: w.requires_grad_(name != "W_E") for name, w in net(spec).items()}
    decoder.loss(weights, *pairs(spec, 1, 5), spec).sum().backward()
    assert weights["W_E"].grad is None
    assert weights["W_S"].grad is not None


def test_initial_weights_depend_on_seed_and_name_alone():
    spec, deeper = DecoderSpec(**SMALL), DecoderSpec(**SMALL, depth=3)
    before = torch.random.get_rng_state()
    two, one = decoder_spec.initial(spec, [3, 4]), decoder_spec.initial(spec, [4])
    assert torch.equal(torch.random.get_rng_state(), before)
    assert all(torch.equal(two[k][1:], one[k]) for k in one)
    assert torch.equal(decoder_spec.initial(deeper, [4])["0.W_in"], one["0.W_in"])
    wide = decoder_spec.initial(DecoderSpec(), [0])
    assert abs(float(wide["0.W_in"].std()) - 0.02) < 1e-3
    assert abs(float(wide["1.W_out"].std()) - 0.01) < 1e-3


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"width": 10}, "width is 10, expected a multiple of heads = 3"),
        ({"numbers": 14}, "numbers is 14, expected at least 15: the largest sum must be a token"),
        ({"depth": 0}, "depth is 0, expected a positive whole number"),
    ],
)
def test_a_shape_that_cannot_be_meant(change, message):
    with pytest.raises(ConfigError, match=message):
        DecoderSpec(**(SMALL | change))


@pytest.mark.parametrize(("a", "b", "message"), [(8, 0, "a holds 8"), (0, -1, "b holds -1"), (-9, 8, "a holds -9")])
def test_an_addend_out_of_range(a, b, message):
    spec = DecoderSpec(**SMALL)
    with pytest.raises(ConfigError, match=f"{message}, expected addends from 0 to 7"):
        decoder.forward(net(spec), torch.tensor([[1, a]]), torch.tensor([[1, b]]), spec)


def test_weights_of_another_shape():
    spec = DecoderSpec(**SMALL)
    weights = decoder_spec.initial(spec, [0])
    spec.check(weights)
    with pytest.raises(ShapeError, match="0.W_in has shape"):
        spec.check(weights | {"0.W_in": torch.zeros(1, 3, 3)})
    with pytest.raises(ShapeError, match="W_U"):
        spec.check(weights | {"W_U": torch.zeros(1, 17, 12)})
