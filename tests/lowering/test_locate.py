"""What an operation raises gets its place in the text."""

from __future__ import annotations

from typing import Any

import pytest

import exprgrad
from exprgrad.numbers import arrays

MODES = ["static", "dynamic"]


@pytest.mark.parametrize("mode", MODES)
def test_an_allocation_that_fails(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*operands: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(arrays, "solve", fail)
    text = "c = 1 + solve(A, A)"
    with pytest.raises(exprgrad.ExprError, match="there is not enough memory left for this") as caught:
        exprgrad.compile(text, mode, max_order=0)(A=[[1.0]])
    assert caught.value.span is not None and text[caught.value.span.start : caught.value.span.end] == "solve(A, A)"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("x + y", [("x", "shape (2,)"), ("y", "shape (3,)")]),
        ("1 + 2*x*y", [("2*x", "shape (2,)"), ("y", "shape (3,)")]),
        ("(s - y)*(s + sin(x)*2)", [("(s - y)", "shape (3,)"), ("(s + sin(x)*2)", "shape (2,)")]),
        ("s*max(s, x, -y)", [("s", "shape ()"), ("x", "shape (2,)"), ("-y", "shape (3,)")]),
        ("s + [1, 2] @ y", [("[1, 2]", "shape (2,)"), ("y", "shape (3,)")]),
        ("s + dot(x*s, y)", [("x*s", "shape (2,)"), ("y", "shape (3,)")]),
        ("s*x[5]", []),
        ("s*solve([x, 2*x], x)", []),
    ],
)
def test_shapes_that_do_not_fit_are_marked_and_nothing_else(text: str, marks: list[tuple[str, str]], mode: str) -> None:
    function = exprgrad.compile(text, mode, max_order=0)
    with pytest.raises(exprgrad.ExprError) as caught:
        function.run({name: {"s": 1, "x": [1, 2], "y": [1, 2, 3]}[name] for name in function.inputs})
    assert [(text[mark.span.start : mark.span.end], mark.what) for mark in caught.value.marks] == marks
