"""Anomaly mode: which operation's derivative made a nan, and the line of Python where that operation stands."""

from __future__ import annotations

import linecache
import sys
from types import FrameType
from typing import Any

from exprgrad.autodiff import Arrive, pull_step
from exprgrad.diagnostics import GraphError
from exprgrad.faces.torch.marks import Place, mark_of
from exprgrad.faces.torch.modes import set_mode, thread
from exprgrad.numbers.arithmetic import is_nan
from exprgrad.ops.registry import Value


class detect_anomaly:  # noqa: N801 - PyTorch's name
    """A context in which this thread is in anomaly mode.

    In anomaly mode every operation remembers where it stands in the user's code, and a `backward` or `grad` in which
    a nan comes about raises a GraphError that names the operation and the place. `check_nan=False` only remembers.

    >>> import exprgrad.dynamic as torch
    >>> x = torch.tensor(0.0, requires_grad=True)
    >>> with torch.autograd.detect_anomaly():
    ...     y = torch.sqrt(x) * 0
    ...     y.backward()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    exprgrad.diagnostics.GraphError: the backward of sqrt made a nan: sqrt stands in ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._mode = (True, check_nan)
        self._before = (thread.anomaly, thread.check_nan)

    def __enter__(self) -> None:
        _switch(*self._mode)

    def __exit__(self, *problem: object) -> None:
        _switch(*self._before)


class set_detect_anomaly(detect_anomaly):  # noqa: N801 - PyTorch's name
    """Switches anomaly mode on or off in this thread, from now on or, as a context, to the end of the block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__(check_nan)
        self._mode = (bool(mode), check_nan)
        _switch(*self._mode)


def _switch(mode: bool, check_nan: bool) -> None:
    set_mode(anomaly=mode)
    thread.check_nan = check_nan


def is_anomaly_enabled() -> bool:
    """Whether this thread is in anomaly mode."""
    return thread.anomaly


def calling_place() -> Place:
    """The innermost line that is the user's and not exprgrad's."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_back is not None and _is_ours(frame):
        frame = frame.f_back
    assert frame is not None
    return Place(frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith("exprgrad.")


class Hunt:
    """Stops a sweep at the first nan among its cotangents, and finds the operation that made it."""

    def __init__(self, nodes: dict[int, Any], arrive: Arrive, symbolic: bool) -> None:
        self._nodes = nodes
        self._arrive = arrive
        self._symbolic = symbolic
        self._passed: list[tuple[Any, Value]] = []

    def arrive(self, node: Any, g: Value) -> Value:
        """Called by the sweep; an error at a nan."""
        if is_nan(self._number(g)):
            raise self._error(node)
        g = self._arrive(node, g)
        if is_nan(self._number(g)):
            raise _error("a hook made a nan of the cotangent", node)
        self._passed.append((node, g))
        return g

    def _number(self, g: Value) -> Value:
        return g.value if self._symbolic else g

    def _error(self, node: Any) -> GraphError:
        for maker, g in self._passed:
            needed = [x is node for x in maker.operands]
            if any(needed):
                for _, c in pull_step(maker, self._number(g), needed):
                    if is_nan(c):
                        return _error(f"the backward of {maker.op.name} made a nan", maker)
        readers = [maker for maker, _ in self._passed if any([x is node for x in maker.operands])]
        if readers:
            return _error("the cotangents of a tensor that is read several times add up to a nan", node)
        for index in sorted(self._nodes):
            x = self._nodes[index]
            if x.op is not None and is_nan(x.value) and not any([is_nan(y.value) for y in x.operands]):
                return _error(f"{x.op.name} made a nan of its operands, so that all derivatives are nan", x)
        return _error("the cotangent to start with is nan, or the result is", node)


def _error(message: str, node: Any) -> GraphError:
    mark = mark_of(node)
    if mark is None or mark.place is None:
        if node.op is None:
            return GraphError(message)
        return GraphError(message, hint="compute the result in anomaly mode too, to be told where it stands")
    file, line, function = mark.place
    code = linecache.getline(file, line).strip()
    return GraphError(f"{message}: {node.op.name} stands in {file}, line {line}, in {function}", hint=code or None)
