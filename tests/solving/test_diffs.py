"""Derivatives inside a program of what is solved for, or minimized over, by what moves it."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad
from exprgrad.cli import run
from exprgrad.diagnostics import ExprError

ZERO = {
    "s = diff(x, a)": "diff(x, a)",
    "s = x*diff(x^2, x, a)": "diff(x^2, x, a)",
    "y = -log10(x); z = y; s = diff(z, a)": "diff(z, a)",
    "y = 1; for i in 0..3 { y = y*x }; s = diff(y, a)": "diff(y, a)",
    "if b > 0 { y = x } else { y = 1 }; s = diff(y, a)": "diff(y, a)",
    "if x > 0 { y = b } else { y = 1 }; s = diff(y, a)": "diff(y, a)",
    "s = gradient(b*x, [b, a])": "gradient(b*x, [b, a])",
    "s = hessian(b*x, a)": "hessian(b*x, a)",
    "s = jacobian([b*x, 1], a)": "jacobian([b*x, 1], a)",
    "f(t) = t*diff(x, a); g(t) = f(t); s = g(b)": "diff(x, a)",
    "f(t) = t*x; s = diff(f(b), a)": "diff(f(b), a)",
}
OTHER = {
    "s = diff(x^2, x)": lambda x, a, b: 2 * x,
    "s = diff(x*a, a)": lambda x, a, b: x,
    "s = diff(b^2, a)": lambda x, a, b: 0.0,
    "y = x; y = y*a; s = diff(y, a)": lambda x, a, b: x,
    "y = b; for i in 0..2 { y = y*x*a }; s = diff(y, a)": lambda x, a, b: 2 * b * x**2 * a,
    "f(t) = diff(x*t*a, a); s = f(b)": lambda x, a, b: x * b,
    "f(t) = diff(x*t, t); s = f(b)": lambda x, a, b: x,
    "z = diff(x, a); s = x": lambda x, a, b: x,  # z is not asked for
}


def found(text: str, command: str) -> Any:
    if command == "solve":
        f = exprgrad.compile(f"x^2 == a*b; {text}", fetch_names=["s"], max_order=0)
        return f.solve("x", a=2, b=3, x=1)
    f = exprgrad.compile(f"{text}; c = (x^2 - a*b)^2", fetch_names=["c", "s"], max_order=0)
    return f.minimize("x", a=2, b=3, x=1)


@pytest.mark.parametrize(("command", "what"), [("solve", "solved for"), ("minimize", "minimized over")])
@pytest.mark.parametrize("text", ZERO)
def test_what_would_silently_be_0_is_an_error(text: str, command: str, what: str) -> None:
    with pytest.raises(ExprError) as caught:
        found(text, command)
    problem = caught.value
    assert problem.message == f"x is {what}, and inside the program it does not depend on a"
    assert problem.source is not None and problem.span is not None
    assert problem.source[problem.span.start : problem.span.end] == ZERO[text]


@pytest.mark.parametrize("command", ["solve", "minimize"])
@pytest.mark.parametrize("text", OTHER)
def test_others_have_their_values(text: str, command: str) -> None:
    assert found(text, command)["s"] == pytest.approx(OTHER[text](6**0.5, 2, 3), rel=1e-12)


def test_what_is_solved_may_have_one_by_an_unknown_and_by_no_other() -> None:
    f = exprgrad.compile("profit = p*(10 - a*p); diff(profit, p) == 0", fetch_names=["p"])
    assert f.solve("p", a=2, p=1)["p"] == 2.5
    with pytest.raises(ExprError, match="p is solved for, and inside the program it does not depend on a"):
        exprgrad.compile("profit = p*(10 - p); diff(profit, a) == p - 1").solve("p", a=2, p=1)


@pytest.mark.parametrize(
    "words",
    [
        "x^2==a;s=diff(x,a) --solve-for x --sweep-over a=1:3:1 --x 1",
        "(x*t-a)^2+diff(x,a) --minimize-over x --sweep-over t=1:3:1 --reduce-rows sum --x 1 --a 2",
    ],
)
def test_over_rows_it_is_told_once(words: str, capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("polars")
    assert run(words.split()) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.count("inside the program it does not depend on a") == 1
