"""Proven digits: those of the true numbers, whatever doubles lose on the way, and nothing that is not certain."""

from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import mpmath
import pytest

import exprgrad
from exprgrad.digits.exact_program import ExactProgram
from exprgrad.digits.settled import written
from exprgrad.numbers.scalars import is_array
from exprgrad.ops.registry import REGISTRY, Op
from exprgrad.outcomes import Proven

# Programs of x and y, what they are, and their derivatives by each.
FORMULAS: dict[str, tuple[Callable[..., Any], ...]] = {
    "x*y + 0.1": (
        lambda m, x, y: x * y + m.mpf(1) / 10,
        lambda m, x, y: y,
        lambda m, x, y: x,
    ),
    "sin(pi*x)/y": (
        lambda m, x, y: m.sin(m.pi * x) / y,
        lambda m, x, y: m.pi * m.cos(m.pi * x) / y,
        lambda m, x, y: -m.sin(m.pi * x) / y**2,
    ),
    "(1 - cos(x))/x^2*y": (
        lambda m, x, y: (1 - m.cos(x)) / x**2 * y,
        lambda m, x, y: (m.sin(x) / x**2 - 2 * (1 - m.cos(x)) / x**3) * y,
        lambda m, x, y: (1 - m.cos(x)) / x**2,
    ),
    "x^y": (
        lambda m, x, y: x**y,
        lambda m, x, y: y * x ** (y - 1),
        lambda m, x, y: x**y * m.log(x),
    ),
    "gamma(x)*erf(y)": (
        lambda m, x, y: m.gamma(x) * m.erf(y),
        lambda m, x, y: m.gamma(x) * m.digamma(x) * m.erf(y),
        lambda m, x, y: m.gamma(x) * 2 / m.sqrt(m.pi) * m.exp(-(y**2)),
    ),
    "u = 1e8 + x; (u - 1e8)*y": (
        lambda m, x, y: x * y,
        lambda m, x, y: y,
        lambda m, x, y: x,
    ),
    "s = x; for i in 0..40 { s = 3.9*s*(1 - s) }; s*y": (
        lambda m, x, y: _logistic(m, x)[0] * y,
        lambda m, x, y: _logistic(m, x)[1] * y,
        lambda m, x, y: _logistic(m, x)[0],
    ),
}
POINTS = [("0.1", "0.2"), ("1/3", "2.7"), ("1e-9", "3"), ("0.7", "1e3")]


def _logistic(m: Any, x: Any) -> tuple[Any, Any]:
    rate, slope = m.mpf(39) / 10, m.mpf(1)
    for _ in range(40):
        x, slope = rate * x * (1 - x), rate * (1 - 2 * x) * slope
    return x, slope


@pytest.mark.parametrize(("x", "y"), POINTS)
@pytest.mark.parametrize("text", FORMULAS)
def test_digits_are_those_of_the_true_numbers(text: str, x: str, y: str) -> None:
    f = exprgrad.compile(text)
    (outcome,) = f.exact_digits(30, x=x, y=y).outcomes
    (double,) = f.exact_digits(x=x, y=y).outcomes
    found = [outcome.value, *[d.value for d in outcome.derivatives]]
    doubles = [double.value, *[d.value for d in double.derivatives]]
    with mpmath.workdps(400):
        at = [mpmath.mpf(a.partition("/")[0]) / mpmath.mpf(a.partition("/")[2] or 1) for a in (x, y)]
        for of, text_of, nearest in zip(FORMULAS[text], found, doubles, strict=True):
            true = of(mpmath, *at)
            assert isinstance(text_of, Proven)
            assert abs(mpmath.mpf(text_of.text) - true) <= abs(true) * mpmath.mpf("0.5e-29")
            assert nearest == float(true)


def _operations() -> list[Op]:
    found = [op for ops in REGISTRY.by_name.values() for op in ops if op.public]
    return list(dict.fromkeys(found))


def _point(op: Op, k: int) -> list[float]:
    """A point within the domain of an operation."""
    parts = [0.13, 0.31, 0.57, 0.83]
    found = [low + (high - low) * parts[(k + i) % 4] for i, (low, high) in enumerate(op.domain)]
    return [float(int(found[0])), *found[1:]] if op.name == "polygamma" else found


@pytest.mark.parametrize("op", _operations(), ids=lambda op: f"{op.name}/{len(op.operand_names)}")
def test_every_operation_and_its_derivatives(op: Op) -> None:
    """Against rounded numbers, which for one operation hold at least half of the digits of each derivative."""
    names = [f"x{i}" for i in range(len(op.operand_names))]
    f = exprgrad.compile(f"c = {op.name}({', '.join(names)})" if op.name.isidentifier() else op.name, max_order=2)
    for k in range(4):
        values = dict(zip(names, _point(op, k), strict=True))
        rounded, exact = (run.outcomes[0] for run in (f(**values), f.exact_digits(**values)))
        pairs = [(rounded.value, exact.value)]
        pairs += [(a.value, b.value) for a, b in zip(rounded.derivatives, exact.derivatives, strict=True)]
        for a, b in pairs:
            assert not isinstance(b, Proven) or b.text != "undecided"
            assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-300) or (math.isnan(a) and math.isnan(b))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("log(x)", {"x": 0.0}),
        ("log(x)", {"x": -1.0}),
        ("1/x", {"x": 0.0}),
        ("1/x", {"x": -0.0}),
        ("sqrt(x)", {"x": 0.0}),
        ("sqrt(x)", {"x": -2.0}),
        ("abs(x)", {"x": 0.0}),
        ("max(x, y)", {"x": 2.0, "y": 2.0}),
        ("x^y", {"x": 0.0, "y": 0.0}),
        ("x^y", {"x": 2.0, "y": 0.0}),
        ("x^y", {"x": -2.0, "y": 0.5}),
        ("x*y", {"x": math.inf, "y": 0.0}),
        ("x + y", {"x": math.inf, "y": 1.0}),
        ("exp(x)", {"x": -math.inf}),
        ("atan(x)", {"x": math.inf}),
        ("hypot(x, y)", {"x": 0.0, "y": 0.0}),
        ("xlogy(x, y)", {"x": 0.0, "y": 0.0}),
        ("sinc(x)", {"x": 0.0}),
        ("gamma(x)", {"x": 0.0}),
        ("gamma(x)", {"x": -2.0}),
        ("atan2(y, x)", {"x": -1.0, "y": 0.0}),
        ("round(x)", {"x": 2.5}),
        ("x % y", {"x": -7.5, "y": 2.0}),
        ("x if x > 0 else 0", {"x": math.nan}),
        ("asin(x)", {"x": 1.0}),
        ("floor(x)", {"x": 3.0}),
    ],
)
def test_hard_points_are_as_they_are(text: str, values: dict[str, float]) -> None:
    f = exprgrad.compile(text, max_order=2)
    rounded, exact = (run.outcomes[0] for run in (f(**values), f.exact_digits(**values)))
    for a, b in [
        (rounded.value, exact.value),
        *[(a.value, b.value) for a, b in zip(rounded[2], exact[2], strict=True)],
    ]:
        assert a == b or (math.isnan(a) and math.isnan(b)) or math.isclose(a, b, rel_tol=1e-14)


def test_literals_and_texts_are_decimals() -> None:
    f = exprgrad.compile("c = 1 if 0.1 + x == 0.3 else 2")
    assert f.exact_digits(x="0.2")["c"] == f.exact_digits(x=Decimal("0.2"))["c"] == 1
    assert f.exact_digits(x=Fraction(1, 5))["c"] == 1
    assert f.exact_digits(x=0.2)["c"] == 2  # which is not one fifth
    assert f(x=0.2)["c"] == 2.0


def test_branches_are_taken_by_the_true_numbers() -> None:
    f = exprgrad.compile("c = x if sqrt(x)*sqrt(x) - x > 1e-30 else -x")
    assert f.exact_digits(x="1.0000001")["c"] == -1.0000001


def test_what_is_undecided_is_said() -> None:
    result = exprgrad.compile("sqrt(x)^2 - x").exact_digits(20, x=2)
    assert result.outcomes[0].value.text == "undecided" and math.isnan(result["c"])
    assert next(note.message for note in result.notes).startswith("c is undecided: |c| < 1e-6")
    with pytest.raises(exprgrad.EvaluationError, match="this is not decided"):
        exprgrad.compile("1 if sqrt(x)^2 > x else 2").exact_digits(x=2)


def test_many_digits() -> None:
    found = exprgrad.compile("4*atan(1)").exact_digits(10_000).outcomes[0].value.text
    with mpmath.workdps(10_010):
        assert found == mpmath.nstr(mpmath.pi, 10_000, strip_zeros=False)


@pytest.mark.parametrize(
    ("x", "digits", "text"),
    [
        ("300", 5, "300.00"),
        ("300", 2, "300"),
        ("0.125", 2, "0.12"),
        ("12345678901234567890", 3, "1.23e+19"),
        ("1e-5", 3, "0.0000100"),
        ("1e-7", 1, "1e-07"),
        ("-2.5", 1, "-2"),
        ("0", 7, "0.0"),
    ],
)
def test_how_digits_are_written(x: str, digits: int, text: str) -> None:
    assert exprgrad.compile("x").exact_digits(digits, x=x).outcomes[0].value.text == text
    rounded = Decimal(x) if not Decimal(x) else None
    assert rounded is None or written(rounded, digits) == text


def test_no_constant_of_a_derivative_is_rounded() -> None:
    """The rules of derivatives bring constants of their own: they are whole numbers, or halves."""
    for op in _operations():
        names = [f"x{i}" for i in range(len(op.operand_names))]
        f = exprgrad.compile(f"c = {op.name}({', '.join(names)})", max_order=2)
        program = ExactProgram(f.task, f.text)
        for x in program.constants:
            assert not is_array(x) and (math.isnan(x) or float(x) * 4 == int(float(x) * 4)), op


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exprgrad.compile("sum([x, 1])").exact_digits(x=[1, 2]), "proven digits are of numbers"),
        (lambda: exprgrad.compile("x").exact_digits(x="y"), "the value of x: y is no constant"),
        (lambda: exprgrad.compile("x").exact_digits(x="1 +"), "the value of x"),
        (lambda: exprgrad.compile("x").exact_digits(0, x=1), "the number of digits"),
        (lambda: exprgrad.compile("x").exact_digits(10**6, x=1), "100,000 digits are the most"),
        (lambda: exprgrad.compile("x").exact_digits(y=1), "no input y"),
        (lambda: exprgrad.compile("x").exact_digits(x=b"1"), "x is b'1'"),
        (lambda: exprgrad.compile("x").exact_digits(x="1e99999999"), "more than 100,000 digits"),
        (lambda: exprgrad.compile("x").exact_digits(x=Decimal("1e-99999999")), "more than 100,000 digits"),
        (lambda: exprgrad.compile("x").exact_digits(), "no value for x"),
        (lambda: exprgrad.compile("x", full_jacobian=True).exact_digits(x=1), "of values and of derivatives by inputs"),
    ],
)
def test_errors(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(exprgrad.ExprError, match=message):
        call()


@pytest.mark.parametrize(
    ("text", "x", "digits", "found"),
    [
        ("exp(x)", "1e7", 5, "6.5922e+4342944"),
        ("exp(x)", "-1e9", 20, "1.2495342719210132809e-434294482"),
        ("gamma(x)", "-99999.7", 20, "4.3480318150500818927e-456572"),
        ("digamma(x)", "-99999.7", 20, "9.2304267964701966985"),
        ("sinc(x) - 1", "1e-320", 5, "-1.6449e-640"),
        ("x^0.5", "1e-400", 3, "1.00e-200"),
        ("exp(x)", "-1e300", 10, "undecided"),
        # So near to a pole, or to the end of the domain, that a ball holds it.
        ("atanh(x)", "1 - 1e-100", 20, "115.47582823998225686"),
        ("log1p(x)", "-1 + 1e-100", 20, "-230.25850929940456840"),
        ("gamma(x)", "-2 + 1e-100", 20, "5.0000000000000000000e+99"),
        ("x % 0", "1/3", 20, "nan"),
    ],
)
def test_numbers_of_any_size(text: str, x: str, digits: int, found: str) -> None:
    value = exprgrad.compile(text).exact_digits(digits, x=x).outcomes[0].value
    assert getattr(value, "text", str(value)) == found


@pytest.mark.parametrize("text", ["x^x", "1/exp(-x)", "sigmoid(x)", "log(cosh(x))", "1 if exp(-x) == exp(-2*x) else 2"])
def test_what_leaves_the_range_of_balls_is_no_infinity(text: str) -> None:
    with pytest.raises(exprgrad.UnsupportedError, match="too large, or too near to 0"):
        exprgrad.compile(text).exact_digits(20, x="-1e300")


def test_fractions_need_no_balls() -> None:
    """What is computed with fractions alone starts without what computes balls, and without numpy."""
    code = (
        "import sys; from exprgrad.cli import run; run(['a*b + 0.1', '--a', '1/3', '--b', '20', '--exact-digits']);"
        "assert not {'flint', 'numpy'} & {name for name in sys.modules if vars(sys.modules[name]).get('__file__')}"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("c = 6.766666666666667\n") and not done.stderr and not done.returncode
