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
