"""Values that are given once and for all: constants of what is written down."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

import exprgrad
from exprgrad.targets import TARGETS

# A program, the values, and the same program with them in its text, which is differentiated by as much.
SAME = [
    ("c = n*x^2 + exp(x*m)", {"n": 3, "m": 0.1}, "c = 3*x^2 + exp(x*0.1)"),
    ("s = 0; for i in 0..n { s = s*x + i }", {"n": 3}, "s = 0; for i in 0..3 { s = s*x + i }"),
    ("c = pi*x + y", {"pi": 3, "y": math.inf}, "c = 3*x + inf"),
    ("c = x if kind == 'put' else -x", {"kind": " put "}, "c = x if 1 else -x"),
    ("c = x if a > 1 else x^2", {"a": 0.5}, "c = x if 0.5 > 1 else x^2"),
]


def code(text: str) -> str:
    """A text without its comments, and what stands for pieces of the source."""
    text = re.sub(r'""".*?"""', "", text, flags=re.DOTALL)
    lines = [re.sub(r"\s*(?://|#|--)(?!include).*", "", line) for line in text.splitlines()]
    return "\n".join([line for line in lines if line])


def compiled(text: str, values: Any = ()) -> exprgrad.Function:
    return exprgrad.compile(text, max_order=2, override=[name for name in values if name == "pi"])


@pytest.mark.parametrize("language", TARGETS)
@pytest.mark.parametrize(("text", "values", "same"), SAME)
def test_values_are_constants(language: str, text: str, values: dict[str, Any], same: str) -> None:
    found = compiled(text, values).source(language, values=values)
    assert code(found) == code(compiled(same).source(language))
    for name, value in values.items():
        shown = repr(float(value)) if not isinstance(value, str) else f'"{value.strip()}"'
        assert f"    {name} = {shown}\n" in found


def test_the_values_are_those_of_the_function() -> None:
    """Also of a program that differentiates by what has a value."""
    text = "u = a^3*x + b*x^a; c = diff(u, a) + diff(u, b)"
    values, x = {"a": 2, "b": 2 * math.pi}, 0.7
    space: dict[str, Any] = {}
    exec(compiled(text).source(values=values), space)
    # 3*a^2*x + b*x^a*log(x) + x^a, and by x twice.
    b, log = values["b"], math.log(x)
    expected = {
        "c": 12 * x + b * x**2 * log + x**2,
        "dc_dx": 12 + b * (2 * x * log + x) + 2 * x,
        "d2c_dx_dx": b * (2 * log + 3) + 2,
    }
    assert space["f"](x) == pytest.approx(expected, rel=1e-14)


def test_all_inputs_have_values() -> None:
    space: dict[str, Any] = {}
    exec(exprgrad.compile("c = a/b").source(values={"a": 1, "b": 3}), space)
    assert space["f"]() == {"c": 1 / 3}


@pytest.mark.parametrize(
    ("options", "values", "message"),
    [
        ({"wrt": ["x", "a"]}, {"a": 1}, "a has a value once and for all, so nothing is differentiated by it"),
        ({"along_direction": {"a": 1}}, {"a": 1}, "a has a value once and for all, so nothing is differentiated by it"),
        ({}, {"a": [1, 2]}, "the value of a is an array, and what is written down has numbers"),
        ({}, {"a": "put"}, "the value of a"),
        ({}, {"c": 1}, "c is computed by the program, so it takes no value"),
        ({}, {"q": 1}, "the program has no input q"),
    ],
)
def test_what_takes_no_value(options: dict[str, Any], values: dict[str, Any], message: str) -> None:
    function = exprgrad.compile("c = a*x", **options)
    for write in (function.source, function.encoded):
        with pytest.raises(exprgrad.ExprError, match=message):
            write("c", values=values)
