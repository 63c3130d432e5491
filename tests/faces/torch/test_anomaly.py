"""Anomaly mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import exprgrad.dynamic as torch
from exprgrad.diagnostics import GraphError

SWEEPS: list[Callable[[Any, Any], Any]] = [
    lambda y, x: y.backward(),
    lambda y, x: torch.grad(y, x),
    lambda y, x: torch.grad(y, x, create_graph=True),
]


def root(x: torch.Tensor) -> torch.Tensor:
    return torch.sqrt(x)  # here the nan is born


@pytest.mark.parametrize("sweep", SWEEPS)
@pytest.mark.parametrize("value", [0.0, [0.0]])
def test_the_operation_and_its_line_are_named(sweep: Callable[[Any, Any], Any], value: Any) -> None:
    x = torch.tensor(value, requires_grad=True)
    with torch.autograd.detect_anomaly():
        y = torch.exp(root(x * 2) * 0) + x
        with pytest.raises(GraphError) as found:
            sweep(y, x)
    line = root.__code__.co_firstlineno + 1
    assert found.value.message.startswith("the backward of sqrt made a nan: sqrt stands in ")
    assert found.value.message.endswith(f"test_anomaly.py, line {line}, in root")
    assert found.value.hint == "return torch.sqrt(x)  # here the nan is born"
    assert x.grad is None


def test_other_origins() -> None:
    x = torch.tensor(-1.0, requires_grad=True)
    zero = torch.tensor(0.0, requires_grad=True)
    with torch.autograd.detect_anomaly():
        with pytest.raises(GraphError, match="log made a nan of its operands"):
            (torch.log(x) * 2).backward()
        y = zero * 1
        with pytest.raises(GraphError, match="add up to a nan"):
            (torch.sqrt(y) - torch.sqrt(y)).backward()
        with pytest.raises(GraphError, match="the cotangent to start with is nan"):
            (x * x).backward(float("nan"))
        y = x * x
        y.register_hook(lambda g: g * float("nan"))
        with pytest.raises(GraphError, match="a hook made a nan"):
            y.backward()
        (x * x).backward()
    assert x.grad.item() == -2.0


def test_a_result_from_outside_has_no_line() -> None:
    x = torch.tensor(0.0, requires_grad=True)
    y = root(x) * 0
    with torch.autograd.detect_anomaly(), pytest.raises(GraphError, match="compute the result in anomaly mode too"):
        y.backward()
    y.backward()  # nothing was freed, and outside a nan is an answer
    assert x.grad.item() != x.grad.item()


def test_switching() -> None:
    def fails() -> bool:
        x = torch.tensor(0.0, requires_grad=True)
        try:
            (root(x) * 0).backward()
        except GraphError:
            return True
        return False

    mode = torch.autograd.detect_anomaly()
    assert not fails() and not torch.autograd.is_anomaly_enabled()
    with mode:
        assert fails() and torch.autograd.is_anomaly_enabled()
        with torch.autograd.set_detect_anomaly(False):
            assert not fails()
        assert fails()
    with torch.autograd.detect_anomaly(check_nan=False):
        assert not fails()
    torch.autograd.set_detect_anomaly(True)
    assert fails()
    torch.autograd.set_detect_anomaly(False)
    assert not fails()
