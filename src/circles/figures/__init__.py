"""Charts of tidy frames: each function takes a frame and returns a Figure with a text description and a caption."""

from circles.figures.ablations import ablation_table
from circles.figures.beside import beside
from circles.figures.bits import bits_against_algorithm
from circles.figures.clock import clock
from circles.figures.curves import training_curves
from circles.figures.directions import direction_fit
from circles.figures.frames import FigureError, thin
from circles.figures.heads import attention_heads
from circles.figures.latent import latent_slider
from circles.figures.logits import logits_fit, logits_map
from circles.figures.matrices import matrices
from circles.figures.neurons import neuron_clusters, neuron_map
from circles.figures.progress import progress_measures
from circles.figures.scorecard import Table, scorecard_table, verdict_counts
from circles.figures.show import Figure
from circles.figures.side_by_side import block_maps, nets_through_training, variance_histograms
from circles.figures.slider import slider
from circles.figures.spectra import singular_values, spectrum
from circles.figures.sweeps import sweep
from circles.figures.timing import step_time
from circles.figures.two_weights import against_controls, two_weights

__all__ = [
    "Figure",
    "FigureError",
    "Table",
    "ablation_table",
    "against_controls",
    "attention_heads",
    "beside",
    "bits_against_algorithm",
    "block_maps",
    "clock",
    "direction_fit",
    "latent_slider",
    "logits_fit",
    "logits_map",
    "matrices",
    "nets_through_training",
    "neuron_clusters",
    "neuron_map",
    "progress_measures",
    "scorecard_table",
    "singular_values",
    "slider",
    "spectrum",
    "step_time",
    "sweep",
    "thin",
    "training_curves",
    "two_weights",
    "variance_histograms",
    "verdict_counts",
]
