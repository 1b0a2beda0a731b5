"""A step of fine-tuning Whisper tiny.en's decoder: this book's against the plain loop with transformers' own class.

The same weights, batches of 64 pairs and AdamW on one core, in turns, in processor time. The plain loop gives the
model the prompts and the answers as labels, as transformers' trainer does: logits over the whole vocabulary at every
position. A third side is kinder to it: its embeddings cut to the tokens in use, logits at the last token alone. Losses
of ours and of the kinder side are compared. ``python benchmarks/adder.py --record`` keeps the rows.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable, Iterator

import torch

from circles.foundations.streams import streams
from circles.models import pretrained
from circles.models.prefixes import END
from circles.papers.zhou2024.adder_run import AdderRun
from circles.training import benchmarks
from circles.training.loop import flushing

PARTS = {"bare": {"told": "bare"}, "templates": {"told": "templates"}}


def measured(steps: int, random: bool) -> dict[str, benchmarks.Row]:
    torch.set_num_threads(1)
    mode = "random" if random else "pretrained"
    return {name: _row(AdderRun(mode=mode, **part), steps) for name, part in PARTS.items()}


def _row(config: AdderRun, steps: int) -> benchmarks.Row:
    rounded = AdderRun(**config.to_dict() | {"bfloat16": True})
    sides: dict[str, Iterator[float]] = {
        "ours": _ours(config), "ours, bfloat16": _ours(rounded), "plain": _theirs(config, _plain),
        "plain, cut": _theirs(config, _cut),
    }  # fmt: skip
    times: dict[str, list[float]] = {name: [] for name in sides}
    losses: dict[str, list[float]] = {name: [] for name in sides}
    with flushing(True):
        for turn in range(steps + 1):  # the first warms up
            for name, side in sides.items():
                began = time.process_time()
                losses[name].append(next(side))
                if turn:
                    times[name].append(time.process_time() - began)
    took = {name: statistics.median(found) for name, found in times.items()}
    apart = max(abs(a - b) for a, b in zip(losses["ours"], losses["plain, cut"], strict=True))
    batches = -(-len(config.asked().prompts["train"]) // config.batch)
    return {
        "ours_ms": round(1e3 * took["ours"], 1), "bfloat16_ms": round(1e3 * took["ours, bfloat16"], 1),
        "plain_ms": round(1e3 * took["plain"], 1), "cut_ms": round(1e3 * took["plain, cut"], 1),
        "times": round(took["plain"] / took["ours"], 2), "times_cut": round(took["plain, cut"] / took["ours"], 2),
        "epoch_s": round(batches * took["ours"], 1),
        "loss_difference": float(f"{apart:.1e}"),
    }  # fmt: skip


def _ours(config: AdderRun) -> Iterator[float]:
    weights, epoch, settings = AdderRun.problem([config], torch.device("cpu"))
    descent = AdderRun.descent(weights, settings)
    while True:
        for loss in epoch(descent.weights, 0):
            descent._step(loss)
            yield float(loss.detach())


def _batches(config: AdderRun) -> Iterator[torch.Tensor]:

    count = len(config.asked().prompts["train"])
    while True:
        yield from torch.randperm(count, generator=streams(config.seed, "batches/0")["batches/0"]).split(config.batch)


def _theirs(config: AdderRun, loss: Callable) -> Iterator[float]:
    asked, model = config.asked(), _copy(config)
    if loss is _cut:
        rows = model.proj_out.weight[torch.tensor(asked.tokens)].detach().clone()
        model.model.decoder.embed_tokens = torch.nn.Embedding.from_pretrained(rows, freeze=False)
    decoder = model.model.decoder
    trained = [w for name, w in decoder.named_parameters() if "encoder_attn" not in name]
    adam = torch.optim.AdamW(trained, lr=config.lr, weight_decay=config.weight_decay)
    prompts, answers = asked.prompts["train"], asked.answers["train"]
    for chosen in _batches(config):
        adam.zero_grad()
        found = loss(decoder, prompts[chosen], answers[chosen], torch.tensor(asked.tokens))
        found.backward()
        adam.step()
        yield float(found.detach())


def _copy(config: AdderRun):

    seed = config.seed if config.mode == "random" else None
    return copy.deepcopy(pretrained.load("whisper-tiny", random=seed))


def _states(decoder, tokens: torch.Tensor, padding: int) -> torch.Tensor:
    """Padded at the right: what stands there is later than every answer, and a causal model does not see it."""
    return decoder(input_ids=tokens.masked_fill(tokens == END, padding), use_cache=False).last_hidden_state


def _plain(decoder, prompts: torch.Tensor, answers: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Cross-entropy over the vocabulary with labels at the answer, logits everywhere."""
    last = (prompts != END).sum(1) - 1
    whole = torch.where(prompts == END, END, tokens[prompts.clamp(min=0)])
    logits = _states(decoder, whole, 50256) @ decoder.embed_tokens.weight.T
    labels = torch.full_like(prompts, -100).scatter(1, last[:, None], tokens[answers][:, None])
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)


def _cut(decoder, prompts: torch.Tensor, answers: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """The same with the tokens in use, and logits of the numbers at the last token."""
    last = (prompts != END).sum(1) - 1
    state = _states(decoder, prompts, 0)[torch.arange(len(prompts)), last]
    numbers = 521  # 0 to 520, the sums of 0 to 260
    return torch.nn.functional.cross_entropy(state @ decoder.embed_tokens.weight[:numbers].T, answers)


if __name__ == "__main__":
    benchmarks.command(
        "adder", __doc__, measured, steps=(5, "steps timed of each side"), random=(False, "random weights: no package")
    )
