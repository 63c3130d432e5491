"""Rows in blocks, of which the last is shorter than the ones before, and takes other ways."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

import exprgrad

# A block of numpy's engine holds 65,536 rows; machine code runs some at once, and threads have their share each.
ROWS = 65_536 + 7
ENGINES = ["numpy", *(["native"] if find_spec("llvmlite") else [])]


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_last_block_that_is_shorter(engine: str, threads: int) -> None:
    """In the first block loops run up to three times, and both sides of the branch are taken; in the last one once, and
    one side."""
    text = "z = x; for i in 0..n { z = z*y }; if z > 0 { c = z*k } else { c = -z }; s = c + 5"
    f = exprgrad.compile(text, wrt=["x", "y"], fetch_names=["c", "s"])
    x = np.where(np.arange(ROWS) % 3 == 0, -1.5, 2.0)
    n = np.arange(ROWS) % 4.0
    x[-7:], n[-7:] = 3.0, 1.0
    y = np.where(np.arange(ROWS) % 2 == 0, 2.0, 0.5)
    found = f.rows(engine, threads=threads)(x=x, y=y, n=n, k=4.0)
    sign = np.where(x > 0, 4.0, -1.0)
    np.testing.assert_array_equal(found["c"], sign * x * y**n)
    np.testing.assert_array_equal(found["s"], sign * x * y**n + 5)
    np.testing.assert_array_equal(found.derivative("c", "x"), sign * y**n)
    np.testing.assert_array_equal(found.derivative("s", "y"), sign * x * n * y ** (n - 1))


@pytest.mark.parametrize("engine", [*ENGINES, "rounded"])
@pytest.mark.parametrize("rows", [1, 2, 7, 8, 9, 31, 33, 63])
def test_any_few_rows_after_more(rows: int, engine: str) -> None:
    """What a run of more rows has left in memory is not seen by one of fewer."""
    f = exprgrad.compile("c = x*y + (x if y > 1 else y)").rows(engine)
    x, y = np.arange(64.0), np.arange(64.0)[::-1] / 8
    f(x=x + 100, y=y)
    found = f(x=x[:rows], y=y[:rows])
    assert found["c"].tolist() == [a * b + (a if b > 1 else b) for a, b in zip(x[:rows], y[:rows], strict=True)]
    assert found.derivative("c", "x").tolist() == [b + (b > 1) for b in y[:rows]]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_fills_a_block_up_is_no_row(engine: str) -> None:
    """For a row of zeros the loop would not end."""
    f = exprgrad.compile("s = 0; while s < 3 { s = s + x }; c = s", step_limit=100).rows(engine)
    assert f(x=np.array([1.0, 2.0, 0.5]))["c"].tolist() == [3.0, 4.0, 3.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_sums_over_blocks_of_which_the_last_is_shorter(engine: str) -> None:
    rows = ROWS + 5000
    x = np.arange(rows) % 5.0
    found = exprgrad.compile("c = a*x^2").rows(engine, reduce="sum")(x=x, a=2.0)
    assert found["c"] == 2 * np.sum(x**2) and found.derivative("c", "a") == np.sum(x**2)
    mean = exprgrad.compile("c = a*x^2").rows(engine, reduce="mean")(x=x, a=2.0)
    assert mean["c"] == 2 * np.sum(x**2) / rows
