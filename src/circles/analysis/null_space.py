"""By which way the answer still reaches the logits when the neurons lose the directions that W_L reads.

Letters as in ``ablations``. Two ways remain: through the neurons, whose rest W_L reads off other directions, and past
them. To hold a part is to put its mean over all pairs in its place: it then tells no pair from another.
Source: Nanda et al. 2023, section 4.4 for the projections; what is held, and the mean that is kept, are ours.
"""

from __future__ import annotations

from circles.analysis.ablations import Keys, Logits, Mlp, Pairs, Readout, logits_of, projected
from circles.analysis.losses import loss

AS_IT_IS, PAST_HELD, NEURONS_HELD, NEURONS_ALONE = WAYS = (
    "nothing held",
    "past the neurons held",
    "neurons held",
    "neurons alone, constants dropped",
)


def held(mlp: Mlp, W_L: Readout, skip_logits: Logits, keys: Keys, pairs: Pairs = None) -> dict[str, float]:
    """Loss of rest W_L^T + skip_logits, rest = mlp - its projection, with one term or the other held, by ``WAYS``.

    With nothing held it is ``ablations.onto_null_space``; the last is (rest - its mean) W_L^T alone. Logits that are
    the same for every pair lose log p or more.
    """
    rest, past = mlp.double() - projected(mlp, W_L, keys), skip_logits.double()
    mean = lambda z: z.mean(0, keepdim=True).expand_as(z)  # noqa: E731
    terms = (rest, past), (rest, mean(past)), (mean(rest), past), (rest - mean(rest), past.new_zeros(past.shape))
    return {way: loss(logits_of(neurons, W_L, skip), pairs) for way, (neurons, skip) in zip(WAYS, terms, strict=True)}


def onto_directions_about_mean(mlp: Mlp, W_L: Readout, skip_logits: Logits, keys: Keys, pairs: Pairs = None) -> float:
    """``ablations.onto_directions`` with each neuron's mean over all pairs left in place."""
    mean = mlp.double().mean(0)
    return loss(logits_of(mean + projected(mlp.double() - mean, W_L, keys), W_L, skip_logits), pairs)
