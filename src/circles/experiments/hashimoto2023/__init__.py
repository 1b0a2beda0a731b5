"""Hashimoto, Ikeda, Kadri 2023, "Learning in RKHM": kernels with values in a C*-algebra."""
