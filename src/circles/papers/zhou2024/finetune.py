"""Training a causal language model on the problems: AdamW, a rate that falls to zero, taken up where it was."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from circles.foundations.streams import streams
from circles.papers.zhou2024 import finetune_state, prompts
from circles.papers.zhou2024.prompts import Problem

SAVE_SECONDS = 600.0


@dataclass(frozen=True)
class Recipe:
    """Zhou et al. 2024: AdamW, rate falling linearly to 0 without warm-up, batches of 16."""

    lr: float = 1e-5
    epochs: int = 50
    batch: int = 16
    weight_decay: float = 0.01  # AdamW's own in torch; the paper gives none
    seed: int = 0


def train(
    model: Any,
    tokenizer: Any,
    problems: Sequence[Problem],
    recipe: Recipe,
    folder: Path,
    *,
    stop_after: int | None = None,
) -> list[float]:
    """Train in place; the mean loss of each epoch. State is saved in ``folder`` and taken up from there.

    On CUDA the products are in bfloat16, weights and sums stay in float32. ``stop_after`` leaves off after that many
    steps, as an interruption would, with the state saved. Raises RunError when the saved state is damaged or another's.
    """
    device = next(model.parameters()).device
    trained = [w for w in model.parameters() if w.requires_grad]
    adam = torch.optim.AdamW(trained, lr=recipe.lr, weight_decay=recipe.weight_decay)
    per_epoch = -(-len(problems) // recipe.batch)
    total = per_epoch * recipe.epochs
    losses = finetune_state.resume(folder / "state.pt", model, adam, vars(recipe), total)
    step = len(losses)
    model.train()
    saved = time.monotonic()
    with tqdm(total=total, initial=step, desc="fine-tuning", unit="step", file=sys.stderr, disable=None) as bar:
        while step < total and (stop_after is None or step < stop_after):
            tokens, labels = _batch(problems, tokenizer, recipe, step, per_epoch, device)
            for group in adam.param_groups:
                group["lr"] = recipe.lr * (1 - step / total)
            adam.zero_grad()
            with _random(recipe.seed, step, device), _products(device):
                loss = answer_loss(model(input_ids=tokens).logits, labels)
            loss.backward()
            adam.step()
            losses.append(float(loss.detach()))
            step += 1
            bar.update()
            if time.monotonic() - saved > SAVE_SECONDS or step == stop_after:
                finetune_state.save(folder / "state.pt", model, adam, vars(recipe), losses)
                saved = time.monotonic()
    model.eval()
    means = [losses[i : i + per_epoch] for i in range(0, len(losses), per_epoch)]
    return [sum(part) / len(part) for part in means]


def answer_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Mean cross-entropy of the answers' tokens, each predicted from the position before it, in nats."""
    return F.cross_entropy(logits[:, :-1].flatten(0, 1).float(), labels[:, 1:].flatten(), ignore_index=prompts.IGNORED)


@torch.inference_mode()
def predictions(
    model: Any, tokenizer: Any, problems: Sequence[Problem], *, batch: int = 64
) -> Iterator[tuple[bool, float]]:
    """For each problem whether all tokens of its answer are the likeliest, and its loss in nats.

    With the answer given: all its tokens are the likeliest exactly when greedy decoding writes it.
    """
    device = next(model.parameters()).device
    for start in range(0, len(problems), batch):
        tokens, labels = (x.to(device) for x in prompts.encode(problems[start : start + batch], tokenizer))
        with _products(device):
            logits = model(input_ids=tokens).logits[:, :-1].float()
        wanted, asked = labels[:, 1:], labels[:, 1:] != prompts.IGNORED
        right = ((logits.argmax(-1) == wanted) | ~asked).all(1)
        each = F.cross_entropy(logits.transpose(1, 2), wanted, ignore_index=prompts.IGNORED, reduction="none")
        yield from zip(right.tolist(), (each.sum(1) / asked.sum(1)).tolist(), strict=True)


def accuracy_and_loss(model: Any, tokenizer: Any, problems: Sequence[Problem]) -> tuple[float, float]:
    """The share of problems answered rightly, and the mean loss in nats."""
    right, loss = zip(*predictions(model, tokenizer, problems), strict=True)
    return sum(right) / len(right), sum(loss) / len(loss)


def _batch(
    problems: Sequence[Problem], tokenizer: Any, recipe: Recipe, step: int, per_epoch: int, device: torch.device
):
    epoch, place = divmod(step, per_epoch)
    order = torch.randperm(len(problems), generator=streams(recipe.seed, f"epoch {epoch}")[f"epoch {epoch}"]).tolist()
    chosen = order[place * recipe.batch : (place + 1) * recipe.batch]
    return (x.to(device) for x in prompts.encode([problems[i] for i in chosen], tokenizer))


@contextlib.contextmanager
def _random(seed: int, step: int, device: torch.device) -> Iterator[None]:
    """Dropout's random numbers: set by seed and step, so that a resumed run draws the same; the state outside stays."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(streams(seed, f"dropout {step}")[f"dropout {step}"].initial_seed() % 2**63)
        yield


def _products(device: torch.device):
    return torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else contextlib.nullcontext()
