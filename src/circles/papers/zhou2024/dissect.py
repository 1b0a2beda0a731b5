"""A fine-tuned GPT-2 taken apart where the answer is read: logit lens, what its modules write, filters, components."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from circles.analysis import filters, logit_components, number_spectrum, paper_waves
from circles.foundations import fourier
from circles.foundations.errors import ConfigError
from circles.papers.zhou2024 import finetune, prompts
from circles.papers.zhou2024.prompts import Problem

PARTS = ("attention", "mlp")
NEAR = (0, 2, 10)  # exact, within 2, within 10: the paper's three readings of the logit lens
FILTERS = {f"{band}-{part}": (band, part) for band in ("low", "high") for part in ("both", "attention", "mlp")}


@dataclass(frozen=True, eq=False)
class Readings:
    """At the position that reads the answer: the stream after each layer, what each module adds, the final logits."""

    stream: Float[Tensor, "layers problems d"]
    added: dict[str, Float[Tensor, "layers problems d"]]
    logits: Float[Tensor, "problems p"]
    answers: Int[Tensor, " problems"]


def parts(model: Any) -> dict[str, list[Any]]:
    """The attention and MLP modules of a GPT-2, layer by layer. Raises ConfigError for another kind of model."""
    if not hasattr(getattr(model, "transformer", None), "h"):
        raise ConfigError(f"{type(model).__name__} has no transformer.h, expected a GPT-2 of transformers")
    return {
        "attention": [block.attn for block in model.transformer.h],
        "mlp": [block.mlp for block in model.transformer.h],
    }


def unembedding(model: Any, ids: Int[Tensor, " p"]) -> Float[Tensor, "d p"]:
    """W_U's columns of the number tokens."""
    return model.get_output_embeddings().weight.detach()[ids.to(model.device)].float().mT


@torch.inference_mode()
def read(model: Any, tokenizer: Any, problems: Sequence[Problem], ids: Int[Tensor, " p"], batch: int = 64) -> Readings:
    """Run the problems and keep what stands at the last token of each prompt; on the CPU, in float32."""
    kept: dict[str, list[Tensor]] = {name: [] for name in ("stream", "logits", *PARTS)}
    for start in range(0, len(problems), batch):
        tokens, labels = prompts.encode(problems[start : start + batch], tokenizer)
        at = (labels != prompts.IGNORED).int().argmax(1) - 1
        rows = torch.arange(len(at))
        caught: dict[str, list[Tensor]] = {name: [] for name in ("stream", *PARTS)}

        def catch(name: str, caught=caught, rows=rows, at=at) -> Callable:
            def hook(module: Any, inputs: Any, output: Any) -> None:
                caught[name].append((output[0] if isinstance(output, tuple) else output)[rows, at].float().cpu())

            return hook

        with contextlib.ExitStack() as stack:
            for name, modules in (parts(model) | {"stream": list(model.transformer.h)}).items():
                for module in modules:
                    stack.callback(module.register_forward_hook(catch(name)).remove)
            logits = model(input_ids=tokens.to(model.device)).logits
        kept["logits"].append(logits[rows, at].float().cpu()[:, ids])
        for name, layers in caught.items():
            kept[name].append(torch.stack(layers))
    added = {name: torch.cat(kept[name], 1) for name in PARTS}
    answers = torch.tensor([problem.answer for problem in problems])
    return Readings(torch.cat(kept["stream"], 1), added, torch.cat(kept["logits"]), answers)


@torch.inference_mode()
def lens(model: Any, readings: Readings, ids: Int[Tensor, " p"]) -> Float[Tensor, "layers 3"]:
    """After each layer the share of answers that are exact, within 2 and within 10, read by the last norm and W_U."""
    W_U, norm = unembedding(model, ids).cpu(), model.transformer.ln_f
    found = []
    for stream in readings.stream:
        guess = (norm(stream.to(model.device)).float().cpu() @ W_U).argmax(-1)
        off = (guess - readings.answers).abs()
        found.append([(off <= near).double().mean().item() for near in NEAR])
    return torch.tensor(found)


def module_norms(
    model: Any, readings: Readings, ids: Int[Tensor, " p"]
) -> dict[str, Float[Tensor, "layers components"]]:
    """The mean norm of each component of what each module adds to the number logits, in the paper's waves."""
    W_U = unembedding(model, ids).cpu()
    found = {}
    for part, added in readings.added.items():
        layers = [paper_waves.transform(logit_components.number_logits(x, W_U).double()) for x in added]
        found[part] = torch.stack([fourier.bands(c).mean(0) for c in layers])
    return found


def paper_periods_among(norms: Float[Tensor, " components"], p: int, periods: Sequence[float], most: int = 5) -> int:
    """How many of these periods are, up to a neighbouring component, among the ``most`` largest high components."""
    largest = number_spectrum.largest(norms, paper_waves.high(p), most)
    return sum(any(abs(k - (p - 1) / period) <= 1 for k in largest) for period in periods)


def filtered(
    model: Any, tokenizer: Any, problems: Sequence[Problem], ids: Int[Tensor, " p"]
) -> dict[str, tuple[float, float]]:
    """Accuracy and loss when a band is removed from the outputs of all modules of a kind: the paper's Table 1."""
    W_U = unembedding(model, ids)
    bands = {"low": paper_waves.low(len(ids)), "high": paper_waves.high(len(ids))}
    projections = {band: filters.projection(W_U, gamma).to(W_U.dtype) for band, gamma in bands.items()}
    found = {"nothing": finetune.accuracy_and_loss(model, tokenizer, problems)}
    for name, (band, part) in FILTERS.items():
        with _projected(model, PARTS if part == "both" else (part,), projections[band]):
            found[name] = finetune.accuracy_and_loss(model, tokenizer, problems)
    return found


def single_components(readings: Readings) -> dict[str, float]:
    """Shares of right parities with only period 2 kept in the final logits, of wrong answers with only the slowest."""
    n = readings.logits.shape[1] - 1
    inside = readings.answers < n
    logits, answers = readings.logits[inside, :n].double(), readings.answers[inside]
    fast, slow = (filters.keep(logits, [k]).argmax(-1) for k in (n // 2, 1))
    return {
        "parity": ((fast - answers) % 2 == 0).double().mean().item(),
        "wrong": (slow != answers).double().mean().item(),
    }


def top_sums(readings: Readings, most: int = 5) -> float:
    """The share of answers that the ``most`` largest components of the final logits name."""
    n = readings.logits.shape[1] - 1
    inside = readings.answers < n
    named = logit_components.named_by_top(readings.logits[inside, :n].double(), readings.answers[inside], most)
    return named[:, -1].double().mean().item()


@contextlib.contextmanager
def _projected(model: Any, kinds: Sequence[str], projection: Tensor) -> Iterator[None]:
    """Within, the outputs of these modules are multiplied by the projection, at every position."""

    def hook(module: Any, inputs: Any, output: Any) -> Any:
        first = output[0] if isinstance(output, tuple) else output
        changed = (first.float() @ projection.to(first.device)).to(first.dtype)
        return (changed, *output[1:]) if isinstance(output, tuple) else changed

    with contextlib.ExitStack() as stack:
        for kind in kinds:
            for module in parts(model)[kind]:
                stack.callback(module.register_forward_hook(hook).remove)
        yield
