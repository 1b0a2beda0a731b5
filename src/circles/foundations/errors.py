"""Errors a reader can act on: each message is one line that names the value and what was expected."""


def quoted(value: str) -> str:
    """A value that a reader set, in quotes, as one line of bounded length."""
    return repr(value if len(value) < 200 else f"{value[:100]}...")


class CirclesError(Exception):
    """Base of all; the command line prints the message and leaves with exit status 2."""


class ConfigError(CirclesError):
    """A setting is unknown or has a value that cannot be meant."""


class FileError(CirclesError):
    """A file cannot be read, is none, or asks for too much; who reads it adds its name."""


class RunError(CirclesError):
    """A recorded or cached run is stale, missing or damaged."""


class DamagedError(RunError):
    """A file of a run is not what was written, or not what a run can be; who knows the run adds what mends it."""


class LedgerError(CirclesError):
    """A claim is unknown, malformed, or its verdict is not the recorded one."""


class CheckpointError(CirclesError):
    """A file is not a checkpoint of the modular transformer that can be read safely."""


class ShapeError(CirclesError):
    """A tensor has a shape other than the one its use demands."""


class KernelError(CirclesError):
    """A kernel is not positive definite, or the data it is given cannot be used."""


class DataError(CirclesError):
    """A data set is missing, damaged or cannot be downloaded."""


class ManifoldError(CirclesError):
    """A point, a time or a name does not belong to the manifolds of the book."""


class NumbersError(CirclesError):
    """A model has no embedding for a number, or its number embeddings cannot be had."""


class ModelError(CirclesError):
    """A pre-trained model is not installed, damaged, too large for this machine, or not made for what is asked."""
