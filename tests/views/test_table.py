"""Results as tables: all numbers are there, in their columns, in no more room than there is."""

from __future__ import annotations

import itertools
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import exprgrad
from exprgrad.diagnostics import columns
from exprgrad.result import Result
from exprgrad.views.aligned import banded, lines
from exprgrad.views.html import tables
from exprgrad.views.numbers import shortest
from exprgrad.views.table import table

PROGRAMS: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("c = a*b", {"a": 15, "b": 20}, {}),
    ("y = exp(-k*t)*sin(v*t); z = k*t", {"k": 0.5, "t": 2, "v": 0.7}, {"max_order": 2}),
    ("y = sum(x^2)*k", {"x": [1, 2, 3.5], "k": 1e-9}, {"max_order": 2, "full_jacobian": True}),
    ("y = x*k", {"x": [1, 2, 3.5], "k": 1e-9}, {"max_order": 2, "full_jacobian": True}),
    ("y = A@x", {"A": [[1, 2], [3, 4]], "x": [5, 6]}, {"max_order": 3}),
    ("y = x[1:]*x[:-1]", {"x": [1, 2, 3.5]}, {"sparse": True}),
    ("y = x*k", {"x": 1, "k": 3}, {"along_direction": {"x": 1, "k": 2}, "max_order": 3}),
    ("y = x*k", {"x": [1, 2], "k": 3}, {"along_direction": {"x": 1, "k": 2}, "max_order": 2}),
    ("y = x[0:0]", {"x": [1, 2]}, {"full_jacobian": True}),
    ("y = x[0:0]", {"x": [1, 2]}, {"sparse": True}),
    ("y = floor(x)", {"x": [1, 2]}, {"sparse": True}),
    ("y = exp(x*k)", {"x": 1, "k": 3}, {"max_order": 4}),
    ("y = x", {"x": np.arange(300.0).reshape(2, 150)}, {}),
    ("3*4", {}, {}),
]


def results() -> list[Result]:
    return [exprgrad.compile(text, **options)(**values) for text, values, options in PROGRAMS]  # type: ignore[arg-type]


@pytest.mark.parametrize("result", results(), ids=[text for text, _, _ in PROGRAMS])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_table_fits_and_has_all_numbers(result: Result, width: int) -> None:
    shown = table(result, shortest, width)
    assert max(columns(line) for line in shown.splitlines()) <= width
    assert shown.endswith("\n") and not shown.endswith("\n\n")
    if width == 200 and "..." not in shown:
        numbers = set(re.findall(r"(?<![\w.])-?(?:\d[\w.+-]*|inf|nan)", shown))
        assert {shortest(x) for x in values(result)} <= numbers
    html = tables(result)
    assert html.count("<tr>") == html.count("</tr>") and html.count("<table>") == shown.count("\n\n") + 1


def values(result: Result) -> list[float]:
    found: list[float] = []
    for outcome in result.outcomes:
        for x in (outcome.value, *[d.value for d in outcome.derivatives]):
            found += np.asarray(getattr(x, "values", x), float).ravel().tolist()
    return found


# A number as a table of results may hold it.
numbers = st.floats(allow_nan=True).map(shortest) | st.integers(-(10**6), 10**6).map(str)


@given(st.lists(st.lists(numbers, min_size=3, max_size=3), min_size=1, max_size=5))
def test_units_stand_below_each_other(cells: list[list[str]]) -> None:
    for line, column in itertools.product(lines([""] * len(cells), cells), cells):
        assert any(text in line for text in column)
    for column in cells:
        places = set()
        for line, text in zip(lines(["", ""], [column, column]), column, strict=True):
            if re.search(r"\d", text):
                digits = re.match(r"-?\d+", text)
                assert digits is not None
                places.add(line.index(text) + digits.end())
        assert len(places) <= 1


@given(st.lists(numbers, min_size=1, max_size=30), st.integers(30, 100))
def test_bands_have_all_columns(row: list[str], width: int) -> None:
    heads = [f"h{i}" for i in range(len(row))]
    shown = banded(["", *heads], [["a"], *[[text] for text in row]], width)
    assert "".join(shown).split() == [
        word for part in bands(shown) for word in part
    ]  # each band has its heads and then its row
    assert [word for part in bands(shown)[::2] for word in part] == heads
    assert [word for part in bands(shown)[1::2] for word in part[1:]] == row


def bands(shown: list[str]) -> list[list[str]]:
    return [line.split() for line in shown if line.strip()]


def test_twenty_variables_at_order_two_are_a_screen_and_a_half() -> None:
    n = 20
    names = [f"x{i}" for i in range(n)]
    program = "c = " + " + ".join(f"x{i}*sin(x{(i + 3) % n} + {i})" for i in range(n))
    result = exprgrad.compile(program, max_order=2).run({name: i / 7 for i, name in enumerate(names)})
    assert table(result, shortest, 120).count("\n") <= 75  # of 50 lines


@pytest.mark.parametrize(
    ("program", "sizes", "options"),
    [
        ("x", {"x": (70, 70)}, {}),
        ("outer(x, y)", {"x": (50,), "y": (50,)}, {"full_jacobian": True}),
        ("x^2 + y", {"x": (90,), "y": (90,)}, {"max_order": 2, "full_jacobian": True}),
        ("sum(x^3)", {"x": (7, 30)}, {"max_order": 2}),
        ("2*x", {"x": (90,)}, {"sparse": True}),
    ],
)
def test_of_large_arrays_the_edges_are_shown(program: str, sizes: dict[str, tuple[int, ...]], options: Any) -> None:
    values = {name: np.arange(float(np.prod(size))).reshape(size) for name, size in sizes.items()}
    text = table(exprgrad.compile(program, **options)(**values))
    assert text.count("\n") < 500 and f"{np.prod(sizes['x']) - 1}.0" in text.split()


def test_a_result_prints_its_table() -> None:
    result = exprgrad.compile("c = a*b")(a=15, b=20)
    assert f"{result}\n" == table(result)
    assert "<script>" not in tables(exprgrad.compile("c = a*b")(a=15, b=20))


def test_rows_print_as_a_table() -> None:
    rows = exprgrad.compile("c = a*b").rows()(a=np.arange(100.0), b=2)
    text = str(rows).splitlines()
    assert text[0].split() == ["a", "b", "c", "dc_da", "dc_db"]
    assert text[1].split() == ["0.0", "2.0", "0.0", "2.0", "0.0"] and text[-1].split()[0] == "99.0"
    assert len(text) < 20 and "..." in text[6]
