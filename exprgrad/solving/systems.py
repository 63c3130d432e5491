"""Roots of several equations in as many unknowns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from exprgrad.diagnostics import ExprError
from exprgrad.numbers.precise import doubles
from exprgrad.solving.newton import Equations, Point, polished
from exprgrad.solving.search import searching


def root(equations: Equations, start: Sequence[float], precise: bool) -> Point | None:
    """The root that SciPy finds from a start, to the last digit; None where it finds none."""

    def at(point: Any) -> tuple[Any, Any]:
        try:
            local = equations(tuple(point.tolist()))
        except ExprError:  # a condition that is nan, say; elsewhere it may be none
            return np.full(len(start), np.nan), np.full((len(start), len(start)), np.nan)
        return doubles(local.values), doubles(local.slopes)

    for method in ("hybr", "lm"):
        try:
            with searching() as optimize:
                near = optimize.root(at, np.asarray(start), jac=True, method=method).x
        except ValueError:  # a value is infinite or nan
            continue
        if np.isfinite(near).all():
            try:
                found = polished(equations, near.tolist(), precise)
            except ExprError:
                continue
            if found is not None:
                return found
    return None
