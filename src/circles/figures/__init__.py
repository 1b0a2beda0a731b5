"""Charts of tidy frames: each function takes a frame and returns a Figure with a text description and a caption."""

from circles.figures.ablations import ablation_table
from circles.figures.addition import accuracy_dots, error_histograms, lens_by_layer
from circles.figures.beside import beside
from circles.figures.bits import bits_against_algorithm
from circles.figures.by_space import nats_by_space
from circles.figures.circulants import circulant_slider
from circles.figures.clock import clock
from circles.figures.curves import training_curves
from circles.figures.directions import direction_fit
from circles.figures.dots import dots
from circles.figures.frames import FigureError, thin
from circles.figures.gains import gains
from circles.figures.heads import attention_heads
from circles.figures.heat import heat_slider, kl_faults, kl_remainder, walk_against_heat
from circles.figures.kernels import bound_against_gap, error_boxes, errors_over, times_over
from circles.figures.latent import latent_slider
from circles.figures.latents import latent_maps, shape_costs
from circles.figures.log_points import losses_against_log
from circles.figures.logit_sums import logit_sums
from circles.figures.logits import logits_fit
from circles.figures.matrices import matrices
from circles.figures.medians import medians_over
from circles.figures.mosaic import mosaic
from circles.figures.neurons import neuron_clusters, neuron_map
from circles.figures.number_models import spikes_by_model
from circles.figures.numbers import left_over, number_spectra, number_wheel, spikes_against_chance
from circles.figures.persistence import persistence_diagrams
from circles.figures.progress import progress_measures
from circles.figures.random_features import feature_error, kernel_slider
from circles.figures.show import Figure
from circles.figures.side_by_side import block_maps, nets_through_training, variance_histograms
from circles.figures.slider import slider
from circles.figures.spectra import singular_values, spectrum
from circles.figures.spread import curves_with_spread
from circles.figures.stability import breaking_step, gap_curves, twin_runs
from circles.figures.sweeps import sweep
from circles.figures.timing import step_time
from circles.figures.turning import turning
from circles.figures.two_weights import against_controls, two_weights
from circles.figures.verdicts import verdict_grid

__all__ = [
    "Figure",
    "FigureError",
    "ablation_table",
    "accuracy_dots",
    "against_controls",
    "attention_heads",
    "beside",
    "bits_against_algorithm",
    "block_maps",
    "bound_against_gap",
    "breaking_step",
    "circulant_slider",
    "clock",
    "curves_with_spread",
    "direction_fit",
    "dots",
    "error_boxes",
    "error_histograms",
    "errors_over",
    "feature_error",
    "gains",
    "gap_curves",
    "heat_slider",
    "kernel_slider",
    "kl_faults",
    "kl_remainder",
    "latent_maps",
    "latent_slider",
    "left_over",
    "lens_by_layer",
    "logit_sums",
    "logits_fit",
    "losses_against_log",
    "matrices",
    "medians_over",
    "mosaic",
    "nats_by_space",
    "nets_through_training",
    "neuron_clusters",
    "neuron_map",
    "number_spectra",
    "number_wheel",
    "persistence_diagrams",
    "progress_measures",
    "shape_costs",
    "singular_values",
    "slider",
    "spectrum",
    "spikes_against_chance",
    "spikes_by_model",
    "step_time",
    "sweep",
    "thin",
    "times_over",
    "training_curves",
    "turning",
    "twin_runs",
    "two_weights",
    "variance_histograms",
    "verdict_grid",
    "walk_against_heat",
]
