"""Whether operations on tensors are recorded: `no_grad` and its kin, PyTorch's, one setting for each thread."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

from exprgrad.faces.torch.modes import set_mode, thread


class GradMode:
    """Switches recording on or off inside a `with` block, or in every call of a function that it decorates."""

    def __init__(self, recording: bool) -> None:
        self._recording = recording
        self._before: list[bool] = []

    def __enter__(self) -> None:
        self._before.append(thread.recording)
        set_mode(recording=self._recording)

    def __exit__(self, *problem: object) -> None:
        set_mode(recording=self._before.pop())

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.isgeneratorfunction(function):
            return self._around_each_step(function)

        @functools.wraps(function)
        def call(*operands: Any, **named: Any) -> Any:
            with GradMode(self._recording):
                return function(*operands, **named)

        return call

    def _around_each_step(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A generator runs in its mode; between its steps its caller has his own."""

        @functools.wraps(function)
        def steps(*operands: Any, **named: Any) -> Generator[Any, Any, Any]:
            generator = function(*operands, **named)
            resume: Callable[[], Any] = generator.__next__
            while True:
                try:
                    with GradMode(self._recording):
                        value = resume()
                except StopIteration as end:
                    return end.value
                try:
                    sent = yield value
                    resume = functools.partial(generator.send, sent)
                except BaseException as problem:
                    resume = functools.partial(generator.throw, problem)

        return steps


class _Set(GradMode):
    """`set_grad_enabled`: switched at once, and switched back by the end of a `with` block."""

    def __init__(self, recording: bool) -> None:
        super().__init__(recording)
        self._at_first = thread.recording
        set_mode(recording=recording)

    def __enter__(self) -> None:
        set_mode(recording=self._recording)
        self._before.append(self._at_first)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        set_mode(recording=self._at_first)
        return super().__call__(function)


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """A context, or a decorator, in which results need no gradient: nothing is recorded.

    >>> import exprgrad.dynamic as torch
    >>> x = torch.tensor(2.0, requires_grad=True)
    >>> with torch.no_grad():
    ...     y = x * x
    >>> y.requires_grad
    False
    """
    return GradMode(False) if function is None else GradMode(False)(function)


def enable_grad(function: Callable[..., Any] | None = None) -> Any:
    """A context, or a decorator, in which operations are recorded, also inside `no_grad`."""
    return GradMode(True) if function is None else GradMode(True)(function)


def set_grad_enabled(mode: bool) -> GradMode:
    """Switches recording on or off in this thread, from now on or, as a context, to the end of the block."""
    return _Set(bool(mode))


def is_grad_enabled() -> bool:
    """Whether this thread records operations."""
    return thread.recording
