"""A result as one line of strict JSON."""

from __future__ import annotations

import math
from typing import Any, Final

from exprgrad.outcomes import Derivative, Outcomes, Sparse
from exprgrad.views.numbers import plain

# The version of this form: it rises when a reader of the old one could stumble.
SCHEMA: Final = 1


def json_line(result: Outcomes) -> str:
    """Keys in a fixed order, arrays as nested lists, non-finite numbers as JavaScript spells them."""
    import json  # only this view needs it

    found = {"schema": SCHEMA, **data(result)}
    return json.dumps(_strict(found), ensure_ascii=False, allow_nan=False) + "\n"


def data(result: Outcomes) -> dict[str, Any]:
    """The same as dicts, lists and floats: the inputs by name, and the results."""
    return {
        "inputs": {name: plain(value) for name, value in result.inputs.items()},
        "results": [
            {
                "name": name,
                "value": plain(value),
                **({} if error is None else {"standard_error": plain(error)}),
                "derivatives": [_derivative(derivative) for derivative in derivatives],
            }
            for name, value, derivatives, error in result.outcomes
        ],
    }


def _derivative(derivative: Derivative) -> dict[str, Any]:
    value = derivative.value
    if isinstance(value, Sparse):
        value = {"shape": list(value.shape), "places": value.places.tolist(), "values": plain(value.values)}
    else:
        value = plain(value)
    if not derivative.along:
        return {"with_respect_to": list(derivative.with_respect_to), "value": value}
    along = {name: plain(tangent) for name, tangent in derivative.along}
    return {"along": along, "order": derivative.order, "value": value}


def _strict(x: Any) -> Any:
    """The same in JSON, which has no numbers that are not finite."""
    if isinstance(x, dict):
        return {key: _strict(value) for key, value in x.items()}
    if isinstance(x, list):
        return [_strict(item) for item in x]  # as deep as an array has axes
    if not isinstance(x, float) or math.isfinite(x):
        return x
    return "NaN" if math.isnan(x) else "Infinity" if x > 0 else "-Infinity"
