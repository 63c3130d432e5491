"""Formulas of physics, optimisation, textbooks and other systems' tests, with references of 30 digits.

A number is right within 8 ulp of the reference or 64 * 2**-52 * scale, whichever is larger; where the formula
cancels, only the scale counts.

In the rows named in HIDDEN the scale misses a cancellation inside an operand (x - pi at the double nearest to
pi, 2*x**2 - 1 at the double nearest to sqrt(1/2)), or an angle of many turns: no program that rounds every
operation to a double can meet the rule there. They are held to twice the error of a plain double program
(`f64` in the row) instead.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import exprgrad

HERE = Path(__file__).parent
FILES = sorted(path for path in HERE.glob("*.jsonl") if path.name != "vectors.jsonl")
HIDDEN = {
    "opt-ackley5",
    "opt-schaffer4",
    "opt-schaffer4-min",
    "opt-dixonprice3-min",
    "opt-easom-min",
    "opt-michalewicz2-min",
    "opt-branin-min",
    "opt-powell-badly-scaled-min",
    "opt-brown-badly-scaled-min",
    "opt-box3d-min",
    "adbench-ba-test-0",
    "adbench-ba-test-1",
}
ROWS = [json.loads(line) for path in FILES for line in path.read_text(encoding="utf-8").splitlines()]


def numbers(row: dict[str, Any], result: exprgrad.Result) -> Iterator[tuple[str, float, str, float]]:
    """What was found and what is right, with the scale of what is added up on the way."""
    outcome = result.outcomes[-1]
    yield "value", outcome.value, row["value"], row["value_scale"]
    for name, reference in row["grad"].items():
        yield name, result.derivative(outcome.name, name), reference, row["grad_scale"][name]


def error(found: float, reference: str) -> tuple[Fraction, float]:
    """The distance to the reference, and the size of its last place as a double."""
    exact = Fraction(reference)
    return abs(Fraction(found) - exact), math.ulp(float(exact))


def plain(row: dict[str, Any], what: str) -> float:
    """The relative error of a plain double program."""
    return float(row["f64"]["value"] if what == "value" else row["f64"]["grad"][what])


@pytest.fixture(scope="module")
def results() -> list[exprgrad.Result]:
    return [exprgrad.compile(row["expr"], "static").run(row["inputs"]) for row in ROWS]


def test_there_are_formulas() -> None:
    assert len(ROWS) > 400


@pytest.mark.parametrize("i", range(len(ROWS)), ids=[row["id"] for row in ROWS])
def test_formula(i: int, results: list[exprgrad.Result]) -> None:
    row, result = ROWS[i], results[i]
    for what, found, reference, scale in numbers(row, result):
        distance, ulp = error(found, reference)
        bound = 64 * 2.0**-52 * scale
        if not row.get("cancellation"):
            bound = max(bound, 8 * ulp)
        if row["id"] in HIDDEN:
            bound = max(bound, 2 * plain(row, what) * abs(float(reference)))
        assert distance <= Fraction(bound), (what, found, reference)
    dynamic = exprgrad.compile(row["expr"], "dynamic").run(row["inputs"])
    assert repr(dynamic.outcomes) == repr(result.outcomes)
    if "statement" in row:
        named = exprgrad.compile(row["statement"], "static").run(row["inputs"])
        assert [o.value for o in named.outcomes][-1] == result.outcomes[-1].value


def test_share_within_8_ulp(results: list[exprgrad.Result], record_property: Callable[[str, object], None]) -> None:
    """How many of all numbers are right to 8 ulp whatever the scale, beside a plain double program."""
    total = close = naive = 0
    for row, result in zip(ROWS, results, strict=True):
        for what, found, reference, _ in numbers(row, result):
            distance, ulp = error(found, reference)
            total += 1
            close += distance <= 8 * ulp
            naive += plain(row, what) * abs(float(reference)) <= 8 * ulp
    record_property(
        "summary",
        f"corpus: {close} of {total} numbers within 8 ulp ({100 * close / total:.1f}%), "
        f"a plain double program {naive} ({100 * naive / total:.1f}%)",
    )
    assert close > naive and close >= 0.91 * total


VECTORS = [json.loads(line) for line in (HERE / "vectors.jsonl").read_text(encoding="utf-8").splitlines()]


def flat(x: Any) -> list[Any]:
    """The numbers of nested lists, or of an array, in order."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    return [item for part in x for item in flat(part)] if isinstance(x, list) else [x]


def scales(row: dict[str, Any]) -> dict[str, float]:
    """The size of what is added up on the way to each derivative (and to the value, ""), which these rows do not say.

    A sum of squares of y - model, at its minimum, adds up 2*y*d(model) to almost nothing; a determinant the products of
    its rows' elements.
    """
    found = {by: max(abs(float(x)) for x in flat(reference)) for by, reference in row["grad"].items()}
    found[""] = abs(float(row["value"]))
    if row["expr"] == "det(X)":
        size = math.prod(sum(map(abs, line)) for line in row["inputs"]["X"])
        return dict.fromkeys(found, size)
    if row["id"].startswith("nistvec"):
        residual = row["expr"].removeprefix("sum(").removesuffix("**2)")
        y = flat(row["inputs"]["y"])
        found[""] += sum(x * x for x in y)
        for by in row["grad"]:
            slope = exprgrad.compile(f"r = {residual}", along_direction={by: 1}).run(row["inputs"]).along_direction("r")
            found[by] += sum(abs(2 * a * b) for a, b in zip(y, flat(slope), strict=True))
    return found


@pytest.mark.parametrize("row", VECTORS, ids=[row["id"] for row in VECTORS])
def test_vectors(row: dict[str, Any]) -> None:
    """Vectors and matrices, in each spelling and both modes."""
    size = scales(row)
    for text in (row["expr"], *(row.get("alt") or ())):
        result = exprgrad.compile(text).run(row["inputs"])
        assert exprgrad.compile(text, "dynamic").run(row["inputs"]) == result
        name = result.outcomes[-1].name
        pairs = [(result[name], row["value"], size[""])]
        for by, reference in row["grad"].items():
            found, expected = flat(result.derivative(name, by)), flat(reference)
            pairs += [(a, b, size[by]) for a, b in zip(found, expected, strict=True)]
        for number, reference, scale in pairs:
            distance, ulp = error(number, reference)
            assert distance <= Fraction(max(8 * ulp, 64 * 2.0**-52 * scale)), (text, number, reference)
