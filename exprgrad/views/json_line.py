"""A result as one line of strict JSON."""

from __future__ import annotations

import math
from typing import Any, Final

from exprgrad.result import Derivative, Result, Sparse
from exprgrad.views.numbers import plain

# The version of this form: it rises when a reader of the old one could stumble.
SCHEMA: Final = 1


def json_line(result: Result) -> str:
    """Keys in a fixed order, arrays as nested lists, non-finite numbers as JavaScript spells them."""
    import json  # only this view needs it

    data = {
        "schema": SCHEMA,
        "inputs": {name: _strict(value) for name, value in result.inputs.items()},
        "results": [
            {
                "name": name,
                "value": _strict(value),
                "derivatives": [_derivative(derivative) for derivative in derivatives],
            }
            for name, value, derivatives in result.outcomes
        ],
    }
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def _derivative(derivative: Derivative) -> dict[str, Any]:
    if not derivative.along:
        return {"with_respect_to": list(derivative.with_respect_to), "value": _strict(derivative.value)}
    along = {name: _strict(tangent) for name, tangent in derivative.along}
    return {"along": along, "order": derivative.order, "value": _strict(derivative.value)}


def _strict(x: Any) -> Any:
    if isinstance(x, Sparse):
        return {"shape": list(x.shape), "places": x.places.tolist(), "values": [_strict(value) for value in x.values]}
    x = plain(x)
    if isinstance(x, list):
        return [_strict(item) for item in x]
    if math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
