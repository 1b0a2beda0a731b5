"""The trained net taken apart: every claim of the paper about the end of training reads from here."""

from __future__ import annotations

from functools import cached_property

from circles.analysis import ablations, null_space, readout
from circles.analysis.net import Net as AnyNet
from circles.training.runs import Run, Weights

LEFT = 0.0055  # of the norm of W_L: what the paper says its key directions leave at most (section 4.2)


class Net(AnyNet):
    """A finished run of the paper's net, whose logits are linear in the neurons: its ablations too."""

    def __init__(self, run: Run, weights: Weights | None = None) -> None:
        super().__init__(run, weights)
        past_neurons = self.resid_mid + self.weights["b_out"]
        self.skip_logits = (past_neurons @ self.weights["W_U"])[0]

    @property
    def wl_rank(self) -> int:
        """The least rank whose best approximation leaves at most ``LEFT`` of the norm of W_L."""
        return readout.rank(self.W_L, LEFT)

    @property
    def restricted_lead(self) -> int:
        """Epochs from where restricted loss is below 1 nat for good to where test loss is."""
        return self.stays_below("test_loss", 1.0) - self.stays_below("restricted_loss", 1.0)

    @cached_property
    def ablations(self) -> dict[str, float]:
        """Test loss of each ablation by name; "clean" is the net itself."""
        return ablations.table(self.mlp, self.W_L, self.skip_logits, self.neurons, self.keys, self.test)

    @cached_property
    def one_frequency_less(self) -> dict[int, float]:
        """Test loss without each key frequency: no part of the table, for a net that did not generalise has many."""
        net = (self.mlp, self.W_L, self.skip_logits)
        return {k: ablations.ablate_frequency(*net, k, self.test) for k in self.keys}

    @cached_property
    def null_space(self) -> dict[str, float]:
        """Test loss in the null space of W_L's directions, with each way to the logits held in turn."""
        return null_space.held(self.mlp, self.W_L, self.skip_logits, self.keys, self.test)

    @cached_property
    def onto_directions_about_mean(self) -> float:
        """Test loss on W_L's directions, each neuron's mean left in place."""
        return null_space.onto_directions_about_mean(self.mlp, self.W_L, self.skip_logits, self.keys, self.test)
