"""Make the small trained nets of ``tests/analysis/test_analyse.py``: ``python tests/checkpoints/train.py``.

Each is a module of plain PyTorch trained on all pairs with AdamW and weight decay, and saved in half precision under
the names of Nanda et al. 2023. What each gets right is written beside it, computed by the module.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import safetensors.torch
import torch
from torch import nn
from torch.nn import functional as F

FOLDER = Path(__file__).parent
P, D, HEADS, M = 23, 32, 4, 64
NETS = {
    "clock": {"steps": 1500},
    "pizza": {"attention": 0.0, "equals": False, "steps": 1500},
    "subtract": {"operation": torch.sub, "activation": F.gelu, "steps": 2000},
    "multiply": {"operation": torch.mul},
    "squares": {"operation": lambda a, b: a * a + b * b, "steps": 300},
}


class Net(nn.Module):
    """The net of both papers, written as their codes' formulas read."""

    def __init__(self, *, attention=1.0, activation=F.relu, equals=True):
        super().__init__()
        self.attention, self.activation, self.places = attention, activation, 2 + equals
        shapes = {
            "W_E": (D, P + equals), "W_pos": (self.places, D), "W_K": (HEADS, D // HEADS, D),
            "W_Q": (HEADS, D // HEADS, D), "W_V": (HEADS, D // HEADS, D), "W_O": (D, D), "W_in": (M, D),
            "W_out": (D, M), "W_U": (D, P + equals),
        }  # fmt: skip
        for name, shape in shapes.items():
            setattr(self, name, nn.Parameter(torch.randn(shape) / D**0.5))
        self.b_in, self.b_out = nn.Parameter(torch.zeros(M)), nn.Parameter(torch.zeros(D))

    def forward(self, tokens):
        x = self.W_E.T[tokens] + self.W_pos
        q, k, v = (torch.einsum("ihd,npd->niph", w, x) for w in (self.W_Q, self.W_K, self.W_V))
        pattern = (torch.einsum("niph,niqh->niqp", k, q) / (D // HEADS) ** 0.5).softmax(-1)
        pattern = pattern * self.attention + (1 - self.attention)
        z = torch.einsum("niph,niqp->niqh", v, pattern).transpose(1, 2).flatten(2)[:, -1]
        x = x[:, -1] + z @ self.W_O.T
        x = x + self.activation(x @ self.W_in.T + self.b_in) @ self.W_out.T + self.b_out
        return (x @ self.W_U)[:, :P]


def train(*, operation=torch.add, steps=700, seed=0, **how):
    torch.manual_seed(seed)
    net = Net(**how)
    a, b = torch.arange(P * P) // P, torch.arange(P * P) % P
    tokens, answer = torch.stack([a, b] + [torch.full_like(a, P)] * (net.places - 2), 1), operation(a, b) % P
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-3, betas=(0.9, 0.98), weight_decay=1.0)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 * min(1.0, (step + 1) / 10, 2 * (1 - step / steps))
        loss = F.cross_entropy(net(tokens), answer)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    net = net.half().double()  # as it is saved
    with torch.no_grad():
        logits = net(tokens)
    found = {
        "loss": F.cross_entropy(logits, answer).item(),
        "accuracy": (logits.argmax(-1) == answer).double().mean().item(),
    }
    return net, found


def names(name):
    part = {"W_E": "embed", "W_pos": "pos_embed", "W_U": "unembed"}.get(name)
    return f"{part}.{name}" if part else f"blocks.0.{'attn' if name[-1] in 'QKVO' else 'mlp'}.{name}"


if __name__ == "__main__":
    kept = FOLDER / "trained.json"
    expected = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    for name in sys.argv[1:] or NETS:
        how = NETS[name]
        net, expected[name] = train(**how)
        print(name, expected[name], flush=True)
        state = {names(n): w.detach().half().contiguous() for n, w in net.named_parameters()}
        safetensors.torch.save_file(state, FOLDER / f"{name}.safetensors")
        kept.write_text(json.dumps(expected, indent=1) + "\n", encoding="utf-8")
