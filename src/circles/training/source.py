"""A fingerprint of code: changes when what is computed may change, not when a comment does."""

from __future__ import annotations

import ast
import hashlib
import io
import tokenize
from functools import cache
from importlib import util
from pathlib import Path


@cache  # asked several times for each run, of files that do not change once they are imported
def fingerprint(modules: tuple[str, ...]) -> str:
    """Twelve hexadecimal digits of the SHA-256 of these modules without comments, docstrings and blank lines."""
    digest = hashlib.sha256()
    for name in sorted(modules):
        spec = util.find_spec(name)
        digest.update(name.encode() + b"\0" + essence(Path(spec.origin).read_text()).encode() + b"\0")
    return digest.hexdigest()[:12]


def essence(source: str) -> str:
    """The source without comments, docstrings, blank lines and trailing spaces."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(getattr(first.value, "value", None), str):
                for row in range(first.lineno - 1, first.end_lineno):
                    lines[row] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())
