"""Which operations are recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import exprgrad
import exprgrad.dynamic as torch

OPERATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "two tensors": lambda x: x * x,
    "a number": lambda x: 2 * x,
    "unary": torch.sin,
    "sign": lambda x: -x,
    "several": lambda x: torch.clip(x, 0, 1),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_nothing_is_recorded_without_grad(operation: Callable[[torch.Tensor], torch.Tensor]) -> None:
    x = torch.tensor(0.5, requires_grad=True)
    recorded = operation(x)
    with torch.no_grad():
        bare = operation(x)
        with torch.enable_grad():
            inside = operation(x)
    assert recorded.requires_grad and inside.requires_grad and operation(x).requires_grad
    assert not bare.requires_grad and bare.is_leaf and bare.item() == recorded.item()


def test_an_update_of_parameters() -> None:
    w = torch.tensor(0.0, requires_grad=True)
    for _ in range(100):
        loss = (w - 3) ** 2
        loss.backward()
        with torch.no_grad():
            w = (w - 0.25 * w.grad).requires_grad_()
    assert w.item() == 3.0


def test_as_functions_and_decorators() -> None:
    x = torch.tensor(2.0, requires_grad=True)

    @torch.no_grad
    def bare() -> torch.Tensor:
        return x * x

    @torch.no_grad()
    def called() -> torch.Tensor:
        return torch.enable_grad(lambda: x * x)()

    @torch.set_grad_enabled(False)
    def set_off() -> torch.Tensor:
        return x * x

    assert bare.__name__ == "bare"
    assert (bare().requires_grad, called().requires_grad, set_off().requires_grad) == (False, True, False)
    assert torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled() and not (x * x).requires_grad
    with torch.set_grad_enabled(True):
        assert (x * x).requires_grad
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    with pytest.raises(ZeroDivisionError), torch.no_grad():
        _ = 1 // 0
    assert torch.is_grad_enabled()


def test_a_generator_runs_in_its_own_mode() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    closed: list[bool] = []

    @torch.no_grad
    def steps() -> Iterator[Any]:
        try:
            got = yield x * x
            yield got, x * x
        finally:
            closed.append(torch.is_grad_enabled())

    generator: Any = steps()
    assert not next(generator).requires_grad
    assert (x * x).requires_grad
    got, y = generator.send("sent")
    assert got == "sent" and not y.requires_grad
    generator.close()
    assert closed == [False] and torch.is_grad_enabled()
    assert len(list(steps())) == 2


def test_each_thread_has_its_own() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    found: list[bool] = []

    def work() -> None:
        found.append((x * x).requires_grad)
        with torch.no_grad():
            found.append((x * x).requires_grad)

    with torch.no_grad():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert not (x * x).requires_grad
    assert found == [True, False] and (x * x).requires_grad


def test_derivatives_do_not_ask() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = x**3
    with torch.no_grad():
        (first,) = torch.grad(y, x, create_graph=True)
        y.backward(create_graph=True)
        assert not torch.is_grad_enabled()
        f = exprgrad.compile("x**3", "dynamic", max_order=2)
        assert f(x=2).derivative("c", "x", "x") == 12.0
    assert [float(g) for g in torch.grad(first, x)] == [12.0]
    assert [float(g) for g in torch.grad(x.grad, x)] == [12.0]


def test_python_decides_by_tensors() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y, n = x, 0
    while torch.abs(y - 1) > 1e-3 and not y == 1:  # noqa: SIM201 - the operator of tensors
        y = torch.sqrt(y)
        n += 1
    y = y * 2 if y > 1 else y * 3
    y.backward()
    assert n == 10 and x.grad.item() == pytest.approx(2 * 2 ** (2.0**-n - 1) * 2.0**-n, rel=1e-14)
    assert (1 < x < 3) is not False and bool(x != 3) and not (x <= 1)
