"""Make the checkpoints that TransformerLens 1 to 3 write, in an environment with that release, once a release:

    python -m venv tl && tl/bin/pip install transformer_lens==2.16.1
    tl/bin/python tests/checkpoints/transformerlens.py tl2

The nets are random, with biases that are not zero; loss and accuracy are what HookedTransformer itself computes.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import safetensors.torch
import torch
from transformer_lens import HookedTransformer, HookedTransformerConfig

FOLDER = Path(__file__).parent
P = 7
A, B = torch.arange(P * P) // P, torch.arange(P * P) % P


def make(seed: int, **changes):
    config = HookedTransformerConfig(**{
        "n_layers": 1, "n_heads": 2, "d_model": 8, "d_head": 6, "d_mlp": 12, "act_fn": "relu",
        "normalization_type": None, "d_vocab": P + 1, "d_vocab_out": P, "n_ctx": 3, "init_weights": True,
        "device": "cpu", "seed": seed,
    } | changes)  # fmt: skip
    net = HookedTransformer(config)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=noise) * 0.4)
    return net.eval()


def scores(net):
    """Loss and accuracy of a + b, the answer read at the last token, in float64."""
    net = net.to(torch.float64)
    tokens = torch.stack([A, B, torch.full_like(A, P)], 1)[:, : net.cfg.n_ctx]
    with torch.no_grad():
        logits = net(tokens)[:, -1, :P]
    answer = (A + B) % P
    found = {
        "loss": torch.nn.functional.cross_entropy(logits, answer).item(),
        "accuracy": (logits.argmax(-1) == answer).double().mean().item(),
    }
    net.to(torch.float32)
    return found


if __name__ == "__main__":
    tag = sys.argv[1]
    expected = {}

    def keep(name, net, wrap=lambda state: state, suffix="pth"):
        file = f"{tag}_{name}.{suffix}"
        expected[file] = scores(net)
        state = {k: w.clone() for k, w in net.state_dict().items()}
        if suffix == "safetensors":
            safetensors.torch.save_file({k: w for k, w in state.items() if w.numel()}, FOLDER / file)
        else:
            torch.save(wrap(state), FOLDER / file)

    plain = make(1)
    keep("bare", plain)
    if tag == "tl2":
        settings = {"act_fn": "gelu_new", "n_ctx": 2, "d_vocab": P}
        keep("config", make(2, **settings), lambda s: {"model": s, "config": {"n_layers": 1, "p": P} | settings})
        folded = make(3)
        folded.process_weights_(fold_ln=False, center_writing_weights=False)  # values' biases into b_O, W_U centred
        keep("folded", folded)
        keep("silu", make(4, act_fn="silu"), suffix="safetensors")
        torch.save(make(5, normalization_type="LN").state_dict(), FOLDER / "tl2_layernorm.pth")
        torch.save(make(6, n_layers=2).state_dict(), FOLDER / "tl2_two_layers.pth")
    about = {"transformer_lens": version("transformer_lens"), "torch": torch.__version__, "files": expected}
    (FOLDER / f"{tag}.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
