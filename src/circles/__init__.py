"""Learning in Circles: six papers about networks and kernels that learn a circle, replicated."""

import warnings

__version__ = "0.3.0"

# transformers asks tqdm for a notebook's progress bars, and tqdm warns where ipywidgets is missing: bars are text then
warnings.filterwarnings("ignore", "IProgress not found")
