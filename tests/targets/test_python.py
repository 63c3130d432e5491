"""Plain Python alone; its numbers are held against exprgrad's in test_numbers.py."""

from __future__ import annotations

import warnings
from typing import Any

from tests.targets.test_numbers import others


def test_the_text_is_python_without_a_warning() -> None:
    for task in others():
        space: dict[str, Any] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            exec(compile(task.function.source(name="g"), "text", "exec"), space)
        assert callable(space["g"])
