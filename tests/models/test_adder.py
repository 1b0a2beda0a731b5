"""The fast forward pass against transformers' own classes, the sharing of beginnings against a plain reading."""

import pytest
import torch
from tiny_models import packed, seeded, tiny_bert, tiny_mpnet, tiny_whisper
from transformers import WhisperForConditionalGeneration

from circles.foundations import ctranslate2, model_packages
from circles.foundations.errors import ModelError, ShapeError
from circles.models import adder, adder_weights, prefixes, pretrained, whisper_names

END = prefixes.END


PROMPTS = torch.tensor([[5, 7, 9, 11, END], [5, 7, 9, 12, 13], [5, 8, 9, 11, END], [5, 7, 9, 11, END]])
MASK = 44


def theirs_causal(model, prompts):
    """Logits at the last token of each prompt by transformers' own decoder, one prompt at a time."""
    found = []
    for row in prompts:
        tokens = row[row != END][None]
        state = model.model.decoder(input_ids=tokens, use_cache=False).last_hidden_state
        found.append(model.proj_out(state)[0, -1])
    return torch.stack(found)


def theirs_masked(model, prompts, mask):
    found = []
    for row in prompts:
        tokens = row[row != END][None]
        state = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state
        found.append(state[tokens == mask][0] @ model.embeddings.word_embeddings.weight.T)
    return torch.stack(found)


def masked(prompts):
    return torch.where(prompts == END, END, torch.where(prompts == 9, MASK, prompts))


@torch.no_grad()
def test_whisper_s_decoder_gives_the_logits_of_transformers_class():
    model = tiny_whisper()
    spec = adder_weights.spec(model, numbers=4, answers=60)
    ours = adder.forward(adder_weights.weights(model, range(60)), PROMPTS, spec)
    assert (ours - theirs_causal(model, PROMPTS)).abs().max() < 1e-5


@pytest.mark.parametrize("make", [tiny_bert, tiny_mpnet])
@torch.no_grad()
def test_encoders_give_the_logits_of_transformers_class(make):
    model = make()
    spec = adder_weights.spec(model, numbers=4, answers=60, mask=MASK)
    ours = adder.forward(adder_weights.weights(model, range(60)), masked(PROMPTS), spec)
    theirs = theirs_masked(model, masked(PROMPTS), MASK)
    assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()


@torch.no_grad()
def test_far_apart_positions_have_mpnet_s_kinds():
    model = tiny_mpnet()
    apart = torch.arange(-300, 301)
    assert torch.equal(adder._bucket(apart), model.encoder.relative_position_bucket(-apart))


def test_gradients_are_those_of_transformers_class():
    model = tiny_whisper()
    spec = adder_weights.spec(model, numbers=4, answers=60)
    weights = {k: w.requires_grad_() for k, w in adder_weights.weights(model, range(60)).items()}
    answers = torch.tensor([1, 2, 3, 0])
    adder.loss(weights, PROMPTS, answers, spec, bfloat16=False).sum().backward()
    torch.nn.functional.cross_entropy(theirs_causal(model, PROMPTS), answers).backward()
    assert (weights["W_E"].grad[0] - model.model.decoder.embed_tokens.weight.grad).abs().max() < 1e-5
    for i, layer in enumerate(model.model.decoder.layers):
        theirs = torch.cat([getattr(layer.self_attn, f"{x}_proj").weight.grad for x in "qkv"])
        assert (weights[f"{i}.W_QKV"].grad[0] - theirs).abs().max() < 1e-5
        assert (weights[f"{i}.W_in"].grad[0] - layer.fc1.weight.grad).abs().max() < 1e-5
        assert weights[f"{i}.b_QKV"].grad[0, 16:32].abs().max() < 1e-6  # the keys' bias learns nothing


def test_shared_beginnings_stand_once_and_see_what_is_before_them():
    rows = prefixes.causal(PROMPTS)
    assert len(rows.tokens) == 1 + 2 + 2 + 3 + 1
    assert rows.answers[0] == rows.answers[3]
    for prompt, answer in zip(PROMPTS, rows.answers, strict=True):
        seen = rows.sees[answer].nonzero().flatten()
        order = seen[rows.positions[seen].argsort()]
        assert rows.tokens[order].tolist() == prompt[prompt != END].tolist()


def test_without_sharing_every_token_has_a_row_and_sees_its_prompt():
    rows = prefixes.both_ways(masked(PROMPTS), MASK)
    assert len(rows.tokens) == 17
    assert rows.sees.sum(1).tolist() == [4] * 4 + [5] * 5 + [4] * 8
    assert rows.tokens[rows.answers].tolist() == [MASK] * 4


@torch.no_grad()
def test_an_edit_sees_every_part_and_changes_the_logits():
    model = tiny_whisper()
    spec = adder_weights.spec(model, numbers=4, answers=60)
    weights, seen = adder_weights.weights(model, range(60)), []

    def edit(layer, part, out, at):
        seen.append((layer, part, len(out), len(at)))
        return torch.zeros_like(out) if (layer, part) == (1, "mlp") else out

    changed = adder.forward(weights, PROMPTS, spec, edit=edit)
    assert [s[:2] for s in seen] == [(i, part) for i in range(3) for part in ("attn", "mlp", "state")]
    assert [s[2] for s in seen] == [9] * 6 + [4] * 3 and {s[3] for s in seen} == {4}
    gone = model.model.decoder.layers[1].fc2
    gone.weight.zero_(), gone.bias.zero_()
    assert (changed - theirs_causal(model, PROMPTS)).abs().max() < 1e-5


def test_the_embeddings_are_cut_to_the_tokens_in_use_and_others_are_named():
    model = tiny_whisper()
    weights = adder_weights.weights(model, [5, 7, 9])
    assert torch.equal(weights["W_E"][0], model.model.decoder.embed_tokens.weight[[5, 7, 9]])
    with pytest.raises(ShapeError, match="token 12, expected one below 3"):
        adder.forward(weights, PROMPTS[1:2, 1:4], adder_weights.spec(model, numbers=3, answers=3))
    with pytest.raises(ModelError, match="Linear is no adder, expected Whisper, BertModel or MPNetModel"):
        config = torch.nn.Linear(1, 1)
        config.config = None
        adder_weights.spec(config, numbers=1, answers=1)


def named_as_in_the_file(model):
    """A Whisper's weights under CTranslate2's names: the way back, written by hand."""
    found = {}
    for side, part in (("encoder", model.model.encoder), ("decoder", model.model.decoder)):
        for i, layer in enumerate(part.layers):
            at = f"{side}/layer_{i}"
            blocks = {"self_attention": (layer.self_attn, layer.self_attn_layer_norm)}
            if side == "decoder":
                blocks["attention"] = (layer.encoder_attn, layer.encoder_attn_layer_norm)
            for name, (a, norm) in blocks.items():
                zero = torch.zeros_like(a.q_proj.bias)
                q, k, v = (a.q_proj.weight, a.q_proj.bias), (a.k_proj.weight, zero), (a.v_proj.weight, a.v_proj.bias)
                groups = [(q, k, v)] if name == "self_attention" else [(q,), (k, v)]
                for j, group in enumerate([*groups, ((a.out_proj.weight, a.out_proj.bias),)]):
                    found[f"{at}/{name}/linear_{j}/weight"] = torch.cat([w for w, _ in group])
                    found[f"{at}/{name}/linear_{j}/bias"] = torch.cat([b for _, b in group])
                found |= {f"{at}/{name}/layer_norm/gamma": norm.weight, f"{at}/{name}/layer_norm/beta": norm.bias}
            for j, map_ in enumerate((layer.fc1, layer.fc2)):
                found |= {f"{at}/ffn/linear_{j}/weight": map_.weight, f"{at}/ffn/linear_{j}/bias": map_.bias}
            norm = layer.final_layer_norm
            found |= {f"{at}/ffn/layer_norm/gamma": norm.weight, f"{at}/ffn/layer_norm/beta": norm.bias}
        found |= {f"{side}/layer_norm/gamma": part.layer_norm.weight, f"{side}/layer_norm/beta": part.layer_norm.bias}
        found[f"{side}/position_encodings/encodings"] = part.embed_positions.weight
    for i in (1, 2):
        conv = getattr(model.model.encoder, f"conv{i}")
        found |= {f"encoder/conv{i}/weight": conv.weight, f"encoder/conv{i}/bias": conv.bias}
    return found | {"decoder/embeddings/weight": model.model.decoder.embed_tokens.weight}


def test_a_whisper_written_in_the_packages_format_comes_back_whole(tmp_path):
    model = tiny_whisper()
    tensors = {name: w.detach().numpy() for name, w in named_as_in_the_file(model).items()}
    aliases = [("decoder/projection/weight", "decoder/embeddings/weight")]
    (tmp_path / "model.bin").write_bytes(packed(tensors, aliases))
    state = whisper_names.to_transformers(ctranslate2.read([tmp_path / "model.bin"]))
    other = seeded(lambda: WhisperForConditionalGeneration(model.config))
    other.load_state_dict(state, strict=True)
    for name, w in model.state_dict().items():
        assert torch.equal(w, other.state_dict()[name]), name


def packages_of(name):
    if not model_packages.installed(name):
        pytest.skip(f"{model_packages.named(name).install} not installed")
    return pretrained.load(name)


@torch.no_grad()
def test_the_packaged_whisper_gives_the_same_logits():
    model = packages_of("whisper-tiny")
    prompts = torch.tensor([[50257, 1314, 10, 6052, 28], [50257, 1314, 10, 940, 28]])
    spec = adder_weights.spec(model, numbers=4, answers=51864)
    ours = adder.forward(adder_weights.weights(model, range(51864)), prompts, spec)
    theirs = theirs_causal(model, prompts)
    assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()


@pytest.mark.parametrize("name", ["minilm", "mpnet"])
@torch.no_grad()
def test_the_packaged_encoders_give_the_same_logits(name):
    model = packages_of(name)
    size = model.config.vocab_size
    prompts = torch.tensor([[101, 2321, 1009, 6109, 1027, 103, 102], [101, 2321, 1009, 2184, 1027, 103, 102]])
    spec = adder_weights.spec(model, numbers=4, answers=size, mask=103)
    ours = adder.forward(adder_weights.weights(model, range(size)), prompts, spec)
    theirs = theirs_masked(model, prompts, 103)
    assert (ours - theirs).abs().max() < 1e-5 * theirs.abs().max()


def test_random_weights_hang_on_their_seed_alone_and_leave_the_global_state():
    before = torch.random.get_rng_state()
    one, two, other = (pretrained.load("whisper-tiny", random=seed).proj_out.weight for seed in (0, 0, 1))
    assert torch.equal(one, two) and not torch.equal(one, other)
    assert torch.equal(before, torch.random.get_rng_state())
    with pytest.raises(ModelError, match="no whole model 'gpt9', expected one of whisper-tiny"):
        pretrained.load("gpt9")


def test_only_random_weights_may_have_other_layers():
    deep = pretrained.load("whisper-tiny", random=0, layers=5)
    assert len(deep.model.decoder.layers) == 5 and len(deep.model.encoder.layers) == 4
    for random, layers in ((None, 5), (0, -1)):
        with pytest.raises(ModelError, match=f"layers is {layers}, expected 0, whisper-tiny's own, or with random"):
            pretrained.load("whisper-tiny", random=random, layers=layers)
