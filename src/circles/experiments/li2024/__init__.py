"""Li 2024, binary and ternary transformers on modular addition: runs, measures, frames."""
