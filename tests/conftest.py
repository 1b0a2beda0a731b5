"""Shapes and types are checked while the tests run."""

from jaxtyping import install_import_hook

# Before the first import of these, the rooms of named axes: their annotations become assertions.
CHECKED = ("foundations", "models", "analysis", "training")

install_import_hook([f"circles.{room}" for room in CHECKED], "beartype.beartype")
