"""A result as one line of strict JSON."""

from __future__ import annotations

from typing import Any, Final

from exprgrad.outcomes import Derivative, Outcomes, Sparse
from exprgrad.views.numbers import NumberFormat, as_json, plain, shortest

# The version of this form: it rises when a reader of the old one could stumble.
SCHEMA: Final = 1


def json_line(result: Outcomes, number: NumberFormat = shortest) -> str:
    """Keys in a fixed order, arrays as nested lists, non-finite numbers as JavaScript spells them."""
    return _written({"schema": SCHEMA, **data(result)}, as_json(number)) + "\n"


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


def _written(x: Any, number: NumberFormat) -> str:
    """Plain data as JSON, its floats by `number`."""
    if isinstance(x, dict):
        return f"{{{', '.join([f'{_written(key, number)}: {_written(item, number)}' for key, item in x.items()])}}}"
    if isinstance(x, list):
        return f"[{', '.join([_written(item, number) for item in x])}]"  # as deep as an array has axes
    if isinstance(x, float):
        return number(x)
    import json  # only this view needs it

    return json.dumps(x, ensure_ascii=False)
