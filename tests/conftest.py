"""Shapes and types of every function of ``circles`` are checked while the tests run."""

from jaxtyping import install_import_hook

# Before the first import of the package, and for the whole run: its annotations become assertions.
install_import_hook("circles", "beartype.beartype")
