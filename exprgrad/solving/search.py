"""SciPy, which searches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from exprgrad.diagnostics import not_loaded


def load() -> Any:
    """`scipy.optimize`; an error says what to install where it is not there."""
    try:
        from scipy import optimize
    except ImportError as problem:
        raise not_loaded(problem, "scipy", "solving and minimizing need scipy", "solve") from None
    return optimize


@contextmanager
def searching() -> Iterator[Any]:
    """The same, where it warns of nothing: what it finds is judged by what it is."""
    optimize = load()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield optimize
