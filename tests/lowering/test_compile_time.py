"""What is known before any number flows: bounds of slices, sizes, shapes and orders, also where they are computed."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad

MODES = ["static", "dynamic"]
X = [1, 2, 3, 4, 5]

# Programs on x = [1, 2, 3, 4, 5], and their value.
VALUES: list[tuple[str, Any]] = [
    ("x[1:3]", [2, 3]),
    ("x[:2]", [1, 2]),
    ("x[3:]", [4, 5]),
    ("x[:]", X),
    ("x[-2:]", [4, 5]),
    ("x[:-3]", [1, 2]),
    ("x[::2]", [1, 3, 5]),
    ("x[1::2]", [2, 4]),
    ("x[::-1]", [5, 4, 3, 2, 1]),
    ("x[3:0:-2]", [4, 2]),
    ("x[1 + 1:2*2]", [3, 4]),
    ("x[4/2:]", [3, 4, 5]),
    ("x[size(x) - 2:]", [4, 5]),
    ("x[:size(x)//2]", [1, 2]),
    ("n = 2; x[n:n + 1]", [3]),
    ("n = size(x) - 1; x[n:]", [5]),
    ("n = 7//2 - -1; x[:n]", [1, 2, 3, 4]),
    ("y = x[1:]; y[size(y) - 1:]", [5]),
    ("zeros(size(x) - 3)", [0, 0]),
    ("ones([2, 1 + 1])", [[1, 1], [1, 1]]),
    ("reshape(x[1:], [2, -1])", [[2, 3], [4, 5]]),
    ("ones([2, size(x) - 3])", [[1, 1], [1, 1]]),
    ("reshape(x[1:], [size(x) - 1, 1])[:, 0]", [2, 3, 4, 5]),
    ("size(outer(x, x[:2]), 0) + 10*size(outer(x, x[:2]), 1)", 25),
    ("sum(outer(x, x[:2]), axis=0)", [15, 30]),
    ("sum(outer(x, x[:2]), axis=2 - 1)", [3, 6, 9, 12, 15]),
    # What was known is no longer, where a loop or an if has changed it.
    ("n = 0; for i in 0..3 { n = n + 1 }; x[n]", 4),
    ("n = 0; s = 0; for i in 0..3 { s = 10*s + x[n]; n = n + 1 }; s", 123),
    ("n = 0; if x[0] > 0 { n = n + 2 }; x[n]", 3),
    ("n = 0; if x[0] > 0 { n = 2 } else { n = 1 }; x[n]", 3),
    ("n = 3; n = x[0]; x[n]", 2),
]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("text", "value"), VALUES, ids=[text for text, _ in VALUES])
def test_what_is_known(text: str, value: Any, mode: str) -> None:
    *before, last = text.split("; ")
    function = exprgrad.compile("; ".join([*before, f"c = {last}"]), mode, max_order=0)
    result = function.run({"x": X} if function.inputs else {})["c"]
    assert (result.tolist() if hasattr(result, "tolist") else result) == value


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "part", "what"),
    [
        ("x[k:]", "k", "a bound of a slice"),
        ("x[:sin(1)]", "sin(1)", "a bound of a slice"),
        ("x[::x[0]]", "x[0]", "a bound of a slice"),
        ("ones([2, k])", "k", "a size"),
        ("reshape(x, [k, 1])", "k", "a size"),
        ("sum(x, axis=k)", "k", "the axis"),
        ("n = 2; for i in 0..2 { n = n + 1 }; c = x[n:]", "n", "a bound of a slice"),
        ("n = 2; y = 0; for i in 0..2 { y = x[:n][0]; n = n + 1 }; c = y", "n", "a bound of a slice"),
        ("n = 2; if x[0] > 0 { n = 3 }; c = x[n:]", "n", "a bound of a slice"),
    ],
)
def test_what_is_not(text: str, part: str, what: str, mode: str) -> None:
    with pytest.raises(exprgrad.UnsupportedError) as caught:
        run(text, mode)
    problem = caught.value
    assert problem.message == f"{what} is a whole number that is known before any number flows"
    assert problem.hint == "write a number such as 2, or size(x, axis)"
    assert problem.span is not None and text[problem.span.start : problem.span.end] == part


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x[1.5:]", "a bound of a slice is a whole number, found 1.5"),
        ("arange(nan)", "the n is a whole number, found nan"),
        ("zeros([2, inf])", "a size is a whole number, found inf"),
    ],
)
def test_a_number_that_is_not_whole(text: str, message: str, mode: str) -> None:
    """It is known, and named."""
    with pytest.raises(exprgrad.UnsupportedError) as caught:
        run(text, mode)
    assert caught.value.message == message


def run(text: str, mode: str) -> None:
    function = exprgrad.compile(text, mode)
    function.run({name: {"x": X, "k": 2}[name] for name in function.inputs})
