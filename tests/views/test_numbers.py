"""How numbers and lines are written."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exprgrad
from exprgrad.views.json_line import json_line
from exprgrad.views.numbers import as_json, brief, formatted, shortest, written
from exprgrad.views.text import ordinal, text


@pytest.mark.parametrize("n", range(2, 125))
def test_ordinals(n: int) -> None:
    words = {2: "Second", 3: "Third"}
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if 10 < n % 100 < 14 else endings.get(n % 10, "th")
    assert ordinal(n) == words.get(n, f"{n}{ending}")


def test_numbers_are_the_shortest_that_read_back() -> None:
    for x in (300.0, 1e-05, 1e16, 0.1, 5e-324, 1.7976931348623157e308):
        assert float(shortest(x)) == x
    assert [shortest(x) for x in (-0.0, math.nan, -math.inf)] == ["0.0", "nan", "-inf"]


def test_short_numbers() -> None:
    for x, expected in {
        300.0: "300.0",
        -0.0: "0.0",
        0.1: "0.1",
        1e-12: "1e-12",
        1 / 3: "0.333333",
        -0.36787944117144233: "-0.367879",
        2.0000000000045106: "2.00000",
        0.9999999999: "1.00000",
        100000.4: "100000",
        123456789.0: "123456789.0",
        12345.678: "12345.7",
        1.6278526665798313e-22: "1.62785e-22",
        5e-324: "5e-324",
        1.7976931348623157e308: "1.79769e+308",
        math.inf: "inf",
        -math.inf: "-inf",
    }.items():
        assert brief(x) == expected
    assert brief(math.nan) == "nan"


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(6, 20))
def test_a_short_number_is_near_or_the_shortest_text(x: float, digits: int) -> None:
    text = brief(x, digits)
    assert len(text) <= len(shortest(x))
    if text != shortest(x):
        assert abs(Fraction(text) - Fraction(x)) <= abs(Fraction(x)) * Fraction(10) ** (1 - digits)
        assert digits < 17 or float(text) == x


@pytest.mark.parametrize(
    "specification", ["", "x", "d", ".6d", ",.2f", "1000f", ".2%", "s", "<5", "_", "z", "{", ".1n"]
)
def test_what_is_no_number_format(specification: str) -> None:
    assert formatted(specification) is None


def test_formats() -> None:
    for specification, x, expected in [
        (".3g", 1 / 3, "0.333"),
        (".2f", -0.001, "0.00"),
        ("+8.1f", 2.0, "    +2.0"),
        ("8.1f", math.nan, "     nan"),
        ("08.1f", 2.0, "000002.0"),
        ("#.0f", 2.0, "2."),
        (".3E", 12345.0, "1.234E+04"),
    ]:
        number = formatted(specification)
        assert number is not None and number(x) == expected


SPECIFICATIONS = st.from_regex(r"[-+ ]?#?0?([0-9]{1,2})?(\.[0-9]{1,2})?[eEfFgG]?", fullmatch=True).filter(bool)


@given(st.floats(), SPECIFICATIONS)
def test_what_a_format_writes_is_json(x: float, specification: str) -> None:
    number = formatted(specification)
    assert number is not None
    found = json.loads(as_json(number)(x), parse_constant=lambda word: pytest.fail(word))
    if math.isfinite(x):
        assert isinstance(found, int | float) and found == float(number(x))
    else:
        assert found == {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[repr(x)]


def test_arrays_are_neither_wrapped_nor_shortened() -> None:
    assert written(np.array([[1.0, -0.0], [2.0, np.nan]]), shortest) == "[[1.0, 0.0], [2.0, nan]]"
    assert written(np.arange(2000.0), shortest).count(",") == 1999
    assert written(np.float32(0.1), shortest) == "0.10000000149011612"


def test_json_is_strict() -> None:
    result = exprgrad.compile("u = a*b; v = log(c)")(a=np.array([1.0, np.inf]), b=-0.0, c=0)
    data = json.loads(json_line(result), parse_constant=lambda word: pytest.fail(word))
    assert list(data) == ["schema", "inputs", "results"]
    assert data["inputs"] == {"a": [1.0, "Infinity"], "b": 0.0, "c": 0.0}
    assert [r["value"] for r in data["results"]] == [[0.0, "NaN"], "-Infinity"]
    assert list(data["results"][0]) == ["name", "value", "derivatives"]


def test_lines() -> None:
    lines = text(exprgrad.compile("c = x*y", max_order=2)(x=[1, 2], y=3)).splitlines()
    assert lines[0] == "c = [3.0, 6.0]"
    assert lines[1] == "Derivative of c with respect to x = [3.0, 3.0]"
    assert lines[4] == "Second derivative of c with respect to x and y = 2.0"
