"""The paper's own runs, through transformers: they need the hub and a GPU, and are tested on a tiny stand-in.

Departures: dropout is the model's own setting, and AdamW's weight decay torch's 0.01; the paper gives neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from circles.foundations.errors import ConfigError, NumbersError
from circles.foundations.streams import streams
from circles.papers.zhou2024 import dissect, finetune, prompts
from circles.papers.zhou2024.number_waves import PAPER_PERIODS
from circles.training import runs
from circles.training.computed import ComputedRun

START = {
    "pretrained": "fine-tuned as it is",
    "scratch": "all weights random",
    "frozen": "pre-trained token embeddings held fast, all else random",
}


@dataclass(frozen=True, kw_only=True)
class PaperRun(ComputedRun):
    """One model trained on the problems and taken apart. ``model`` is a name on the hub or a folder."""

    model: str = "openai-community/gpt2-xl"
    start: str = "pretrained"
    task: str = "sums"
    largest: int = 260  # addends, or the largest product
    lr: float = 1e-5
    epochs: int = 50
    batch: int = 16
    asked: int = 3420  # test problems that the analyses look at, at most

    family: ClassVar[str] = "zhou2024-paper-scale"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.start not in START:
            raise ConfigError(f"start is {self.start!r}, expected one of {', '.join(START)}")
        if self.task not in ("sums", "products"):
            raise ConfigError(f"task is {self.task!r}, expected sums or products")

    @property
    def name(self) -> str:
        short = re.sub(r"\W+", "_", self.model.rpartition("/")[2])
        return f"{short}-{self.start}-{self.task}-{self.epochs}-seed{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        device = runs.pick("auto")
        model, tokenizer = load(self.model, self.start, seed=self.seed)
        model.to(device)
        told = (prompts.sums if self.task == "sums" else prompts.products)(self.largest, seed=self.seed)
        sides = prompts.split(told)
        recipe = finetune.Recipe(lr=self.lr, epochs=self.epochs, batch=self.batch, seed=self.seed)
        folder = runs.folder_of(self, runs.cache()).with_suffix(".training")
        losses = finetune.train(model, tokenizer, sides["train"], recipe, folder)
        found: dict[str, Any] = {"epoch_losses": losses}
        for side in ("validation", "test"):
            found[side] = finetune.accuracy_and_loss(model, tokenizer, sides[side])
        if self.task == "sums":
            found |= dissected(model, tokenizer, sides["test"][: self.asked], 2 * self.largest)
        return {name: torch.as_tensor(value, dtype=torch.float64) for name, value in found.items()}


def dissected(model: Any, tokenizer: Any, problems: list[prompts.Problem], largest: int) -> dict[str, Any]:
    """Every analysis of the chapter on a trained model: lens, modules, components, parity, filters."""
    ids = prompts.number_ids(largest, tokenizer)
    readings = dissect.read(model, tokenizer, problems, ids)
    norms = dissect.module_norms(model, readings, ids)
    found: dict[str, Any] = {f"norms_{part}": values for part, values in norms.items()}
    found |= {f"single_{name}": value for name, value in dissect.single_components(readings).items()}
    found |= {f"filtered_{k}": v for k, v in dissect.filtered(model, tokenizer, problems, ids).items()}
    late = {part: values[-15:].mean(0) for part, values in norms.items()}  # the paper's last 15 layers
    if all((largest % round(2 * t)) == 0 for t in PAPER_PERIODS):
        found |= {f"periods_{k}": dissect.paper_periods_among(v, largest + 1, PAPER_PERIODS) for k, v in late.items()}
    return found | {"lens": dissect.lens(model, readings, ids), "top_five": dissect.top_sums(readings)}


@dataclass(frozen=True, kw_only=True)
class PromptedRun(ComputedRun):
    """A model as it is, asked test sums after ``shots`` solved ones."""

    model: str = "EleutherAI/gpt-j-6b"
    shots: int = 4
    largest: int = 260
    asked: int = 3420

    family: ClassVar[str] = "zhou2024-prompted"

    @property
    def name(self) -> str:
        return f"{re.sub(r'[^0-9a-zA-Z]+', '_', self.model.rpartition('/')[2])}-{self.shots}shot-seed{self.seed}"

    def compute(self) -> dict[str, Tensor]:
        model, tokenizer = load(self.model, "pretrained", seed=self.seed)
        model.to(runs.pick("auto"))
        sides = prompts.split(prompts.sums(self.largest, seed=self.seed))
        asked = sides["test"][: self.asked]
        choose = streams(self.seed, "shots")["shots"]
        picked = [torch.randperm(len(sides["train"]), generator=choose)[: self.shots].tolist() for _ in asked]
        texts = [prompts.in_context(p, [sides["train"][i] for i in own]) for p, own in zip(asked, picked, strict=True)]
        given = torch.tensor([said(model, tokenizer, text) for text in texts])
        return {"given": given, "answers": torch.tensor([p.answer for p in asked])}  # given is -1 where no number came


@torch.inference_mode()
def said(model: Any, tokenizer: Any, text: str) -> int:
    """The number that the model writes next, by greedy decoding; -1 when it writes none."""
    tokens = tokenizer(text, return_tensors="pt").input_ids.to(model.device)
    out = model.generate(
        tokens,
        attention_mask=torch.ones_like(tokens),
        max_new_tokens=4,
        do_sample=False,
        pad_token_id=tokenizer.eos_token_id,
    )
    match = re.match(r"\s*(\d+)", tokenizer.decode(out[0, tokens.shape[1] :]))
    return int(match[1]) if match else -1


def load(name: str, start: str, *, seed: int) -> tuple[Any, Any]:
    """A causal language model and its tokenizer, its weights as ``START`` says.

    Random weights are drawn from a stream of their own; the global random state stays. Raises NumbersError, one line,
    when the hub gives no such model.
    """
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    try:
        own = {"trust_remote_code": False}  # else a model with code of its own waits for an answer
        tokenizer = AutoTokenizer.from_pretrained(name, **own)
        config = AutoConfig.from_pretrained(name, **own)
        pretrained = None
        if start != "scratch":
            pretrained = AutoModelForCausalLM.from_pretrained(name, dtype=torch.float32, **own)
    except (OSError, ValueError) as error:
        raise NumbersError(f"{name}: no such model here or on the hub ({type(error).__name__})") from error
    if start == "pretrained":
        return pretrained, tokenizer
    with torch.random.fork_rng():
        torch.manual_seed(streams(seed, "weights")["weights"].initial_seed() % 2**63)
        model = AutoModelForCausalLM.from_config(config)
    if start == "frozen":
        model.get_input_embeddings().weight.data.copy_(pretrained.get_input_embeddings().weight)
        model.get_input_embeddings().weight.requires_grad_(False)
    return model, tokenizer


def gpt2xl(seed: int) -> list[PaperRun]:
    """Fine-tuned for 50 epochs, and from scratch for 500 at ten times the rate."""
    return [PaperRun(seed=seed), PaperRun(seed=seed, start="scratch", lr=1e-4, epochs=500)]


def gpt2(seed: int) -> list[PaperRun]:
    """GPT-2-small for 700 epochs: from random weights, and with the pre-trained embeddings held fast."""
    small = {"model": "openai-community/gpt2", "lr": 5e-5, "epochs": 700, "seed": seed}
    return [PaperRun(start="frozen", **small), PaperRun(start="scratch", **small)]


def multiplication(seed: int) -> PaperRun:
    """Products up to 10,000 for 25 epochs."""
    return PaperRun(task="products", largest=10_000, lr=1e-4, epochs=25, seed=seed)


def prompted(model: str) -> Callable[[int], PromptedRun]:
    """A maker of the four-shot run of this model."""
    return lambda seed: PromptedRun(model=model, seed=seed)


NAMES: dict[str, Callable[[int], Any]] = {
    "zhou2024-gpt2xl": gpt2xl,
    "zhou2024-gpt2": gpt2,
    "zhou2024-gptj-prompted": prompted("EleutherAI/gpt-j-6b"),
    "zhou2024-phi2-prompted": prompted("microsoft/phi-2"),
    "zhou2024-multiplication": multiplication,
}
