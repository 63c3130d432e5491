"""Functions of the program's own."""

from __future__ import annotations

import math

import pytest

import exprgrad
from exprgrad.lowering import lowering

MODES = ["static", "dynamic"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "inputs", "value", "gradient"),
    [
        ("f(x, y) = x*y**2; c = f(a, b) + f(b, a)", {"a": 2, "b": 3}, 30.0, {"a": 21.0, "b": 16.0}),
        ("c = f(a); f(x) = x**2", {"a": 3}, 9.0, {"a": 6.0}),  # known in all of the program
        (
            "f(x) = k*x; k = 2; c = f(a); k = 5; c = c + k - 5",
            {"a": 3},
            6.0,
            {"a": 2.0},
        ),  # k as it is where f is called
        ("f(x) = k*x; c = f(a)", {"k": 2, "a": 3}, 6.0, {"k": 3.0, "a": 2.0}),
        ("f(k) = g(k) + k; g(x) = x*k; c = f(a)", {"a": 3, "k": 10}, 33.0, {"a": 11.0, "k": 3.0}),
        ("f(x) = g(x) if x > 0 else h(-x); g(x) = x*k; h(y) = y**2; c = f(a)*f(-a)", {"k": 2, "a": 3}, 54.0, None),
        ("f(x) = x if x > 0 and g(x) else 2; g(t) = t < k; c = f(a)", {"k": 9, "a": 3}, 3.0, {"k": 0.0, "a": 1.0}),
        ("sin(x) = x; c = sin(a)", {"a": 3}, 3.0, {"a": 1.0}),
        ("f() = 2*a; c = f()", {"a": 3}, 6.0, {"a": 2.0}),
        ("f(pi) = pi*2; c = f(a) + pi", {"a": 1}, 2 + math.pi, {"a": 2.0}),
        ("f(x) = q*x; c = a", {"a": 3}, 3.0, {"a": 1.0}),  # q belongs to a function that nothing calls
        ("f(x) = 1 < x < g(x) < 9; g(x) = x + k; c = f(a)*a", {"k": 1, "a": 3}, 3.0, {"k": 0.0, "a": 1.0}),
    ],
)
def test_calls(text: str, inputs: dict[str, float], value: float, gradient: dict[str, float] | None, mode: str) -> None:
    function = exprgrad.compile(text, mode)
    assert sorted(function.inputs) == sorted(inputs)
    result = function.run(inputs)
    assert list(result) == ["c"] and result["c"] == value
    if gradient is not None:
        assert result.gradient("c") == gradient


def test_the_order_of_inputs_is_that_of_the_text() -> None:
    assert exprgrad.compile("f(x) = k*x; c = f(a)").inputs == ("k", "a")
    assert exprgrad.compile("c = f(a); f(x) = k*x").inputs == ("a", "k")


@pytest.mark.slow
def test_recursion() -> None:
    f = exprgrad.compile("fact(n) = 1 if n <= 1 else n*fact(n-1); c = fact(x)", "dynamic", max_order=2)
    result = f(x=5)
    assert (result["c"], result.derivative("c", "x")) == (120.0, 154.0)
    deep = exprgrad.compile("s(n) = 0 if n <= 0 else x + s(n-1); c = s(10000)", "dynamic", max_order=2)(x=0.5)
    assert (deep["c"], deep.derivative("c", "x"), deep.derivative("c", "x", "x")) == (5000.0, 10000.0, 0.0)
    text = "even(n) = 1 if n == 0 else odd(n-1); odd(n) = 0 if n == 0 else even(n-1); even(x)"
    mutual = exprgrad.compile(text, "dynamic")
    assert [mutual(x=n)["c"] for n in (10, 7)] == [1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("fact(n) = 1 if n <= 1 else n*fact(n-1); fact(x)", "fact(n-1)"),
        ("f(n) = 2*g(n); g(n) = f(n-1); f(x)", "g(n)"),
        ("h(n) = f(n); f(n) = f(n-1); h(x)", "f(n-1)"),
    ],
)
def test_a_static_graph_has_no_recursion(text: str, call: str) -> None:
    with pytest.raises(exprgrad.UnsupportedError, match="calls itself") as caught:
        exprgrad.compile(text)
    advice = "one evaluation of it; rows, graphs of operations and what is written down need a loop instead"
    assert str(caught.value).endswith(f'mode="dynamic" runs {advice}')
    span = caught.value.span
    assert span is not None and text[span.start : span.end] == call
    assert exprgrad.compile(f"{text}; c = 1", fetch_names=["c"])(x=1)["c"] == 1.0


@pytest.mark.slow
def test_a_function_that_does_not_end() -> None:
    with pytest.raises(exprgrad.EvaluationError, match="f is called 50,000 deep"):
        exprgrad.compile("f(n) = f(n+1) if n > 0 else 1; f(x)", "dynamic")(x=1)


@pytest.mark.parametrize("mode", MODES)
def test_how_deep_calls_nest(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that stand one behind the other, or in an operand, nest no deeper."""
    monkeypatch.setattr(lowering, "DEEPEST", 3)
    text = "f(t) = g(t) + g(t); g(t) = h(t)*h(t); h(t) = t; c = f(f(a)) + f(a)"
    assert exprgrad.compile(text, mode)(a=3)["c"] == 2 * 18**2 + 18
    deeper = f"k(t) = f(t); {text} + k(a)"
    with pytest.raises(exprgrad.EvaluationError, match="h is called 3 deep") as caught:
        exprgrad.compile(deeper, mode)(a=3)
    span = caught.value.span
    assert span is not None and deeper[span.start : span.end] == "h(t)"


@pytest.mark.parametrize("mode", MODES)
def test_notes_are_one_a_place(mode: str) -> None:
    result = exprgrad.compile("f(x) = abs(x); c = f(a) + f(b)", mode)(a=0, b=0)
    assert len(result.notes) == 1 and result.notes[0].span == (7, 13)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "text",
    [
        "f(x, t) = t; c = f(1 if nan else 2, a)",
        "u = 1 if nan else 2; f(x, t) = g(x, t); g(y, t) = t; c = f(u, a)",
        "u = 1 if nan else 2; f(x, t) = t; c = f(u, a) if a > 0 else f(u, 2)",
        "f(x, t) = f(x, t - 1) if t > 9 else t; c = f(1 if nan else 2, a)",
    ],
)
def test_an_operand_that_does_not_count_is_not_computed(text: str, mode: str) -> None:
    if mode == "dynamic" or "f(x, t - 1)" not in text:
        assert exprgrad.compile(text, mode)(a=3).gradient("c") == {"a": 1.0}


def test_an_operand_that_does_not_count_is_an_input_still() -> None:
    assert exprgrad.compile("f(x) = 2; c = f(a)")(a=1).gradient("c") == {"a": 0.0}
