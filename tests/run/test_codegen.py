"""Machine code of loops in loops and of derivatives in them, against polynomials worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pytest

import exprgrad
from exprgrad.diagnostics import EntryError
from exprgrad.ops.elementary import sinh

ENGINES = ["numpy", *(["native"] if find_spec("llvmlite") else []), "rounded"]
# Small numbers, so that all of it is exact.
X, A = np.array([1.0, 2.0, -1.0, 0.5, 3.0]), np.array([2.0, 0.5, 3.0, -2.0, 1.0])
Polynomial = Callable[[Any, Any], dict[tuple[str, ...], Any]]

# Programs of x and a, and the value of c and its derivatives of first and second order.
PROGRAMS: list[tuple[str, Polynomial]] = [
    (
        # y is x^2 a, x^2 a^2, x^3 a^3, x^3 a^4 in turn, and s the sum of its derivatives by a.
        "y = x; s = 0; for i in 0..2 { y = y*x; for j in 0..2 { y = y*a; s = s + diff(y, a) } }; c = s",
        lambda x, a: {
            (): x**2 + 2 * x**2 * a + 3 * x**3 * a**2 + 4 * x**3 * a**3,
            ("x",): 2 * x + 4 * x * a + 9 * x**2 * a**2 + 12 * x**2 * a**3,
            ("a",): 2 * x**2 + 6 * x**3 * a + 12 * x**3 * a**2,
            ("x", "x"): 2 + 4 * a + 18 * x * a**2 + 24 * x * a**3,
            ("a", "x"): 4 * x + 18 * x**2 * a + 36 * x**2 * a**2,
            ("a", "a"): 6 * x**3 + 24 * x**3 * a,
        },
    ),
    (
        # u is x a^3, then x a^6, whose second derivatives by a are 6 x a and 30 x a^4.
        "u = x; s = 0; for i in 0..2 { for j in 0..3 { u = u*a }; s = s + diff(u, a, 2) }; c = s",
        lambda x, a: {
            (): 6 * x * a + 30 * x * a**4,
            ("x",): 6 * a + 30 * a**4,
            ("a",): 6 * x + 120 * x * a**3,
            ("x", "x"): 0 * x,
            ("a", "x"): 6 + 120 * a**3,
            ("a", "a"): 360 * x * a**2,
        },
    ),
    (
        # The inner loop runs 0, 1 and 2 times, and its body differentiates what it is handed by what the outer one has.
        "s = 0; for i in 0..3 { v = x*(i + 1); w = a; for j in 0..i { w = w*v }; s = s + diff(w, v) }; c = s",
        lambda x, a: {  # 0, a and 2 a v with v = 3 x
            (): a + 6 * a * x,
            ("x",): 6 * a,
            ("a",): 1 + 6 * x,
            ("x", "x"): 0 * x,
            ("a", "x"): 6 + 0 * x,
            ("a", "a"): 0 * x,
        },
    ),
    (
        # A branch inside, whose side changes from iteration to iteration: x^2, x^2 a, x^3 a, x^3 a^2.
        "y = x; for i in 0..2 { for j in 0..2 { if j == 0 { y = y*x } else { y = y*a } } }; c = diff(y, x)",
        lambda x, a: {
            (): 3 * x**2 * a**2,
            ("x",): 6 * x * a**2,
            ("a",): 6 * x**2 * a,
            ("x", "x"): 6 * a**2,
            ("a", "x"): 12 * x * a,
            ("a", "a"): 6 * x**2,
        },
    ),
    (
        # As many iterations as the row says: x a^n with n = 2 where a > 1, else 3.
        "n = 2 if a > 1 else 3; y = x; for i in 0..n { for j in 0..1 { y = y*a } }; c = y + diff(y, a)",
        lambda x, a: {
            (): np.where(a > 1, x * a**2 + 2 * x * a, x * a**3 + 3 * x * a**2),
            ("x",): np.where(a > 1, a**2 + 2 * a, a**3 + 3 * a**2),
            ("a",): np.where(a > 1, 2 * x * a + 2 * x, 3 * x * a**2 + 6 * x * a),
            ("x", "x"): 0 * x,
            ("a", "x"): np.where(a > 1, 2 * a + 2, 3 * a**2 + 6 * a),
            ("a", "a"): np.where(a > 1, 2 * x, 6 * x * a + 6 * x),
        },
    ),
]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("text", "expected"), PROGRAMS, ids=[text for text, _ in PROGRAMS])
def test_derivatives_in_loops_in_loops(text: str, expected: Polynomial, engine: str) -> None:
    found = exprgrad.compile(text, max_order=2).rows(engine)(x=X, a=A)
    for by, numbers in expected(X, A).items():
        column = found.derivative("c", *by) if by else found["c"]
        np.testing.assert_array_equal(column, numbers + 0 * X, err_msg=str(by))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_side_that_is_not_taken_is_absent_in_loops(engine: str) -> None:
    """Its slope is infinite where x is 0, which nothing may multiply, not even by 0."""
    text = "s = 0; for i in 0..2 { u = sqrt(x) if a > 0 else a; for j in 0..2 { u = u*a; s = s + u } }; c = s"
    found = exprgrad.compile(text, max_order=2).rows(engine)(x=np.array([4.0, 0.0, 1.0]), a=np.array([2.0, -1.0, 1.0]))
    assert found["c"].tolist() == [24.0, 0.0, 4.0]
    assert found.derivative("c", "x").tolist() == [3.0, 0.0, 2.0]
    assert found.derivative("c", "a").tolist() == [20.0, 2.0, 6.0]
    assert found.derivative("c", "x", "x").tolist() == [-0.375, 0.0, -1.0]
    assert found.derivative("c", "a", "x").tolist() == [2.5, 0.0, 3.0]


def test_a_kernel_takes_what_machine_code_has(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(sinh, "arrays", lambda np: np.i0)
    with pytest.raises(
        EntryError, match=r"the entry of sinh has a kernel for arrays that takes np\.i0.*\n.*writer\.py"
    ):
        exprgrad.compile("c = sinh(x)").native()(x=[1.0, 2.0])
