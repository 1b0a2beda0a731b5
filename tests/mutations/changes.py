# ruff: noqa: E501  (a row a change)
"""Changes of the package in a copy: tidy ones, which may make no recording stale, and faults, which must be caught."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Change:
    """``old`` becomes ``new`` in a file, or ``make`` changes the copy. ``family``: whose goldens must disagree."""

    what: str
    file: str
    old: str = ""
    new: str = ""
    family: str = ""
    make: Callable[[Path], None] | None = None
    why: str = ""  # where the goldens cannot tell: what does

    def apply(self, root: Path) -> None:
        """Change the copy of the package below ``root``; AssertionError when there is nothing to change."""
        if self.make is not None:
            self.make(root)
            return
        file = root / self.file
        text = file.read_text(encoding="utf-8")
        assert text.count(self.old) >= 1, f"{self.file} holds no {self.old!r}"
        file.write_text(text.replace(self.old, self.new, 1), encoding="utf-8")


def _every(root: Path, pattern: str, new: str) -> None:
    for file in root.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if (changed := re.sub(pattern, new, text)) != text:
            file.write_text(changed, encoding="utf-8")


def _rename_module(root: Path) -> None:
    (root / "models" / "vae.py").rename(root / "models" / "diffusion_vae.py")
    _every(root, r"from circles\.models import vae\n", "from circles.models import diffusion_vae as vae\n")
    _every(root, r"from circles\.models import (likelihood, ring_likelihood), vae\n",
           r"from circles.models import \1\nfrom circles.models import diffusion_vae as vae\n")  # fmt: skip
    _every(root, r"circles\.models\.vae\b", "circles.models.diffusion_vae")


def _move_function(root: Path) -> None:
    """``rms_norm`` goes from ``modular`` to ``primitives``."""
    file = root / "models" / "modular.py"
    text = file.read_text(encoding="utf-8")
    begin = text.index("def rms_norm(")
    end = text.index("\n\n\n", begin)
    moved = text[begin:end]
    names = "import answer_loss, lookup"
    text = (text[:begin] + text[end + 3 :]).replace(names, f"{names}, rms_norm")
    file.write_text(text, encoding="utf-8")
    target = root / "models" / "primitives.py"
    target.write_text(target.read_text(encoding="utf-8") + "\n\n" + moved + "\n", encoding="utf-8")


def _rename_function(root: Path) -> None:
    _every(root, r"\bkl_expansion\b", "expanded_kl")


def _move_class(root: Path) -> None:
    """``Walk`` goes into a file of its own."""
    file = root / "foundations" / "manifolds" / "walk.py"
    file.rename(file.with_name("brownian.py"))
    _every(root, r"circles\.foundations\.manifolds\.walk\b", "circles.foundations.manifolds.brownian")
    there = "from circles.foundations.manifolds import"
    _every(root, rf"{there} walk\b".replace(".", r"\."), f"{there} brownian as walk")


TIDY = [
    Change("a wrapped line", "models/vae.py",
           "    return heat.kl_expansion(spec.space, q.mu, t)",
           "    return heat.kl_expansion(\n        spec.space,\n        q.mu,\n        t,\n    )"),
    Change("a renamed local of the streams", "foundations/streams.py", "    digest = hashlib.sha256(f\"{seed}/{name}\".encode()).digest()\n    return int.from_bytes(digest[:8]",
           "    found = hashlib.sha256(f\"{seed}/{name}\".encode()).digest()\n    return int.from_bytes(found[:8]"),
    Change("a moved function", "", make=_move_function),
    Change("a renamed function", "", make=_rename_function),
    Change("a renamed module", "", make=_rename_module),
    Change("a moved class", "", make=_move_class),
    Change("a new setting with a default", "training/grokking.py", "    every: int = 200\n", "    every: int = 200\n    shift: float = 0.0\n"),
    Change("a new setting of a run that another uses", "papers/rey2020/shapes.py", "    lr: float = 5e-3\n", "    lr: float = 5e-3\n    twisted: bool = False\n"),
    Change("another docstring", "models/modular.py", '"""Mean cross-entropy of the R nets on their own pairs, in nats."""', '"""Nats."""'),
    Change("a comment", "training/loop.py", "        self._adam.step()\n", "        # Adam's own\n        self._adam.step()  # here\n"),
    Change("an annotation", "models/bernoulli.py", "def forward(ctx, logits: Tensor, x: Tensor) -> Tensor:", "def forward(ctx: object, logits, x) -> object:"),
    Change("reordered imports", "models/decoder.py", "import math\n", "", make=lambda root: _swap_imports(root)),
    Change("a constant drawn out", "models/decoder_spec.py", "    return 0.02 * noise /", "    return SPREAD * noise /", make=lambda root: _draw_out(root)),
    Change("an import under another name", "training/minibatch.py", "", "", make=lambda root: _alias(root)),
    Change("another message of a refusal", "training/tasks.py", "expected a prime", "which is no prime"),
    Change("functions in another order", "", make=lambda root: _reorder(root)),
    Change("a renamed variable of a comprehension", "training/grokking.py", "[c.seed for c in configs]", "[one.seed for one in configs]"),
    Change("a renamed argument of a lambda", "papers/hashimoto2023/denoising_sweep.py", "lambda z: (z - truth)", "lambda image: (image - truth)"),
    Change("a new function that nothing calls", "models/modular.py", "def loss(", "def nothing() -> int:\n    return 7\n\n\ndef loss("),
    Change("another name for people", "training/grokking.py", 'return f"p{self.p}-f{self.fraction:g}', 'return f"prime{self.p}-f{self.fraction:g}'),
]  # fmt: skip


def _swap_imports(root: Path) -> None:
    file = root / "models" / "decoder.py"
    lines = file.read_text(encoding="utf-8").split("\n")
    at = [i for i, line in enumerate(lines) if line.startswith(("import ", "from ")) and "__future__" not in line]
    imports = [lines[i] for i in at]
    for i, line in zip(at, reversed(imports), strict=True):
        lines[i] = line
    file.write_text("\n".join(lines), encoding="utf-8")


def _draw_out(root: Path) -> None:
    file = root / "models" / "decoder_spec.py"
    text = file.read_text(encoding="utf-8")
    text = text.replace("    return 0.02 * noise /", "    return SPREAD * noise /")
    file.write_text(text.replace("def initial(", "SPREAD = 0.02\n\n\ndef initial("), encoding="utf-8")


def _alias(root: Path) -> None:
    file = root / "training" / "minibatch.py"
    text = file.read_text(encoding="utf-8")
    text = text.replace("import torch\n", "import torch as t\n", 1).replace("torch.", "t.")
    file.write_text(text, encoding="utf-8")


def _reorder(root: Path) -> None:
    file = root / "models" / "bernoulli.py"
    text = file.read_text(encoding="utf-8")
    first, second = text.index("def negative_log"), text.index("class _Bernoulli")
    file.write_text(text[:first] + text[second:] + "\n\n" + text[first:second].rstrip() + "\n", encoding="utf-8")


FAULTS = [
    Change("the quarter of the KL's expansion", "foundations/heat/divergence.py", "coefficient: float = 0.25", "coefficient: float = 0.0", "rey2020-shapes"),
    Change("d for d / 2 in the expansion", "foundations/heat/divergence.py", "- d / 2 * (2 * math.pi * time)", "- d * (2 * math.pi * time)", "rey2020-shapes"),
    Change("a sphere's curvature with d + 1", "foundations/manifolds/spheres.py", "float(self.dim * (self.dim - 1))", "float(self.dim * (self.dim + 1))", "rey2020-shapes"),
    Change("SO(3)'s scale", "foundations/manifolds/rotations.py", "6 / SCALE**2", "6 / SCALE", "rey2020-shapes"),
    Change("fan p for p + 1", "models/modular.py", 'fan = spec.p + 1 if', 'fan = spec.p if', "sweeps"),
    Change("the number tables swapped", "models/modular.py", 'torch.cat([table["s0"], table["s1"]], 1) - table["s2"]', 'torch.cat([table["s1"], table["s0"]], 1) - table["s2"]', "sweeps"),
    Change("the score's scale", "models/modular.py", "return self.d_head**-0.5 if", "return self.d_model**-0.5 if", "sweeps"),
    Change("no skip in the norm's net", "models/modular.py", 'skip = torch.baddbmm(table["x2"], table["v2"], W_O)', 'skip = torch.baddbmm(-table["x2"], table["v2"], W_O)', "between"),
    Change("the loss without expm1", "models/primitives.py", "torch.log1p(others + torch.expm1(-m))", "torch.log1p(others)", "sweeps"),
    Change("a sign in the loss' gradient", "models/primitives.py", "scatter_(-1, at, -others * each)", "scatter_(-1, at, others * each)", "sweeps"),
    Change("Max's step for two bits", "models/quantized.py", "2: 0.9957", "2: 0.9857", "quantized"),
    Change("a map without its mean", "models/quantized.py", "torch.where(centred(W) >= 0", "torch.where(W >= 0", "quantized"),
    Change("the first test pair trained on", "training/tasks.py", "order[:n_train].sort()", "order[: n_train + 1].sort()", "sweeps"),
    Change("answers of a - b", "training/tasks.py", "(a + b) % p", "(a - b) % p", "sweeps"),
    Change("warm-up one step late", "training/loop.py", "min((self.epoch + 1) / max", "min(self.epoch / max", "sweeps"),
    Change("decay without the rate", "training/loop.py", "keep = 1 - rate * torch", "keep = 1 - 1e-3 * torch", "sweeps"),
    Change("another beta", "training/grokking.py", "(first.beta1, first.beta2)", "(first.beta1, 0.999)", "sweeps"),
    Change("Keras' epsilon", "training/autoencoder.py", "eps=1e-7", "eps=1e-8", "rey2020-mnist-noise",
           why="three steps are too few to show it: Adam divides by gradients far above both"),
    Change("a rate that never falls", "training/minibatch.py", "max(1 - self.step / self.settings.steps, 0.0)", "1.0", "rescue"),
    Change("the decoder's start", "models/decoder_spec.py", "math.sqrt(2 * spec.depth)", "math.sqrt(spec.depth)", "rescue"),
    Change("the encoder's start", "models/vae.py", "math.sqrt(6 / (inputs + outputs))", "math.sqrt(6 / inputs)", "rey2020-shapes"),
    Change("log t's range", "models/vae.py", "(high - low) / 2 * log_t", "(high - low) * log_t", "rey2020-shapes"),
    Change("the plane's deviation", "models/vae.py", "(q.log_t / 2).exp() * noise", "q.log_t.exp() * noise", "rey2020-mnist"),
    Change("waves that fade unasked", "papers/rey2020/pictures.py", "    if fading:\n", "    if not fading:\n", "rey2020-shapes"),
    Change("a sign in the pixels' likelihood", "models/bernoulli.py", "return (p - x).mul_", "return (x - p).mul_", "rey2020-shapes"),
    Change("the hinge's corner", "models/margin_losses.py", "(m - 1).div_(self.gamma)", "(m - 1).div_(2 * self.gamma)", "sgm-gaps"),
    Change("SGM without its sign", "training/sgm.py", "(-sizes).contiguous()", "sizes.contiguous()", "sgm-twins"),
    Change("features with sqrt D", "foundations/features.py", "/ math.sqrt(len(self.omega))", "/ math.sqrt(2 * len(self.omega))", "feature-error"),
    Change("Cauchy's quarter turn", "foundations/features.py", "math.pi * (uniform - 0.5)", "math.pi * (uniform - 0.25)", "feature-error"),
    Change("the kernel's constant", "models/rkhm_kernels.py", "(self.b + self.c * _outer", "(self.b - self.c * _outer", "rkhm-synthetic"),
    Change("a cube that is a square", "models/rkhm_layers.py", "* u**3]", "* u**2]", "rkhm-denoising"),
    Change("the spectrum's sign", "foundations/circulant.py", "return torch.fft.fftn(x,", "return torch.fft.ifftn(x,", "rkhm-interaction"),
    Change("the stream's seed", "foundations/streams.py", "digest[:8]", "digest[1:9]", "feature-error"),
    Change("the split's shares", "training/addition.py", "SHARES = (0.8, 0.1)", "SHARES = (0.7, 0.1)", "rescue"),
    Change("a default of another family's run", "papers/rey2020/shapes.py", "    lr: float = 5e-3\n", "    lr: float = 5e-2\n", "rey2020-homology"),
]  # fmt: skip
