"""The small net in TransformerLens: the same logits, the same module outputs, the same effect of a filter."""

import pytest
import torch

from circles.analysis import filters
from circles.models import decoder, decoder_bridge, decoder_spec

SPEC = decoder_spec.DecoderSpec(numbers=21, addends=11, width=48, depth=2, heads=4)


@pytest.fixture(scope="module", params=[True, False], ids=["tied", "untied"])
def both(request):
    spec = decoder_spec.DecoderSpec(numbers=21, addends=11, width=48, depth=2, heads=4, tied=request.param)
    noise = torch.Generator().manual_seed(1)
    weights = {
        k: w + 0.1 * torch.randn(w.shape, generator=noise, dtype=torch.float64)
        for k, w in decoder_spec.initial(spec, [0, 1], dtype=torch.float64).items()
    }
    return weights, spec, decoder_bridge.to_bridge(weights, spec, replicate=1)


@pytest.fixture
def pairs():
    a, b = torch.tensor([3, 10, 0, 7]), torch.tensor([4, 10, 5, 7])
    return a, b


def test_logits_and_what_each_part_adds_agree(both, pairs):
    weights, spec, bridge = both
    a, b = pairs
    seen = {}
    ours = decoder.forward(
        weights, a.expand(2, -1), b.expand(2, -1), spec, edit=lambda layer, part, x: seen.setdefault((layer, part), x)
    )
    with torch.inference_mode():
        logits, cache = bridge.run_with_cache(decoder_bridge.prompt(a, b, spec))
    assert (logits[:, -1] - ours[1]).abs().max() < 1e-10
    for (layer, part), out in seen.items():
        theirs = cache[decoder_bridge.HOOKS[part].format(layer)][:, -1]
        assert (theirs - out[1]).abs().max() < 1e-10, (layer, part)


def test_a_filter_by_hooks_is_the_filter_by_edit(both, pairs):
    weights, spec, bridge = both
    a, b = pairs
    P = filters.projection(decoder.unembedding(weights)[1, : spec.numbers].mT, [1, 2])
    one = {k: w[1:] for k, w in weights.items()}
    ours = decoder.forward(one, a[None], b[None], spec, edit=lambda layer, part, x: x @ P if part == "mlp" else x)[0]

    def at_equals(out, hook):
        out = out.clone()
        out[:, -1] = out[:, -1] @ P
        return out

    hooks = [(decoder_bridge.HOOKS["mlp"].format(layer), at_equals) for layer in range(spec.depth)]
    with torch.inference_mode():
        theirs = bridge.run_with_hooks(decoder_bridge.prompt(a, b, spec), fwd_hooks=hooks)[:, -1]
    assert (theirs - ours).abs().max() < 1e-10
    assert (theirs - bridge(decoder_bridge.prompt(a, b, spec))[:, -1]).abs().max() > 1e-6
