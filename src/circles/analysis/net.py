"""A trained net taken apart, whatever its paper: what a chapter asks of the end and the course of a run."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from torch import Tensor

from circles.analysis import losses, phases, progress
from circles.analysis.dissected import Dissected
from circles.models import modular
from circles.training import tasks
from circles.training.grokking import GrokkingRun
from circles.training.runs import Run, Weights


class Net(Dissected):
    """One finished run: its activations over all pairs, its key frequencies, its curves.

    ``weights`` are those the net computes with (R = 1), the run's own unless given. Where a norm stands before
    the unembedding, W_L [p, d_mlp] = (W_out diag(gain) W_U)^T includes its gain; the norm's factor, one positive
    number a pair, is left out. ``keys``, and ``gini_L`` and ``spectrum_L`` of the ``curves``, are those that
    ``trajectory`` kept, of (W_out W_U)^T without the gain; ``three_rules`` has those of W_L itself. Both are chosen
    by ``spectra.prominent``, and from the readout: what the embedding carries may not reach it.
    Losses are on the test pairs unless said otherwise, in nats.
    """

    def __init__(self, run: Run, weights: Weights | None = None) -> None:
        config = run.config
        assert isinstance(config, GrokkingRun)
        self.run, self.spec, self.p = run, config.spec, config.p
        self.weights = run.weights if weights is None else weights
        self.train, self.test = tasks.split(config.p, config.fraction, seed=config.seed)
        self.scored = self.test
        found = modular.activations(self.weights, self.spec)
        self.mlp, self.logits, self.attention = found["mlp"][0], found["logits"][0], found["attn"][0]
        self.resid_mid = found["resid_mid"]
        self.W_E = self.weights["W_E"][0, :-1]
        gain = self.weights["gain"].unsqueeze(1) if self.spec.norm else 1.0
        self.W_L = (self.weights["W_out"] * gain @ self.weights["W_U"])[0].mT
        self.curves = {name: values.numpy() for name, values in run.measures.items()}

    # which frequencies

    @property
    def keys(self) -> tuple[int, ...]:
        return tuple(int(k) for k in self.curves["keys"])

    # when

    @property
    def epochs(self) -> np.ndarray:
        return self.curves["epoch"]

    def first_epoch(self, curve: str, above: float) -> int:
        """The first checkpoint at which an accuracy passes ``above``; -1 when none does."""
        passed = np.flatnonzero(self.curves[curve] > above)
        return int(self.epochs[passed[0]]) if len(passed) else -1

    @property
    def generalised(self) -> bool:
        """Whether it generalised: more than 99% of the other pairs right at some checkpoint."""
        return self.first_epoch("test_accuracy", 0.99) >= 0

    def stays_below(self, curve: str, level: float) -> int:
        """The first checkpoint from which a curve stays below ``level`` to the end; -1 when it ends above."""
        above = np.flatnonzero(~(self.curves[curve] < level))
        first = above[-1] + 1 if len(above) else 0
        return int(self.epochs[first]) if first < len(self.epochs) else -1

    @cached_property
    def phases(self) -> phases.Phases:
        return phases.phases(self.epochs, self.curves["test_loss"], self.curves["excluded_loss"])

    def at(self, curve: str, epoch: int) -> float:
        """A curve's value at a checkpoint."""
        return float(self.curves[curve][np.flatnonzero(self.epochs == epoch)[0]])

    # how

    @property
    def loss(self) -> float:
        return losses.loss(self.logits, self.test)

    @property
    def restricted_ratio(self) -> float:
        """The restricted loss of the text's terms and of the code's: the larger over the smaller."""
        both = [progress.restricted_loss(self.logits, self.keys, terms=t) for t in ("sums", "products")]
        return max(both) / min(both)

    @property
    def attention_to_equals(self) -> Tensor:
        """[heads]: the mean share of the attention that ``=`` pays to itself."""
        return self.attention[:, :, 2].mean(0)
