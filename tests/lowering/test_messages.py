"""What is said of a program that cannot be lowered, under which part of it, and what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad

MODES = ["static", "dynamic"]
VALUES: dict[str, Any] = {"x": [1, 2], "A": [[1, 2], [3, 4]], "u": 1, "v": 2}

# Programs, the part of each that is marked, and what is said of it.
MESSAGES = [
    (
        "s = 0; for i in 1..4 { s = s + diff(exp(u), u, i) }; c = s",
        "i",
        "an order is a whole number that is written down, and i counts a loop",
        "write diff(u, u, 2), the terms of a series one after the other",
    ),
    ("sin()", "sin()", "sin takes 1 operand, found 0", "write sin(x)"),
    ("log(u, v, 2)", "log(u, v, 2)", "log takes 1 or 2 operands, found 3", "write log(x) or log(x, base)"),
    ("sum(x, axs=0)", "axs=0", "sum has no option axs", "write sum(x, axis=)"),
    ("foo(u)", "foo", "there is no function foo", "exprgrad --list-functions lists them; f(x) = ... defines one"),
    ("k(u)", "k", "there is no function k", "exprgrad --list-functions lists them; a product is k*(...)"),
    ("sinn(u)", "sinn", "there is no function sinn", "did you mean sin?"),
    ("e(2)", "e", "there is no function e", "Euler's number is exp(1)"),
    ("w = 1; w(2)", "w", "w is a variable, not a function", "write w*(...) for a product"),
    ("f(x) = x; c = f(u, v)", "f(u, v)", "f takes 1 operand, found 2", "write f(x)"),
    ("f(x) = x; c = f(u, axis=0, n=2)", "axis=0", "f has no option axis", "give the operands in order"),
    ("sin(u, axis=0, n=2)", "axis=0", "sin has no option axis", "give the operands in order, without names"),
    ("x[::0]", "::0", "the step of a slice is 0", "write x[::2], or x[::-1] to turn it around"),
    (
        "A[[0, 1], [0, 1]]",
        "A[[0, 1], [0, 1]]",
        "an index has one array of positions at most",
        "x[p][:, q] takes all pairs; sum(x*chosen, axis=1) takes one of each row",
    ),
    (
        "x[x > 0]",
        "x > 0",
        "a condition is no position",
        "x if x > 0 else 0 chooses lane by lane, sum() of that adds up what was chosen",
    ),
    (
        "zeros(u)",
        "u",
        "a size is a whole number that is known before any number flows",
        "write a number such as 2, or size(x, axis)",
    ),
    (
        "diff(u^2, 3)",
        "3",
        "diff takes a derivative by a name, found a number",
        "write diff(u, x), or diff(u, x, 2) for the second derivative",
    ),
    ("diff(u, u, 1.5)", "1.5", "the order of a derivative is a whole number from 1 to 100", "write diff(u, u, 2)"),
    (
        "diff(x*sum(x), x)",
        "diff(x*sum(x), x)",
        "the derivative of an array by an array is that of each element by each",
        "write jacobian(u, x); diff(sum(u), x) is that of the sum",
    ),
    (
        "u = x*x; if u[0] > 0 { r = diff(u, x) } else { r = u }; c = r",
        "diff(u, x)",
        "the derivative of an array by an array is that of each element by each",
        "write jacobian(u, x); diff(sum(u), x) is that of the sum",
    ),
    (
        "c = x; for i in 0..2 { c = diff(c*x, x) }; r = c",
        "diff(c*x, x)",
        "the derivative of an array by an array is that of each element by each",
        "write jacobian(u, x); diff(sum(u), x) is that of the sum",
    ),
    (
        "diff(sum(x^2), x, 2)",
        "diff(sum(x^2), x, 2)",
        "the second derivative of a number by an array is a matrix",
        "write hessian(u, x); diff(sum(diff(u, x)), x) is that of the sum",
    ),
    (
        "hessian(x, x)",
        "x",
        "hessian is of one number, found shape (2,)",
        "jacobian(u, x) has the derivatives of each element; sum(u) is one number",
    ),
    (
        "while u > 0 { u = u + 1 }; c = u",
        "while u > 0",
        "the loop has not ended after 1,000 iterations",
        "make its condition false at some time; step_limit= allows more iterations",
    ),
    (
        "if u > 5 { s = 1 }; c = s",
        "s",
        "s may have no value here: only one side of an if assigns it",
        "assign s before the if, or on both sides",
    ),
    (
        "for i in 0..v { s = 1 }; c = s",
        "s",
        "s may have no value here: a loop that does not run does not assign it",
        "assign s before the loop",
    ),
    (
        "s = 0; for i in 0..x { s = s + i }; c = s*u",
        "x",
        "a bound of a range is one number, found an array of shape (2,)",
        "size(x) is how many elements x has, and max(x) the largest of them",
    ),
    (
        "s = 0; for i in 0..4 { w = diff(s, u); s = w*u }; c = s",
        "diff(s, u)",
        "this needs a derivative of order 6 of what the loop carries; 5 is the highest",
        "an iteration may differentiate what the one before it did, without end; write diff() behind the loop, or by "
        "what the iteration itself computes",
    ),
]


def run(text: str, mode: str) -> None:
    function = exprgrad.compile(text, mode, step_limit=1000)
    function.run({name: VALUES[name] for name in function.inputs})


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "part", "message", "hint"), MESSAGES, ids=[row[0] for row in MESSAGES])
def test_a_message(text: str, part: str, message: str, hint: str, mode: str) -> None:
    with pytest.raises(exprgrad.ExprError) as caught:
        run(text, mode)
    problem = caught.value
    assert (problem.message, problem.hint) == (message, hint)
    assert problem.span is not None and text[problem.span.start : problem.span.end] == part


@pytest.mark.parametrize("limit", range(4, 17))
def test_steps_are_counted_where_each_iteration_is_lowered(limit: int) -> None:
    """As those of a loop with a function that calls itself are: 4 of the outer one, 3 of the inner one in each."""
    text = "f(t) = f(t - 1) if t > 9 else t; s = x; for i in 0..4 { s = s*f(x); for k in 0..3 { s = s + f(x) } }; c = s"
    function = exprgrad.compile(text, "dynamic", step_limit=limit)
    if limit == 16:
        assert function(x=1)["c"] == 13.0
        return
    with pytest.raises(exprgrad.EvaluationError, match=f"the run has not ended after {limit} steps"):
        function(x=1)
