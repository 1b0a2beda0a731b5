"""One training epoch of the adding net: this book's decoder against transformers' GPT2LMHeadModel, in one run.

Both start from the same weights, see the same batches and take AdamW steps; their losses are compared in float64.
Timed are single steps, the two sides in turns, in processor time, which a busy machine disturbs less than the clock;
an epoch is so many of them. ``python benchmarks/decoder.py --record`` keeps it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from circles.models import decoder, decoder_spec
from circles.papers.zhou2024.rescue import RescueRun
from circles.training import addition, benchmarks
from circles.training.loop import flushing

SIZES = {
    "sums to 340, width 336": {},
    "sums to 340, width 336, one layer": {"depth": 1},
    "sums to 100, width 96": {"addends": 51, "width": 96, "lr": 2e-3},
}


def measured(steps: int) -> dict[str, benchmarks.Row]:
    torch.set_num_threads(1)
    return {name: _row(RescueRun(**size), steps) for name, size in SIZES.items()}


def _row(config: RescueRun, steps: int) -> dict[str, float]:
    batches = -(-len(addition.split(config.addends, seed=0)["train"]) // config.batch)
    sides = {"ours": _ours(config), "reference": _reference(config)}
    times: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(5):  # in turns, so that a busy moment does not fall on one alone
        for name, side in sides.items():
            for _ in range(steps):
                began = time.process_time()
                next(side)
                times[name].append(time.process_time() - began)
    ours, theirs = (batches * statistics.median(times[name]) for name in sides)
    return {
        "ours_s": round(ours, 2), "reference_s": round(theirs, 2), "times": round(theirs / ours, 2),
        "loss_difference": _difference(config),
    }  # fmt: skip


def _difference(config: RescueRun) -> float:
    """How far the losses of both are apart on one batch, in float64."""
    weights, _, _ = RescueRun.problem([config], torch.device("cpu"))
    double = {name: w.double() for name, w in weights.items()}
    index = next(_batches(config))
    a, b = index // config.addends, index % config.addends
    with torch.inference_mode():
        ours = decoder.loss(double, a, b, config.spec)
        return abs(float(ours) - float(_loss(_model(double, config).double(), config, index[0])))


def _ours(config: RescueRun) -> Iterator[None]:
    weights, _, settings = RescueRun.problem([config], torch.device("cpu"))
    descent = config.descent(weights, settings)
    batches = _batches(config)

    def one_step(weights: dict, epoch: int) -> Iterator[torch.Tensor]:
        index = next(batches)
        yield decoder.loss(weights, index // config.addends, index % config.addends, config.spec)

    for record in descent.records(one_step, 10**9):
        if record.epoch:  # the first record is the state before any step
            yield


def _reference(config: RescueRun) -> Iterator[None]:
    weights, _, settings = RescueRun.problem([config], torch.device("cpu"))
    model = _model(weights, config)
    # Held fast are the numbers' rows; here the table holds two signs as well, and one tensor is trained or not.
    model.transformer.wte.weight.requires_grad_(not settings.frozen)
    trained = [p for p in model.parameters() if p.requires_grad]
    adam = torch.optim.AdamW(trained, lr=settings.lr, weight_decay=settings.weight_decay)
    with flushing(True):
        for index in _batches(config):
            adam.zero_grad()
            _loss(model, config, index[0]).backward()
            adam.step()
            yield


def _model(weights: dict[str, torch.Tensor], config: RescueRun) -> GPT2LMHeadModel:
    spec = config.spec
    model = GPT2LMHeadModel(GPT2Config(
        vocab_size=spec.vocabulary, n_positions=4, n_embd=spec.width, n_layer=spec.depth, n_head=spec.heads,
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, use_cache=False, bos_token_id=None, eos_token_id=None,
    )).to(weights["W_E"].dtype)  # fmt: skip
    model.load_state_dict(decoder_spec.gpt2_state(weights, spec))
    return model


def _loss(model: GPT2LMHeadModel, config: RescueRun, index: torch.Tensor) -> torch.Tensor:
    a, b = index // config.addends, index % config.addends
    plus = torch.full_like(a, config.numbers)
    logits = model(torch.stack([a, plus, b, plus + 1], 1)).logits[:, -1]
    return torch.nn.functional.cross_entropy(logits, a + b)


def _batches(config: RescueRun) -> Iterator[torch.Tensor]:
    side = addition.split(config.addends, seed=config.seed)["train"]
    epoch = 0
    while True:
        yield from addition.batches([side], config.batch, seeds=[config.seed], epoch=epoch)
        epoch += 1


if __name__ == "__main__":
    benchmarks.command("decoder", __doc__, measured, steps=(3, "steps timed in each of five rounds"))
